"""The best gaps of one tour for some of an order's visits, in a given order.

``routing.gaps.Search`` in compiled words, step by step the same, so that both find the same
gaps; recursion became a stack, one row per visit.  Beyond it a branch dies as well where no
later gap is open to the last visit, or cheap enough for it: those of most windows are few.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline
from dispatch.routing.solvers.kernel.limits import NEVER_S, Ints
from dispatch.routing.solvers.kernel.one_tour import (
    BEGIN,
    DUE,
    FETCH,
    FIRST,
    FIXED,
    FROM,
    GONE,
    LAST,
    LATEST,
    LIMIT,
    NEXT,
    PER_S,
    REST,
    SERVICE,
    OneTour,
    begin_at,
    first_from,
)

#: Columns of a row of the stack: the gap looked at; the new visit just left, -1: place *gap*;
#: when it was left; seconds on the road and late until then; 1 once the visit was tried here.
GAP: Final = 0
HERE: Final = 1
FREE: Final = 2
ROAD: Final = 3
LATE: Final = 4
TRIED: Final = 5
STACK_COLUMNS: Final = 6


class Sought(NamedTuple):
    """What is looked for in one tour.

    visits   : (m, STOP_COLUMNS) the order's visits;  setup_s: (m,)
    load     : (m, dimensions) taken on board; of the drop, its whole load
    among_s  : (m, m) from new visit to new visit
    window_s : every window there is
    asks     : (dimensions,) 0 where capacity is no matter
    prices   : (late, paid) per second
    """

    visits: Ints
    setup_s: Ints
    load: Ints
    among_s: Ints
    window_s: Ints
    asks: Ints
    prices: Ints


class Scrap(NamedTuple):
    """Paper: stack (m, STACK_COLUMNS), riding (m + 1, dimensions), and rows of numbers.

    order, chosen, best, kept : the visits sought in their order, and gaps for them (m,)
    about : (VEHICLE_COLUMNS,) what is known of the vehicle
    least : (2,) only what is below this price counts; the gap from which on a tour emptied of
            the order has room for its own
    """

    stack: Ints
    riding: Ints
    order: Ints
    chosen: Ints
    best: Ints
    kept: Ints
    about: Ints
    least: Ints


@compiled_inline
def within(load: Ints, room: Ints, asks: Ints) -> bool:
    for d in range(len(load)):  # noqa: SIM110 -- Numba compiles no generator
        if asks[d] and load[d] > room[d]:
            return False
    return True


@compiled_inline
def carried(tour: OneTour, g: int, load: Ints, asks: Ints) -> bool:
    """True when *load* more can ride past stop *g*: only a pickup can overload."""
    return not tour.stops[g, FETCH] or within(load, tour.spare[g + 1], asks)


@compiled_inline
def late_s(stop: Ints, begin_s: int) -> int:
    return max(0, begin_s - int(stop[DUE]))


@compiled
def _light_from(tour: OneTour, sought: Sought, scrap: Scrap, n: int) -> int:
    """Return the first gap after which no pickup overloads the tour as it is."""
    nothing = scrap.riding[len(scrap.order)]
    nothing[:] = 0
    for g in range(n - 1, -1, -1):
        if not carried(tour, g, nothing, sought.asks):
            return g + 1
    return 0


@compiled
def _closed(tour: OneTour, sought: Sought, n: int, gap: int, at_s: int, delay_s: int) -> int:
    """Return the price of the time from stop *gap* on, reached at *at_s*, *delay_s* late so far."""
    g, end_s = gap, tour.gaps[n, BEGIN]
    while g < n:
        begin_s = begin_at(tour, sought.window_s, g, at_s)
        if begin_s == tour.gaps[g, BEGIN]:
            break
        stop = tour.stops[g]
        delay_s += late_s(stop, begin_s) - late_s(stop, tour.gaps[g, BEGIN])
        at_s = begin_s + stop[SERVICE] + tour.gaps[g + 1, NEXT]
        g += 1
    if g == n:
        end_s = at_s
    return int(sought.prices[0] * delay_s + sought.prices[1] * (end_s - tour.gaps[n, BEGIN]))


@compiled_inline
def _price(sought: Sought, scrap: Scrap, added_s: int, delay_s: int) -> int:
    about = scrap.about
    return int(about[FIXED] + about[PER_S] * added_s + sought.prices[0] * delay_s)


@compiled
def _push(
    scrap: Scrap, level: int, gap: int, here: int, free_s: int, road_s: int, delay_s: int
) -> None:
    row = scrap.stack[level]
    row[GAP], row[HERE], row[FREE], row[ROAD] = gap, here, free_s, road_s
    row[LATE], row[TRIED] = delay_s, 0


@compiled
def _served(
    tour: OneTour, sought: Sought, scrap: Scrap, n: int, many: int, level: int, first: int
) -> int:
    """Serve visit number *level* in its gap, if it can be, from gap *first* on.

    Returns the level to go on with: this one, the next, or the one before when later gaps
    are too late as well.
    """
    row, new, m = scrap.stack[level], scrap.order[level], len(sought.setup_s)
    g, visit = row[GAP], sought.visits[new]
    leg_s = tour.ways[g, new] if row[HERE] < 0 else sought.among_s[row[HERE], new]
    arrive_s = row[FREE] + leg_s
    begin_s = first_from(sought.window_s, visit[FIRST], visit[LAST], arrive_s)
    row[TRIED] = 1
    if begin_s > visit[LIMIT]:
        # Where the setup is shared it may be sooner; if that is too late, all that follows is.
        arrive_s -= sought.setup_s[new]
        begin_s = first_from(sought.window_s, visit[FIRST], visit[LAST], arrive_s)
        return level - 1 if begin_s > visit[LIMIT] else level
    fits = new == m - 1 or within(scrap.riding[level + 1], tour.spare[g], sought.asks)
    if g < first or not fits:
        return level
    delay_s, road_s = row[LATE] + late_s(visit, begin_s), row[ROAD] + leg_s
    leave_s, out_s = begin_s + visit[SERVICE], tour.ways[g, m + new]
    price = _price(sought, scrap, road_s + out_s - tour.gaps[g, GONE], delay_s)
    if price >= scrap.least[0]:
        return level
    scrap.chosen[level] = g
    if level + 1 < many:
        _push(scrap, level + 1, g, new, leave_s, road_s, delay_s)
        return level + 1
    if g >= scrap.least[1] and leave_s + out_s <= tour.gaps[g, LATEST]:
        price += _closed(tour, sought, n, g, leave_s + out_s, delay_s)
        if price < scrap.least[0]:
            scrap.least[0] = price
            for i in range(many):
                scrap.best[i] = scrap.chosen[i]
    return level


@compiled
def _never_sooner(tour: OneTour, sought: Sought, scrap: Scrap, n: int, many: int) -> bool:
    """True where what goes before the last visit makes the tour arrive no sooner anywhere.

    Streets may let who stops turn round where others must not: then a detour saves time.
    """
    if many > 2:
        return False
    for i in range(many - 1):
        new, m = scrap.order[i], len(sought.setup_s)
        for g in range(n + 1):
            more_s = tour.ways[g, new] + sought.visits[new, SERVICE] + tour.ways[g, m + new]
            if more_s < tour.gaps[g, NEXT]:
                return False
    return True


@compiled
def _look_ahead(
    tour: OneTour, sought: Sought, scrap: Scrap, n: int, many: int, last_gap: int
) -> None:
    """Write beside each gap the least that the last visit adds to the road there or later.

    NEVER_S where nobody arrives in time, even if nothing was put in before.  Where somebody is
    late already, who comes too early may be cheaper: then it is nothing.
    """
    new, m = scrap.order[many - 1], len(sought.setup_s)
    visit, timely = sought.visits[new], _never_sooner(tour, sought, scrap, n, many)
    dear = True
    for g in range(n):
        dear = dear and tour.gaps[g, BEGIN] <= tour.stops[g, DUE]
    rest_s = NEVER_S
    for g in range(last_gap, -1, -1):
        there_s, out_s = tour.ways[g, new], tour.ways[g, m + new]
        free_s, gone_s = int(scrap.about[FROM]), 0
        if g > 0:
            free_s, gone_s = (
                tour.gaps[g - 1, BEGIN] + tour.stops[g - 1, SERVICE],
                tour.gaps[g - 1, GONE],
            )
        begin_s = first_from(sought.window_s, visit[FIRST], visit[LAST], free_s + there_s)
        late = begin_s > visit[LIMIT] or begin_s + visit[SERVICE] + out_s > tour.gaps[g, LATEST]
        if not (timely and late):
            added_s = there_s + out_s - (tour.gaps[g, GONE] - gone_s)
            rest_s = min(rest_s, max(0, added_s) if dear else 0)
        tour.gaps[g, REST] = rest_s


@compiled
def _passed(tour: OneTour, sought: Sought, scrap: Scrap, many: int, level: int) -> bool:
    """Go on past the stop after the gap; False where that is too late, too much or too dear."""
    row = scrap.stack[level]
    g, here = row[GAP], row[HERE]
    leg_s = tour.gaps[g, NEXT] if here < 0 else tour.ways[g, len(sought.setup_s) + here]
    arrive_s = row[FREE] + leg_s
    row[ROAD] += leg_s
    late = arrive_s > tour.gaps[g, LATEST]
    if late or not carried(tour, g, scrap.riding[level], sought.asks):
        return False
    begin_s, stop = begin_at(tour, sought.window_s, g, arrive_s), tour.stops[g]
    rest_s = tour.gaps[g + 1, REST] if level == many - 1 else 0
    if rest_s == NEVER_S:
        return False
    if level > 0:
        row[LATE] += late_s(stop, begin_s) - late_s(stop, tour.gaps[g, BEGIN])
        price = _price(sought, scrap, row[ROAD] - tour.gaps[g, GONE] + rest_s, row[LATE])
        if price >= scrap.least[0]:
            return False
    row[HERE], row[FREE], row[GAP], row[TRIED] = -1, begin_s + stop[SERVICE], g + 1, 0
    return True


@compiled
def best_gaps(
    tour: OneTour,
    sought: Sought,
    scrap: Scrap,
    n: int,
    many: int,
    between: tuple[int, int],
    first_find: bool,
) -> bool:
    """Put visits ``scrap.order[:many]`` into gaps *between* of a tour of *n* stops.

    True when there is a place below ``scrap.least``: then that is its price, and its gaps are
    in ``scrap.best``.  The last visit leaves nothing on board, whatever it is.
    """
    least, m = scrap.least[0], len(sought.setup_s)
    scrap.least[1] = _light_from(tour, sought, scrap, n)
    scrap.riding[0, :] = 0
    for i in range(many):
        for d in range(len(sought.asks)):
            more = sought.load[scrap.order[i], d] if scrap.order[i] < m - 1 else 0
            scrap.riding[i + 1, d] = scrap.riding[i, d] + more
    _look_ahead(tour, sought, scrap, n, many, between[1])
    level = 0
    _push(scrap, 0, 0, -1, scrap.about[FROM], 0, 0)
    while level >= 0:
        if not scrap.stack[level, TRIED]:
            after = _served(tour, sought, scrap, n, many, level, between[0])
            if after != level:
                level = after
                continue
            if first_find and scrap.least[0] < least:
                return True
        g = scrap.stack[level, GAP]
        if g == n or g == between[1] or not _passed(tour, sought, scrap, many, level):
            level -= 1
    return bool(scrap.least[0] < least)
