"""The compiled search for good chains: orders that have to do with each other leave and come back.

Decides which orders leave, in which order they return and what is accepted: ruin and recreate
(Schrimpf, Schneider, Stamm-Wilbrandt and Dueck, "Record breaking optimization results using
the ruin and recreate principle", Journal of Computational Physics 159(2), 2000) under
simulated annealing.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dispatch.routing.rides.chains import (
    NEVER,
    Desk,
    Facts,
    Rows,
    cheapest_gap,
    price_of,
    put_in,
    take_out,
)
from dispatch.routing.solvers.kernel.compiled import DIGEST as KERNEL_DIGEST
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_and_kept
from dispatch.routing.solvers.kernel.dice import below, chance

#: Orders taken out at once, at most; the chance to overlook a gap.
MOST_OUT: Final = 8
OVERLOOK: Final = 0.02
#: How near two orders are: the way between their shops, and these shares of the way between
#: their doors and of the time between their parcels; one courier's are nearer by so much,
#: and luck says the rest.  First guesses that never needed a second.
DOORS: Final = 0.3
APART: Final = 0.5
KIN_S: Final = 600.0
LUCK_S: Final = 360.0
#: Seconds that a plan may be worse and still be gone on from, at the first and last step.
WARM_S: Final = 180.0
COLD_S: Final = 6.0

DIGEST: Final = zlib.crc32(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))),
    KERNEL_DIGEST,
)


@compiled
def _copied(here: Rows, there: Rows, c: int) -> None:
    there.size[c], there.cost[c] = here.size[c], here.cost[c]
    for i in range(here.size[c]):
        there.order[c, i], there.joined[c, i] = here.order[c, i], here.joined[c, i]


@compiled
def _all_copied(here: Rows, there: Rows) -> None:
    for c in range(len(here.size)):
        _copied(here, there, c)
    for o in range(len(here.rider)):
        there.rider[o] = here.rider[o]


@compiled
def _queued(desk: Desk, n: int) -> None:
    """Sort the first *n* of the queue by their keys, least first."""
    for i in range(1, n):
        o, j = desk.queue[i], i
        while j > 0 and desk.key[desk.queue[j - 1]] > desk.key[o]:
            desk.queue[j] = desk.queue[j - 1]
            j -= 1
        desk.queue[j] = o


@compiled
def _ruined(facts: Facts, rows: Rows, desk: Desk) -> None:
    """Take out an order and some near it: in shop, door and time, or of the same courier."""
    n = len(rows.rider)
    first = below(desk.dice, n)
    for o in range(n):
        apart_s = facts.way_s[facts.shop[first], facts.shop[o]]
        apart_s += DOORS * facts.way_s[facts.door[first], facts.door[o]]
        apart_s += APART * abs(facts.ready_s[first] - facts.ready_s[o])
        kin = rows.rider[o] == rows.rider[first]
        desk.key[o] = apart_s + LUCK_S * chance(desk.dice) - (KIN_S if kin else 0.0)
        desk.queue[o] = o
    desk.key[first] = -1e9
    for k in range(1 + below(desk.dice, min(MOST_OUT, n))):
        nearest = k
        for i in range(k + 1, n):
            if desk.key[desk.queue[i]] < desk.key[desk.queue[nearest]]:
                nearest = i
        desk.queue[k], desk.queue[nearest] = desk.queue[nearest], desk.queue[k]
        o = desk.queue[k]
        if rows.rider[o] >= 0:
            desk.touched[rows.rider[o]] = 1
            take_out(facts, rows, o)


@compiled
def _recreated(facts: Facts, rows: Rows, desk: Desk, by: int, overlook: float) -> None:
    """Put every order without a courier where it costs least, if it costs less than nowhere.

    by : 0 the first ready first, 1 in any order, 2 the longest ride first
    """
    n = 0
    for o in range(len(rows.rider)):
        if rows.rider[o] >= 0:
            continue
        desk.queue[n] = o
        n += 1
        if by == 0:
            desk.key[o] = facts.ready_s[o]
        elif by == 1:
            desk.key[o] = chance(desk.dice)
        else:
            desk.key[o] = -facts.way_s[facts.shop[o], facts.door[o]]
    _queued(desk, n)
    for i in range(n):
        o = desk.queue[i]
        gap = cheapest_gap(facts, rows, desk, o, overlook)
        if gap.rider >= 0:
            desk.touched[gap.rider] = 1
            put_in(facts, rows, o, gap)


@compiled
def _total(facts: Facts, rows: Rows) -> float:
    total = 0.0
    for c in range(len(rows.size)):
        total += rows.cost[c]
    for o in range(len(rows.rider)):
        if rows.rider[o] < 0:
            total += facts.prices[0]
    return total


@compiled
def _loaded(facts: Facts, rows: Rows) -> None:
    """Price the rows as they were written; who can no longer drive theirs gives it back."""
    for o in range(len(rows.rider)):
        rows.rider[o] = -1
    for c in range(len(rows.size)):
        cost = price_of(facts, c, rows.order[c], rows.joined[c], rows.size[c])
        if cost >= NEVER:
            rows.size[c], cost = 0, 0.0
        rows.cost[c] = cost
        for i in range(rows.size[c]):
            rows.rider[rows.order[c, i]] = c


@compiled
def _searched(facts: Facts, rows: Rows, kept: Rows, best: Rows, desk: Desk, steps: int) -> float:
    _loaded(facts, rows)
    _recreated(facts, rows, desk, 0, 0.0)
    _all_copied(rows, kept)
    _all_copied(rows, best)
    total = least = _total(facts, rows)
    for step in range(steps):
        desk.touched[:] = 0
        _ruined(facts, rows, desk)
        _recreated(facts, rows, desk, below(desk.dice, 3), OVERLOOK)
        new = _total(facts, rows)
        warmth = WARM_S * (COLD_S / WARM_S) ** (step / steps)
        if new < total - warmth * math.log(chance(desk.dice) + 1e-12):
            here, there, total = rows, kept, new
        else:
            here, there = kept, rows
        for c in range(len(rows.size)):
            if desk.touched[c] == 1:
                _copied(here, there, c)
        for o in range(len(rows.rider)):
            there.rider[o] = here.rider[o]
        if total < least - 1e-6:
            least = total
            _all_copied(rows, best)
    return least


def _entry(digest: int) -> Callable[[Facts, Rows, Rows, Rows, Desk, int], float]:
    @compiled_and_kept
    def search(facts: Facts, rows: Rows, kept: Rows, best: Rows, desk: Desk, steps: int) -> float:
        _ = digest
        return _searched(facts, rows, kept, best, desk, steps)

    return search


#: ``search(facts, rows, kept, best, desk, steps)``: *rows* holds the plan to begin with,
#: *best* the best met; returns its price.
search: Callable[[Facts, Rows, Rows, Rows, Desk, int], float] = _entry(DIGEST)
