"""One order more tried in every tour of a day, many times over, in one call.

``routing.insertion.cheapest_insertion`` in compiled words, for tours that are plain
(``routing.rules.is_plain``) and promises that are hard.  A *try* is the order promised for one
window, with some rules relaxed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from dispatch.routing.solvers.kernel.compiled import DIGEST, compiled, compiled_and_kept
from dispatch.routing.solvers.kernel.fits import Scrap, Sought, best_gaps, carried
from dispatch.routing.solvers.kernel.limits import NEVER_S, PRICELESS, Ints
from dispatch.routing.solvers.kernel.one_tour import (
    BEGIN,
    DUE,
    FIRST,
    FIXED,
    FROM,
    GONE,
    LAST,
    LATEST,
    LIMIT,
    NEW,
    NEXT,
    OPEN,
    STANDS,
    STOP_COLUMNS,
    UNTIL,
    VEHICLE_COLUMNS,
    WIDE,
    OneTour,
    drive,
    limit,
    look_back,
    put_in,
    ride,
)
from dispatch.routing.solvers.kernel.tours import copy_row
from dispatch.routing.work import FOREVER_S

#: What a try relaxes, or asks for, in the column FLAGS of a try.  From ANY_LOAD on one bit a
#: dimension of load.
ANY_TIME: Final = 1  # the order's pickups, whenever the shop is open
ANY_END: Final = 2  # the ends of all shifts
OTHERS_LATER: Final = 4  # the ends of all other windows and promises
ANY_TOUR: Final = 8  # the tours that the order may go into
FIRST_FIND: Final = 16  # any place will do, not only the best
ANY_LOAD: Final = 32

#: Columns of a try: rows of the table of windows for the drop, when it is due, the flags, and
#: the one tour it is tried in, -1: in all.
DROP_FIRST: Final = 0
DROP_LAST: Final = 1
DROP_DUE: Final = 2
FLAGS: Final = 3
ONLY: Final = 4

#: Columns of an answer; then m positions, m beginnings.
VEHICLE: Final = 0
PRICE: Final = 1
SLACK: Final = 2
ADDED: Final = 3
ANSWER_COLUMNS: Final = 4

#: Up to this many pickups every order is tried, like ``insertion.ALL_ORDERS_UP_TO``.
ALL_ORDERS_UP_TO: Final = 2


class Crew(NamedTuple):
    """All tours, one after the other: stops of tour v in rows first[v] … first[v + 1] - 1.

    Gaps have one row more a tour: they begin at first[v] + v.

    vehicles : (c, VEHICLE_COLUMNS);  stops: (n, STOP_COLUMNS);  next_s: (n + c,)
    ways, spare, among_s : like ``OneTour``'s and ``Sought``'s, of all tours
    """

    first: Ints
    vehicles: Ints
    stops: Ints
    next_s: Ints
    ways: Ints
    spare: Ints
    among_s: Ints


@compiled
def _laid_out(crew: Crew, v: int, tour: OneTour, others_later: bool) -> int:
    """Copy tour *v* to work on; return how many stops it has."""
    first, n = crew.first[v], int(crew.first[v + 1] - crew.first[v])
    for g in range(n):
        for column in range(STOP_COLUMNS):
            tour.stops[g, column] = crew.stops[first + g, column]
        if others_later:
            tour.stops[g, WIDE], tour.stops[g, DUE] = 1, NEVER_S
    for g in range(n + 1):
        tour.gaps[g, NEXT] = crew.next_s[first + v + g]
        for i in range(crew.ways.shape[1]):
            tour.ways[g, i] = crew.ways[first + v + g, i]
        for d in range(crew.spare.shape[1]):
            tour.spare[g, d] = crew.spare[first + v + g, d]
    return n


@compiled
def _asked(sought: Sought, one: Ints, pickups: Ints, any_time: int) -> None:
    """Write the windows and limits of this try beside the order's visits."""
    m, flags, window_s = len(sought.setup_s), one[FLAGS], sought.window_s
    for i in range(m - 1):
        visit = sought.visits[i]
        visit[FIRST], visit[LAST], visit[DUE] = pickups[i, 0], pickups[i, 1], pickups[i, 2]
        if flags & ANY_TIME:
            visit[FIRST], visit[LAST], visit[DUE] = any_time, any_time + 1, NEVER_S
        visit[LIMIT] = min(window_s[visit[LAST] - 1, 1], visit[DUE])
    drop = sought.visits[m - 1]
    drop[FIRST], drop[LAST], drop[DUE] = one[DROP_FIRST], one[DROP_LAST], one[DROP_DUE]
    drop[LIMIT] = min(window_s[drop[LAST] - 1, 1], drop[DUE])
    for d in range(len(sought.asks)):
        sought.asks[d] = 0 if flags & (ANY_LOAD << d) else 1


