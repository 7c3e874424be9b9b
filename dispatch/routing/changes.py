"""What could be different for one order: a later end, an earlier start, a bigger vehicle ...

Decides what each change does to the problem, and how much of it a plan really uses.
Whether a change serves the order is ``unlocks``'s question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from dispatch.routing.plan import PlannedTour
from dispatch.routing.problem import FOREVER_S, Job, Problem, Vehicle, Visit
from dispatch.routing.why_not import dimension_names

#: Tours by vehicle.
Tours = Mapping[int, PlannedTour]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that may be different, by any amount from 1 to ``most``.

    name    : ``promise.end`` (later), ``pickup.opens`` (earlier, all pickups alike),
              ``pickup.closes`` (later, all pickups alike), ``shift`` (ends later),
              ``capacity.<name>`` (more of it), ``vehicles`` (one more may do it)
    unit    : ``s``, ``load`` or ``vehicle``
    most    : more than this makes no difference
    made    : the problem with the change by a given amount
    used    : how much of the change the tours of a plan make use of
    vehicle : whose shift, capacity or permission; None: the order's own
    moment  : amount -> the instant that moves, for a change of ``s``
    """

    name: str
    unit: str
    most: int
    made: Callable[[int], Problem]
    used: Callable[[Tours], int]
    vehicle: int | None = None
    moment: Callable[[int], int] | None = None


def changes(problem: Problem, job: int) -> tuple[Change, ...]:
    """Return what may be different for *job*: its own times first, then vehicle by vehicle."""
    asked = problem.jobs[job]
    found = list(_own_times(problem, job))
    for v, vehicle in enumerate(problem.vehicles):
        if asked.vehicles is None or v in asked.vehicles:
            found.append(_longer_shift(problem, v, vehicle))
            found += _bigger(problem, v, job)
        elif asked.waits:
            found.append(_one_more_may(problem, v, job))
    return tuple(change for change in found if change.most > 0)


def _own_times(problem: Problem, job: int) -> Iterator[Change]:
    asked, drop = problem.jobs[job], problem.nodes_of[job][-1]
    from_s = min((v.from_s for v in problem.vehicles), default=0)
    until_s = max((v.until_s for v in problem.vehicles), default=0)
    end_s = _end_s(asked.drop)

    def begun_s(tours: Tours) -> dict[int, int]:
        return {s.node: s.begin_s for t in tours.values() for s in t.stops}

    yield Change(
        "promise.end",
        "s",
        until_s - end_s,
        lambda by: with_job(problem, job, replace(asked, drop=_later(asked.drop, by))),
        lambda tours: begun_s(tours)[drop] - end_s,
        moment=lambda by: end_s + by,
    )
    if not asked.pickups:
        return
    fetches = dict(zip(problem.nodes_of[job], asked.pickups, strict=False))
    opens_s = {node: visit.windows[0][0] for node, visit in fetches.items()}
    closes_s = {node: _end_s(visit) for node, visit in fetches.items()}

    def sooner(by: int) -> Problem:
        return with_job(
            problem, job, replace(asked, pickups=tuple(_sooner(p, by) for p in asked.pickups))
        )

    def later(by: int) -> Problem:
        return with_job(
            problem, job, replace(asked, pickups=tuple(_later(p, by) for p in asked.pickups))
        )

    yield Change(
        "pickup.opens",
        "s",
        max(opens_s.values()) - from_s,
        sooner,
        lambda tours: max(opens_s[n] - begun_s(tours)[n] for n in opens_s),
        moment=lambda by: max(opens_s.values()) - by,
    )
    yield Change(
        "pickup.closes",
        "s",
        until_s - min(closes_s.values()),
        later,
        lambda tours: max(begun_s(tours)[n] - closes_s[n] for n in closes_s),
        moment=lambda by: max(closes_s.values()) + by,
    )


def _longer_shift(problem: Problem, v: int, vehicle: Vehicle) -> Change:
    return Change(
        "shift",
        "s",
        FOREVER_S - vehicle.until_s,
        lambda by: with_vehicle(problem, v, replace(vehicle, until_s=vehicle.until_s + by)),
        lambda tours: tours[v].end_s - vehicle.until_s if v in tours else 0,
        vehicle=v,
        moment=lambda by: vehicle.until_s + by,
    )


