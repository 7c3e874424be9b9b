"""The cheapest place for one job in one tour.

Decides gaps; times, loads and prices are exact.  A detour that is too dear or too late
ends the look further on, which is right where travel keeps the triangle inequality (street
times do) and elsewhere only overlooks places.

In the tour of a special vehicle this price is only the least that a place can cost: where
that is little enough, ``lived`` judges the whole tour.

A job of several pickups places the one that is fetched first (drawn) and its drop as a pair
that carries the whole load, then each other pickup where it is cheapest between the two: it
may overlook a place, never allow a wrong one.
"""

from __future__ import annotations

from typing import Final

from dispatch.routing.solvers.kernel.arrays import Desk, Facts, Tours
from dispatch.routing.solvers.kernel.compiled import (
    compiled,
    compiled_inline,
    number,
)
from dispatch.routing.solvers.kernel.dice import below
from dispatch.routing.solvers.kernel.limits import NEVER_S, PRICELESS
from dispatch.routing.solvers.kernel.lived import judged, unseen
from dispatch.routing.solvers.kernel.spans import begin_at, late_s
from dispatch.routing.solvers.kernel.tours import (
    after,
    before,
    copy_row,
    fits,
    free_s,
    position,
    put_in,
    retimed,
)

#: No gap: nothing was found.
NOWHERE: Final = -1


@compiled_inline
def at_least(facts: Facts, desk: Desk, tours: Tours, v: int) -> int:
    """Return what any place in the tour of *v* costs before its detour and delay."""
    if tours.size[v] == 0:
        return int(facts.used)
    return -unseen(facts, desk.draft, tours, v) if facts.vehicles[v]["special"] else 0


@compiled_inline
def set_detours(facts: Facts, desk: Desk, tours: Tours, v: int, node: int) -> None:
    """Note what *node* alone adds to the way in each gap, NEVER_S where it comes too late.

    ``desk.least_s[g]`` is the least of gap g and all later ones.
    """
    legs_s, n = facts.legs_s[facts.profile[v]], tours.size[v]
    desk.detour_s[: n + 1] = NEVER_S
    for g in range(n + 1):
        a, b = before(facts, tours, v, g), after(facts, tours, v, g)
        arrive_s = free_s(facts, tours, v, g) + legs_s[a, node]
        if arrive_s > facts.visits[node]["last_s"]:
            break  # and in later gaps it would be later still
        leave_s = begin_at(facts.visits, facts.window_s, node, arrive_s) + facts.service_s[node]
        if leave_s + legs_s[node, b] <= tours.latest_s[v, g]:
            straight_s = legs_s[a, b] if n > 0 else 0
            desk.detour_s[g] = legs_s[a, node] + legs_s[node, b] - straight_s
    desk.least_s[n + 1] = NEVER_S
    for g in range(n, -1, -1):
        desk.least_s[g] = min(desk.least_s[g + 1], desk.detour_s[g])


@compiled
def delay_price(facts: Facts, tours: Tours, v: int, pickup: int, i: int, drop: int, j: int) -> int:
    """Price the lateness and paid time that *pickup* in gap *i* and *drop* in gap *j* add.

    ``pickup`` -1: the drop alone.  The place is allowed; the tour is driven from there
    until it is on its old times again.
    """
    legs_s, n = facts.legs_s[facts.profile[v]], tours.size[v]
    late, g = 0, (j if pickup < 0 else i)
    here, now_s = before(facts, tours, v, g), free_s(facts, tours, v, g)
    while True:
        for node in (pickup if g == i else -1, drop if g == j else -1):
            if node >= 0:
                begin_s = begin_at(facts.visits, facts.window_s, node, now_s + legs_s[here, node])
                late += late_s(facts.visits, node, begin_s)
                here, now_s = node, begin_s + facts.service_s[node]
        if g == n:
            break
        node = tours.stops[v, g]
        begin_s = begin_at(facts.visits, facts.window_s, node, now_s + legs_s[here, node])
        if g >= j and begin_s == tours.begin_s[v, g]:
            return int(facts.late_per_s * late)
        late += late_s(facts.visits, node, begin_s) - late_s(
            facts.visits, node, tours.begin_s[v, g]
        )
        here, now_s = node, begin_s + facts.service_s[node]
        g += 1
    paid_s = now_s + legs_s[here, facts.vehicles[v]["end"]] - tours.begin_s[v, n]
    return int(facts.late_per_s * late + facts.paid_per_s * paid_s)


