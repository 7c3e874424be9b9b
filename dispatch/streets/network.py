"""How long from door to door, how far, and by which way.

Decides travel times between places from a town's streets, a vehicle's profile and the hour.
Does not know couriers or stops.

A trip is: walk to the nearest street, ride the fastest way, walk to the door.  Where no road
leads it says so (``UNREACHABLE_S``, no path): a number is never invented.

A place is left in either direction, whichever way it was reached.  So the triangle inequality
holds but for what a stop allows and a passing vehicle may not do: turn round at the kerb,
which saves at most what turns cost, or go in by one end of a street closed to through traffic
(or of a forbidden turn or way) and out by the other.  Whether there is a way at all is
transitive, but where a forbidden way begins in a street closed to through traffic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.errors import Invalid
from dispatch.core.places import METRES_PER_DEGREE, UNREACHABLE_S, Place
from dispatch.streets.arrays import BRIDGE, TUNNEL, Floats, Ints, StreetArrays
from dispatch.streets.doors import Doors, doors_at
from dispatch.streets.hierarchy import DM_BITS, NO_ROAD, NO_ROAD_MS, Ints32
from dispatch.streets.kernel import sweep
from dispatch.streets.known import KnownPlaces
from dispatch.streets.prepared import Prepared, Progress, Workshop
from dispatch.streets.profiles import NO_STOPPING, PROFILES, ROAD_CLASSES, Unsigned
from dispatch.streets.reach import Reached, reached_from
from dispatch.streets.shapes import Point, Shapes, joined
from dispatch.streets.sides import KnownSides, Side
from dispatch.streets.slices import FREE_FLOW, Slice, slice_at, slices_in
from dispatch.streets.snapping import EdgeFinder, Snaps
from dispatch.streets.turns import TurnGraph

MAX_SNAP_M: Final = 500.0
#: A strongly connected part of fewer arcs is taken for a drawing error: nobody lives there.
SMALLEST_PART: Final = 200

When = datetime | str | None


class StreetNetwork:
    """Travel between places on one town's streets.  Safe to share between threads.

    slices        : hours with times of their own; others are free flow
    unsigned      : how fast cars drive where no limit is mapped: as the "law" lets them, or as
                    is usual on the road's "class"
    kept_in       : folder for what takes seconds to build; None: it is built in every process
    smallest_part : arcs a part needs to be kept, if it is not the largest
    """

    def __init__(
        self,
        streets: StreetArrays,
        *,
        slices: Sequence[Slice] = (),
        unsigned: Unsigned = "law",
        kept_in: Path | None = None,
        smallest_part: int = SMALLEST_PART,
    ) -> None:
        if strangers := set(streets.class_names) - set(ROAD_CLASSES):
            raise ValueError(
                f"class_names has {min(strangers)!r}; known: {', '.join(ROAD_CLASSES)}"
            )
        self._streets, self._slices = streets, {one.name: one for one in slices}
        self._profiles = {
            name: replace(profile, unsigned=unsigned) for name, profile in PROFILES.items()
        }
        self._workshop = Workshop(streets, smallest_part=smallest_part, folder=kept_in)
        self._shapes = Shapes(streets)
        self._prepared: dict[tuple[str, str], Prepared] = {}
        self._graphs: dict[tuple[str, str], TurnGraph] = {}
        self._known: dict[str, KnownPlaces] = {}
        self._sides: dict[int, KnownSides] = {}
        self._lock = Lock()

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When | tuple[datetime, datetime] = None,
    ) -> Ints:
        """Return whole seconds from row to column, rounded up, int64.

        ``to``: shape (places, to); None: (places, places).  ``at``: an instant, the name of a
        slice, or a span from one instant to another, for each trip the slowest of its slices;
        None: free flow.

        ``UNREACHABLE_S`` where no road leads; zero between places at the same coordinates.
        Not symmetric: one-way streets and turns are obeyed.  Raises ``Invalid`` for an
        unknown profile or slice, or a place more than 500 m from any street.
        """
        if isinstance(at, tuple):
            names = slices_in(tuple(self._slices.values()), *at)
            slowest = self.durations_s(places, profile, to=to, at=names[0])
            for name in names[1:]:
                np.maximum(slowest, self.durations_s(places, profile, to=to, at=name), out=slowest)
            return slowest
        ready = self._ready(profile, at)
        rows = self._side(places, profile, ready)
        columns = rows if to is None else self._side(to, profile, ready)
        if (told := rows.seconds_to(columns)) is not None:
            return told
        doors, others = rows.doors, columns.doors
        ride_ms = ready.hierarchy.times_ms(rows.starts, columns.finishes)
        beside = doors.beside(others)
        if len(beside[0]):
            mine, theirs, cost = doors.along(others, beside)
            np.minimum.at(ride_ms, (mine, theirs), (cost >> DM_BITS).astype(np.int32))
        time_s = _whole_seconds(ride_ms, doors.walk_ms, others.walk_ms)
        if len(beside[0]):
            time_s[_same(rows, columns, beside)] = 0
        return time_s

    def hours(self, at: datetime | tuple[datetime, datetime]) -> str | tuple[str, ...]:
        """Return the slice of an instant, or those of a span: times at *at* are theirs alone."""
        slices = tuple(self._slices.values())
        return slices_in(slices, *at) if isinstance(at, tuple) else slice_at(slices, at)

    def distances_m(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> Ints:
        """Return whole metres on the street, of those same (fastest) trips.

        ``UNREACHABLE_S`` too where no road leads.  The walk to the door is not
        counted.  Arguments, shapes and errors as for ``durations_s``.
        """
        ready = self._ready(profile, at)
        rows = self._side(places, profile, ready)
        columns = rows if to is None else self._side(to, profile, ready)
        if (cost := rows.costs_to(columns)) is None:
            cost = ready.hierarchy.costs(rows.starts, columns.finishes)
        beside = rows.doors.beside(columns.doors)
        if len(beside[0]):
            mine, theirs, along = rows.doors.along(columns.doors, beside)
            np.minimum.at(cost, (mine, theirs), along)
        length_m = np.rint((cost & ((1 << DM_BITS) - 1)) / 10).astype(np.int64)
        length_m[cost >= NO_ROAD] = UNREACHABLE_S
        if len(beside[0]):
            length_m[_same(rows, columns, beside)] = 0
        return length_m

    def path(self, start: Place, end: Place, profile: str, *, at: When = None) -> tuple[Point, ...]:
        """Return the fastest way as ``(lat, lon)`` points, from street edge to street edge.

        It starts and ends where the places touch the street; empty when no
        road leads there.  Raises like ``durations_s``.
        """
        ready = self._ready(profile, at)
        leave, enter = (self._doors([place], profile, ready.graph) for place in (start, end))
        edge, fraction = int(leave.edge[0]), float(leave.fraction[0])
        if (start.lat_deg, start.lon_deg) == (end.lat_deg, end.lon_deg):
            return joined([self._shapes.stretch(edge, fraction, fraction)])
        starts = leave.starts(ready.graph)
        way = ready.hierarchy.way(starts.ends, enter.finishes(ready.graph))
        _, _, along = leave.along(enter, leave.beside(enter))
        if len(along) and (way is None or along.min() <= way[0]):
            return joined([self._shapes.stretch(edge, fraction, float(enter.fraction[0]))])
        if way is None:
            return ()
        stretches = [self._shapes.stretch(edge, fraction, 1.0 - starts.direction_to(way[1][0]))]
        arcs = ready.graph.arc_of_state()[way[1]]
        edges, backs = ready.graph.edge[arcs].tolist(), ready.graph.back[arcs].tolist()
        for one, back in zip(edges[:-1], backs[:-1], strict=True):
            stretches.append(self._shapes.stretch(one, float(back), 1.0 - back))
        last = float(backs[-1]), float(enter.fraction[0])
        return joined([*stretches, self._shapes.stretch(edges[-1], *last)])

    def reach(
        self, place: Place, profile: str, limits_s: Sequence[int], *, at: When = None
    ) -> Reached:
        """Return every piece of street that can be reached from *place*, by time.

        limits_s : seconds, growing; a piece belongs to the first limit that it keeps

        The walk from *place* to the street counts, one from the street to a door does not.
        Raises like ``durations_s``, and ``ValueError`` for limits that do not grow.
        """
        graph = self._graph(profile, at)
        doors = self._doors([place], profile, graph)
        return reached_from(doors, graph, limits_s, self._streets, self._shapes)

    def doors_within(
        self, reached: Reached, profile: str, lat_deg: Floats, lon_deg: Floats
    ) -> Ints:
        """Return (b,) how many of (k,) doors are reached within each limit of *reached*.

        A door counts where its street is reached: the walk up to it does not, as in ``reach``.
        One more than 500 m from any street is never reached.
        """
        snaps = self._places(profile).snaps_of(lat_deg, lon_deg)
        near = np.flatnonzero(snaps.away_m <= MAX_SNAP_M)
        band = reached.bands_of(snaps.edge[near], snaps.fraction[near])
        inside = np.bincount(band[band >= 0], minlength=len(reached.limits_s))
        return np.cumsum(inside).astype(np.int64)

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The hours with times of their own, in the order they were given."""
        return tuple(self._slices.values())

    def contains(self, place: Place, profile: str = "car") -> bool:
        """Tell whether *place* is within 500 m of a street of *profile*."""
        return bool(self._places(profile).snaps([place]).away_m[0] <= MAX_SNAP_M)

    def snap_m(self, place: Place, profile: str = "car") -> float:
        """Return metres from *place* to the nearest street of *profile*.

        Raises ``Invalid`` (facts ``away_m``, ``limit_m``) beyond 500 m.
        """
        return float(self._snaps([place], profile).away_m[0])

    def make_ready(
        self, profiles: Sequence[str] = tuple(PROFILES), progress: Progress | None = None
    ) -> None:
        """Load *profiles* in every slice, or build them: seconds each, once per town.

        ``progress`` is told profile, slice, and how many states of how many are done.
        """
        for profile in profiles:
            for name in (FREE_FLOW, *self._slices):
                # Asked something, so that what is compiled is loaded now as well.
                self._ready(profile, name, progress).hierarchy.rehearse()

    def _ready(self, profile: str, at: When, progress: Progress | None = None) -> Prepared:
        name = self._slice(profile, at)
        if (ready := self._prepared.get((profile, name))) is not None:
            return ready
        with self._lock:  # whoever comes second waits for the first instead of building too
            if (profile, name) not in self._prepared:
                self._prepared[profile, name] = self._workshop.prepare(
                    self._profiles[profile], self._slices.get(name), progress
                )
            return self._prepared[profile, name]

    def _slice(self, profile: str, at: When) -> str:
        if profile not in PROFILES:
            raise Invalid(
                f"unknown profile {profile!r}; known: {', '.join(PROFILES)}", field="profile"
            )
        return slice_at(tuple(self._slices.values()), at)

    def _graph(self, profile: str, at: When) -> TurnGraph:
        """Return the turns alone, which take milliseconds where the hierarchy takes seconds."""
        name = self._slice(profile, at)
        if (ready := self._prepared.get((profile, name))) is not None:
            return ready.graph
        with self._lock:
            if (profile, name) not in self._graphs:
                self._graphs[profile, name] = self._workshop.graph(
                    self._profiles[profile], self._slices.get(name)
                )
            return self._graphs[profile, name]

    def _places(self, profile: str) -> KnownPlaces:
        graph = self._graph(profile, FREE_FLOW)
        with self._lock:
            if profile not in self._known:
                streets = self._streets
                known = (graph.arc_there >= 0) | (graph.arc_back >= 0)
                stop = np.array([road not in NO_STOPPING for road in streets.class_names])
                kerb = known & stop[streets.road_class] & ((streets.kind & (BRIDGE | TUNNEL)) == 0)
                finders = EdgeFinder(self._shapes, kerb), EdgeFinder(self._shapes, known & ~kerb)
                self._known[profile] = KnownPlaces(lambda lat, lon: self._search(finders, lat, lon))
            return self._known[profile]

    def _search(self, finders: tuple[EdgeFinder, EdgeFinder], lat: Floats, lon: Floats) -> Snaps:
        """Look along kerbs first; on bridges, in tunnels, on motorways if there is no kerb."""
        x_m, y_m = lon * self._shapes.x_per_deg, lat * METRES_PER_DEGREE
        snaps = finders[0].nearest(x_m, y_m, MAX_SNAP_M)
        if (far := np.flatnonzero(snaps.away_m > MAX_SNAP_M)).size:
            other = finders[1].nearest(x_m[far], y_m[far], MAX_SNAP_M)
            nearer = other.away_m < snaps.away_m[far]
            for name in ("edge", "fraction", "away_m"):
                getattr(snaps, name)[far[nearer]] = getattr(other, name)[nearer]
        return snaps

    def _snaps(self, places: Sequence[Place], profile: str) -> Snaps:
        snaps = self._places(profile).snaps(places)
        if (far := np.flatnonzero(snaps.away_m > MAX_SNAP_M)).size:
            place, away_m = places[int(far[0])], float(snaps.away_m[far[0]])
            if np.isinf(away_m):
                raise Invalid(
                    f"this town has no street for the profile {profile!r}", field="profile"
                )
            raise Invalid(
                f"lat {place.lat_deg}, lon {place.lon_deg} is {away_m:.0f} m from the "
                f"nearest street; at most {MAX_SNAP_M:.0f} m",
                away_m=round(away_m),
                limit_m=round(MAX_SNAP_M),
            )
        return snaps

    def _doors(self, places: Sequence[Place], profile: str, graph: TurnGraph) -> Doors:
        return doors_at(self._snaps(places, profile), graph)

    def _side(self, places: Sequence[Place], profile: str, ready: Prepared) -> Side:
        with self._lock:
            known = self._sides.get(id(ready))
            if known is None:
                known = KnownSides(ready, lambda some: self._snaps(some, profile))
                self._sides[id(ready)] = known
        return known.side(places)


def _whole_seconds(ride_ms: Ints32, row_ms: Ints, column_ms: Ints) -> Ints:
    """Add walks to rides; a table comes by rows or by columns, and is read the way it lies."""
    if not ride_ms.flags.c_contiguous:
        return _whole_seconds(np.ascontiguousarray(ride_ms.T), column_ms, row_ms).T
    time_s = np.empty(ride_ms.shape, np.int64)
    walks_ms = row_ms.astype(np.int32), column_ms.astype(np.int32)
    sweep.whole_seconds(ride_ms, *walks_ms, NO_ROAD_MS, UNREACHABLE_S, time_s)
    return time_s


def _same(rows: Side, columns: Side, beside: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Return the rows and columns of the same coordinates, which touch the same edge."""
    mine, theirs = beside
    same = (rows.point[mine] == columns.point[theirs]).all(axis=1)
    return mine[same], theirs[same]