def _bigger(problem: Problem, v: int, job: int) -> Iterator[Change]:
    """More room in each dimension in which *job* weighs anything."""
    vehicle = problem.vehicles[v]
    if not problem.jobs[job].pickups:
        return

    def change(d: int, name: str) -> Change:
        def made(by: int) -> Problem:
            sizes = vehicle.capacity
            more = (*sizes[:d], sizes[d] + by, *sizes[d + 1 :])
            return with_vehicle(problem, v, replace(vehicle, capacity=more))

        everything = sum(one.drop.load[d] for one in problem.jobs)
        return Change(
            f"capacity.{name}",
            "load",
            everything - vehicle.capacity[d],
            made,
            lambda tours: _fullest(problem, tours[v], d) - vehicle.capacity[d] if v in tours else 0,
            vehicle=v,
        )

    for d, name in enumerate(dimension_names(problem)):
        if problem.jobs[job].drop.load[d]:
            yield change(d, name)


def _one_more_may(problem: Problem, v: int, job: int) -> Change:
    asked = problem.jobs[job]
    assert asked.vehicles is not None  # else everybody may
    allowed = asked.vehicles | {v}
    return Change(
        "vehicles",
        "vehicle",
        1,
        lambda by: with_job(problem, job, replace(asked, vehicles=allowed)),
        lambda tours: 1,
        vehicle=v,
    )


def _fullest(problem: Problem, tour: PlannedTour, d: int) -> int:
    """The greatest load after a pickup of *tour* in dimension *d*."""
    load = problem.aboard(tour.vehicle)[d]
    most = 0
    for node in tour.nodes:
        amount = problem.visits[node].load[d]
        load += -amount if problem.is_drop(node) else amount
        most = most if problem.is_drop(node) else max(most, load)
    return most


def _end_s(visit: Visit) -> int:
    """When *visit* must have begun to be on time."""
    last_s = visit.windows[-1][1]
    return last_s if visit.due_s is None else min(last_s, visit.due_s)


def _later(visit: Visit, by_s: int) -> Visit:
    """The visit on time until *by_s* after its end; windows before the last stay."""
    end_s = _end_s(visit) + by_s
    *before, (first_s, last_s) = visit.windows
    return replace(
        visit,
        windows=(*before, (first_s, max(last_s, end_s))),
        due_s=None if visit.due_s is None else max(visit.due_s, end_s),
    )


def _sooner(visit: Visit, by_s: int) -> Visit:
    (first_s, last_s), *after = visit.windows
    return replace(visit, windows=((first_s - by_s, last_s), *after))


def with_job(problem: Problem, job: int, one: Job) -> Problem:
    """Return *problem* with *one*, of as many visits, in the place of *job*."""
    return replace(problem, jobs=(*problem.jobs[:job], one, *problem.jobs[job + 1 :]))


def with_vehicle(problem: Problem, v: int, vehicle: Vehicle) -> Problem:
    """Return *problem* with *vehicle* in the place of vehicle *v*."""
    crew = (*problem.vehicles[:v], vehicle, *problem.vehicles[v + 1 :])
    return replace(problem, vehicles=crew)


def with_one_more(problem: Problem, job: int, like: int, from_s: int) -> Problem:
    """Return *problem* with one more courier like *like*, who may work as long as need be.

    The newcomer is the last vehicle, starts where *like* does at *from_s*, has no break
    and may do *job*.
    """
    asked, crew = problem.jobs[job], problem.vehicles
    newcomer = replace(
        crew[like],
        vehicle_id=f"one more like {crew[like].vehicle_id}",
        from_s=from_s,
        until_s=FOREVER_S,
        breaks=(),
        fair_s=None,
    )
    if asked.vehicles is not None:
        asked = replace(asked, vehicles=asked.vehicles | {len(crew)})
    return replace(
        problem,
        vehicles=(*crew, newcomer),
        jobs=(*problem.jobs[:job], asked, *problem.jobs[job + 1 :]),
        frozen=(*problem.frozen, ()) if problem.frozen else (),
        pinned=(*problem.pinned, ()) if problem.pinned else (),
        published=(*problem.published, ()) if problem.published else (),
    )
