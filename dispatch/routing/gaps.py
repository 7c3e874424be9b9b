"""The gaps of one tour: where new visits, in a given order, fit at least cost.

Decides positions inside one vehicle's sequence.  Does not choose the vehicle, the
order of a job's pickups or what counts as late: those are ``insertion``'s.

Gap g is just before stop g of a tour of k stops; gap k is before the way home.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dispatch.routing.problem import IntMatrix, Problem, Visit, Weights
from dispatch.routing.schedule import earliest
from dispatch.routing.spans import first_allowed, last_allowed

Load = tuple[int, ...]

#: More than any plan can cost: the first find always beats it.
NO_CEILING: Final = 2**63


@dataclass(frozen=True, slots=True)
class Found:
    """The best place for the new visits: one gap each, in order, and the price it adds."""

    gaps: tuple[int, ...]
    added_cost: int


@dataclass(frozen=True, slots=True)
class TimedTour:
    """A sequence of k stops, timed, with what each gap can still bear.

    stops    : the k visits
    fetches  : k flags, True where the stop is a pickup
    begin_s  : k + 1 earliest starts of service; the last is the end of the tour
    latest_s : k + 1 latest arrivals that keep every later limit: forward slack
               (Savelsbergh, ORSA Journal on Computing 4(2), 1992) as an instant
    gone_s   : k + 1 travel times from the start until arrival; all 0 when k is 0
    spare    : k + 1 free capacities while driving to stop g
    new      : the visits to place, with the latest start of each in ``new_by_s``
    legs_s   : way and setup between local places: 0 the start, 1 … k the stops,
               k + 1 the end, then the new visits

    Breaks and limits on time on board are left out: nothing is ever earlier or cheaper.
    """

    stops: tuple[Visit, ...]
    fetches: tuple[bool, ...]
    begin_s: tuple[int, ...]
    latest_s: tuple[int, ...]
    gone_s: tuple[int, ...]
    spare: tuple[Load, ...]
    new: tuple[Visit, ...]
    new_by_s: tuple[int, ...]
    legs_s: list[list[int]]
    from_s: int


def timed(
    problem: Problem,
    vehicle: int,
    nodes: Sequence[int],
    new: Sequence[int],
    limits: Mapping[int, int],
) -> TimedTour | None:
    """Prepare *nodes* of *vehicle* for the *new* nodes; None when they miss a limit or the shift.

    ``limits``: the latest start of service for every node of *nodes* and *new*.  O((k + new)²).
    """
    courier = problem.vehicles[vehicle]
    tour = earliest(problem, vehicle, nodes)
    if tour is None or tour.end_s > courier.until_s:
        return None
    k = len(nodes)
    stops = tuple(problem.visits[node] for node in nodes)
    adding = tuple(problem.visits[node] for node in new)
    end = courier.start if courier.end is None else courier.end
    places = [courier.start, *(v.place for v in stops), end, *(v.place for v in adding)]
    setup_s = [0, *(v.setup_s for v in stops), 0, *(v.setup_s for v in adding)]
    legs_s = _legs_s(problem.travel_s[courier.profile], places, setup_s)
    if courier.end is None:
        for row in legs_s:
            row[k + 1] = 0
    begin_s = (*(stop.begin_s for stop in tour.stops), tour.end_s)
    latest_s = [courier.until_s]
    for g in range(k - 1, -1, -1):
        by_s = latest_s[-1] - legs_s[g + 1][g + 2] - stops[g].service_s
        latest = last_allowed(stops[g].windows, min(by_s, limits[nodes[g]]))
        if latest is None or latest < begin_s[g]:
            return None
        latest_s.append(latest)
    return TimedTour(
        stops=stops,
        fetches=tuple(not problem.is_drop(node) for node in nodes),
        begin_s=begin_s,
        latest_s=tuple(reversed(latest_s)),
        gone_s=_gone_s(legs_s, k),
        spare=_spare(problem, vehicle, nodes),
        new=adding,
        new_by_s=tuple(limits[node] for node in new),
        legs_s=legs_s,
        from_s=courier.from_s,
    )


def _legs_s(travel_s: IntMatrix, places: Sequence[int], setup_s: Sequence[int]) -> list[list[int]]:
    """The way and the setup from each of *places* to each; none where one stays."""
    legs_s = travel_s[np.ix_(places, places)]
    if any(setup_s):
        at = np.array(places)
        legs_s = legs_s + np.where(at[:, None] != at[None, :], np.array(setup_s)[None, :], 0)
    answer: list[list[int]] = legs_s.tolist()
    return answer


def _gone_s(legs_s: list[list[int]], k: int) -> tuple[int, ...]:
    if k == 0:
        return (0,)  # a vehicle without stops does not move
    gone_s = [legs_s[0][1]]
    for g in range(1, k + 1):
        gone_s.append(gone_s[-1] + legs_s[g][g + 1])
    return tuple(gone_s)


def _spare(problem: Problem, vehicle: int, nodes: Sequence[int]) -> tuple[Load, ...]:
    """Free capacity before each of *nodes* and after the last.

    A job with only some of its pickups in *nodes* gives up, at its drop, what those took.
    """
    capacity = problem.vehicles[vehicle].capacity
    spare = [tuple(c - a for c, a in zip(capacity, problem.aboard(vehicle), strict=True))]
    taken: dict[int, Load] = {}
    for node in nodes:
        job, load = problem.job_of[node], problem.visits[node].load
        if problem.is_drop(node):
            load = taken.get(job, load)
            spare.append(tuple(s + a for s, a in zip(spare[-1], load, strict=True)))
        else:
            before = taken.get(job, (0,) * len(load))
            taken[job] = tuple(b + a for b, a in zip(before, load, strict=True))
            spare.append(tuple(s - a for s, a in zip(spare[-1], load, strict=True)))
    return tuple(spare)


def carried(tour: TimedTour, first: int, last: int, load: Load) -> bool:
    """True when *load* more can ride from gap *first* to gap *last*.

    Only a pickup can overload: a drop is always allowed, even to an overfull vehicle.
    """
    return all(_within(load, tour.spare[g + 1]) for g in range(first, last) if tour.fetches[g])


class Search:
    """Depth first over the gaps for one order of the new visits.

    Exact where travel times keep the triangle inequality (street times do, but for a turn
    at a stop): then a detour never arrives earlier, so a branch dies as soon as it is too
    late, too full or dearer than the best so far.

    order      : indices into ``tour.new``; the last is the drop if it is a pair
    loads      : what each visit of *order* takes on board, None for the drop
    gaps       : first and last gap to try
    fixed_cost : added whatever the gaps, e.g. for putting the vehicle on the road; negative
                 where the present tour costs more than ``tour`` knows of
    relief     : what the drop of a parcel on board takes off the rest of the tour
    ceiling    : only a find below this added cost counts
    exact      : the added cost of *gaps* by every rule, or None when they are not allowed;
                 asked only where windows and loads allow them at a low enough price.
                 None: those are all the rules
    """

    __slots__ = (
        "_best",
        "_bound",
        "_chosen",
        "_exact",
        "_first",
        "_fits",
        "_fixed_cost",
        "_last",
        "_light",
        "_order",
        "_rides",
        "_tour",
        "_weights",
    )

    def __init__(
        self,
        tour: TimedTour,
        weights: Weights,
        order: Sequence[int],
        loads: Sequence[Load | None],
        *,
        gaps: tuple[int, int],
        fixed_cost: int,
        relief: Load,
        ceiling: int = NO_CEILING,
        exact: Callable[[Sequence[int]], int | None] | None = None,
    ) -> None:
        self._tour, self._weights, self._order = tour, weights, tuple(order)
        self._first, self._last = gaps
        self._fixed_cost, self._bound = fixed_cost, ceiling
        self._exact = exact
        self._best: Found | None = None
        self._chosen = [0] * len(order)
        k = len(tour.stops)
        # fits[n][g]: visit n may be served in gap g.  rides[n][g]: what was fetched
        # before visit n may ride past stop g.  light[g]: with everything dropped in
        # gap g, the pickups after it find room.
        self._fits: list[list[bool]] = []
        self._rides: list[list[bool]] = []
        riding: Load = (0,) * len(tour.spare[0])
        for load in loads:
            self._rides.append([carried(tour, g, g + 1, riding) for g in range(k)])
            if load is None:
                self._fits.append([True] * (k + 1))
            else:
                riding = tuple(r + a for r, a in zip(riding, load, strict=True))
                self._fits.append([_within(riding, tour.spare[g]) for g in range(k + 1)])

        self._light = [True]
        for g in range(k - 1, -1, -1):
            room = tuple(s + r for s, r in zip(tour.spare[g + 1], relief, strict=True))
            fits = not tour.fetches[g] or _within((0,) * len(room), room)
            self._light.append(self._light[-1] and fits)
        self._light.reverse()

    def best(self) -> Found | None:
        """Return the cheapest allowed gaps, the first of equals, or None."""
        self._extend(0, 0, 0, self._tour.from_s, 0, 0)
        return self._best

    def _extend(self, n: int, gap: int, here: int, free_s: int, gone_s: int, late_s: int) -> None:
        """Try visit number *n* in *gap* and every later one.

        ``here`` is the local place left at ``free_s``, ``gone_s`` the travel so far,
        ``late_s`` the lateness added so far.
        """
        tour = self._tour
        k, legs_s, new = len(tour.stops), tour.legs_s, self._order[n]
        visit, by_s, local = tour.new[new], tour.new_by_s[new], k + 2 + new
        for g in range(gap, self._last + 1):
            arrive_s = free_s + legs_s[here][local]
            begin_s = first_allowed(visit.windows, arrive_s)
            in_time = begin_s is not None and begin_s <= by_s
            if not in_time and _too_late(visit, arrive_s - visit.setup_s, by_s):
                return  # and later gaps are later still, even where the setup is shared
            if begin_s is not None and in_time and g >= self._first and self._fits[n][g]:
                more_s = late_s + _late_s(visit, begin_s)
                there_s = gone_s + legs_s[here][local]
                self._place(n, g, begin_s + visit.service_s, there_s, more_s)
            if g == k:
                return
            stop = tour.stops[g]
            arrive_s = free_s + legs_s[here][g + 1]
            gone_s += legs_s[here][g + 1]
            if arrive_s > tour.latest_s[g] or not self._rides[n][g]:
                return
            begin_s = first_allowed(stop.windows, arrive_s)
            assert begin_s is not None  # latest_s lies inside a window
            if n > 0:
                late_s += _late_s(stop, begin_s) - _late_s(stop, tour.begin_s[g])
                if self._price(gone_s - tour.gone_s[g], late_s) >= self._bound:
                    return
            here, free_s = g + 1, begin_s + stop.service_s

    def _place(self, n: int, g: int, leave_s: int, gone_s: int, late_s: int) -> None:
        """Put visit number *n* in gap *g*; go on with the next one or close the detour."""
        tour = self._tour
        local = len(tour.stops) + 2 + self._order[n]
        leg_s = tour.legs_s[local][g + 1]
        if self._price(gone_s + leg_s - tour.gone_s[g], late_s) >= self._bound:
            return
        self._chosen[n] = g
        if n + 1 < len(self._order):
            self._extend(n + 1, g, local, leave_s, gone_s, late_s)
        elif self._light[g] and leave_s + leg_s <= tour.latest_s[g]:
            self._close(g, leave_s + leg_s, gone_s + leg_s - tour.gone_s[g], late_s)

    def _close(self, g: int, arrive_s: int, added_s: int, late_s: int) -> None:
        """Drive the rest of the tour until it is on its old times again, and price it all."""
        tour = self._tour
        k = len(tour.stops)
        end_s = tour.begin_s[k]
        while g < k:
            stop = tour.stops[g]
            begin_s = first_allowed(stop.windows, arrive_s)
            assert begin_s is not None  # latest_s lies inside a window
            if begin_s == tour.begin_s[g]:
                break
            late_s += _late_s(stop, begin_s) - _late_s(stop, tour.begin_s[g])
            arrive_s = begin_s + stop.service_s + tour.legs_s[g + 1][g + 2]
            g += 1
        else:
            end_s = arrive_s
        paid_s = end_s - tour.begin_s[k]
        cost: int | None = self._price(added_s, late_s) + self._weights.paid_per_s * paid_s
        if self._exact is not None and cost is not None and cost < self._bound:
            cost = self._exact(self._chosen)
        if cost is not None and cost < self._bound:
            self._bound = cost
            self._best = Found(tuple(self._chosen), cost)

    def _price(self, added_s: int, late_s: int) -> int:
        weights = self._weights
        return self._fixed_cost + weights.travel_per_s * added_s + weights.late_per_s * late_s


def _too_late(visit: Visit, arrive_s: int, by_s: int) -> bool:
    begin_s = first_allowed(visit.windows, arrive_s)
    return begin_s is None or begin_s > by_s


def _within(load: Load, room: Load) -> bool:
    return all(a <= r for a, r in zip(load, room, strict=True))


def _late_s(visit: Visit, begin_s: int) -> int:
    return 0 if visit.due_s is None else max(0, begin_s - visit.due_s)
