"""Where does one more job fit, and at what price?

Decides the vehicle and the positions for one job in tours that stay as they are
otherwise.  Does not reorder anybody else's stops: that is a solver's work.  Why a job
fits nowhere is ``why_not``'s question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from dispatch.routing.gaps import NO_CEILING, Found, Search, carried, timed
from dispatch.routing.problem import Problem
from dispatch.routing.rules import is_plain, lived, price_of
from dispatch.routing.schedule import cost_of, earliest

Sequences = Sequence[tuple[int, ...]]

#: Up to this many pickups every order is tried; with more they are placed one by one.
ALL_ORDERS_UP_TO = 2


@dataclass(frozen=True, slots=True)
class Insertion:
    """One job put into one tour.

    vehicle    : whose tour
    nodes      : that tour's whole new sequence
    positions  : where in *nodes* the job's own visits are, its drop last
    added_cost : what the plan's cost grows by, without the price of leaving the job out
    slack_s    : how much later than planned the drop may begin with every window and the
                 shift still kept
    """

    vehicle: int
    nodes: tuple[int, ...]
    positions: tuple[int, ...]
    added_cost: int
    slack_s: int


def cheapest_insertion(
    problem: Problem, sequences: Sequences, job: int, *, may_be_late: bool = False
) -> Insertion | None:
    """Return the allowed insertion of *job* that adds the least cost, or None.

    Allowed: windows, capacities and shifts hold, and nobody's service begins after
    ``due_s``; a visit that was late already gets no later.  With *may_be_late*
    lateness is priced instead of forbidden.

    ``sequences``: the nodes of each vehicle, in order, without *job*; a vehicle whose
    own sequence breaks a window, its shift, a capacity or its order takes nothing (except the drop
    of a parcel on board that makes the room).  O(c · kⁿ) for c tours of k stops and n
    visits of the job, cut short as ``gaps.Search`` tells.  A job of more than
    ``ALL_ORDERS_UP_TO`` pickups places its first pickup and the drop, then each further
    pickup where it is cheapest: good, not always best, and it may miss a way to fit.
    """
    best: Insertion | None = None
    allowed = problem.jobs[job].vehicles
    seen: set[object] = set()
    for vehicle, nodes in enumerate(sequences):
        if allowed is not None and vehicle not in allowed:
            continue
        if not nodes:
            # Empty tours of twin vehicles give the same answer: try one of them.
            twin = _kind(problem, vehicle)
            if twin in seen:
                continue
            seen.add(twin)
        limits = _limits(problem, vehicle, nodes, job, may_be_late)
        if limits is None:
            continue
        ceiling = NO_CEILING if best is None else best.added_cost
        found = _into_tour(problem, vehicle, nodes, job, limits, ceiling)
        if found is not None:
            best = _insertion(problem, vehicle, *found, job, limits)
    return best


def _kind(problem: Problem, vehicle: int) -> object:
    """Equal for vehicles that differ in nothing but their id."""
    plans = (problem.frozen, problem.pinned, problem.published)
    return (
        replace(problem.vehicles[vehicle], vehicle_id=""),
        problem.aboard(vehicle),
        tuple(sequences[vehicle] for sequences in plans if sequences),
    )


def _limits(
    problem: Problem, vehicle: int, nodes: Sequence[int], job: int, may_be_late: bool
) -> dict[int, int] | None:
    """The latest start of service of every visit concerned; None when *nodes* cannot be timed."""
    own = problem.nodes_of[job]
    limits = {node: problem.visits[node].windows[-1][1] for node in (*nodes, *own)}
    if may_be_late:
        return limits
    tour = lived(problem, vehicle, nodes)
    if tour is None:
        return None
    begins_s = {stop.node: stop.begin_s for stop in tour.stops}
    for node in limits:
        due_s = problem.visits[node].due_s
        if due_s is not None:
            limits[node] = min(limits[node], max(due_s, begins_s.get(node, due_s)))
    return limits


def _into_tour(
    problem: Problem,
    vehicle: int,
    nodes: tuple[int, ...],
    job: int,
    limits: Mapping[int, int],
    ceiling: int,
) -> tuple[tuple[int, ...], int] | None:
    """Return the new sequence and its added cost, below *ceiling*, or None."""
    *pickups, drop = problem.nodes_of[job]
    together = pickups if len(pickups) <= ALL_ORDERS_UP_TO else pickups[:1]
    fixed_cost = 0 if nodes else problem.weights.vehicle_used
    tour = timed(problem, vehicle, nodes, (*together, drop), limits)
    if tour is None:
        return None
    load = problem.visits[drop].load
    nothing = (0,) * len(load)
    weights = problem.weights_of(vehicle)
    judge = _judge(problem, vehicle, nodes, limits)
    if judge is not None and judge.price is None:
        return None
    best: Found | None = None
    best_order: tuple[int, ...] = ()
    for order in permutations(range(len(together))):
        new = (*(together[i] for i in order), drop)
        found = Search(
            tour,
            weights,
            (*order, len(together)),
            (*(problem.visits[together[i]].load for i in order), None),
            gaps=(0, len(nodes)),
            fixed_cost=fixed_cost - (0 if judge is None else judge.unseen),
            relief=nothing if pickups else load,
            ceiling=ceiling if best is None else best.added_cost,
            exact=None if judge is None else judge.of(new),
        ).best()
        if found is not None:
            best, best_order = found, tuple(together[i] for i in order)
    if best is None:
        return None
    merged, cost = _merged(nodes, (*best_order, drop), best.gaps), best.added_cost
    for pickup in pickups[len(together) :]:
        more = _one_more_pickup(problem, vehicle, merged, pickup, drop, limits, ceiling - cost)
        if more is None:
            return None
        merged, cost = more[0], cost + more[1]
    return merged, cost


def _one_more_pickup(
    problem: Problem,
    vehicle: int,
    nodes: tuple[int, ...],
    pickup: int,
    drop: int,
    limits: Mapping[int, int],
    ceiling: int,
) -> tuple[tuple[int, ...], int] | None:
    """Put *pickup* somewhere before its *drop*, which is in *nodes* already."""
    tour = timed(problem, vehicle, nodes, (pickup,), limits)
    if tour is None:
        return None
    judge = _judge(problem, vehicle, nodes, limits)
    if judge is not None and judge.price is None:
        return None
    load, last = problem.visits[pickup].load, nodes.index(drop)
    first = last
    while first > 0 and carried(tour, first - 1, last, load):
        first -= 1
    found = Search(
        tour,
        problem.weights_of(vehicle),
        (0,),
        (load,),
        gaps=(first, last),
        fixed_cost=0 if judge is None else -judge.unseen,
        relief=(0,) * len(load),
        ceiling=ceiling,
        exact=None if judge is None else judge.of((pickup,)),
    ).best()
    if found is None:
        return None
    return _merged(nodes, (pickup,), found.gaps), found.added_cost


@dataclass(frozen=True, slots=True)
class _Judge:
    """What a tour costs by every rule, where windows and loads are not all of them.

    price  : of the tour as it is, None when it is not allowed
    unseen : how much of it ``gaps`` does not see
    """

    problem: Problem
    vehicle: int
    nodes: tuple[int, ...]
    limits: Mapping[int, int]
    price: int | None
    unseen: int

    def of(self, new: Sequence[int]) -> Callable[[Sequence[int]], int | None]:
        """Return the exact added cost of putting *new* into given gaps."""

        def added(gaps: Sequence[int]) -> int | None:
            merged = _merged(self.nodes, new, gaps)
            price = price_of(self.problem, self.vehicle, merged, self.limits)
            return None if price is None or self.price is None else price - self.price

        return added


def _judge(
    problem: Problem, vehicle: int, nodes: tuple[int, ...], limits: Mapping[int, int]
) -> _Judge | None:
    """Return who judges *nodes* of *vehicle*; None where windows and loads say it all."""
    if is_plain(problem, vehicle):
        return None
    price, seen = price_of(problem, vehicle, nodes, limits), earliest(problem, vehicle, nodes)
    if price is None or seen is None:
        return _Judge(problem, vehicle, nodes, limits, None, 0)
    terms = cost_of(problem, (seen,))
    unseen = price - (terms.total - terms.churn - terms.unfair)
    return _Judge(problem, vehicle, nodes, limits, price, unseen)


def _merged(nodes: Sequence[int], new: Sequence[int], gaps: Sequence[int]) -> tuple[int, ...]:
    """Put new[i] into gap gaps[i] of *nodes*; gaps do not decrease."""
    merged = list(nodes)
    for i, (node, gap) in enumerate(zip(new, gaps, strict=True)):
        merged.insert(gap + i, node)
    return tuple(merged)


def _insertion(
    problem: Problem,
    vehicle: int,
    nodes: tuple[int, ...],
    added_cost: int,
    job: int,
    limits: Mapping[int, int],
) -> Insertion:
    positions = tuple(nodes.index(node) for node in problem.nodes_of[job])
    tour = timed(problem, vehicle, nodes, (), limits)
    assert tour is not None  # the search kept every limit
    slack_s = tour.latest_s[positions[-1]] - tour.begin_s[positions[-1]]
    return Insertion(vehicle, nodes, positions, added_cost, slack_s)
