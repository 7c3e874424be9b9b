"""A courier cannot go on: ill, broken down, or hopelessly late.  Others take the rest over.

Decides what that is for the day: the shift ends, the rest is given out at once to who has
stops already, couriers and shipments are told.  What nobody can take waits for the planner,
with the reason.  Who takes what is ``take_over``'s, where parcels change hands ``transfer``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict
from dispatch.core.ids import CourierId, QuoteId
from dispatch.core.windows import TimeWindow
from dispatch.fleet.couriers import shifts_on
from dispatch.operations.audit import Change, note
from dispatch.operations.learnt import as_learnt
from dispatch.operations.least_harm import Harm, give_back, least_harm
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import Standing, adopt, standing, tour_id_of, tours_of
from dispatch.operations.steps import Steps
from dispatch.operations.take_over import Moved, given_anew, moved_to, taken_over, why_left
from dispatch.operations.think_first import think_first
from dispatch.operations.transfer import orders_of, rest_of
from dispatch.operations.waves import LooseOrder
from dispatch.orders.shipments import Shipment, State
from dispatch.tracking.news import Why, with_news
from dispatch.tracking.tours import StopKind, Tour

#: Why a shipment's courier is another, or none yet: kept with its event.
RELIEVED: Final = "relieved"
#: How long a shift that never began is said to have been.
_MOMENT: Final = timedelta(seconds=1)


class Cause(StrEnum):
    """Why a courier stops."""

    ILL = "ill"
    VEHICLE_DOWN = "vehicle_down"
    LATE = "late"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Relief:
    """What came of it.

    unplaced : orders that nobody can take: they wait for the planner's word
    given_up : held places of quotes not paid yet, this courier's and others', that found
               no other
    """

    courier_id: CourierId
    cause: Cause
    moved: tuple[Moved, ...]
    unplaced: tuple[LooseOrder, ...]
    given_up: tuple[QuoteId, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    mine: tuple[Tour, ...]
    others: tuple[Tour, ...]
    shipments: tuple[Shipment, ...]


@dataclass(frozen=True, slots=True)
class _Thought:
    relief: Relief
    written: tuple[Tour, ...]
    steps: Steps


def relieve(
    courier_id: str,
    cause: Cause,
    ports: Ports,
    *,
    to: str | None = None,
    dry_run: bool = False,
) -> Relief:
    """End the courier's day now and give what is left to others; return who got what.

    to      : the courier who takes all of it, whatever that costs; None: as it is best
    dry_run : answer as if, write nothing

    Raises
    ------
    NotFound
        When there is no such courier.
    Conflict
        When the courier's day is over, or is to be taken over by whoever stops, or by
        somebody who is not on shift.
    """
    ports = as_learnt(ports)
    courier = ports.territory.courier(courier_id).courier_id
    day = local_day(ports.clock.now())

    def look(tx: Transaction) -> _Seen:
        return _look(courier, day, to, tx, ports)

    def write(thought: _Thought, tx: Transaction) -> Relief:
        return _write(thought, tx, ports)

    return think_first(
        look, lambda seen: _think(courier, cause, seen, to, ports), write, ports, dry_run=dry_run
    )


def come_back(courier_id: str, ports: Ports) -> int:
    """Give the courier what is left of today's shifts as planned; return how many were cut.

    Raises ``NotFound`` when there is no such courier.
    """
    courier = ports.territory.courier(courier_id)
    now = ports.clock.now()
    day = local_day(now)
    name = courier.courier_id
    planned = {
        tour_id_of(day, name, n): shift for n, shift in enumerate(shifts_on(courier, day), start=1)
    }
    with ports.store.writing() as tx:
        cut = [
            tour
            for tour in tours_of(tx, day, ports)
            if (shift := planned.get(tour.tour_id)) is not None
            and tour.shift != shift
            and now < shift.closes_at
        ]
        for tour in cut:
            tx.put_tour(replace(tour, shift=planned[tour.tour_id]))
        if cut:
            note(Change.COURIER_BACK, name, tx, ports)
    return len(cut)


def _look(courier_id: CourierId, day: date, to: str | None, tx: Transaction, ports: Ports) -> _Seen:
    now = ports.clock.now()
    tours = tours_of(tx, day, ports)
    mine = tuple(t for t in tours if t.courier_id == courier_id and _goes_on(t, now))
    others = tuple(t for t in tours if t.courier_id != courier_id and t.shift.closes_at > now)
    if not mine:
        raise Conflict(f"courier {courier_id} has nothing left to do today", courier_id=courier_id)
    if to is not None:
        others = tuple(tour for tour in others if tour.courier_id == to)
        if not others:
            raise Conflict(f"courier {to} is not on shift to take it over", courier_id=to)
    open_stops = (s for tour in (*mine, *others) for s in tour.stops if not s.over)
    carried = {i for stop in open_stops for i in stop.shipment_ids}
    return _Seen(mine, others, tuple(tx.shipments(carried)))


def _goes_on(tour: Tour, now: datetime) -> bool:
    """Is the shift not over, or does a late courier still have something to do after it?"""
    return tour.shift.closes_at > now or any(not stop.over for stop in tour.stops)


def _think(
    courier_id: CourierId, cause: Cause, seen: _Seen, to: str | None, ports: Ports
) -> _Thought:
    now = ports.clock.now()
    rest = tuple(stop for tour in seen.mine for stop in rest_of(tour, now))
    orders = orders_of(rest)
    booked = {stop.quote_id for stop in rest if stop.held_until is None}
    harm = Harm(())
    day: Standing | None = None
    if seen.others:
        day = standing(seen.others, now, ports, extra=orders)
        ways = (
            [given_anew(tour, rest, now) for tour in adopt(day, sequences)]
            for sequences in taken_over(day, rest, booked, late=to is not None)
        )
        harm = least_harm(seen.others, ways, rest, ports)
    given = harm.tours
    placed: dict[str, Tour] = {s.errand: tour for tour in given for s in tour.stops if not s.over}
    today = seen.mine[0].day
    left = [o for o in orders if o[-1].errand not in placed and o[-1].kind is StopKind.DROP]
    relief = Relief(
        courier_id,
        cause,
        tuple(moved_to(o[-1], placed[o[-1].errand]) for o in orders if o[-1].errand in placed),
        tuple(
            LooseOrder(order[0].quote_id, today, order, why_left(day, given, order), now)
            for order in left
            if order[0].quote_id in booked
        ),
        (
            *(order[0].quote_id for order in left if order[0].quote_id not in booked),
            *(name for name in harm.released if name not in {stop.quote_id for stop in rest}),
        ),
    )
    ended = (_ended(tour, placed, now) for tour in seen.mine)
    written = [
        *(with_news(b, a, Why.RELIEVED, now) for b, a in zip(seen.mine, ended, strict=True)),
        *(
            with_news(before, after, Why.TAKEN_OVER, now)
            for before, after in zip(seen.others, given, strict=False)
            if before.stops != after.stops
        ),
    ]
    return _Thought(relief, tuple(written), _steps(seen, relief, given, now))


def _steps(seen: _Seen, relief: Relief, given: Sequence[Tour], now: datetime) -> Steps:
    """Whoever was told that a courier is on the way to the shop is told that it is another.

    given : the others' tours; what is given out along with the rest has a courier now
    """
    steps = Steps(seen.shipments)
    left = {i for tour in seen.mine for stop in tour.stops for i in stop.shipment_ids}
    waiting = {i for order in relief.unplaced for stop in order.stops for i in stop.shipment_ids}
    for shipment in seen.shipments:
        name = shipment.shipment_id
        if name not in left:
            continue
        if shipment.state is State.TO_PICKUP:
            steps.step(name, State.ASSIGNED, now=now, actor="planner", reason=RELIEVED)
        if name in waiting and steps.shipment(name).state is State.ASSIGNED:
            back = State.READY if shipment.prepared_at else State.BOOKED
            steps.step(name, back, now=now, actor="planner", reason=RELIEVED)
    was_out = {stop.stop_id for tour in (*seen.mine, *seen.others) for stop in tour.manifest}
    for tour in given:
        steps.assign(tour, was_out, now=now, actor="planner")
    return steps


def _write(thought: _Thought, tx: Transaction, ports: Ports) -> Relief:
    """Raises ``Stale`` when the day moved since it was looked at."""
    for tour in thought.written:
        tx.put_tour(tour)
    thought.steps.write(tx)
    for order in thought.relief.unplaced:
        tx.put_loose(order)
    give_back(thought.relief.given_up, tx, ports)
    after = {
        "cause": thought.relief.cause.value,
        "orders": len(thought.relief.moved),
        "unplaced": len(thought.relief.unplaced),
        "given_up": len(thought.relief.given_up),
    }
    note(Change.COURIER_RELIEVED, thought.relief.courier_id, tx, ports, after=after)
    return thought.relief


def _ended(tour: Tour, placed: Mapping[str, Tour], now: datetime) -> Tour:
    """The tour as far as it came, its shift over; one that never began has no room at all.

    What is to go back to a shop and nobody takes is brought back by whoever has it.
    """
    opens_at = min(tour.shift.opens_at, now - _MOMENT)
    behind = tuple(
        stop
        for stop in tour.stops
        if stop.over or (stop.kind is StopKind.RETURN and stop.errand not in placed)
    )
    return replace(tour, stops=behind, shift=TimeWindow(opens_at, min(tour.shift.closes_at, now)))
