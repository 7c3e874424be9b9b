"""Which of a plan's stops couriers are given now, and until when the others wait.

Decides it for one hand-out of a town, by the policy of ``dispatching``.  What goes or waits is a
*round*: a courier's stops until nothing is on board any more.  A round goes as a whole; what a
later round of the same courier brings may wait on.  Waiting is written on the stops as the
hand-out they now count on (``Stop.release_at``), so whoever looks at the day counts with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from dispatch.core.windows import seconds_between
from dispatch.operations.dispatching import POLICIES, Errand, Held, Scene, errands_of_tours
from dispatch.operations.foreseen import NOTHING, Foreseen
from dispatch.operations.lateness import lateness
from dispatch.operations.ports import Ports
from dispatch.operations.seen import is_waiting
from dispatch.operations.standing import Standing, adopt
from dispatch.operations.timetable import next_cut_off, publish_lag, tick_of
from dispatch.operations.waves import Wave
from dispatch.routing.problem import Problem, Vehicle
from dispatch.routing.schedule import schedule
from dispatch.tracking.tours import Stop, Tour


def let_go(
    day: Standing,
    sequences: Sequence[tuple[int, ...]],
    wave: Wave,
    ports: Ports,
    *,
    foreseen: Foreseen = NOTHING,
) -> tuple[Tour, ...]:
    """Return the tours in the order of *sequences*, with what leaves with *wave* given out.

    That is everything booked, unless the dispatch is rolling and no person asked for the wave:
    then a round that can wait does, and its stops say for which hand-out.

    foreseen : what futures say of the rounds, if any were asked
    """
    now = ports.clock.now()
    tours = adopt(day, sequences)
    if wave.by_hand or not ports.parameters.dispatching.is_rolling:
        return given(tours, now)
    if next_cut_off(now, ports) is None:
        return given(tours, now)  # there is no later hand-out to wait for
    waiting = _waiting(day, sequences, foreseen, ports)

    def settled(stop: Stop) -> Stop:
        return waiting.get(stop.stop_id) or out(stop, now)

    return tuple(replace(tour, stops=tuple(map(settled, tour.stops))) for tour in tours)


def given(tours: Sequence[Tour], now: datetime) -> tuple[Tour, ...]:
    """Return *tours* with everything given out that is booked."""
    return tuple(
        replace(tour, stops=tuple(out(stop, now) for stop in tour.stops)) for tour in tours
    )


def out(stop: Stop, now: datetime) -> Stop:
    """Return *stop* given out, unless it is over or only held."""
    if stop.over or stop.held_until is not None:
        return stop
    return stop.given(stop.published_at or now)


@dataclass(frozen=True, slots=True)
class _Rounds:
    """One courier's nodes ahead, and those of them that end a round: see ``rounds_of``."""

    vehicle: int
    nodes: tuple[int, ...]
    ends: tuple[int, ...]

    def first_not_given(self, day: Standing, begun: int) -> int | None:
        """Return where the first round from place *begun* on starts that has to be given out."""
        for start, end in pairwise((0, *self.ends)):
            if start >= begun and any(_not_given(day.stops[n]) for n in self.nodes[start:end]):
                return start
        return None

    def end_of(self, start: int) -> int:
        """Return where the round that starts at *start* ends."""
        return next(end for end in self.ends if end > start)

    def is_begun(self, day: Standing, start: int) -> bool:
        """True where the courier has some of the round that starts there, on board or to do."""
        some = self.nodes[start : self.end_of(start)]
        jobs = (day.problem.jobs[day.problem.job_of[node]] for node in some)
        return any(job.vehicles is not None for job in jobs) or any(
            day.stops[node].published_at is not None for node in some
        )


def rounds_of(problem: Problem, nodes: Sequence[int]) -> tuple[int, ...]:
    """Return after how many of *nodes* nothing is on board; the last is all of them.

    What is on board from the beginning belongs to a job that only this vehicle may do.
    """
    jobs = {problem.job_of[node] for node in nodes}
    aboard = {job for job in jobs if problem.jobs[job].vehicles is not None}
    ends = []
    for n, node in enumerate(nodes, start=1):
        job = problem.job_of[node]
        if problem.is_drop(node):
            aboard.discard(job)
        else:
            aboard.add(job)
        if not aboard:
            ends.append(n)
    return tuple(ends)


def _not_given(stop: Stop) -> bool:
    return stop.published_at is None and stop.held_until is None


