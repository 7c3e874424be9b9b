"""What quotes hold for customers who have not decided yet: how much, and whether more may be.

Decides no place: ``express`` finds it.  A hold that was given is kept until its quote
expires; here is only told what holds take of a day, and when the next would be too many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from dispatch.core.ids import QuoteId
from dispatch.core.reasons import Refusal
from dispatch.core.remembered import remembered
from dispatch.operations.express import Desk
from dispatch.operations.fit import Fit
from dispatch.operations.ports import Ports
from dispatch.operations.standing import tours_of
from dispatch.tracking.tours import Stop, StopKind, Tour


@dataclass(frozen=True, slots=True)
class HoldsCost:
    """What holds cost on one day.

    count            : places held now
    held_s           : what they take of the couriers' time, in seconds
    left_s           : what is left of the day's shifts, in seconds
    orders_held_back : orders of that day that were refused something only because of holds
    """

    count: int
    held_s: int
    left_s: int
    orders_held_back: int

    @property
    def share(self) -> float:
        """Of the time that couriers still have, the part that holds take."""
        return self.held_s / self.left_s if self.left_s else 0.0


def holds_of(day: date, ports: Ports) -> HoldsCost:
    """Return what holds cost on *day*, as it is now."""
    with ports.store.reading() as tx:
        tours = tours_of(tx, day, ports)
        back = tx.held_back(day)
    held = held_drops(tours)
    left_s = _left_s(tours, ports.clock.now())
    return HoldsCost(len(held), sum(stop.held_s for stop in held), left_s, back)


def held_drops(tours: Iterable[Tour]) -> list[Stop]:
    """Return the doorstep of every held order."""
    return [stop for tour in tours for stop in _held_in(tour)]


@remembered
def _held_in(tour: Tour) -> tuple[Stop, ...]:
    return tuple(
        stop for stop in tour.stops if stop.held_until is not None and stop.kind is StopKind.DROP
    )


#: What an option is told that would be held, if holds had not had their share of the day.
ENOUGH_IS_HELD: Final = Refusal("enough_is_held", binding=("holds.max_held_share",))


def may_hold(fit: Fit, quote_id: QuoteId, table: Desk, ports: Ports) -> bool:
    """Return whether one place more may be held, among what is held in *table* already."""
    now, share = ports.clock.now(), ports.parameters.holds.max_held_share
    held_s = sum(stop.held_s for stop in held_drops(table.tours) if stop.quote_id != quote_id)
    return held_s + cost_s(fit, quote_id) <= share * _left_s(table.tours, now)


def cost_s(fit: Fit, quote_id: QuoteId) -> int:
    """Return what the order takes of the courier's time: the detour, parking in it, and service."""
    halts = (stop.service_s for stop in fit.tour.stops if stop.quote_id == quote_id)
    return fit.witness.added_s + sum(halts)


def held_tour(fit: Fit, quote_id: QuoteId) -> Tour:
    """Return the tour with what the hold costs written on its doorstep."""
    drop = next(stop for stop in held_drops([fit.tour]) if stop.quote_id == quote_id)
    return fit.tour.with_stop(replace(drop, held_s=cost_s(fit, quote_id)))


def _left_s(tours: Sequence[Tour], now: datetime) -> int:
    return sum(
        max(0, int((tour.shift.closes_at - max(now, tour.shift.opens_at)).total_seconds()))
        for tour in tours
    )
