"""Slack induction by string removals, for pickup and delivery.

Christiaens & Vanden Berghe, "Slack induction by string removals for vehicle routing
problems", Transportation Science 54(2), 2020; numbers of equations and sections are theirs.
A job leaves when one of its visits does.  Decides which solution comes next; how long
and how warm is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Final

from dispatch.routing.solvers.kernel.arrays import Desk, Facts, Tours
from dispatch.routing.solvers.kernel.compiled import (
    DIGEST,
    compiled,
    compiled_and_kept,
    compiled_inline,
)
from dispatch.routing.solvers.kernel.dice import below, chance
from dispatch.routing.solvers.kernel.places import NOWHERE, lone_place, pair_place, several_place
from dispatch.routing.solvers.kernel.memory import remember
from dispatch.routing.solvers.kernel.tours import (
    copy_row,
    copy_tour,
    position,
    put_in,
    retimed,
    take_out_marked,
)

#: Mean number of visits taken out, and longest string (section 6: 10 and 10).
MEAN_OUT: Final = 10.0
LONGEST_STRING: Final = 10.0
#: A string is split half the time (section 5.2), and its gap grows until this chance.
SPLIT: Final = 0.5
GAP_ENDS: Final = 0.01
#: While vehicles are saved, this often the strings are taken out around a job left out.
NEAR_THE_ABSENT: Final = 0.2
#: Each place is overlooked this often (section 5.3).
BLINK: Final = 0.01


# --- ruin: adjacent string removal (section 5.2) ---------------------------------------


@compiled
def mark_string(facts: Facts, desk: Desk, tours: Tours, v: int, node: int, longest: float) -> None:
    """Mark the jobs of a string, whole or split, of the tour of *v* around *node*."""
    size, at = tours.size[v], position(tours, v, node)
    out = 1 + int(chance(desk.dice) * min(float(size), longest))
    kept = 0
    if out < size and chance(desk.dice) < SPLIT:
        kept = 1
        while out + kept < size and chance(desk.dice) > GAP_ENDS:
            kept += 1
    span = out + kept
    first = max(0, at - span + 1)
    last = min(at, size - span)
    begin = first + below(desk.dice, last - first + 1)
    gap = begin + below(desk.dice, out + 1)  # where what is kept begins
    for g in range(begin, begin + span):
        if not gap <= g < gap + kept:
            desk.marked[facts.job_of[tours.stops[v, g]]] = True


@compiled
def mean_stops(tours: Tours) -> float:
    """Return the stops per tour that moves; 0 when none does."""
    stops, moving = 0, 0
    for v in range(len(tours.size)):
        stops += tours.size[v]
        moving += tours.size[v] > 0
    return stops / max(1, moving)


@compiled
def some_absent(facts: Facts, desk: Desk, tours: Tours, node: int) -> int:
    """Return a node, drawn, of a job left out; *node* when nobody is."""
    seen = 0
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0:
            seen += 1
            if below(desk.dice, seen) == 0:
                first = facts.nodes_at[job]
                node = first + below(desk.dice, facts.nodes_at[job + 1] - first)
    return node


@compiled
def ruin(facts: Facts, desk: Desk, tours: Tours, kept: Tours, saving: bool) -> None:
    """Take strings out of neighbouring tours; a tour that breaks a rule without them keeps them."""
    longest = min(LONGEST_STRING, mean_stops(tours))  # equation 5
    most = 4.0 * MEAN_OUT / (1.0 + longest) - 1.0  # equation 6
    strings = int(chance(desk.dice) * most + 1.0)  # equation 7
    desk.marked[:] = False
    centre = below(desk.dice, len(facts.job_of))
    if saving and chance(desk.dice) < NEAR_THE_ABSENT:
        centre = some_absent(facts, desk, tours, centre)
    for nth in range(len(facts.job_of)):
        node = facts.near[centre, nth]
        v = tours.carrier[facts.job_of[node]]
        if v < 0 or desk.touched[v]:
            continue
        mark_string(facts, desk, tours, v, node, longest)
        desk.touched[v] = True
        strings -= 1
        if strings <= 0:
            break
    for v in range(len(tours.size)):
        if desk.touched[v]:
            take_out_marked(facts, desk, tours, v)
            if not retimed(facts, desk, tours, v):
                copy_tour(kept, tours, v)
                for g in range(tours.size[v]):
                    tours.carrier[facts.job_of[tours.stops[v, g]]] = v


# --- recreate: greedy insertion with blinks (section 5.3) --------------------------------


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
        return float(facts.last_s[drop] - facts.first_s[first])
    return float(facts.last_s[drop])


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
        price, i = lone_place(facts, desk, tours, v, first, (0, tours.size[v]), bound)
    else:
        price, i = several_place(facts, desk, tours, v, job, bound)
    return price, i, NOWHERE


@compiled
def put_where_cheapest(facts: Facts, desk: Desk, tours: Tours, job: int) -> None:
    """Give *job* to a vehicle, if one can take it for less than leaving it out."""
    best, best_v, best_i, best_j = facts.price_out[job], -1, NOWHERE, NOWHERE
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


# --- simulated annealing and fleet reduction (sections 5.1 and 5.4) -----------------------


@compiled
def set_total(facts: Facts, desk: Desk, tours: Tours) -> int:
    """Add up the price and the absences; return how many jobs are left out."""
    price, absences, out = 0, 0, 0
    for v in range(len(tours.size)):
        price += tours.price[v]
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0:
            out += 1
            price += facts.price_out[job]
            absences += desk.absences[job]
    tours.total[0], tours.total[1] = price, absences
    return out


@compiled
def copy_touched(desk: Desk, source: Tours, target: Tours) -> None:
    for v in range(len(source.size)):
        if desk.touched[v]:
            copy_tour(source, target, v)
    copy_row(source.carrier, target.carrier, len(source.carrier))
    copy_row(source.total, target.total, len(source.total))


@compiled
def remember_touched(facts: Facts, desk: Desk, tours: Tours) -> None:
    """Keep what this step made for ``select``."""
    for v in range(len(tours.size)):
        if desk.touched[v]:
            stops, size, kind = tours.stops[v], tours.size[v], facts.twin[v]
            remember(desk.memory, stops, size, v, kind, tours.price[v], tours.total[0])


@compiled
def step(
    facts: Facts, desk: Desk, tours: Tours, kept: Tours, best: Tours, warmth: float, saving: bool
) -> int:
    """Ruin, recreate, and keep or take back; return how many jobs *kept* leaves out, or -1."""
    desk.touched[:] = False
    ruin(facts, desk, tours, kept, saving)
    waiting = waiting_in_order(facts, desk, tours)
    for w in range(waiting):
        put_where_cheapest(facts, desk, tours, desk.waiting[w])
    out = set_total(facts, desk, tours)
    worse = float(tours.total[0] - kept.total[0])
    desk.fewest[0] = min(desk.fewest[0], out)
    good = worse < -warmth * log(1.0 - chance(desk.dice)) or (
        saving and tours.total[1] < kept.total[1] and out <= desk.fewest[0]
    )
    if saving:
        for job in range(len(tours.carrier)):
            if tours.carrier[job] < 0:
                desk.absences[job] += 1
                tours.total[1] += 1
                kept.total[1] += kept.carrier[job] < 0
    if not good:
        copy_touched(desk, kept, tours)
        return -1
    remember_touched(facts, desk, tours)
    copy_touched(desk, tours, kept)
    if kept.total[0] < best.total[0]:
        desk.touched[:] = True
        copy_touched(desk, kept, best)
    return out


def _entry(digest: int) -> Callable[..., bool]:
    """Make the compiled entry; *digest* is why a changed kernel is compiled anew."""

    @compiled_and_kept
    def improve(
        facts: Facts,
        desk: Desk,
        tours: Tours,
        kept: Tours,
        best: Tours,
        steps: int,
        warmth: float,
        saving: bool,
    ) -> bool:
        _ = digest
        for _step in range(steps):
            out = step(facts, desk, tours, kept, best, warmth, saving)
            if saving and out == 0:
                return True
        return False

    return improve


#: ``improve(facts, desk, tours, kept, best, steps, warmth, saving)``: run *steps* steps of
#: simulated annealing at *warmth* (price units).  Before and after, *tours* equals *kept*;
#: *best* is the cheapest met.  With *saving*, jobs left out often are put in first and it
#: stops, returning True, as soon as nobody is left out.
improve: Callable[..., bool] = _entry(DIGEST)


def _loader(digest: int) -> Callable[..., bool]:
    @compiled_and_kept
    def settle(facts: Facts, desk: Desk, tours: Tours) -> bool:
        _ = digest
        for v in range(len(tours.size)):
            if not retimed(facts, desk, tours, v):
                return False
        set_total(facts, desk, tours)
        return True

    return settle


#: ``settle(facts, desk, tours)``: time and price sequences just written; False: not allowed.
settle: Callable[..., bool] = _loader(DIGEST)
