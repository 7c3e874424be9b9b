"""One problem in the words of OR-Tools' routing library.

Decides how visits, shifts, loads, windows and prices are said there, and reads the
library's answer back as sequences.  How long and by which moves it searches is
``with_ortools``'s question; whether the answer is allowed is ``check``'s.

What the library cannot say as it is meant, and what is said instead:

* of a job's several pickups only the first is paired with the drop; the others share its
  vehicle and stand before the drop
* a stop that steps back behind a published one costs churn only where the two follow each
  other
* a stack is kept by paired pickups only
"""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from ortools.constraint_solver import pywrapcp

from dispatch.routing.problem import Problem, Sequences, Visit
from dispatch.routing.work import Vehicle

_Matrix = npt.NDArray[np.int64]


class LibraryModel:
    """*problem* for the library, its visits numbered in an order drawn from *seed*.

    The library draws its random numbers from a seed of its own that nobody can set; what
    they mean depends on the numbering, so another numbering is another search.

    Library nodes are the problem's nodes, shuffled, then one per distinct place where a
    vehicle starts or ends, then "anywhere", the end of those that need not come back.
    Times are shifted so that the earliest shift begins at 0.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._origin_s = min(vehicle.from_s for vehicle in problem.vehicles)
        self._horizon_s = max(vehicle.until_s for vehicle in problem.vehicles) - self._origin_s
        self.node_at = list(range(len(problem.visits)))
        Random(seed).shuffle(self.node_at)
        self._number_of = {node: number for number, node in enumerate(self.node_at)}
        self._visits = [problem.visits[node] for node in self.node_at]
        bases = list(
            dict.fromkeys(p for v in problem.vehicles for p in (v.start, v.end) if p is not None)
        )
        base_at = {place: len(self._visits) + i for i, place in enumerate(bases)}
        anywhere = len(self._visits) + len(bases)
        # A library node that is nobody's end would be a visit to make: add it only if needed.
        free = any(vehicle.end is None for vehicle in problem.vehicles)
        self._places = [*(visit.place for visit in self._visits), *bases]
        self._manager = pywrapcp.RoutingIndexManager(
            anywhere + free,
            len(problem.vehicles),
            [base_at[v.start] for v in problem.vehicles],
            [anywhere if v.end is None else base_at[v.end] for v in problem.vehicles],
        )
        self.routing = pywrapcp.RoutingModel(self._manager)
        self._add_ways()
        self._time = self._add_clock()
        self._add_loads()
        self._order = self._add_order()
        for j in range(len(problem.jobs)):
            self._add_job(j)
        self._add_breaks()
        self._add_pins()

    # -- times and prices -----------------------------------------------------------

    def _legs_s(self, profile: int) -> _Matrix:
        """(size, size) seconds from leaving a node until service could begin at another.

        "No road" becomes longer than any shift: forbidden, and safe to multiply.
        """
        n, known, size = len(self._visits), len(self._places), self._manager.GetNumberOfNodes()
        legs_s = np.zeros((size, size), dtype=np.int64)
        travel_s = self._problem.travel_s[profile]
        setup_s = np.array([visit.setup_s for visit in self._visits], dtype=np.int64)
        places = np.array(self._places)
        legs_s[:known, :known] = travel_s[np.ix_(places, places)]
        legs_s[:known, :n] += setup_s * (places[:, None] != places[:n])
        legs_s[n:, n:] = 0  # only a vehicle without stops drives from base to base
        return np.minimum(legs_s, self._horizon_s + 1)

    def _add_ways(self) -> None:
        """Price the ways, with the churn of stops that others were to make, and the vehicles."""
        problem, routing = self._problem, self.routing
        self._legs = [self._legs_s(profile) for profile in range(len(problem.travel_s))]
        seen: dict[object, int] = {}
        for v, vehicle in enumerate(problem.vehicles):
            churn = self._churn_into(v)
            key = vehicle.profile, vehicle.travel_price, None if churn is None else v
            if key not in seen:
                price = problem.weights.travel_per_s * vehicle.travel_price
                costs = self._legs[vehicle.profile] * price
                if churn is not None:
                    costs = costs + churn
                seen[key] = routing.RegisterTransitMatrix(costs.tolist())
            routing.SetArcCostEvaluatorOfVehicle(seen[key], v)
        routing.SetFixedCostOfAllVehicles(problem.weights.vehicle_used)

    def _churn_into(self, vehicle: int) -> _Matrix | None:
        """(size, size) price of going to a stop too early or instead of somebody else."""
        problem, n = self._problem, len(self._visits)
        per_stop = problem.weights.churn_per_stop
        if not (per_stop and problem.published_at):
            return None
        size = self._manager.GetNumberOfNodes()
        nobody = (vehicle, -1)
        owner, rank = np.array([problem.published_at.get(node, nobody) for node in self.node_at]).T
        moved = np.zeros((size, size), dtype=np.int64)
        moved[:, :n] = owner != vehicle
        mine = (owner == vehicle) & (rank >= 0)
        moved[:n, :n] += mine[:, None] & mine & (rank[:, None] > rank)
        return moved * per_stop

    def _add_clock(self) -> Any:
        """Add the time dimension, and the share of the work where one was agreed."""
        problem, routing = self._problem, self.routing
        service_s = np.zeros(self._manager.GetNumberOfNodes(), dtype=np.int64)
        service_s[: len(self._visits)] = [visit.service_s for visit in self._visits]
        self._busy = [
            routing.RegisterTransitMatrix(
                np.minimum(legs_s + service_s[:, None], self._horizon_s + 1).tolist()
            )
            for legs_s in self._legs
        ]
        by_vehicle = [self._busy[vehicle.profile] for vehicle in problem.vehicles]
        limit_s = self._horizon_s
        routing.AddDimensionWithVehicleTransits(by_vehicle, limit_s, limit_s, False, "time")
        time = routing.GetDimensionOrDie("time")
        for v, vehicle in enumerate(problem.vehicles):
            time.CumulVar(routing.Start(v)).SetValue(vehicle.from_s - self._origin_s)
            time.CumulVar(routing.End(v)).SetMax(vehicle.until_s - self._origin_s)
            if problem.weights.paid_per_s:
                time.SetSpanCostCoefficientForVehicle(problem.weights.paid_per_s, v)
        if problem.weights.unfair_per_s and any(v.fair_s is not None for v in problem.vehicles):
            routing.AddDimensionWithVehicleTransits(by_vehicle, 0, limit_s, True, "work")
            work = routing.GetDimensionOrDie("work")
            for v, vehicle in enumerate(problem.vehicles):
                if vehicle.fair_s is not None:
                    share_s, price = vehicle.fair_s, problem.weights.unfair_per_s
                    work.SetCumulVarSoftUpperBound(routing.End(v), share_s, price)
        return time

    def _add_breaks(self) -> None:
        """Breaks lie between two services; before the shift or after the way home is fine too."""
        routing, solver = self.routing, self.routing.solver()
        services_s = None
        for v, vehicle in enumerate(self._problem.vehicles):
            intervals = [self._interval(vehicle, number) for number in range(len(vehicle.breaks))]
            for before, after in pairwise(intervals):
                solver.Add(after.StartExpr() >= before.EndExpr())
            if intervals:
                if services_s is None:
                    services_s = [0] * routing.Size()
                    for number, visit in enumerate(self._visits):
                        services_s[self._manager.NodeToIndex(number)] = visit.service_s
                self._time.SetBreakIntervalsOfVehicle(intervals, v, services_s)

    def _interval(self, vehicle: Vehicle, number: int) -> Any:
        pause = vehicle.breaks[number]
        first_s = max(pause.windows[0][0], vehicle.from_s) - self._origin_s
        last_s = max(pause.windows[-1][1] - self._origin_s, first_s)
        name = f"{vehicle.vehicle_id} {pause.break_id}"
        interval = self.routing.solver().FixedDurationIntervalVar(
            first_s, last_s, pause.duration_s, False, name
        )
        for (_, closed_s), (open_s, _) in pairwise(pause.windows):
            if open_s - closed_s > 1:
                shut = closed_s + 1 - self._origin_s, open_s - 1 - self._origin_s
                interval.StartExpr().Var().RemoveInterval(*shut)
        return interval

    # -- loads and order ------------------------------------------------------------

    def _add_loads(self) -> None:
        problem, routing = self._problem, self.routing
        aboard = [problem.aboard(v) for v in range(len(problem.vehicles))]
        bases = self._manager.GetNumberOfNodes() - len(self._visits)
        for d in range(len(problem.vehicles[0].capacity)):
            changes = [
                -visit.load[d] if problem.is_drop(node) else visit.load[d]
                for node, visit in zip(self.node_at, self._visits, strict=True)
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
        for v, vehicle in enumerate(problem.vehicles):
            if vehicle.lifo:
                stack = pywrapcp.RoutingModel.PICKUP_AND_DELIVERY_LIFO
                routing.SetPickupAndDeliveryPolicyOfVehicle(stack, v)

    def _add_order(self) -> Any:
        """Count the stops where one must stand before another and no time need pass between."""
        if not (any(self._problem.pinned) or any(len(j.pickups) > 1 for j in self._problem.jobs)):
            return None
        size = self._manager.GetNumberOfNodes()
        count = self.routing.RegisterUnaryTransitVector([1] * size)
        self.routing.AddDimension(count, 0, size, True, "order")
        return self.routing.GetDimensionOrDie("order")

    def _add_pins(self) -> None:
        for v, nodes in enumerate(self._problem.pinned):
            indices = [self._index_of(node) for node in nodes]
            for index in indices:
                self._allow(index, {v})
            for k, index in enumerate(indices):
                # Not only neighbours: the one between may be left out.
                for later in indices[k + 1 :]:
                    self._order.AddNodePrecedence(index, later, 1)

    # -- jobs -----------------------------------------------------------------------

    def _index_of(self, node: int) -> int:
        return int(self._manager.NodeToIndex(self._number_of[node]))

    def _allow(self, index: int, vehicles: set[int]) -> None:
        """Let only *vehicles* do it: SetAllowedVehiclesForIndex refuses every list in 9.15."""
        others = set(range(len(self._problem.vehicles))) - vehicles
        self.routing.VehicleVar(index).RemoveValues(sorted(others))

    def _add_job(self, j: int) -> None:
        problem, routing = self._problem, self.routing
        job = problem.jobs[j]
        *pickups, drop = [self._index_of(node) for node in problem.nodes_of[j]]
        allowed = set(range(len(problem.vehicles)) if job.vehicles is None else job.vehicles)
        if pickups:
            allowed -= self._overfull
        price = problem.weights.unserved * job.priority
        for index, visit in zip((*pickups, drop), (*job.pickups, job.drop), strict=True):
            routing.AddDisjunction([index], price if index == drop else 0)
            if not (self._open(index, visit) and allowed):
                routing.ActiveVar(index).SetValue(0)
            elif len(allowed) < len(problem.vehicles):
                self._allow(index, allowed)
        for number, pickup in enumerate(pickups):
            same = routing.VehicleVar(pickup) == routing.VehicleVar(drop)
            routing.solver().Add(same)
            if number == 0:
                routing.AddPickupAndDelivery(pickup, drop)
            else:
                self._order.AddNodePrecedence(pickup, drop, 1)
            if job.max_aboard_s is not None:
                self._limit_ride(pickup, drop, job.pickups[number].service_s + job.max_aboard_s)

    def _limit_ride(self, pickup: int, drop: int, most_s: int) -> None:
        """Let *drop* begin at most *most_s* after *pickup* began, if it is done at all."""
        begin, end = self._time.CumulVar(pickup), self._time.CumulVar(drop)
        if end.Min() - begin.Max() > most_s:
            self.routing.ActiveVar(drop).SetValue(0)
        else:
            self.routing.solver().Add(end - begin <= most_s)

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

    # -- sequences in and out -------------------------------------------------------

    def solution(self, sequences: Sequences) -> Any:
        """Return *sequences* as the library's assignment of a closed model; None if refused."""
        routes = [[self._index_of(node) for node in nodes] for nodes in sequences]
        return self.routing.ReadAssignmentFromRoutes(routes, True)

    def locked(self, sequences: Sequences) -> bool:
        """Make *sequences* the only first solution of a closed model; False if refused."""
        routes = [[self._index_of(node) for node in nodes] for nodes in sequences]
        return bool(self.routing.ApplyLocksToAllVehicles(routes, True))

    def sequences(self, answer: Any) -> Sequences:
        """Return the sequences of the library's *answer*."""
        routing, tours = self.routing, []
        for v in range(len(self._problem.vehicles)):
            nodes, index = [], answer.Value(routing.NextVar(routing.Start(v)))
            while not routing.IsEnd(index):
                nodes.append(self.node_at[self._manager.IndexToNode(index)])
                index = answer.Value(routing.NextVar(index))
            tours.append(tuple(nodes))
        return tuple(tours)
