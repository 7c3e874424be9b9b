"""OR-Tools' routing library behind the house's signature.

Decides how a ``Problem`` is said in the library's words and how long it searches
(guided local search, one thread).  Times, prices and reasons are ``complete``'s.

The library accepts a drop in several pickup-and-delivery pairs but searches no better
for it (four days of 40 orders, half from 2 or 3 shops, 2 s each: 50 200 s of travel
against 49 300), and in the smallest case leaves out an order it could serve.  So only a
job's first pickup is paired; the others share its vehicle and stand before the drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from time import monotonic
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Visit
from dispatch.routing.solvers.complete import (
    Sequences,
    completed,
    first_broken,
    improved_one_by_one,
    known_start,
    plan_of,
    total_cost,
)

#: Below this the library cannot even read its start: the warm start is the answer.
LEAST_SEARCH_S = 0.02

#: How much longer than its limit the library was seen to search.
OVERRUN_S = 0.03

#: Jobs of several pickups move from tour to tour only between two searches.
ROUNDS_WITH_SEVERAL_PICKUPS = 4


def solve(
    problem: Problem,
    *,
    budget_s: float,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """Answer *problem* in about *budget_s*, never dearer than *start* or greedy completed."""
    started_s = monotonic()
    empty: Sequences = tuple(() for _ in problem.vehicles)
    answers = [completed(problem, empty)]
    if start is not None:
        answers.insert(0, completed(problem, known_start(problem, start)))
    best = min(answers, key=lambda one: total_cost(problem, one))
    # What completing and explaining the answer will take is what it takes for this one.
    finishing_s = monotonic()
    fallback = plan_of(problem, completed(problem, best), "ortools")
    finishing_s = monotonic() - finishing_s
    deadline_s = started_s + budget_s - finishing_s - OVERRUN_S
    if not problem.jobs or not problem.vehicles or monotonic() + LEAST_SEARCH_S > deadline_s:
        return fallback
    best = improved_one_by_one(problem, best, deadline_s)
    several = any(len(job.pickups) > 1 for job in problem.jobs)
    rounds = ROUNDS_WITH_SEVERAL_PICKUPS if several else 1
    for n in range(rounds):
        share_s = (deadline_s - monotonic()) / (rounds - n)
        if share_s < LEAST_SEARCH_S:
            break
        # The library's own first solution leads further than greedy's, but cannot put in
        # a job of several pickups; a given start is kept.
        fresh = start is None and not several
        found = _searched(problem, None if fresh else best, share_s, seed + n)
        if first_broken(problem, found) is not None:
            continue
        found = improved_one_by_one(problem, completed(problem, found), deadline_s)
        best = min(best, found, key=lambda one: total_cost(problem, one))
    return plan_of(problem, completed(problem, best), "ortools")


def _searched(problem: Problem, start: Sequences | None, budget_s: float, seed: int) -> Sequences:
    """Search once; jobs of which only some visits were placed are taken out again."""
    deadline_s = monotonic() + budget_s
    model = _Model(problem, seed)  # a model reads a start only before its first search
    found = model.search(start, deadline_s - monotonic())
    there = {node for nodes in found for node in nodes}
    whole = {j for j, own in enumerate(problem.nodes_of) if there.issuperset(own)}
    return tuple(tuple(node for node in nodes if problem.job_of[node] in whole) for nodes in found)


class _Model:
    """One problem in the library's words.

    Library nodes are the problem's nodes, then one per distinct place where a vehicle
    starts or ends, then "anywhere", the end of those that need not come back.  Times
    are shifted so that the earliest shift begins at 0.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._origin_s = min(vehicle.from_s for vehicle in problem.vehicles)
        self._horizon_s = max(vehicle.until_s for vehicle in problem.vehicles) - self._origin_s
        bases = list(
            dict.fromkeys(p for v in problem.vehicles for p in (v.start, v.end) if p is not None)
        )
        node_of = {place: len(problem.visits) + i for i, place in enumerate(bases)}
        anywhere = len(problem.visits) + len(bases)
        # A library node that is nobody's end would be a visit to make: add it only if needed.
        free = any(vehicle.end is None for vehicle in problem.vehicles)
        self._places = [*(visit.place for visit in problem.visits), *bases]
        self._manager = pywrapcp.RoutingIndexManager(
            anywhere + free,
            len(problem.vehicles),
            [node_of[v.start] for v in problem.vehicles],
            [anywhere if v.end is None else node_of[v.end] for v in problem.vehicles],
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._routing.solver().ReSeed(seed)
        self._time = self._add_times()
        self._add_loads()
        self._order = self._add_order()
        for j in range(len(problem.jobs)):
            self._add_job(j)
        self._parameters = _parameters()
        self._parameters.time_limit.FromSeconds(1)  # set anew before each search
        self._routing.CloseModelWithParameters(self._parameters)

    def _add_times(self) -> Any:
        """Add travel costs and the time dimension; return the latter."""
        problem, routing = self._problem, self._routing
        n = len(problem.visits)
        size, known = self._manager.GetNumberOfNodes(), len(self._places)
        service_s = np.zeros(size, dtype=np.int64)
        service_s[:n] = [visit.service_s for visit in problem.visits]
        costs: dict[tuple[int, int], int] = {}
        times = []
        for profile, travel_s in enumerate(problem.travel_s):
            legs_s = np.zeros((size, size), dtype=np.int64)
            # "No road" becomes longer than any shift: forbidden, and safe to multiply.
            legs_s[:known, :known] = np.minimum(
                travel_s[np.ix_(self._places, self._places)], self._horizon_s + 1
            )
            legs_s[n:, n:] = 0  # only a vehicle without stops drives from base to base
            busy_s = np.minimum(legs_s + service_s[:, None], self._horizon_s + 1)
            for price in {v.travel_price for v in problem.vehicles if v.profile == profile}:
                per_s = problem.weights.travel_per_s * price
                matrix = (legs_s * per_s).tolist()
                costs[profile, price] = routing.RegisterTransitMatrix(matrix)
            times.append(routing.RegisterTransitMatrix(busy_s.tolist()))
        profiles = [vehicle.profile for vehicle in problem.vehicles]
        for v, vehicle in enumerate(problem.vehicles):
            key = vehicle.profile, vehicle.travel_price
            routing.SetArcCostEvaluatorOfVehicle(costs[key], v)
        routing.SetFixedCostOfAllVehicles(problem.weights.vehicle_used)
        routing.AddDimensionWithVehicleTransits(
            [times[profile] for profile in profiles],
            self._horizon_s,
            self._horizon_s,
            False,
            "time",
        )
        time = routing.GetDimensionOrDie("time")
        for v, vehicle in enumerate(problem.vehicles):
            time.CumulVar(routing.Start(v)).SetValue(vehicle.from_s - self._origin_s)
            time.CumulVar(routing.End(v)).SetMax(vehicle.until_s - self._origin_s)
            if problem.weights.paid_per_s:
                time.SetSpanCostCoefficientForVehicle(problem.weights.paid_per_s, v)
        return time

    def _add_loads(self) -> None:
        problem, routing = self._problem, self._routing
        aboard = [problem.aboard(v) for v in range(len(problem.vehicles))]
        bases = self._manager.GetNumberOfNodes() - len(problem.visits)
        for d in range(len(problem.vehicles[0].capacity)):
            changes = [
                -visit.load[d] if problem.is_drop(node) else visit.load[d]
                for node, visit in enumerate(problem.visits)
            ]
            routing.AddDimensionWithVehicleCapacity(
                routing.RegisterUnaryTransitVector(changes + [0] * bases),
                0,
                [max(v.capacity[d], aboard[i][d]) for i, v in enumerate(problem.vehicles)],
                False,
                f"load {d}",
            )
            load = routing.GetDimensionOrDie(f"load {d}")
            for v in range(len(problem.vehicles)):
                load.CumulVar(routing.Start(v)).SetValue(aboard[v][d])
        # An overfull vehicle may drop but not fetch: rare enough to say it as "no fetching".
        self._overfull = {
            v
            for v, vehicle in enumerate(problem.vehicles)
            if any(a > c for a, c in zip(aboard[v], vehicle.capacity, strict=True))
        }

    def _add_order(self) -> Any:
        """Count the stops: an extra pickup stands before its drop even when both take no time."""
        size = self._manager.GetNumberOfNodes()
        count = self._routing.RegisterUnaryTransitVector([1] * size)
        self._routing.AddDimension(count, 0, size, True, "order")
        return self._routing.GetDimensionOrDie("order")

    def _add_job(self, j: int) -> None:
        problem, routing = self._problem, self._routing
        job = problem.jobs[j]
        *pickups, drop = [self._manager.NodeToIndex(node) for node in problem.nodes_of[j]]
        allowed = set(range(len(problem.vehicles)) if job.vehicles is None else job.vehicles)
        if pickups:
            allowed -= self._overfull
        price = problem.weights.unserved * job.priority
        for index, visit in zip((*pickups, drop), (*job.pickups, job.drop), strict=True):
            routing.AddDisjunction([index], price if index == drop else 0)
            if not (self._open(index, visit) and allowed):
                routing.ActiveVar(index).SetValue(0)
            elif len(allowed) < len(problem.vehicles):
                # SetAllowedVehiclesForIndex refuses every Python list in 9.15; -1: not served.
                routing.VehicleVar(index).SetValues([-1, *sorted(allowed)])
        for number, pickup in enumerate(pickups):
            same = routing.VehicleVar(pickup) == routing.VehicleVar(drop)
            routing.solver().Add(same)
            if number == 0:
                routing.AddPickupAndDelivery(pickup, drop)
            else:
                self._order.AddNodePrecedence(pickup, drop, 1)

    def _open(self, index: int, visit: Visit) -> bool:
        """Tell the library when *visit* may begin; False when never during any shift."""
        cumul = self._time.CumulVar(index)
        windows = [
            (max(0, first_s - self._origin_s), min(last_s - self._origin_s, self._horizon_s))
            for first_s, last_s in visit.windows
        ]
        windows = [(first_s, last_s) for first_s, last_s in windows if first_s <= last_s]
        if not windows:
            return False
        cumul.SetRange(windows[0][0], windows[-1][1])
        for (_, closed_s), (open_s, _) in pairwise(windows):
            if open_s - closed_s > 1:
                cumul.RemoveInterval(closed_s + 1, open_s - 1)
        if visit.due_s is not None:
            due_s = min(max(0, visit.due_s - self._origin_s), self._horizon_s)
            late = self._problem.weights.late_per_s
            self._time.SetCumulVarSoftUpperBound(index, due_s, late)
        return True

    def search(self, start: Sequences | None, budget_s: float) -> Sequences:
        """Return the best sequences found within *budget_s*, from *start* or from nothing.

        Nobody is served when nothing was found.
        """
        routing, manager = self._routing, self._manager
        self._parameters.time_limit.FromMilliseconds(max(1, int(budget_s * 1000)))
        if start is None:
            answer = routing.SolveWithParameters(self._parameters)
        else:
            routes = [[manager.NodeToIndex(node) for node in nodes] for nodes in start]
            known = routing.ReadAssignmentFromRoutes(routes, True)
            if known is None:
                return start
            answer = routing.SolveFromAssignmentWithParameters(known, self._parameters)
        if answer is None:
            return tuple(() for _ in self._problem.vehicles)
        tours = []
        for v in range(len(self._problem.vehicles)):
            nodes, index = [], answer.Value(routing.NextVar(routing.Start(v)))
            while not routing.IsEnd(index):
                nodes.append(manager.IndexToNode(index))
                index = answer.Value(routing.NextVar(index))
            tours.append(tuple(nodes))
        return tuple(tours)


def _parameters() -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    return parameters
