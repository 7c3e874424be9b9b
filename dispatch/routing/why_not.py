"""Why does one more job fit into no tour?

Decides which constraint keeps it out, by relaxing one at a time in tours that stay as
they are.  By how much it would have to give is ``unlocks``'s question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dispatch.core.places import UNREACHABLE_S
from dispatch.core.reasons import Refusal
from dispatch.routing.insertion import Sequences, cheapest_insertion
from dispatch.routing.problem import FOREVER_S, Job, Problem, Vehicle, Visit


def why_not(problem: Problem, sequences: Sequences, job: int) -> Refusal:
    """Say what keeps *job* out of every tour, by relaxing one constraint at a time.

    A refusal of ``never`` is certain; every other is about these tours: other orders may
    still make room for it.  ``binding`` holds every constraint that is enough to relax
    alone; when none is, a smallest set to relax together:

    ``promise.end``, ``pickup.window``, ``capacity.<name>``, ``shift`` (its end),
    ``vehicles`` (those the job allows), ``other_promises`` (windows of other jobs).

    Raises ``ValueError`` when the job does fit: there is nothing to explain.
    """
    if cheapest_insertion(problem, sequences, job) is not None:
        raise ValueError(f"job {problem.jobs[job].job_id} fits; there is nothing to explain")
    if (certain := never(problem, job)) is not None:
        return certain
    relaxations = _relaxations(problem, job)

    def fits_without(relaxed: Sequence[str]) -> bool:
        other = problem
        for name in relaxed:
            other = relaxations[name](other)
        return cheapest_insertion(other, sequences, job) is not None

    return bound_by(tuple(relaxations), fits_without)


def bound_by(names: Sequence[str], fits_without: Callable[[Sequence[str]], bool]) -> Refusal:
    """Name what binds a job that ``never`` says nothing about.

    names        : constraints that may be relaxed;  fits_without: does it fit without these?
    """
    alone = tuple(name for name in names if fits_without((name,)))
    if alone:
        return Refusal("no_feasible_insertion", alone)
    together = list(names)
    if not fits_without(together):
        return Refusal("no_feasible_insertion")
    for name in names:
        rest = [other for other in together if other != name]
        if fits_without(rest):
            together = rest
    return Refusal("no_feasible_insertion", tuple(together))


def dimension_names(problem: Problem) -> tuple[str, ...]:
    """Return what the capacities are called; without a name, by their number."""
    if problem.dimensions or not problem.jobs:
        return problem.dimensions
    return tuple(str(d) for d in range(len(problem.jobs[0].drop.load)))


def never(problem: Problem, job: int) -> Refusal | None:
    """Return why no plan at all can serve *job*: nobody there, nobody big enough, no road.

    None: that cannot be told without searching.  Certain where travel keeps the triangle
    inequality, as street times do but for a turn at a stop.
    """
    asked = problem.jobs[job]
    names = dimension_names(problem)
    couriers = [
        courier
        for v, courier in enumerate(problem.vehicles)
        if asked.vehicles is None or v in asked.vehicles
    ]
    if not any(_meets(courier, asked) for courier in couriers):
        return Refusal("no_courier_on_shift", ("shift",))
    for d, name in enumerate(names if asked.pickups else ()):
        if all(courier.capacity[d] < asked.drop.load[d] for courier in couriers):
            return Refusal(_SIZE_CODES.get(name.split("_")[0], _NO_ROOM), (f"capacity.{name}",))
    if not any(_has_roads(problem, courier, asked) for courier in couriers):
        return Refusal("unreachable")
    return None


_NO_ROOM = "no_feasible_insertion"
#: First word of a capacity's name -> the reason when no vehicle at all is big enough.
_SIZE_CODES: Mapping[str, str] = {
    "weight": "too_heavy",
    "volume": "too_large",
    "cold": "cold_chain_unavailable",
}


def _meets(courier: Vehicle, job: Job) -> bool:
    """True when every visit of *job* has a window during the shift of *courier*."""
    return all(
        any(
            first_s <= courier.until_s and courier.from_s <= last_s for first_s, last_s in v.windows
        )
        for v in (*job.pickups, job.drop)
    )


def _has_roads(problem: Problem, courier: Vehicle, job: Job) -> bool:
    travel_s = problem.travel_s[courier.profile]
    legs = [(courier.start, visit.place) for visit in (*job.pickups, job.drop)]
    legs += [(pickup.place, job.drop.place) for pickup in job.pickups]
    if courier.end is not None:
        legs.append((job.drop.place, courier.end))
    return all(travel_s[leg] < UNREACHABLE_S for leg in legs)


def _relaxations(problem: Problem, job: int) -> dict[str, Callable[[Problem], Problem]]:
    """The ways to loosen the problem, by the name of what is loosened."""

    def end_later(vehicle: Vehicle) -> Vehicle:
        return replace(vehicle, until_s=FOREVER_S)

    def carry_anything(d: int) -> Callable[[Problem], Problem]:
        def change(vehicle: Vehicle) -> Vehicle:
            sizes = vehicle.capacity
            return replace(vehicle, capacity=(*sizes[:d], FOREVER_S, *sizes[d + 1 :]))

        return lambda p: replace(p, vehicles=tuple(change(v) for v in p.vehicles))

    def own(change: Callable[[Job], Job]) -> Callable[[Problem], Problem]:
        return lambda p: replace(
            p, jobs=tuple(change(one) if j == job else one for j, one in enumerate(p.jobs))
        )

    def others(p: Problem) -> Problem:
        return replace(
            p, jobs=tuple(one if j == job else _unhurried(one) for j, one in enumerate(p.jobs))
        )

    asked = problem.jobs[job]
    ways: dict[str, Callable[[Problem], Problem]] = {
        "promise.end": own(lambda one: replace(one, drop=_any_later(one.drop))),
    }
    if asked.pickups:
        ways["pickup.window"] = own(
            lambda one: replace(one, pickups=tuple(_any_time(p) for p in one.pickups))
        )
        for d, name in enumerate(dimension_names(problem)):
            ways[f"capacity.{name}"] = carry_anything(d)
        if asked.vehicles is not None and asked.waits:
            ways["vehicles"] = own(lambda one: replace(one, vehicles=None))
    ways["shift"] = lambda p: replace(p, vehicles=tuple(end_later(v) for v in p.vehicles))
    ways["other_promises"] = others
    return ways


def _any_later(visit: Visit) -> Visit:
    return replace(visit, windows=((visit.windows[0][0], FOREVER_S),), due_s=None)


def _any_time(visit: Visit) -> Visit:
    return replace(visit, windows=((-FOREVER_S, FOREVER_S),), due_s=None)


def _unhurried(job: Job) -> Job:
    return replace(
        job, pickups=tuple(_any_later(p) for p in job.pickups), drop=_any_later(job.drop)
    )
