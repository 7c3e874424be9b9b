"""A problem as arrays, one set for each crew of interchangeable vehicles.

Decides which rules a bound knows and lays them out for the compiled search.  A rule that
is left out here makes tours cheaper, never dearer: ``relaxed_rules`` names it.

Row and column n of a matrix are the start (as a row) and the end (as a column) of the
tour; 0 … n - 1 are the problem's nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.bounds.times import times_of
from dispatch.routing.problem import FOREVER_S, Problem

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Later than any shift ends, small enough to add up.
NEVER_S: Final = 4 * FOREVER_S

#: More than any plan costs, small enough to add up.
PRICELESS: Final = 2**60

#: Visited nodes are bits of one signed 64-bit number.
MOST_NODES: Final = 62


class Facts(NamedTuple):
    """What is true for every vehicle of one crew; n nodes, m jobs.

    legs_s    : (n + 1, n + 1) way and setup; ``NEVER_S`` where there is no road
    soonest_s : (n + 1, n + 1) least time from leaving a point to being at another,
                through whatever lies between (services included)
    step      : (n + 1, n + 1) price of a leg: travel, paid time, service and churn at
                its far end; waiting and lateness are not in it
    leave, enter : (n + 1,) potentials, ``leave[i] + enter[k] <= step[i, k]`` on every arc
                that a tour can have, so a path costs at least the sum of its nodes'
    least     : (n,) ``leave + enter``
    window_s  : rows ``window_at[k]:window_at[k + 1]`` are the windows of node k
    after     : (n,) nodes that must have been visited before, as bits
    never     : (n,) nodes that must not have been visited before, itself included
    change    : (n, d) what the load grows by, only of dimensions that can be too small
    allowed   : (m,) jobs this crew may do
    open_of   : (m,) the nodes of each job, as bits; drops: all drops
    frozen    : nodes every tour must visit;  heavy: drops of loads on board
    break_s   : rows ``break_at[b]:break_at[b + 1]`` are the windows of break b
    """

    legs_s: Ints
    soonest_s: Ints
    step: Ints
    leave: Ints
    enter: Ints
    least: Ints
    service_s: Ints
    due_s: Ints
    window_at: Ints
    window_s: Ints
    after: Ints
    never: Ints
    fetch: Flags
    change: Ints
    capacity: Ints
    aboard: Ints
    job_of: Ints
    nodes_at: Ints
    allowed: Flags
    open_of: Ints
    drops: int
    frozen: int
    heavy: int
    break_at: Ints
    break_s: Ints
    pause_s: Ints
    from_s: int
    until_s: int
    used: int
    late_per_s: int
    paid_per_s: int
    unfair_per_s: int
    fair_s: int


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """Vehicles of one problem that can stand in for each other, and their facts."""

    vehicles: tuple[int, ...]
    facts: Facts

    @property
    def must_go(self) -> bool:
        """True when every plan has a tour of this crew: one that is under way."""
        return self.facts.frozen != 0


def crews_of(problem: Problem, upper: int | None = None) -> list[Crew]:
    """Group the vehicles of *problem*; facts need only hold in plans cheaper than *upper*.

    Above ``MOST_NODES`` nodes all that is kept as bits is left at 0: only walks can be bounded.
    """
    groups: dict[object, list[int]] = {}
    for v, vehicle in enumerate(problem.vehicles):
        churn = problem.weights.churn_per_stop
        key = (
            replace(vehicle, vehicle_id=""),
            _allowed(problem, v),
            problem.aboard(v),
            problem.frozen[v] if problem.frozen else (),
            problem.pinned[v] if problem.pinned else (),
            problem.published[v] if problem.published and churn else (),
        )
        groups.setdefault(key, []).append(v)
    return [Crew(tuple(group), _facts(problem, group[0], upper)) for group in groups.values()]


def relaxed_rules(problem: Problem) -> tuple[str, ...]:
    """Return the names of the rules of *problem* that a crew's facts do not know."""
    names = []
    if any(job.max_aboard_s is not None for job in problem.jobs):
        names.append("max_aboard")
    if any(vehicle.lifo for vehicle in problem.vehicles):
        names.append("lifo")
    if problem.weights.churn_per_stop and any(len(nodes) > 1 for nodes in problem.published):
        names.append("published_order")
    return tuple(names)


