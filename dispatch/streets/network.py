"""How long from door to door, how far, and by which way.

Decides travel times between places from a town's streets and a vehicle's
profile.  Does not know couriers, stops, or the hour of the day.

A trip is: walk to the nearest street, ride the fastest way, walk to the door.
Where no road leads it says so (``UNREACHABLE_S``, no path): a number is never
invented.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.streets.arrays import Floats, Ints, StreetArrays
from dispatch.streets.graph import BYTES_PER_NODE, NO_ROAD_MS, ProfileGraph, Row
from dispatch.streets.profiles import PROFILES, WALK_KMH
from dispatch.streets.snapping import EdgeFinder, Snap

MAX_SNAP_M: Final = 500.0

_SNAPS_KEPT: Final = 20_000  # a few MB; several times a small town's addresses
_NEVER_MS: Final = 2**40  # an end of the street that may not be used; sums stay far below int64
_WALK_MS_PER_M: Final = 3600.0 / WALK_KMH

_Number = TypeVar("_Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Doors:
    """*k* places on the street, each with the two ends of its edge (0: u, 1: v).

    edge, at_ms, at_m, walk_ms : (k,) the edge, how far along it from u, the walk to the door
    node                       : (k, 2)
    out_ms, in_ms              : (k, 2) from the place to an end, from an end to the place
    end_m                      : (k, 2) metres between the place and an end
    """

    edge: Ints
    at_ms: Ints
    at_m: Floats
    walk_ms: Ints
    node: Ints
    out_ms: Ints
    in_ms: Ints
    end_m: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Trips:
    """Fastest trips between k places: milliseconds, metres, and which ends were used.

    via : (k, k), 2 * (end left by) + (end entered by); 4: along the shared edge
    """

    time_ms: Ints
    length_m: Floats
    via: Ints


class StreetNetwork:
    """Travel between places on one town's streets.  Safe to share between threads.

    ``cache_mb`` bounds the rows kept, per profile: on 10 000 nodes, 128 MB
    remember about 1 000 rows, two for each address.
    """

    def __init__(self, streets: StreetArrays, *, cache_mb: int = 128) -> None:
        if cache_mb < 1:
            raise ValueError(f"cache_mb is {cache_mb}, at least 1")
        self._streets = streets
        rows_kept = max(1, cache_mb * 1_000_000 // (BYTES_PER_NODE * len(streets.lat_deg)))
        self._graphs = {
            name: ProfileGraph(streets, profile, rows_kept) for name, profile in PROFILES.items()
        }
        self._finders = {
            name: EdgeFinder(streets, graph.stoppable) for name, graph in self._graphs.items()
        }
        self._snaps: OrderedDict[tuple[float, float, str], Snap] = OrderedDict()
        self._lock = Lock()

    def durations_s(self, places: Sequence[Place], profile: str) -> Ints:
        """Return (k, k) whole seconds from row to column, rounded up.

        ``UNREACHABLE_S`` where no road leads; zero on the diagonal and between
        places at the same coordinates.  The triangle inequality holds, and the
        matrix is not symmetric: one-way streets are obeyed.  Raises ``Invalid``
        for an unknown profile or a place more than 500 m from any street.
        """
        where, trips = self._between(places, profile)
        time_s = np.where(trips.time_ms >= NO_ROAD_MS, UNREACHABLE_S, -(-trips.time_ms // 1000))
        return time_s[np.ix_(where, where)]

    def distances_m(self, places: Sequence[Place], profile: str) -> Ints:
        """Return (k, k) whole metres on the street, of those same (fastest) trips.

        ``UNREACHABLE_S`` too where no road leads.  The walk to the door is not
        counted.  Raises like ``durations_s``.
        """
        where, trips = self._between(places, profile)
        no_road = trips.time_ms >= NO_ROAD_MS
        length_m = np.where(no_road, UNREACHABLE_S, np.rint(trips.length_m).astype(np.int64))
        return length_m[np.ix_(where, where)]

    def path(self, a: Place, b: Place, profile: str) -> tuple[tuple[float, float], ...]:
        """Return the fastest way as ``(lat, lon)`` points, from street edge to street edge.

        It starts and ends where *a* and *b* touch the street; empty when no
        road leads there.  Raises like ``durations_s``.
        """
        graph = self._graph(profile)
        ends = self._point_on_street(a, profile), self._point_on_street(b, profile)
        if (a.lat_deg, a.lon_deg) == (b.lat_deg, b.lon_deg):
            return (ends[0],)
        doors = self._doors([a, b], profile, graph)
        trips = self._trips(doors, graph)
        if trips.time_ms[0, 1] >= NO_ROAD_MS:
            return ()
        via = int(trips.via[0, 1])
        if via == 4:
            return ends
        leave, enter = int(doors.node[0, via // 2]), int(doors.node[1, via % 2])
        nodes = _walk_back(graph.rows([leave])[0], enter)
        lat, lon = self._streets.lat_deg, self._streets.lon_deg
        middle = ((float(lat[node]), float(lon[node])) for node in nodes)
        # A place at a corner is on its node already: a point is not repeated.
        return tuple(dict.fromkeys((ends[0], *middle, ends[1])))

    def contains(self, place: Place, profile: str = "car") -> bool:
        """Tell whether *place* is within 500 m of a street of *profile*."""
        self._graph(profile)
        snap = self._nearest(place, profile)
        return snap is not None and snap.away_m <= MAX_SNAP_M

    def snap_m(self, place: Place, profile: str = "car") -> float:
        """Return metres from *place* to the nearest street of *profile*.

        Raises ``Invalid`` (facts ``away_m``, ``limit_m``) beyond 500 m.
        """
        self._graph(profile)
        return self._snap(place, profile).away_m

    def _graph(self, profile: str) -> ProfileGraph:
        try:
            return self._graphs[profile]
        except KeyError:
            raise Invalid(
                f"unknown profile {profile!r}; known: {', '.join(self._graphs)}", field="profile"
            ) from None

    def _snap(self, place: Place, profile: str) -> Snap:
        snap = self._nearest(place, profile)
        if snap is None:
            raise Invalid(f"this town has no street for the profile {profile!r}", field="profile")
        if snap.away_m > MAX_SNAP_M:
            raise Invalid(
                f"lat {place.lat_deg}, lon {place.lon_deg} is {snap.away_m:.0f} m from the "
                f"nearest street; at most {MAX_SNAP_M:.0f} m",
                away_m=round(snap.away_m),
                limit_m=round(MAX_SNAP_M),
            )
        return snap

    def _nearest(self, place: Place, profile: str) -> Snap | None:
        key = (place.lat_deg, place.lon_deg, profile)
        with self._lock:
            if known := self._snaps.get(key):
                self._snaps.move_to_end(key)
                return known
        snap = self._finders[profile].nearest(place)
        if snap is not None:
            with self._lock:
                self._snaps[key] = snap
                if len(self._snaps) > _SNAPS_KEPT:
                    self._snaps.popitem(last=False)
        return snap

    def _point_on_street(self, place: Place, profile: str) -> tuple[float, float]:
        snap, streets = self._snap(place, profile), self._streets
        u, v = streets.u[snap.edge], streets.v[snap.edge]
        lat = (1 - snap.fraction) * streets.lat_deg[u] + snap.fraction * streets.lat_deg[v]
        lon = (1 - snap.fraction) * streets.lon_deg[u] + snap.fraction * streets.lon_deg[v]
        return float(lat), float(lon)

    def _between(self, places: Sequence[Place], profile: str) -> tuple[list[int], _Trips]:
        """Return trips between the distinct coordinates, and where each place is among them."""
        graph = self._graph(profile)
        distinct: dict[tuple[float, float], int] = {}
        kept: list[Place] = []
        for place in places:
            if (place.lat_deg, place.lon_deg) not in distinct:
                distinct[place.lat_deg, place.lon_deg] = len(kept)
                kept.append(place)
        trips = self._trips(self._doors(kept, profile, graph), graph)
        return [distinct[place.lat_deg, place.lon_deg] for place in places], trips

    def _doors(self, places: Sequence[Place], profile: str, graph: ProfileGraph) -> _Doors:
        snaps = [self._snap(place, profile) for place in places]
        streets = self._streets
        edge = np.array([snap.edge for snap in snaps], dtype=np.int64)
        fraction = np.array([snap.fraction for snap in snaps], dtype=np.float64)
        whole_ms, whole_m = graph.edge_ms[edge], np.asarray(streets.length_m, np.float64)[edge]
        at_ms = np.rint(fraction * whole_ms).astype(np.int64)
        to_u, to_v = at_ms, whole_ms - at_ms
        # Against a one-way street only from its very end, which is the crossing itself.
        against = streets.oneway[edge]
        to_u_against = np.where(against & (to_u > 0), _NEVER_MS, to_u)
        to_v_against = np.where(against & (to_v > 0), _NEVER_MS, to_v)
        walk_m = np.array([snap.away_m for snap in snaps], dtype=np.float64)
        return _Doors(
            edge=edge,
            at_ms=at_ms,
            at_m=fraction * whole_m,
            walk_ms=np.rint(walk_m * _WALK_MS_PER_M).astype(np.int64),
            node=np.stack([streets.u[edge], streets.v[edge]], axis=1).astype(np.int64),
            out_ms=np.stack([to_u_against, to_v], axis=1),
            in_ms=np.stack([to_u, to_v_against], axis=1),
            end_m=np.stack([fraction * whole_m, (1 - fraction) * whole_m], axis=1),
        )

    def _trips(self, doors: _Doors, graph: ProfileGraph) -> _Trips:
        ends = doors.node.reshape(-1)
        # An end that may not be left by needs no row: the other end's will do under _NEVER_MS.
        leave = np.where(doors.out_ms < _NEVER_MS, doors.node, doors.node[:, ::-1]).reshape(-1)
        rows = graph.rows(leave.tolist())
        road_ms = np.array([row.time_ms[ends] for row in rows], dtype=np.int64)
        road_m = np.array([row.length_m[ends] for row in rows], dtype=np.float64)
        along_ms = doors.at_ms[None, :] - doors.at_ms[:, None]
        along_m = np.abs(doors.at_m[None, :] - doors.at_m[:, None])
        blocked = doors.edge[:, None] != doors.edge[None, :]
        blocked |= self._streets.oneway[doors.edge][:, None] & (along_ms < 0)
        along_ms = np.where(blocked, _NEVER_MS, np.abs(along_ms))
        ways_ms = _five_ways(doors.out_ms, road_ms, doors.in_ms, along_ms)
        ways_m = _five_ways(doors.end_m, road_m, doors.end_m, along_m)
        via = np.argmin(ways_ms, axis=2)
        ride_ms = np.take_along_axis(ways_ms, via[:, :, None], axis=2)[:, :, 0]
        length_m = np.take_along_axis(ways_m, via[:, :, None], axis=2)[:, :, 0]
        time_ms = ride_ms + doors.walk_ms[:, None] + doors.walk_ms[None, :]
        np.fill_diagonal(time_ms, 0)
        return _Trips(time_ms, length_m, via)


def _five_ways(
    leave: npt.NDArray[_Number],
    road: npt.NDArray[_Number],
    enter: npt.NDArray[_Number],
    along: npt.NDArray[_Number],
) -> npt.NDArray[_Number]:
    """Return (k, k, 5): the four ways by the ends (leave, enter: (k, 2); road: (2k, 2k)), *along*.

    The last axis counts 2 * (end left by) + (end entered by), then the shared edge.
    """
    k = len(leave)
    ways = leave[:, :, None, None] + road.reshape(k, 2, k, 2) + enter[None, None, :, :]
    by_ends = ways.transpose(0, 2, 1, 3).reshape(k, k, 4)
    return np.concatenate([by_ends, along[:, :, None]], axis=2)


def _walk_back(row: Row, enter: int) -> list[int]:
    """Return the nodes from the row's start to *enter*."""
    nodes = [enter]
    while (before := int(row.before[nodes[-1]])) >= 0:
        nodes.append(before)
    return nodes[::-1]
