"""Recreate: greedy insertion with blinks (Christiaens & Vanden Berghe 2020, section 5.3).

Decides who is put in next, and where.  ``place_in`` prices a job in a tour, ``put_job`` puts
it there: nothing else does either.
"""

from __future__ import annotations

from typing import Final

from dispatch.routing.solvers.kernel.arrays import Desk, Facts, Tours
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline, number
from dispatch.routing.solvers.kernel.dice import chance
from dispatch.routing.solvers.kernel.places import NOWHERE, lone_place, pair_place, several_place
from dispatch.routing.solvers.kernel.tours import copy_row, put_in, retimed

#: Each place is overlooked this often.
BLINK: Final = 0.01


@compiled
def waiting_in_order(facts: Facts, desk: Desk, tours: Tours) -> int:
    """List the jobs left out in ``desk.waiting``, in an order drawn for all of them."""
    count, draw = 0, chance(desk.dice)
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0:
            desk.waiting[count] = job
            desk.rank[count] = rank(facts, desk, job, draw)
            count += 1
    for w in range(1, count):  # insertion sort: they are few, and nothing is allocated
        job, key = desk.waiting[w], desk.rank[w]
        while w > 0 and desk.rank[w - 1] > key:
            desk.waiting[w], desk.rank[w] = desk.waiting[w - 1], desk.rank[w - 1]
            w -= 1
        desk.waiting[w], desk.rank[w] = job, key
    return count


@compiled
def rank(facts: Facts, desk: Desk, job: int, draw: float) -> float:
    """Any order, most load, farthest, nearest, least room in time, or first to close."""
    first, drop = facts.nodes_at[job], facts.nodes_at[job + 1] - 1
    if draw < 0.35:
        return chance(desk.dice)
    if draw < 0.5:
        return float(facts.change[drop, 0])
    if draw < 0.75:
        base = facts.start[0]
        way_s = float(facts.legs_s[0, base, first] + facts.legs_s[0, base, drop])
        return -way_s if draw < 0.65 else way_s
    if draw < 0.9:
        return float(facts.visits[drop]["last_s"] - facts.visits[first]["first_s"])
    return float(facts.visits[drop]["last_s"])


@compiled_inline
def remembered_pair(
    facts: Facts, desk: Desk, tours: Tours, v: int, job: int, bound: int
) -> tuple[int, int, int]:
    """``pair_place`` with blinks, by memory when the tour has not changed since.

    Only overlooking the best place changes the answer: so it is looked for without
    blinks, remembered, and then overlooked once in a while.
    """
    pickup, drop = facts.nodes_at[job], facts.nodes_at[job] + 1
    gaps = desk.known_gaps[job, v]
    stale = desk.known_stamp[job, v] != tours.stamp[v]
    if stale or (gaps[0] == NOWHERE and desk.known_price[job, v] < bound):
        price, i, j = pair_place(facts, desk, tours, v, pickup, drop, bound, NOWHERE, NOWHERE)
        desk.known_stamp[job, v] = tours.stamp[v]
        desk.known_price[job, v] = price
        gaps[0], gaps[1] = i, j
    price, i, j = desk.known_price[job, v], gaps[0], gaps[1]
    if i == NOWHERE or price >= bound:
        return bound, NOWHERE, NOWHERE
    if chance(desk.dice) < BLINK:
        return pair_place(facts, desk, tours, v, pickup, drop, bound, i, j)
    return price, i, j


@compiled_inline
def place_in(
    facts: Facts, desk: Desk, tours: Tours, v: int, job: int, bound: int
) -> tuple[int, int, int]:
    """Return the price of *job* in the tour of *v* and its gaps; NOWHERE if not below *bound*.

    For a job of several pickups the tour is in ``desk.draft[0]``, the "gap" is its length.
    """
    first, pickups = facts.nodes_at[job], facts.nodes_at[job + 1] - facts.nodes_at[job] - 1
    if pickups == 1:
        return remembered_pair(facts, desk, tours, v, job, bound)
    if chance(desk.dice) < BLINK:
        return bound, NOWHERE, NOWHERE
    if pickups == 0:
        price, i = lone_place(facts, desk, tours, v, first, (number(0), tours.size[v]), bound)
    else:
        price, i = several_place(facts, desk, tours, v, job, bound)
    return price, i, NOWHERE


@compiled
def put_where_cheapest(facts: Facts, desk: Desk, tours: Tours, job: int) -> None:
    """Give *job* to a vehicle, if one can take it for less than leaving it out."""
    best, best_v = facts.price_out[job], number(-1)
    best_i, best_j = number(NOWHERE), number(NOWHERE)
    desk.tried[:] = False
    for v in range(len(tours.size)):
        if not (desk.open[v] and facts.allowed[job, v]):
            continue
        if tours.size[v] == 0:
            if desk.tried[facts.twin[v]] or facts.used >= best:
                continue
            desk.tried[facts.twin[v]] = True
        price, i, j = place_in(facts, desk, tours, v, job, best)
        if i != NOWHERE:
            best, best_v, best_i, best_j = price, v, i, j
            if facts.nodes_at[job + 1] - facts.nodes_at[job] > 2:
                copy_row(desk.draft[0], desk.draft[2], i)
    if best_v >= 0:
        put_job(facts, desk, tours, best_v, job, best_i, best_j)


@compiled
def put_job(facts: Facts, desk: Desk, tours: Tours, v: int, job: int, i: int, j: int) -> None:
    """Do what ``place_in`` found: *i* and *j* are its gaps, or ``desk.draft[2]`` the tour."""
    first, visits = facts.nodes_at[job], facts.nodes_at[job + 1] - facts.nodes_at[job]
    if visits > 2:
        tours.size[v] = i
        copy_row(desk.draft[2], tours.stops[v], i)
    else:
        if visits == 2:
            put_in(tours, v, j, first + 1)
        put_in(tours, v, i, first)
    tours.carrier[job] = v
    desk.touched[v] = True
    retimed(facts, desk, tours, v)


@compiled
def put_found(facts: Facts, desk: Desk, tours: Tours, v: int, job: int, i: int, j: int) -> None:
    """``put_job`` right after the ``place_in`` that found *i* and *j*."""
    if facts.nodes_at[job + 1] - facts.nodes_at[job] > 2:
        copy_row(desk.draft[0], desk.draft[2], i)
    put_job(facts, desk, tours, v, job, i, j)
