"""Tours already under way: what can still be decided, as a problem of its own.

Decides nothing: it drives the frozen stops and starts where they end.  So no engine
needs to know what *frozen* means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.core.errors import Invalid
from dispatch.core.reasons import Refusal
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import FOREVER_S, Job, Problem, Sequences, Vehicle, Visit
from dispatch.routing.rules import lived
from dispatch.routing.schedule import cost_of, work_s

#: A window that nobody can meet.
_NEVER = ((-FOREVER_S, -FOREVER_S),)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The part of *whole* that is not frozen.

    problem : vehicles start where their frozen stops end; what these fetched is on board
    behind  : the node of *whole* behind each node of *problem*; beyond these are the marks
    marks   : per vehicle, the nodes of *problem* that only say that it is under way (0 or 1)
    """

    whole: Problem
    problem: Problem
    behind: tuple[int, ...]
    marks: Sequences

    def lifted(self, sequences: Sequence[Sequence[int]]) -> Sequences:
        """Return *sequences* of ``problem`` as sequences of ``whole``, frozen stops first."""
        return tuple(
            (*frozen, *(self.behind[node] for node in nodes if node < len(self.behind)))
            for frozen, nodes in zip(self.whole.frozen, sequences, strict=True)
        )

    def lowered(self, sequences: Sequence[Sequence[int]]) -> Sequences:
        """Return *sequences* of ``whole`` without what is frozen; the inverse of ``lifted``."""
        node_of = {node: n for n, node in enumerate(self.behind)}
        return tuple(
            (*mark, *(node_of[n] for n in nodes if n in node_of))
            for mark, nodes in zip(self.marks, sequences, strict=True)
        )


def ahead(problem: Problem) -> Ahead:
    """Return what is left to decide once the frozen stops of *problem* are driven.

    Of a half-fetched order that half is on board until its drop.

    Raises ``Invalid`` for frozen stops that cannot be driven or that break a rule by themselves.
    """
    driven = [_driven(problem, v, nodes) for v, nodes in enumerate(problem.frozen)]
    _refuse_broken(problem, driven)
    by = {node: v for v, nodes in enumerate(problem.frozen) for node in nodes}
    jobs: list[Job] = []
    behind: list[int] = []
    for j, job in enumerate(problem.jobs):
        nodes = problem.nodes_of[j]
        carrier = next((by[node] for node in nodes if node in by), None)
        if carrier is None:
            jobs.append(job)
            behind += nodes
        elif nodes[-1] not in by:
            jobs.append(_rest_of(problem, j, driven[carrier]))
            behind += [node for node in nodes if node not in by]
    node_of = {node: n for n, node in enumerate(behind)}
    vehicles = tuple(_moved_on(problem, v, tour) for v, tour in enumerate(driven))
    marks, marked = _marks(problem, driven, vehicles, len(behind))
    rest_problem = replace(
        problem,
        vehicles=vehicles,
        jobs=(*jobs, *marked),
        frozen=(),
        pinned=_with_stacks(problem, driven, _renamed(problem.pinned, node_of), node_of),
        published=_renamed(problem.published, node_of),
    )
    return Ahead(problem, rest_problem, tuple(behind), marks)


def _marks(
    problem: Problem, driven: Sequence[PlannedTour], vehicles: Sequence[Vehicle], first: int
) -> tuple[Sequences, list[Job]]:
    """Say of who is under way, where it matters, that going on is not setting out.

    The vehicle is paid for as used, and goes home, whatever it does next.  An errand of no
    time, there and then, makes every plan pay that, so that none seems to save it.
    """
    weights, names = problem.weights, {job.job_id for job in problem.jobs}
    marks: list[tuple[int, ...]] = []
    marked: list[Job] = []
    for tour, vehicle in zip(driven, vehicles, strict=True):
        priced = weights.vehicle_used or weights.paid_per_s or vehicle.end is not None
        if not tour.stops or not priced:
            marks.append(())
            continue
        name = f"under way: {vehicle.vehicle_id}"
        while name in names:
            name += "'"
        now = ((vehicle.from_s, vehicle.from_s),)
        here = Visit(vehicle.start, now, 0, (0,) * len(vehicle.capacity))
        marks.append((first + len(marked),))
        marked.append(Job(name, (), here, frozenset({tour.vehicle})))
    return tuple(marks), marked


def _renamed(sequences: Sequences, node_of: dict[int, int]) -> Sequences:
    return tuple(tuple(node_of[n] for n in nodes if n in node_of) for nodes in sequences)


def _driven(problem: Problem, v: int, nodes: tuple[int, ...]) -> PlannedTour:
    tour = lived(problem, v, nodes)
    if tour is None:
        name = problem.vehicles[v].vehicle_id
        raise Invalid(f"the frozen stops of vehicle {name} cannot be driven", field=f"frozen.{v}")
    return tour