@compiled
def _merged(
    tour: OneTour, sought: Sought, scrap: Scrap, n: int, many: int, price: int, bound: int
) -> int:
    """Put the order in where ``best_gaps`` said, then its further pickups; return the price.

    PRICELESS where one of those finds no place below *bound* in all.
    """
    m = len(sought.setup_s)
    for level in range(many):
        new, gap = scrap.order[level], scrap.best[level] + level
        put_in(tour, n + level, gap, sought.visits[new], new, sought.among_s)
        if new < m - 1:
            ride(tour, gap + 1, n + level + 1, sought.load[new])
        else:
            for i in range(level):
                before = sought.load[scrap.order[i]]
                for d in range(len(before)):
                    for g in range(gap + 1, n + level + 2):
                        tour.spare[g, d] += before[d]
    for new in range(many - 1, m - 1):
        scrap.about[FIXED], scrap.least[0] = 0, bound - price
        if not _one_pickup_more(tour, sought, scrap, n + new + 1, new):
            return PRICELESS
        price += scrap.least[0]
    return price


@compiled
def _one_pickup_more(tour: OneTour, sought: Sought, scrap: Scrap, n: int, new: int) -> bool:
    """Put pickup *new* somewhere before its drop, which is in *tour*, below ``scrap.least``."""
    load = sought.load[new]
    if not drive(tour, sought.window_s, n, scrap.about[FROM]):
        return False
    if not look_back(tour, sought.window_s, n, scrap.about[UNTIL]):
        return False
    last = 0
    while tour.stops[last, NEW] != len(sought.setup_s) - 1:
        last += 1
    first = last
    while first > 0 and carried(tour, first - 1, load, sought.asks):
        first -= 1
    scrap.order[0] = new
    if not best_gaps(tour, sought, scrap, n, 1, (first, last), False):
        return False
    gap = scrap.best[0]
    put_in(tour, n, gap, sought.visits[new], new, sought.among_s)
    ride(tour, gap + 1, last + 1, load)
    return True


@compiled
def _told(
    tour: OneTour, sought: Sought, scrap: Scrap, n: int, v: int, before_s: int, answer: Ints
) -> None:
    """Write where the order's visits are in *tour* of *n* stops, when, and at what slack."""
    m = len(sought.setup_s)
    drive(tour, sought.window_s, n, scrap.about[FROM])
    look_back(tour, sought.window_s, n, scrap.about[UNTIL])
    answer[VEHICLE] = v
    answer[ADDED] = tour.gaps[n, GONE] - before_s
    for g in range(n):
        new = tour.stops[g, NEW]
        if new >= 0:
            answer[ANSWER_COLUMNS + new] = g
            answer[ANSWER_COLUMNS + m + new] = tour.gaps[g, BEGIN]
        if new == m - 1:
            answer[SLACK] = tour.gaps[g, LATEST] - tour.gaps[g, BEGIN]


@compiled
def _prepared(crew: Crew, v: int, sought: Sought, tour: OneTour, scrap: Scrap, flags: int) -> int:
    """Lay tour *v* out, timed, with its vehicle and ways; -1 when it can take nothing."""
    n, m = _laid_out(crew, v, tour, flags & OTHERS_LATER != 0), len(sought.setup_s)
    for column in range(VEHICLE_COLUMNS):
        scrap.about[column] = crew.vehicles[v, column]
    if flags & ANY_END:
        scrap.about[UNTIL] = FOREVER_S
    for i in range(m):
        for j in range(m):
            sought.among_s[i, j] = crew.among_s[v, i, j]
    if not drive(tour, sought.window_s, n, scrap.about[FROM]):
        return -1
    limit(tour, sought.window_s, n)
    return n if look_back(tour, sought.window_s, n, scrap.about[UNTIL]) else -1