def loosened_rules(problem: Problem) -> tuple[str, ...]:
    """Return the names of the rules that labels know, but neither tables nor walks."""
    names = []
    if any(_loads(problem, v)[1].size for v in range(len(problem.vehicles))):
        names.append("capacity")
    if any(vehicle.breaks for vehicle in problem.vehicles):
        names.append("breaks")
    if problem.weights.unfair_per_s and any(v.fair_s is not None for v in problem.vehicles):
        names.append("fair_share")
    if any(problem.pinned):
        names.append("pinned_order")
    if any(problem.frozen):
        names.append("frozen")
    return tuple(names)


def _allowed(problem: Problem, v: int) -> tuple[bool, ...]:
    """The jobs vehicle *v* may do: not those that are pinned to, or begun by, another."""
    others = {
        problem.job_of[node]
        for sequences in (problem.pinned, problem.frozen)
        for other, nodes in enumerate(sequences)
        if other != v
        for node in nodes
    }
    return tuple(
        j not in others and (job.vehicles is None or v in job.vehicles)
        for j, job in enumerate(problem.jobs)
    )


def _facts(problem: Problem, v: int, upper: int | None) -> Facts:
    courier, weights, visits = problem.vehicles[v], problem.weights, problem.visits
    n, m = len(visits), len(problem.jobs)
    allowed = np.array(_allowed(problem, v), dtype=np.bool_).reshape(m)
    job_of = np.array(problem.job_of, dtype=np.int64).reshape(n)
    drops = [nodes[-1] for nodes in problem.nodes_of]
    service_s = np.array([visit.service_s for visit in visits], dtype=np.int64).reshape(n)
    legs_s = _legs_s(problem, v)
    soonest_s = _soonest_s(legs_s, service_s)
    times = times_of(problem, v, legs_s, soonest_s, upper)
    legs_s[~times.possible] = NEVER_S
    windows = [window for spans in times.windows for window in spans]
    pauses = [window for pause in courier.breaks for window in pause.windows]
    after, never = _order(problem, v)
    step = _steps(problem, v, legs_s, service_s)
    leave, enter = _potentials(problem, step, allowed)
    change, capacity, aboard = _loads(problem, v)
    at_once = [d for d in drops if not problem.jobs[problem.job_of[d]].pickups]
    open_of = [_bits(problem, nodes) for nodes in problem.nodes_of]
    unfair = weights.unfair_per_s if courier.fair_s is not None else 0
    frozen = problem.frozen[v] if problem.frozen else ()
    return Facts(
        legs_s=legs_s,
        soonest_s=soonest_s,
        step=step,
        leave=leave,
        enter=enter,
        least=leave[:n] + enter[:n],
        service_s=service_s,
        due_s=np.array([NEVER_S if x.due_s is None else x.due_s for x in visits], dtype=np.int64),
        window_at=_starts(len(spans) for spans in times.windows),
        window_s=np.array(windows, dtype=np.int64).reshape(len(windows), 2),
        after=after,
        never=never,
        fetch=np.array([not problem.is_drop(k) for k in range(n)], dtype=np.bool_),
        change=change,
        capacity=capacity,
        aboard=aboard,
        job_of=job_of,
        nodes_at=_starts(len(nodes) for nodes in problem.nodes_of),
        allowed=allowed,
        open_of=np.array(open_of, dtype=np.int64),
        drops=_bits(problem, drops),
        frozen=_bits(problem, frozen),
        heavy=_bits(problem, [d for d in at_once if any(visits[d].load)]),
        break_at=_starts(len(pause.windows) for pause in courier.breaks),
        break_s=np.array(pauses, dtype=np.int64).reshape(len(pauses), 2),
        pause_s=np.array([pause.duration_s for pause in courier.breaks], dtype=np.int64),
        from_s=courier.from_s,
        until_s=courier.until_s,
        used=weights.vehicle_used,
        late_per_s=weights.late_per_s,
        paid_per_s=weights.paid_per_s,
        unfair_per_s=unfair,
        fair_s=courier.fair_s or 0,
    )


def _starts(sizes: Iterable[int]) -> Ints:
    starts: Ints = np.cumsum([0, *sizes], dtype=np.int64)
    return starts