def _waiting(
    day: Standing, sequences: Sequence[tuple[int, ...]], foreseen: Foreseen, ports: Ports
) -> dict[str, Stop]:
    """Return the stops that are not given out now, as they wait for their hand-out."""
    rules, short = ports.parameters.dispatching, falls_short(day, sequences)
    decide = POLICIES[rules.policy]
    crew = [
        _Rounds(v, tuple(nodes), rounds_of(day.problem, nodes))
        for v, nodes in enumerate(sequences)
        if nodes
    ]
    at_round = {one: start for one in crew if (start := one.first_not_given(day, 0)) is not None}
    waiting: dict[str, Stop] = {}
    while at_round:
        ahead = {one: _after(day, one, start) for one, start in at_round.items()}
        errands = tuple(
            replace(
                _errand(day, one, ahead[one], at_round[one], ports),
                joined=_share_joined(day, one, at_round[one], foreseen),
            )
            for one in at_round
        )
        decided = decide(Scene(0, errands, short=short), rules)
        held = {one.courier_id: one for one in decided.held}
        further: dict[_Rounds, int] = {}
        for one, start in at_round.items():
            told = held.get(day.problem.vehicles[one.vehicle].vehicle_id)
            if told is not None:
                waiting |= _held(day, ahead[one], one.vehicle, one.nodes[start:], told, ports)
            elif (later := one.first_not_given(day, one.end_of(start))) is not None:
                further[one] = later
        at_round = further
    return waiting


def _after(day: Standing, one: _Rounds, start: int) -> Problem:
    """Return the day's problem with the courier where the first *start* stops leave him."""
    problem, v = day.problem, one.vehicle
    before = schedule(problem, v, one.nodes[:start]) if start else None
    if before is None:
        return problem
    last, vehicle = before.stops[-1], problem.vehicles[v]
    return _with(
        problem,
        v,
        replace(
            vehicle,
            start=problem.visits[last.node].place,
            from_s=last.leave_s,
            until_s=max(last.leave_s, vehicle.until_s),
        ),
    )


def _with(problem: Problem, v: int, vehicle: Vehicle) -> Problem:
    crew = (*problem.vehicles[:v], vehicle, *problem.vehicles[v + 1 :])
    return replace(problem, vehicles=crew)


def _errand(day: Standing, one: _Rounds, ahead: Problem, start: int, ports: Ports) -> Errand:
    """Return until when the round that begins at place *start* can wait, and all after it."""
    rest: list[tuple[int, ...]] = [()] * len(ahead.vehicles)
    rest[one.vehicle] = one.nodes[start:]
    (errand,) = errands_of_tours(ahead, rest, ports.parameters.dispatching)
    # Nobody leaves before the hand-out is out; who has begun a round has all of it.
    lag_s = int(publish_lag(ports).total_seconds())
    begun = one.is_begun(day, start)
    # Who was sent to a shop to wait there is there for whatever comes, not for this.
    there = errand.there and not (start == 0 and is_waiting(day.tours[one.vehicle]))
    return replace(errand, leave_by_s=errand.leave_by_s - lag_s, there=there or begun)


def _share_joined(day: Standing, one: _Rounds, start: int, foreseen: Foreseen) -> float | None:
    """Return how many futures put more into that round, as said of its most urgent order."""
    some = [day.stops[node] for node in one.nodes[start : one.end_of(start)]]
    due = [(stop.due_at, stop.quote_id) for stop in some if stop.due_at is not None]
    return foreseen.joined.get(min(due)[1]) if due else None


def _held(
    day: Standing, ahead: Problem, v: int, nodes: tuple[int, ...], told: Held, ports: Ports
) -> dict[str, Stop]:
    """Return what is booked at *nodes* as it waits, expected at the doors that much later."""
    # The policy lets go at the last tick before its instant.
    cut_off_at = tick_of(day.at + timedelta(seconds=told.until_s), ports) or day.at
    release_at = cut_off_at + publish_lag(ports)
    leaves_s = max(ahead.vehicles[v].from_s, seconds_between(day.at, release_at))
    vehicle = replace(
        ahead.vehicles[v], from_s=leaves_s, until_s=max(leaves_s, ahead.vehicles[v].until_s)
    )
    later = schedule(_with(ahead, v, vehicle), v, nodes)
    begins_s = {} if later is None else {stop.node: stop.begin_s for stop in later.stops}
    waiting: dict[str, Stop] = {}
    for node in nodes:
        stop = day.stops[node]
        if _not_given(stop):
            eta_at = day.at + timedelta(seconds=begins_s[node]) if node in begins_s else stop.eta_at
            waiting[stop.stop_id] = replace(stop, release_at=release_at, eta_at=eta_at)
    return waiting


def falls_short(day: Standing, sequences: Sequence[tuple[int, ...]]) -> bool:
    """True where somebody who was promised something gets it late, or not at all."""
    placed = {day.problem.job_of[node] for nodes in sequences for node in nodes}
    left_out = (
        day.stops[nodes[0]].held_until is None
        for job, nodes in enumerate(day.problem.nodes_of)
        if job not in placed
    )
    return any(left_out) or bool(lateness(day, sequences).stops)