@compiled
def lone_place(
    facts: Facts, desk: Desk, tours: Tours, v: int, node: int, gaps: tuple[int, int], bound: int
) -> tuple[int, int]:
    """Return the price and gap of *node* alone; NOWHERE if not below *bound*.

    ``gaps``: the first and the last to try.

    The load is not looked at: a drop is always allowed, and so is the rest of a job
    after its first pickup, which carries everything.
    """
    set_detours(facts, desk, tours, v, node)
    fixed = at_least(facts, desk, tours, v)
    best, gap = bound, NOWHERE
    for g in range(gaps[0], gaps[1] + 1):
        if desk.detour_s[g] >= NEVER_S:
            continue
        price = fixed + facts.per_s[v] * desk.detour_s[g]
        if price < best and facts.timed:
            price += delay_price(facts, tours, v, -1, -1, node, g)
        if price < best and facts.vehicles[v]["special"]:
            price = judged(facts, desk.draft, tours, v, -1, -1, node, g)
        if price < best:
            best, gap = price, g
    return best, gap


@compiled_inline
def pair_place(
    facts: Facts,
    desk: Desk,
    tours: Tours,
    v: int,
    pickup: int,
    drop: int,
    bound: int,
    not_i: int,
    not_j: int,
) -> tuple[int, int, int]:
    """Return the price and gaps of *pickup* and *drop*; NOWHERE if none is below *bound*.

    ``not_i``, ``not_j``: gaps not to choose together.
    """
    if facts.vehicles[v]["special"]:
        return special_pair(
            facts, desk, tours, v, pickup, drop, bound, number(not_i), number(not_j)
        )
    return plain_pair(facts, desk, tours, v, pickup, drop, bound, not_i, not_j)


@compiled
def special_pair(
    facts: Facts,
    desk: Desk,
    tours: Tours,
    v: int,
    pickup: int,
    drop: int,
    bound: int,
    not_i: int,
    not_j: int,
) -> tuple[int, int, int]:
    """``pair_place`` by every rule: wherever windows and loads allow it at a low enough price."""
    legs_s, n = facts.legs_s[facts.profile[v]], tours.size[v]
    least = at_least(facts, desk, tours, v)
    best, best_i, best_j = bound, NOWHERE, NOWHERE
    for i in range(n + 1):
        arrive_s = free_s(facts, tours, v, i) + legs_s[before(facts, tours, v, i), pickup]
        if arrive_s > facts.visits[pickup]["last_s"]:
            break
        load = facts.aboard[v] if i == 0 else tours.load[v, i - 1]
        if not fits(facts, v, load, facts.change[pickup]):
            continue
        here = pickup
        for j in range(i, n + 1):
            # The pickup is on board; *here*, just before gap j, is reached at arrive_s.
            now_s = begin_at(facts.visits, facts.window_s, here, arrive_s) + facts.service_s[here]
            in_time = drop_in_time(facts, tours, v, drop, j, now_s + legs_s[here, drop])
            if in_time and (i != not_i or j != not_j):
                price = special_price(facts, desk, tours, v, pickup, i, drop, j, least, best)
                if price < best:
                    best, best_i, best_j = price, i, j
            if j == n or not carried_past(facts, tours, v, pickup, j):
                break
            arrive_s = now_s + legs_s[here, tours.stops[v, j]]
            here = tours.stops[v, j]
            if arrive_s > tours.latest_s[v, j]:
                break
    return best, best_i, best_j


@compiled_inline
def carried_past(facts: Facts, tours: Tours, v: int, pickup: int, g: int) -> bool:
    """True when what *pickup* takes on board can be there at stop *g*: a drop always allows it."""
    stop = tours.stops[v, g]
    return not facts.fetch[stop] or fits(facts, v, tours.load[v, g], facts.change[pickup])


