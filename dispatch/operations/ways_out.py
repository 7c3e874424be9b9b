"""What would have served the orders that no tour holds?

Decides nothing: it looks for the nearest changes, each solved again, and leaves them
with the loose orders for the planner to read.  The store is held to read and to write,
never while it thinks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from dispatch.core.ids import QuoteId, TourId
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, standing, tours_of
from dispatch.operations.timetable import room_s
from dispatch.operations.waves import LooseOrder, WayOut
from dispatch.routing.plan import Plan, Unserved
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.unlocks import Unlock, explain

#: Real seconds to look for the ways out of all orders.
_BUDGET_S: Final = 2.0

#: A planner decides between a few.
_MOST_WAYS: Final = 3


def look_for_ways_out(day: date, ports: Ports) -> None:
    """Write down for every loose order of *day* what would serve it, as the tours now stand.

    An order that is no longer loose, or loose for another reason, once this has thought
    about it is left alone.  Raises what the solver raises.
    """
    with ports.store.reading() as tx:
        tours = tours_of(tx, day, ports)
        loose = [order for order in tx.loose_orders(day) if order.can_be_sent(tours)]
    if not loose or not tours:
        return
    extra = [order.stops for order in loose]
    found = _found(standing(tours, ports.clock.now(), ports, extra=extra), loose, ports)
    with ports.store.writing() as tx:
        for order in tx.loose_orders(day):
            if order in loose:
                tx.put_loose(replace(order, ways_out=found.get(order.quote_id, ())))


def _found(
    answer: Standing, loose: Sequence[LooseOrder], ports: Ports
) -> Mapping[QuoteId, tuple[WayOut, ...]]:
    plan = _as_it_stands(answer, loose)
    # On a fast clock the search may not keep the next wave waiting.
    budget_s = min(_BUDGET_S, max(0.1, room_s(ports)))
    told = explain(answer.problem, plan, ports.solver, budget_s)
    return {
        order.quote_id: tuple(
            _way_out(unlock, answer) for unlock in told[order.quote_id].unlocks[:_MOST_WAYS]
        )
        for order in loose
    }


def _as_it_stands(answer: Standing, loose: Sequence[LooseOrder]) -> Plan:
    timed = (schedule(answer.problem, v, nodes) for v, nodes in enumerate(answer.sequences))
    tours = tuple(tour for tour in timed if tour is not None and tour.stops)
    unserved = tuple(Unserved(order.quote_id, order.refusal) for order in loose)
    return Plan(tours, unserved, cost_of(answer.problem, tours, unserved), "standing")


def _way_out(unlock: Unlock, answer: Standing) -> WayOut:
    def instant(seconds: int | None) -> datetime | None:
        return None if seconds is None else answer.at + timedelta(seconds=seconds)

    return WayOut(
        change=unlock.change,
        by=unlock.by,
        tour_id=None if unlock.vehicle_id is None else TourId(unlock.vehicle_id),
        from_at=instant(unlock.from_s),
        until_at=instant(unlock.until_s),
    )