def _legs_s(problem: Problem, v: int) -> Ints:
    """Way and setup; the way home is no time where the tour may end anywhere."""
    courier, n = problem.vehicles[v], len(problem.visits)
    places = np.array([*(visit.place for visit in problem.visits), courier.start])
    ends = places.copy()
    ends[n] = courier.start if courier.end is None else courier.end
    legs_s = problem.travel_s[courier.profile][np.ix_(places, ends)].astype(np.int64)
    no_road = legs_s >= UNREACHABLE_S
    setup_s = np.array([*(visit.setup_s for visit in problem.visits), 0], dtype=np.int64)
    legs_s += np.where(places[:, None] != ends[None, :], setup_s[None, :], 0)
    if courier.end is None:
        legs_s[:, n] = 0
        no_road[:, n] = False
    legs_s[no_road] = NEVER_S
    answer: Ints = legs_s
    return answer


def _soonest_s(legs_s: Ints, service_s: Ints) -> Ints:
    """Floyd and Warshall's shortest ways, where passing through a node takes its service."""
    soonest_s = legs_s.copy()
    for via in range(len(service_s)):
        through_s = soonest_s[:, via, None] + service_s[via] + soonest_s[None, via, :]
        np.minimum(soonest_s, through_s, out=soonest_s)
    return soonest_s


def _steps(problem: Problem, v: int, legs_s: Ints, service_s: Ints) -> Ints:
    weights, n = problem.weights, len(problem.visits)
    per_s = weights.travel_per_s * problem.vehicles[v].travel_price + weights.paid_per_s
    moved = np.zeros(n + 1, dtype=np.int64)
    for node, (owner, _) in problem.published_at.items():
        moved[node] = weights.churn_per_stop * (owner != v)
    step = per_s * np.minimum(legs_s, UNREACHABLE_S) + moved[None, :]
    step[:, :n] += weights.paid_per_s * service_s[None, :]
    step[legs_s >= NEVER_S] = PRICELESS
    answer: Ints = step
    return answer


def _potentials(problem: Problem, step: Ints, allowed: Flags) -> tuple[Ints, Ints]:
    """Split what every arc costs at least into leaving one end and entering the other."""
    n = len(problem.visits)
    arcs = step.copy()
    arcs[n, n] = PRICELESS
    np.fill_diagonal(arcs[:n, :n], PRICELESS)
    for j, (*pickups, drop) in enumerate(problem.nodes_of):
        if not allowed[j]:
            nodes = [*pickups, drop]
            arcs[nodes, :] = arcs[:, nodes] = PRICELESS
        elif pickups:
            arcs[n, drop] = PRICELESS
            arcs[drop, pickups] = PRICELESS
            arcs[pickups, n] = PRICELESS
    enter: Ints = arcs.min(axis=0)
    enter[enter >= PRICELESS] = 0
    leave: Ints = (arcs - enter[None, :]).min(axis=1)
    leave[leave >= PRICELESS // 2] = 0
    return leave, enter


def _order(problem: Problem, v: int) -> tuple[Ints, Ints]:
    """Which nodes must, and which must not, have been visited before each node, as bits."""
    n = len(problem.visits)
    after = [0] * n
    never = [_bits(problem, [node]) for node in range(n)]
    for *pickups, drop in problem.nodes_of:
        after[drop] = _bits(problem, pickups)
    pinned = problem.pinned[v] if problem.pinned else ()
    for rank, node in enumerate(pinned):
        never[node] |= _bits(problem, pinned[rank + 1 :])
    frozen = problem.frozen[v] if problem.frozen else ()
    for node in range(n):
        before = frozen[: frozen.index(node)] if node in frozen else frozen
        after[node] |= _bits(problem, before)
    return np.array(after, dtype=np.int64), np.array(never, dtype=np.int64)


def _bits(problem: Problem, nodes: Iterable[int]) -> int:
    return sum(1 << node for node in nodes) if len(problem.visits) <= MOST_NODES else 0


def _loads(problem: Problem, v: int) -> tuple[Ints, Ints, Ints]:
    """Loads in the dimensions where everything together would be too much for *v*."""
    n, size = len(problem.visits), len(problem.vehicles[v].capacity)
    change = np.array([visit.load for visit in problem.visits], dtype=np.int64).reshape(n, size)
    fetch = np.array([not problem.is_drop(k) for k in range(n)], dtype=np.bool_)
    capacity = np.array(problem.vehicles[v].capacity, dtype=np.int64)
    aboard = np.array(problem.aboard(v), dtype=np.int64)
    tight = aboard + change[fetch].sum(axis=0) > capacity
    change = np.where(fetch[:, None], change, -change)[:, tight]
    return np.ascontiguousarray(change), capacity[tight], aboard[tight]