@compiled_inline
def special_price(
    facts: Facts,
    desk: Desk,
    tours: Tours,
    v: int,
    pickup: int,
    i: int,
    drop: int,
    j: int,
    least: int,
    bound: int,
) -> int:
    """Return the price of a place by every rule, or one not below *bound*.

    ``least``: what it costs before detour and delay.  ``pickup`` -1: the drop alone.
    """
    price = least + facts.per_s[v] * detour_s(facts, tours, v, pickup, i, drop, j)
    if price < bound and facts.timed:
        price += delay_price(facts, tours, v, pickup, i, drop, j)
    if price < bound:
        price = judged(facts, desk.draft, tours, v, pickup, i, drop, j)
    return int(price)


@compiled_inline
def detour_s(facts: Facts, tours: Tours, v: int, pickup: int, i: int, drop: int, j: int) -> int:
    """Return what *pickup* in gap *i* (-1: none) and *drop* in gap *j* add to the way."""
    legs_s, n = facts.legs_s[facts.profile[v]], tours.size[v]
    a, b = before(facts, tours, v, j), after(facts, tours, v, j)
    straight_s = legs_s[a, b] if n > 0 else 0
    if pickup >= 0 and i == j:
        return int(legs_s[a, pickup] + legs_s[pickup, drop] + legs_s[drop, b] - straight_s)
    more_s = legs_s[a, drop] + legs_s[drop, b] - straight_s
    if pickup >= 0:  # then i < j, so that there are stops
        a, b = before(facts, tours, v, i), after(facts, tours, v, i)
        more_s += legs_s[a, pickup] + legs_s[pickup, b] - legs_s[a, b]
    return int(more_s)


@compiled
def plain_pair(
    facts: Facts,
    desk: Desk,
    tours: Tours,
    v: int,
    pickup: int,
    drop: int,
    bound: int,
    not_i: int,
    not_j: int,
) -> tuple[int, int, int]:
    """``pair_place`` in the tour of a vehicle that is not special."""
    set_detours(facts, desk, tours, v, drop)
    legs_s, n = facts.legs_s[facts.profile[v]], tours.size[v]
    fixed = facts.used if n == 0 else 0
    best, best_i, best_j = bound, NOWHERE, NOWHERE
    for i in range(n + 1):
        a, b = before(facts, tours, v, i), after(facts, tours, v, i)
        if free_s(facts, tours, v, i) + legs_s[a, pickup] > facts.visits[pickup]["last_s"]:
            break
        load = facts.aboard[v] if i == 0 else tours.load[v, i - 1]
        if not fits(facts, v, load, facts.change[pickup]):
            continue
        straight_s = legs_s[a, b] if n > 0 else 0
        fetch_s = legs_s[a, pickup] + legs_s[pickup, b] - straight_s
        if fixed + facts.per_s[v] * fetch_s < best:
            no = not_j if i == not_i else NOWHERE
            price, j = drop_place(facts, desk, tours, v, pickup, drop, i, best, no)
            if j != NOWHERE:
                best, best_i, best_j = price, i, j
    return best, best_i, best_j


