"""From sequences to a plan: nobody left out who could be taken, all timed, priced, explained.

Decides what every solver owes its reader after its search.  Does not search.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from time import monotonic

from dispatch.core.errors import Broken, Invalid
from dispatch.core.reasons import Refusal
from dispatch.routing.check import Violation, violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.why_not import why_not


def left_out(problem: Problem, sequences: Sequence[Sequence[int]]) -> list[int]:
    """Return the jobs dropped in no sequence: parcels on board first, then by the promise's end."""
    served = {problem.job_of[n] for nodes in sequences for n in nodes if problem.is_drop(n)}
    return sorted(set(range(len(problem.jobs))) - served, key=lambda job: _urgency(problem, job))


def _urgency(problem: Problem, job: int) -> tuple[bool, int, int, int]:
    asked = problem.jobs[job]
    end_s = asked.drop.windows[-1][1] if asked.drop.due_s is None else asked.drop.due_s
    return bool(asked.pickups), -asked.priority, end_s, job


def completed(
    problem: Problem, sequences: Sequence[Sequence[int]], *, but_not: Collection[int] = ()
) -> Sequences:
    """Put every left-out job where it is cheapest, on time if possible, else late.

    Late only where that costs less than leaving the job out.  Whatever is still out
    afterwards fits on time in no tour: jobs are tried until none goes in any more.

    but_not : jobs to leave as they are, e.g. half done
    """
    tours = [tuple(nodes) for nodes in sequences]
    waiting = [job for job in left_out(problem, tours) if job not in but_not]
    while waiting:
        refused = [job for job in waiting if not _put_in(problem, tours, job)]
        if len(refused) == len(waiting):
            break
        waiting = refused
    return tuple(tours)


def _put_in(problem: Problem, tours: list[tuple[int, ...]], job: int) -> bool:
    best = cheapest_insertion(problem, tours, job)
    if best is None:
        best = cheapest_insertion(problem, tours, job, may_be_late=True)
        price = problem.weights.unserved * problem.jobs[job].priority
        if best is None or best.added_cost >= price:
            return False
    tours[best.vehicle] = best.nodes
    return True


def improved_one_by_one(
    problem: Problem, sequences: Sequence[Sequence[int]], deadline_s: float
) -> Sequences:
    """Take each job out once and put it back where it is cheapest, until *deadline_s*.

    ``deadline_s`` is on ``time.monotonic``.  The result never costs more.
    """
    tours = [tuple(nodes) for nodes in sequences]
    carrier = {problem.job_of[node]: v for v, nodes in enumerate(tours) for node in nodes}
    for job, vehicle in sorted(carrier.items()):
        if monotonic() > deadline_s:
            break
        rest = list(tours)
        rest[vehicle] = tuple(node for node in tours[vehicle] if problem.job_of[node] != job)
        if not _drivable(problem, vehicle, rest[vehicle]):
            continue  # rounded travel times: the straight way may be a second longer
        best = cheapest_insertion(problem, rest, job, may_be_late=True)
        if best is None:
            continue
        rest[best.vehicle] = best.nodes
        if total_cost(problem, rest) < total_cost(problem, tours):
            tours = rest
    return tuple(tours)


def _drivable(problem: Problem, vehicle: int, nodes: Sequence[int]) -> bool:
    tour = schedule(problem, vehicle, nodes)
    return tour is not None and tour.end_s <= problem.vehicles[vehicle].until_s


def total_cost(problem: Problem, sequences: Sequence[Sequence[int]]) -> int:
    """Return the price of *sequences* with everything else left out."""
    out = [problem.jobs[job].priority for job in left_out(problem, sequences)]
    cost = cost_of(problem, timed(problem, sequences))
    return cost.total + problem.weights.unserved * sum(out)


def plan_of(problem: Problem, sequences: Sequence[Sequence[int]], engine: str) -> Plan:
    """Time and price *sequences* and give every job left out its reason."""
    tours = timed(problem, sequences)
    frozen = [tuple(nodes) for nodes in sequences]
    unserved = tuple(
        Unserved(problem.jobs[job].job_id, why_not(problem, frozen, job))
        for job in sorted(left_out(problem, frozen))
    )
    return Plan(tours, unserved, cost_of(problem, tours, unserved), engine)


def known_start(problem: Problem, start: Sequence[tuple[int, ...]]) -> Sequences:
    """Return *start* when it is a feasible solution; raises ``Invalid`` when it is not."""
    if len(start) != len(problem.vehicles):
        raise Invalid(
            f"start has {len(start)} sequences for {len(problem.vehicles)} vehicles", field="start"
        )
    for vehicle, nodes in enumerate(start):
        field = f"start.{vehicle}"
        if unknown := [node for node in nodes if not 0 <= node < len(problem.visits)]:
            raise Invalid(f"{field} has an unknown node: {unknown[0]}", field=field)
        if schedule(problem, vehicle, nodes) is None:
            raise Invalid(f"{field} misses a window or has no road: {nodes}", field=field)
    if (broken := first_broken(problem, start)) is not None:
        raise Invalid(f"start breaks {broken.rule} for {broken.subject}", field="start")
    return tuple(start)


def first_broken(problem: Problem, sequences: Sequence[Sequence[int]]) -> Violation | None:
    """Return the first rule that *sequences* break; None: they are allowed.

    What cannot even be timed (no road, a window or a break missed, too long on board)
    breaks ``untimed``.
    """
    for vehicle, nodes in enumerate(sequences):
        if schedule(problem, vehicle, nodes) is None:
            return Violation("untimed", problem.vehicles[vehicle].vehicle_id)
    tours = timed(problem, sequences)
    nobody = Refusal("solver_gave_up")
    unserved = tuple(
        Unserved(problem.jobs[job].job_id, nobody) for job in left_out(problem, sequences)
    )
    plan = Plan(tours, unserved, cost_of(problem, tours, unserved), "")
    return next(iter(violations(problem, plan)), None)


def timed(problem: Problem, sequences: Sequence[Sequence[int]]) -> tuple[PlannedTour, ...]:
    """Return the tours of vehicles that move; raises ``Broken`` when one cannot be driven."""
    tours = []
    for vehicle, nodes in enumerate(sequences):
        if not nodes:
            continue
        tour = schedule(problem, vehicle, nodes)
        if tour is None:
            raise Broken(f"vehicle {problem.vehicles[vehicle].vehicle_id} cannot drive {nodes}")
        tours.append(tour)
    return tuple(tours)