@compiled
def _in_order(scrap: Scrap, together: int, drop: int, swapped: bool) -> None:
    """Write the first *together* pickups, two of them the other way round, and the drop."""
    for level in range(together):
        scrap.order[level] = together - 1 - level if swapped else level
    scrap.order[together] = drop


@compiled
def _try_tour(
    crew: Crew,
    v: int,
    sought: Sought,
    tour: OneTour,
    scrap: Scrap,
    flags: int,
    used: int,
    bound: int,
    answer: Ints,
) -> int:
    """Try tour *v*; return the price of the best place below *bound*, told in *answer*."""
    n, drop = _prepared(crew, v, sought, tour, scrap, flags), len(sought.setup_s) - 1
    if n < 0:
        return bound
    before_s = tour.gaps[n, GONE]
    together = drop if drop <= ALL_ORDERS_UP_TO else 1
    any_will_do = flags & FIRST_FIND != 0 and together == drop
    scrap.about[FIXED], scrap.least[0] = used if n == 0 else 0, bound
    swapped, found = False, False
    for turn in range(together):  # one pickup: as it is; two: and the other way round
        if found and any_will_do:
            break
        _in_order(scrap, together, drop, turn == 1)
        if best_gaps(tour, sought, scrap, n, together + 1, (0, n), any_will_do):
            found, swapped = True, turn == 1
            copy_row(scrap.best, scrap.kept, together + 1)
    if not found:
        return bound
    copy_row(scrap.kept, scrap.best, together + 1)
    _in_order(scrap, together, drop, swapped)
    price = _merged(tour, sought, scrap, n, together + 1, scrap.least[0], bound)
    if price >= PRICELESS:
        return bound
    _told(tour, sought, scrap, n + drop + 1, v, before_s, answer)
    return price


@compiled
def _try(
    crew: Crew,
    sought: Sought,
    tour: OneTour,
    scrap: Scrap,
    pickups: Ints,
    any_time: int,
    used: int,
    one: Ints,
    answer: Ints,
) -> None:
    """Answer one try: the cheapest place of all tours, the first of equals."""
    _asked(sought, one, pickups, any_time)
    answer[VEHICLE], bound = -1, PRICELESS
    for v in range(len(crew.vehicles)):
        if one[ONLY] >= 0 and one[ONLY] != v:
            continue
        if not (crew.vehicles[v, OPEN] or one[FLAGS] & ANY_TOUR):
            continue
        bound = _try_tour(crew, v, sought, tour, scrap, one[FLAGS], used, bound, answer)
        if answer[VEHICLE] >= 0 and one[FLAGS] & FIRST_FIND:
            break
    answer[PRICE] = bound


@compiled
def _stand(crew: Crew, tour: OneTour, window_s: Ints) -> None:
    """See which tours keep every window; a shift lasts as long as its tour needs."""
    for v in range(len(crew.vehicles)):
        vehicle, n = crew.vehicles[v], _laid_out(crew, v, tour, False)
        vehicle[STANDS] = drive(tour, window_s, n, vehicle[FROM])
        if vehicle[STANDS]:
            vehicle[UNTIL] = max(vehicle[UNTIL], tour.gaps[n, BEGIN])


def _entry(digest: int) -> Callable[..., None]:
    """Make the compiled entry; *digest* is why a changed kernel is compiled anew."""

    @compiled_and_kept
    def answers(
        crew: Crew,
        sought: Sought,
        tour: OneTour,
        scrap: Scrap,
        pickups: Ints,
        any_time: int,
        used: int,
        tries: Ints,
        found: Ints,
    ) -> None:
        _ = digest
        _stand(crew, tour, sought.window_s)
        for t in range(len(tries)):
            _try(crew, sought, tour, scrap, pickups, any_time, used, tries[t], found[t])

    return answers


#: ``answers(crew, sought, tour, scrap, pickups, any_time, used, tries, found)``: fill *found*
#: (tries, ANSWER_COLUMNS + 2 m).  pickups: (m - 1, 3) their rows of the table of windows, and
#: when they are due; any_time: the row that allows every instant; used: price of a vehicle that
#: moves.
answers: Final = _entry(DIGEST)
