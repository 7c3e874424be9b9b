"""One tour while one order more is tried in it: its times, its room, and putting a visit in.

``routing.gaps.TimedTour`` in compiled words.  The order's own visits are numbered 0 … m - 1,
its drop last.  A *gap* g is just before stop g; the last is before the way home; *place* g is
where the vehicle is before gap g: place 0 is its start.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline
from dispatch.routing.solvers.kernel.limits import NEVER_S, Ints
from dispatch.routing.work import FOREVER_S

#: Columns of a stop.  Its windows are rows FIRST … LAST - 1 of the table; WIDE: only the
#: beginning of the first counts.  LIMIT: latest begin; NEVER_S as DUE: never late.
SERVICE: Final = 0
DUE: Final = 1
FETCH: Final = 2
FIRST: Final = 3
LAST: Final = 4
WIDE: Final = 5
LIMIT: Final = 6
NEW: Final = 7
STOP_COLUMNS: Final = 8

#: Columns of a gap: the way and setup to its stop, when service begins there (at the last gap
#: the end of the tour), the latest arrival there, and the seconds on the road until then.
#: REST is ``fits``': what the visit sought adds to the road there, or in a later gap.
NEXT: Final = 0
BEGIN: Final = 1
LATEST: Final = 2
GONE: Final = 3
REST: Final = 4
GAP_COLUMNS: Final = 5


#: Columns of a vehicle: STANDS and UNTIL are written by ``one_more``: whether its tour keeps
#: every window, and its shift as long as the tour needs.  FIXED: price whatever the gaps.
FROM: Final = 0
UNTIL: Final = 1
PER_S: Final = 2
OPEN: Final = 3
STANDS: Final = 4
FIXED: Final = 5
VEHICLE_COLUMNS: Final = 6


class OneTour(NamedTuple):
    """k stops, room for m more.

    stops : (k + m, STOP_COLUMNS);  gaps: (k + m + 1, GAP_COLUMNS)
    ways  : (k + m + 1, 2 m) from place g to each new visit, then from each to stop g
    spare : (k + m + 1, dimensions) free capacity while driving to stop g
    """

    stops: Ints
    gaps: Ints
    ways: Ints
    spare: Ints


@compiled_inline
def first_from(window_s: Ints, first: int, last: int, at_s: int) -> int:
    """Return the first instant from *at_s* on in rows *first* … *last* - 1, or NEVER_S."""
    for w in range(first, last):
        if at_s <= window_s[w, 1]:
            return max(at_s, int(window_s[w, 0]))
    return NEVER_S


@compiled_inline
def begin_at(tour: OneTour, window_s: Ints, g: int, at_s: int) -> int:
    """Return when service begins at stop *g* for who arrives at *at_s*, or NEVER_S."""
    if tour.stops[g, WIDE]:
        opens_s = int(window_s[tour.stops[g, FIRST], 0])
        return max(at_s, opens_s) if at_s <= FOREVER_S else NEVER_S
    return first_from(window_s, tour.stops[g, FIRST], tour.stops[g, LAST], at_s)


@compiled_inline
def latest_at(tour: OneTour, window_s: Ints, g: int, by_s: int) -> int:
    """Return the last instant until *by_s* when stop *g* may be served, or -NEVER_S."""
    first = tour.stops[g, FIRST]
    if tour.stops[g, WIDE]:
        return min(by_s, FOREVER_S) if by_s >= window_s[first, 0] else -NEVER_S
    for w in range(tour.stops[g, LAST] - 1, first - 1, -1):
        if window_s[w, 0] <= by_s:
            return min(by_s, int(window_s[w, 1]))
    return -NEVER_S


@compiled
def drive(tour: OneTour, window_s: Ints, n: int, from_s: int) -> bool:
    """Time *n* stops, each as early as can be; False where a window is missed or a road."""
    now_s, gone_s = from_s, 0
    for g in range(n):
        leg_s = tour.gaps[g, NEXT]
        begin_s = begin_at(tour, window_s, g, now_s + leg_s)
        if leg_s >= UNREACHABLE_S or begin_s >= NEVER_S:
            return False
        gone_s += leg_s
        tour.gaps[g, BEGIN], tour.gaps[g, GONE] = begin_s, gone_s
        now_s = begin_s + tour.stops[g, SERVICE]
    if n > 0:  # without stops it stays where it is, wherever its end may be
        if tour.gaps[n, NEXT] >= UNREACHABLE_S:
            return False
        now_s += tour.gaps[n, NEXT]
        gone_s += tour.gaps[n, NEXT]
    tour.gaps[n, BEGIN], tour.gaps[n, GONE] = now_s, gone_s
    return True


@compiled
def limit(tour: OneTour, window_s: Ints, n: int) -> None:
    """Forbid every visit to begin late, or later than it does if it is late already."""
    for g in range(n):
        last_s = FOREVER_S if tour.stops[g, WIDE] else window_s[tour.stops[g, LAST] - 1, 1]
        tour.stops[g, LIMIT] = min(last_s, max(tour.stops[g, DUE], tour.gaps[g, BEGIN]))


@compiled
def look_back(tour: OneTour, window_s: Ints, n: int, until_s: int) -> bool:
    """Find the latest arrivals that keep every later limit; False where one is missed now.

    Forward slack (Savelsbergh, ORSA Journal on Computing 4(2), 1992) as an instant.
    """
    tour.gaps[n, LATEST] = by_s = until_s
    if tour.gaps[n, BEGIN] > until_s:
        return False
    for g in range(n - 1, -1, -1):
        by_s -= tour.gaps[g + 1, NEXT] + tour.stops[g, SERVICE]
        by_s = latest_at(tour, window_s, g, min(by_s, tour.stops[g, LIMIT]))
        if by_s < tour.gaps[g, BEGIN]:
            return False
        tour.gaps[g, LATEST] = by_s
    return True


@compiled
def put_in(tour: OneTour, n: int, gap: int, visit: Ints, new: int, among_s: Ints) -> None:
    """Put *visit*, the new visit number *new*, into *gap* of *n* stops; loads are ``ride``'s.

    ``among_s``: (m, m) ways and setups between the new visits.
    """
    m = len(among_s)
    for g in range(n, gap, -1):
        for column in range(STOP_COLUMNS):
            tour.stops[g, column] = tour.stops[g - 1, column]
    for column in range(STOP_COLUMNS):
        tour.stops[gap, column] = visit[column]
    for g in range(n + 1, gap, -1):
        tour.gaps[g, NEXT] = tour.gaps[g - 1, NEXT]
        for d in range(tour.spare.shape[1]):
            tour.spare[g, d] = tour.spare[g - 1, d]
        for i in range(m):
            tour.ways[g, m + i] = tour.ways[g - 1, m + i]
            if g > gap + 1:
                tour.ways[g, i] = tour.ways[g - 1, i]
    tour.gaps[gap, NEXT] = tour.ways[gap, new]
    tour.gaps[gap + 1, NEXT] = tour.ways[gap + 1, m + new]
    for i in range(m):
        tour.ways[gap, m + i] = among_s[i, new]
        tour.ways[gap + 1, i] = among_s[new, i]


@compiled
def ride(tour: OneTour, first: int, last: int, load: Ints) -> None:
    """Take *load* out of the room on the ways to stops *first* … *last*."""
    for g in range(first, last + 1):
        for d in range(len(load)):
            tour.spare[g, d] -= load[d]