def _refuse_broken(problem: Problem, driven: Sequence[PlannedTour]) -> None:
    """Raise ``Invalid`` for the first rule broken by what is frozen: no plan can mend it."""
    tours = tuple(tour for tour in driven if tour.stops)
    dropped = {problem.job_of[n] for tour in tours for n in tour.nodes if problem.is_drop(n)}
    unserved = tuple(
        Unserved(job.job_id, Refusal("solver_gave_up"))
        for j, job in enumerate(problem.jobs)
        if j not in dropped
    )
    plan = Plan(tours, unserved, cost_of(problem, tours, unserved), "")
    for broken in violations(problem, plan):
        raise Invalid(f"the frozen stops break {broken.rule} for {broken.subject}", field="frozen")


def _rest_of(problem: Problem, j: int, tour: PlannedTour) -> Job:
    """The job without the pickups that *tour* has done; its drop keeps the time on board."""
    job = problem.jobs[j]
    left_s = {stop.node: stop.leave_s for stop in tour.stops}
    own = zip(problem.nodes_of[j], job.pickups, strict=False)
    pickups = tuple(visit for node, visit in own if node not in left_s)
    drop = job.drop
    if job.max_aboard_s is not None:
        since_s = min(left_s[node] for node in problem.nodes_of[j] if node in left_s)
        drop = _until(drop, since_s + job.max_aboard_s)
    return replace(
        job,
        pickups=pickups,
        drop=drop,
        vehicles=frozenset({tour.vehicle}),
        max_aboard_s=job.max_aboard_s if pickups else None,
    )


def _until(visit: Visit, last_s: int) -> Visit:
    windows = tuple((a, min(b, last_s)) for a, b in visit.windows if a <= last_s)
    return replace(visit, windows=windows or _NEVER)


def _moved_on(problem: Problem, v: int, tour: PlannedTour) -> Vehicle:
    """The vehicle where, and when, its frozen stops are over."""
    vehicle = problem.vehicles[v]
    if not tour.stops:
        return vehicle
    fair_s = vehicle.fair_s
    if fair_s is not None:
        done_s = work_s(replace(problem, vehicles=_endless(problem)), v, tour.nodes)
        fair_s = max(0, fair_s - done_s)
    taken = sum(pause.before < len(tour.stops) for pause in tour.breaks)
    last = tour.stops[-1]
    return replace(
        vehicle,
        start=problem.visits[last.node].place,
        from_s=last.leave_s,
        breaks=vehicle.breaks[taken:],
        fair_s=fair_s,
    )


def _endless(problem: Problem) -> tuple[Vehicle, ...]:
    return tuple(replace(vehicle, end=None) for vehicle in problem.vehicles)


def _with_stacks(
    problem: Problem, driven: Sequence[PlannedTour], pinned: Sequences, node_of: dict[int, int]
) -> Sequences:
    """Pin the drops of what lies on a stack: the last one in is the first one out."""
    answer = list(pinned or [()] * len(driven))
    last_s = {n: problem.visits[node].windows[-1][1] for node, n in node_of.items()}
    for v, tour in enumerate(driven):
        if not problem.vehicles[v].lifo:
            continue
        loaded = [problem.job_of[node] for node in tour.nodes if not problem.is_drop(node)]
        drops = [problem.nodes_of[j][-1] for j in dict.fromkeys(reversed(loaded))]
        stacked = [node_of[drop] for drop in drops if drop in node_of]
        if stacked:
            # What was on board before anything else lies below it, in no order of its own.
            below = [node_of[node] for node in _below(problem, v) if node in node_of]
            stacked += sorted(below, key=lambda n: last_s[n])
        if len(stacked) > 1:
            answer[v] = _in_both_orders(stacked, answer[v], last_s)
    return tuple(answer) if any(answer) else pinned


def _below(problem: Problem, v: int) -> list[int]:
    """The drops of what was on board of vehicle *v* from the beginning."""
    mine = frozenset({v})
    return [
        problem.nodes_of[j][-1]
        for j, job in enumerate(problem.jobs)
        if not job.pickups and job.vehicles == mine and any(job.drop.load)
    ]


def _in_both_orders(
    stacked: Sequence[int], pinned: Sequence[int], last_s: dict[int, int]
) -> tuple[int, ...]:
    """Merge two orders into one that keeps both, what must begin first before the other.

    Where they contradict each other no tour can keep both; then the stack's is kept.
    """
    own, others = list(stacked), list(pinned)
    merged: list[int] = []
    while own and others:
        if others[0] in merged or others[0] == own[0]:
            others.pop(0)
        elif others[0] in own:
            merged.append(own.pop(0))
        elif own[0] in others or last_s[others[0]] < last_s[own[0]]:
            merged.append(others.pop(0))
        else:
            merged.append(own.pop(0))
    merged += own
    return (*merged, *(n for n in others if n not in merged))