@compiled_inline
def drop_place(
    facts: Facts,
    desk: Desk,
    tours: Tours,
    v: int,
    pickup: int,
    drop: int,
    i: int,
    bound: int,
    not_j: int,
) -> tuple[int, int]:
    """Return the price of both and the drop's gap, with *pickup* in gap *i*, or NOWHERE."""
    legs_s, n, per_s = facts.legs_s[facts.profile[v]], tours.size[v], facts.per_s[v]
    fixed = facts.used if n == 0 else 0
    a, b = before(facts, tours, v, i), after(facts, tours, v, i)
    to_pickup_s = legs_s[a, pickup] - (legs_s[a, b] if n > 0 else 0)
    fetch_s = to_pickup_s + legs_s[pickup, b]
    both_s = to_pickup_s + legs_s[pickup, drop] + legs_s[drop, b]
    now_s = free_s(facts, tours, v, i) + legs_s[a, pickup]
    now_s = begin_at(facts.visits, facts.window_s, pickup, now_s) + facts.service_s[pickup]
    here, best, best_j = pickup, bound, NOWHERE
    for j in range(i, n + 1):
        # The pickup is on board and the courier stands at *here*, just before gap j.
        price = fixed + per_s * (both_s if j == i else fetch_s + desk.detour_s[j])
        if price < best and j != not_j:
            arrive_s = now_s + legs_s[here, drop]
            if drop_in_time(facts, tours, v, drop, j, arrive_s):
                if facts.timed:
                    price += delay_price(facts, tours, v, pickup, i, drop, j)
                if price < best:
                    best, best_j = price, j
        if j == n or fixed + per_s * (fetch_s + desk.least_s[j + 1]) >= best:
            break
        stop = tours.stops[v, j]
        arrive_s = now_s + legs_s[here, stop]
        if arrive_s > tours.latest_s[v, j]:
            break
        if facts.fetch[stop] and not fits(facts, v, tours.load[v, j], facts.change[pickup]):
            break
        now_s = begin_at(facts.visits, facts.window_s, stop, arrive_s) + facts.service_s[stop]
        here = stop
    return best, best_j


@compiled_inline
def drop_in_time(facts: Facts, tours: Tours, v: int, drop: int, j: int, arrive_s: int) -> bool:
    """True when *drop*, reached at *arrive_s*, and all after gap *j* keep their limits."""
    if arrive_s > facts.visits[drop]["last_s"]:
        return False
    leave_s = begin_at(facts.visits, facts.window_s, drop, arrive_s) + facts.service_s[drop]
    home_s = facts.legs_s[facts.profile[v], drop, after(facts, tours, v, j)]
    return bool(leave_s + home_s <= tours.latest_s[v, j])


@compiled
def several_place(
    facts: Facts, desk: Desk, tours: Tours, v: int, job: int, bound: int
) -> tuple[int, int]:
    """Return the price and the number of stops of the tour with *job* in it, or NOWHERE.

    The tour itself is in ``desk.draft[0]``; the tour of *v* is what it was.
    """
    first, drop = facts.nodes_at[job], facts.nodes_at[job + 1] - 1
    size, old_price, old_stamp = tours.size[v], tours.price[v], tours.stamp[v]
    copy_row(tours.stops[v], desk.draft[1], size)
    lead = first + below(desk.dice, drop - first)
    for d in range(facts.change.shape[1]):
        for node in range(first, drop):
            desk.own_change[node, d], facts.change[node, d] = facts.change[node, d], 0
        facts.change[lead, d] = -facts.change[drop, d]
    best, found = bound, NOWHERE
    _, i, j = pair_place(facts, desk, tours, v, lead, drop, bound, NOWHERE, NOWHERE)
    if i != NOWHERE:
        put_in(tours, v, j, drop)
        put_in(tours, v, i, lead)
        price = bound
        if retimed(facts, desk, tours, v) and _others_put_in(facts, desk, tours, v, job, lead):
            price = tours.price[v] - old_price
        if price < bound:
            best, found = price, tours.size[v]
            copy_row(tours.stops[v], desk.draft[0], found)
    for node in range(first, drop):
        copy_row(desk.own_change[node], facts.change[node], facts.change.shape[1])
    copy_row(desk.draft[1], tours.stops[v], size)
    tours.size[v] = size
    retimed(facts, desk, tours, v)
    tours.stamp[v] = old_stamp
    return best, found


@compiled
def _others_put_in(facts: Facts, desk: Desk, tours: Tours, v: int, job: int, lead: int) -> bool:
    drop = facts.nodes_at[job + 1] - 1
    for node in range(facts.nodes_at[job], drop):
        if node == lead:
            continue
        first_gap = position(tours, v, lead) + 1
        gaps = (first_gap, position(tours, v, drop))
        _, gap = lone_place(facts, desk, tours, v, node, gaps, number(PRICELESS))
        if gap == NOWHERE:
            return False
        put_in(tours, v, gap, node)
        if not retimed(facts, desk, tours, v):
            return False
    return True
