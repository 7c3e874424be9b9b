"""Which tours leave with a wave: the solved ones where nobody loses by them, else the standing.

Decides that, and what the couriers get of it now.  Held places are not given out, and count on
a hand-out still to come; what is given out now will have been driven by then, in part.  So a
plan is judged as of both.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from dispatch.core.ids import QuoteId
from dispatch.operations.carry_over import Sequences, carried_over, with_newcomers
from dispatch.operations.foreseen import NOTHING, Foreseen
from dispatch.operations.least_harm import holds_anew, holds_in
from dispatch.operations.let_go import given, let_go
from dispatch.operations.nobody_loses import nobody_loses
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, adopt
from dispatch.operations.timetable import publish_lag
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import Tour


@dataclass(frozen=True, slots=True)
class ToGive:
    """The tours as the couriers get them.

    sequences   : the same of the orders that are owed to somebody, in the day's nodes
    is_standing : the solver's plan was not to be had
    """

    tours: tuple[Tour, ...]
    sequences: Sequences
    is_standing: bool = False


def to_give(
    day: Standing,
    solved: Sequence[Sequence[str]] | None,
    strangers: Container[QuoteId],
    wave: Wave,
    ports: Ports,
    *,
    foreseen: Foreseen = NOTHING,
) -> ToGive:
    """Return what *wave* gives out of *day*, now.

    solved    : the solver's answer, as ``carried_over`` takes it; None: there is none
    strangers : the orders in no tour yet; they may be late
    foreseen  : what futures say of the rounds, if any were asked
    """

    def nobody_pays(tours: Sequence[Tour]) -> bool:
        return nobody_loses(day.tours, tours, ports, strangers=strangers)

    carried = None if solved is None else carried_over(day, solved)
    if carried is not None:
        tours = let_go(day, carried, wave, ports, foreseen=foreseen)
        if nobody_pays(tours):
            return ToGive(tours, carried)
        anew, released = holds_anew(tours, holds_in(tours), ports)
        if not released and nobody_pays(anew):
            return ToGive(anew, carried)
    sequences = with_newcomers(day)
    tours = let_go(day, sequences, wave, ports, foreseen=foreseen)
    if nobody_pays(tours):
        return ToGive(tours, sequences, is_standing=True)
    sequences = list(day.sequences)
    tours = tuple(
        after if nobody_loses([before], [after], ports) else _due_only(before, every, wave, ports)
        for before, after, every in zip(
            day.tours,
            let_go(day, sequences, wave, ports, foreseen=foreseen),
            given(adopt(day, sequences), ports.clock.now()),
            strict=True,
        )
    )
    return ToGive(tours, sequences, is_standing=True)


def _due_only(before: Tour, after: Tour, wave: Wave, ports: Ports) -> Tour:
    """Return *after* without what counts on a later wave: given out now, it harms a hold."""
    lag = timedelta() if wave.by_hand else publish_lag(ports)
    was_out = {stop.stop_id for stop in before.manifest}
    stops = [
        replace(stop, published_at=None, target_at=None)
        if not stop.over
        and stop.stop_id not in was_out
        and stop.release_at is not None
        and stop.release_at > wave.cut_off_at + lag
        else stop
        for stop in after.stops
    ]
    return replace(after, stops=tuple(stops))
