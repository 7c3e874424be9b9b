"""Who takes over what a courier leaves behind.

Decides it twice: one courier takes the whole rest in the order it was planned, when nobody
is late for it; else each order goes where it costs least, on time where that is possible,
and late rather than never.  What was the other's to make is given out anew, and is told.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dispatch.core.ids import CourierId, QuoteId, TourId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import seconds_between
from dispatch.operations.lateness import lateness
from dispatch.operations.standing import Standing
from dispatch.routing.accepted import is_accepted
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.why_not import why_not
from dispatch.tracking.tours import Stop, Tour

Sequences = list[tuple[int, ...]]

#: Places in the others' tours that the whole rest is tried at, of those of least lateness: each
#: is looked at as of every hand-out.  First guess.
MOST_WAYS: Final = 6


@dataclass(frozen=True, slots=True)
class Moved:
    """One order and its new courier.

    to     : the tour that has it now, its courier's
    eta_at : when it is to be at the door
    late_s : seconds after its promise, 0 when it is kept
    """

    quote_id: QuoteId
    to: TourId
    courier_id: CourierId
    eta_at: datetime | None
    late_s: int


def taken_over(
    day: Standing, rest: Sequence[Stop], booked: Collection[QuoteId], *, late: bool
) -> Iterator[Sequences]:
    """Yield ways for the tours of *day* to take as much of *rest* as possible, best first.

    rest   : the stops left behind, in the order planned; their orders are jobs of *day*
             that no sequence holds
    booked : the orders of *rest* that are paid for: they may be late, the others not
    late   : the whole rest goes to one courier even when some of it is late
    """
    whole = _by_one(day, rest, late=late)
    yield from whole
    if not (late and whole):
        yield from divided(day, rest, booked)


def divided(
    day: Standing, rest: Sequence[Stop], booked: Collection[QuoteId]
) -> Iterator[Sequences]:
    """Yield ``one_by_one``, then the same again without the couriers who took something.

    Last with the holds placed first: what is paid may be brought by more than one, and where it
    costs least it may take the only place of a hold.
    """
    names = {stop.errand for stop in rest}
    others = frozenset(range(len(day.sequences)))
    while True:
        jobs = tuple(
            replace(job, vehicles=others & (job.vehicles or others)) if job.job_id in names else job
            for job in day.problem.jobs
        )
        left = replace(day, problem=replace(day.problem, jobs=jobs))
        sequences = one_by_one(left, rest, booked)
        yield sequences
        took = {v for v, nodes in enumerate(sequences) if nodes != day.sequences[v]}
        others -= took
        if not took or not others:
            break
    held_first = sorted(rest, key=lambda stop: stop.quote_id in booked)
    if held_first != list(rest):
        yield one_by_one(day, held_first, booked)


def _by_one(day: Standing, rest: Sequence[Stop], *, late: bool) -> list[Sequences]:
    """The whole rest in one tour, in its order: some of the ways of least lateness, best first."""
    node_of = {stop.stop_id: node for node, stop in enumerate(day.stops)}
    moved = tuple(node_of[stop.stop_id] for stop in rest)
    before = lateness(day, day.sequences)
    may_be_late = {stop.quote_id for stop in rest} if late else ()
    found: list[tuple[int, Sequences]] = []
    for v, nodes in enumerate(day.sequences):
        for gap in range(len(nodes) + 1):
            tried = list(day.sequences)
            tried[v] = (*nodes[:gap], *moved, *nodes[gap:])
            if not is_accepted(day.problem, tried):
                continue
            after = lateness(day, tried)
            if after.losers(before, strangers=may_be_late):
                continue
            found.append((after.total_s, tried))
    found.sort(key=lambda one: one[0])
    return [tried for _, tried in found[:MOST_WAYS]]


def one_by_one(day: Standing, rest: Sequence[Stop], booked: Collection[QuoteId]) -> Sequences:
    """Each order of *rest* where it costs least: on time if it can be, else late if it is paid."""
    answer = list(day.sequences)
    names = {stop.errand: stop.quote_id for stop in rest}
    for may_be_late in (False, True):
        for name, quote_id in list(names.items()):
            # Nobody waits longer for a place that is not paid for.
            if may_be_late and quote_id not in booked:
                continue
            job = day.job_named(name)
            if job is None:
                continue
            found = cheapest_insertion(day.problem, answer, job, may_be_late=may_be_late)
            if found is not None:
                answer[found.vehicle] = found.nodes
                del names[name]
    return answer


def given_anew(tour: Tour, rest: Sequence[Stop], now: datetime) -> Tour:
    """Return the tour as its courier gets it: what of *rest* had been given is given anew, now.

    With it goes what is booked and was to be made before: who is given a later stop alone would
    make that one first, and find the bag full at the one before.
    """
    had = {stop.stop_id for stop in rest if stop.published_at is not None}
    along: set[QuoteId] = set()
    while more := _made_before(tour, had, along) - along:
        along |= more
    return replace(
        tour,
        stops=tuple(
            stop.given(now)
            if stop.stop_id in had or (stop.quote_id in along and stop.is_to_give)
            else stop
            for stop in tour.stops
        ),
    )


def _made_before(tour: Tour, had: Container[str], along: Container[QuoteId]) -> set[QuoteId]:
    """Return the orders that wait and have a stop before the last of *had* or *along*."""
    given = [
        n
        for n, s in enumerate(tour.stops)
        if s.stop_id in had or (s.quote_id in along and s.is_to_give)
    ]
    before = tour.stops[: max(given, default=0)]
    return {stop.quote_id for stop in before if stop.is_to_give}


def moved_to(drop: Stop, tour: Tour) -> Moved:
    """Return what it is for the order of *drop* that *tour* has it."""
    eta_at = next(stop.eta_at for stop in tour.stops if stop.stop_id == drop.stop_id)
    late = eta_at is not None and drop.due_at is not None and eta_at > drop.due_at
    late_s = seconds_between(drop.due_at, eta_at) if late and eta_at and drop.due_at else 0
    return Moved(drop.quote_id, tour.tour_id, tour.courier_id, eta_at, late_s)


def why_left(day: Standing | None, tours: Sequence[Tour], order: tuple[Stop, ...]) -> Refusal:
    """Return why none of *tours*, those of *day* as they would be, takes *order*."""
    job = None if day is None else day.job_named(order[-1].errand)
    if day is None or job is None:
        return Refusal("no_courier_on_shift")
    try:
        return why_not(day.problem, [day.order_of(tour) for tour in tours], job)
    except ValueError:
        # A hold that gave way leaves room that was not tried: the next wave does.
        return Refusal("solver_gave_up")
