"""A whole tour by every rule: is it allowed, and what does it cost?

``rules.price_of`` in compiled words, asked for the vehicles whose tours windows, loads and
the shift alone do not tell (``special``): pinned order, stacks, breaks, time on board,
churn against the published plan, fair shares.  Loads are not looked at.
"""

from __future__ import annotations

from typing import Final

from dispatch.routing.solvers.kernel.arrays import Facts, Tours
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline, number
from dispatch.routing.solvers.kernel.limits import NEVER_S, PRICELESS, Ints
from dispatch.routing.solvers.kernel.records import Records
from dispatch.routing.solvers.kernel.spans import begin_at, pause_at

#: Rows of ``Desk.draft``, after the three of ``places``.  By stop: the sequence to judge,
#: when service begins, before when it may not, jobs on board with the last one on top; by
#: node: its stop; by leg: its length, breaks taken; by breaks taken so far: when one is free.
DRAFT: Final = 3
BEGIN_S: Final = 4
FLOOR_S: Final = 5
STACK: Final = 6
STOP_OF: Final = 7
LEG_S: Final = 8
TAKEN: Final = 9
REACHED_S: Final = 10
#: Then, for every number of breaks taken so far, one row: how many of them on each leg.
FIRST_CHOICE: Final = 11


# --- order ------------------------------------------------------------------------------


@compiled_inline
def pins_kept(visits: Records, v: int, row: Ints, size: int) -> bool:
    """True when no stop is pinned to another vehicle and those pinned to *v* are in order."""
    before = -1
    for g in range(size):
        visit = visits[row[g]]
        if visit["pinned_to"] < 0:
            continue
        if visit["pinned_to"] != v or visit["pin"] < before:
            return False
        before = visit["pin"]
    return True


@compiled_inline
def unloads_last_in_first(visits: Records, draft: Ints, row: Ints, size: int) -> bool:
    """True when a job is dropped only with nothing but its own parcels on top."""
    high = 0
    for g in range(size):
        drop = visits[row[g]]["drop"]  # as good a name of the job as any
        if row[g] != drop:
            draft[STACK, high] = drop
            high += 1
            continue
        while high > 0 and draft[STACK, high - 1] == drop:
            high -= 1
        if high > 0 and visits[drop]["lies_below"]:
            return False
        for under in range(high):
            if draft[STACK, under] == drop:
                return False
    return True


# --- times ------------------------------------------------------------------------------


@compiled_inline
def there_at(
    pauses: Records, window_s: Ints, first: int, count: int, leave_s: int, leg_s: int
) -> int:
    """Return the arrival after a leg with *count* breaks from *first* on it, or NEVER_S.

    Each break begins as soon as it may, on the road or waiting at the far end.
    """
    now_s, left_s = leave_s, leg_s
    for pause in range(first, first + count):
        begin_s = pause_at(pauses, window_s, pause, now_s)
        if begin_s >= NEVER_S:
            return NEVER_S
        left_s -= min(left_s, begin_s - now_s)
        now_s = begin_s + pauses[pause]["duration_s"]
    return int(now_s + left_s)


@compiled_inline
def set_legs(facts: Facts, draft: Ints, v: int, row: Ints, size: int) -> int:
    """Note the way and the setup to each stop, and home; return their sum."""
    legs_s, here, gone_s = facts.legs_s[facts.profile[v]], facts.start[v], 0
    for g in range(size + 1):
        there = row[g] if g < size else facts.vehicles[v]["end"]
        draft[LEG_S, g] = legs_s[here, there]
        draft[TAKEN, g] = 0
        gone_s += legs_s[here, there]
        here = there
    return gone_s


@compiled_inline
def all_rested(pauses: Records, window_s: Ints, first: int, end: int, end_s: int) -> bool:
    """True when a tour until *end_s* needs none of the breaks from *first* to before *end*."""
    for pause in range(first, end):  # noqa: SIM110 -- Numba compiles no generator
        if window_s[pauses[pause]["last_window"], 1] < end_s:
            return False
    return True


@compiled_inline
def over_leg(facts: Facts, draft: Ints, v: int, row: Ints, size: int, g: int) -> None:
    """Go on from before leg *g* to behind its stop, for every number of breaks taken so far."""
    courier, window_s = facts.vehicles[v], facts.window_s
    for taken in range(courier["breaks"], -1, -1):  # from many to few: only fewer ones are read
        best_s, most = NEVER_S, 0
        for before in range(taken, -1, -1):
            leave_s, first = draft[REACHED_S, before], courier["first_break"] + before
            if leave_s >= NEVER_S:
                continue
            now_s = there_at(
                facts.pauses, window_s, first, taken - before, leave_s, draft[LEG_S, g]
            )
            if g < size:
                now_s = begin_at(facts.visits, window_s, row[g], now_s)
                now_s += facts.service_s[row[g]]
            # Equal ends: the later legs take the break, so that what can be first is.
            if now_s < NEVER_S and now_s <= best_s:
                best_s, most = now_s, taken - before
        draft[REACHED_S, taken] = best_s
        draft[FIRST_CHOICE + taken, g] = most


@compiled_inline
def choose_legs(facts: Facts, draft: Ints, v: int, row: Ints, size: int) -> bool:
    """Note how many breaks each leg takes so that the tour ends earliest; False: one is missed.

    Earlier is never worse later on, so for every number of breaks taken only the earliest
    way is kept: O(stops · breaks²).
    """
    courier = facts.vehicles[v]
    first, breaks = courier["first_break"], courier["breaks"]
    for taken in range(breaks + 1):
        draft[REACHED_S, taken] = courier["from_s"] if taken == 0 else NEVER_S
    for g in range(size + 1):
        over_leg(facts, draft, v, row, size, g)
    end_s, best = NEVER_S, -1
    for taken in range(breaks + 1):
        free_s = draft[REACHED_S, taken]
        if free_s < end_s and all_rested(
            facts.pauses, facts.window_s, first + taken, first + breaks, free_s
        ):
            end_s, best = free_s, taken
    if best < 0:
        return False
    for g in range(size, -1, -1):
        draft[TAKEN, g] = draft[FIRST_CHOICE + best, g]
        best -= draft[TAKEN, g]
    return True


@compiled_inline
def driven(facts: Facts, draft: Ints, v: int, row: Ints, size: int) -> int:
    """Begin every stop as early as its windows, breaks and floor allow; return the end.

    NEVER_S when a window or a break is missed, be it one that only waiting made necessary.
    """
    courier, window_s = facts.vehicles[v], facts.window_s
    now_s, pause = courier["from_s"], courier["first_break"]
    for g in range(size + 1):
        count = draft[TAKEN, g]
        now_s = there_at(facts.pauses, window_s, pause, count, now_s, draft[LEG_S, g])
        pause += count
        if g < size:
            now_s = begin_at(facts.visits, window_s, row[g], max(now_s, draft[FLOOR_S, g]))
            if now_s >= NEVER_S:
                return NEVER_S
            draft[BEGIN_S, g] = now_s
            now_s += facts.service_s[row[g]]
    last = courier["first_break"] + courier["breaks"]
    return int(now_s) if all_rested(facts.pauses, window_s, pause, last, now_s) else NEVER_S


@compiled_inline
def drop_of(visits: Records, draft: Ints, row: Ints, size: int, g: int) -> int:
    """Return which stop ends the limited ride that begins at stop *g*; -1: none does."""
    visit = visits[row[g]]
    if visit["aboard_s"] >= NEVER_S:
        return -1
    at = draft[STOP_OF, visit["drop"]]
    return int(at) if at < size and row[at] == visit["drop"] else -1


@compiled_inline
def put_off(facts: Facts, draft: Ints, row: Ints, size: int) -> bool:
    """Raise the floor of each pickup that leaves too long before its drop; True: there are any."""
    overdue = False
    for g in range(size):
        drop = drop_of(facts.visits, draft, row, size, g)
        if drop < 0:
            continue
        begin_s, most_s = draft[BEGIN_S, g], facts.visits[row[g]]["aboard_s"]
        too_long_s = draft[BEGIN_S, drop] - begin_s - facts.service_s[row[g]] - most_s
        if too_long_s > 0:
            draft[FLOOR_S, g] = begin_s + too_long_s
            overdue = True
    return overdue


@compiled_inline
def timed(facts: Facts, draft: Ints, v: int, row: Ints, size: int) -> int:
    """Time the stops so that nothing is too long on board; return the end, or NEVER_S.

    Each round puts off the pickups that would leave too early (``schedule.schedule``).
    """
    rides = 0
    for g in range(size):
        draft[FLOOR_S, g] = -NEVER_S
        draft[STOP_OF, row[g]] = g
    for g in range(size):
        rides += drop_of(facts.visits, draft, row, size, g) >= 0
    for _round in range(2 * rides + 1):
        end_s = driven(facts, draft, v, row, size)
        if end_s >= NEVER_S or rides == 0 or not put_off(facts, draft, row, size):
            return end_s
    return NEVER_S


# --- price ------------------------------------------------------------------------------


@compiled_inline
def price_at(
    facts: Facts, v: int, row: Ints, size: int, begin_s: Ints, gone_s: int, end_s: int
) -> int:
    """Price a tour of *gone_s* on the road, with stops from *begin_s* on, that ends at *end_s*."""
    courier = facts.vehicles[v]
    work_s, late, moved, before = gone_s, 0, 0, 0
    for g in range(size):
        visit = facts.visits[row[g]]
        work_s += facts.service_s[row[g]]
        late += max(0, begin_s[g] - visit["due_s"])
        if visit["shown_to"] == v:
            moved += visit["shown"] < before
            before = visit["shown"]
        elif visit["shown_to"] >= 0:
            moved += 1
    return int(
        facts.used
        + facts.per_s[v] * gone_s
        + facts.late_per_s * late
        + facts.paid_per_s * (end_s - courier["from_s"])
        + courier["churn_per_stop"] * moved
        + courier["unfair_per_s"] * max(0, work_s - courier["fair_s"])
    )


@compiled
def lived(facts: Facts, draft: Ints, v: int, row: Ints, size: int) -> int:
    """Return the price of the first *size* stops of *row* as a tour of *v*; PRICELESS: forbidden.

    ``draft``: scrap paper, ``Desk.draft``.
    """
    if size == 0:
        return 0
    if not pins_kept(facts.visits, v, row, size):
        return PRICELESS
    if facts.vehicles[v]["lifo"] and not unloads_last_in_first(facts.visits, draft, row, size):
        return PRICELESS
    gone_s = set_legs(facts, draft, v, row, size)
    if facts.vehicles[v]["breaks"] > 0 and not choose_legs(facts, draft, v, row, size):
        return PRICELESS
    end_s = timed(facts, draft, v, row, size)
    if end_s > facts.vehicles[v]["until_s"]:
        return PRICELESS
    return price_at(facts, v, row, size, draft[BEGIN_S], gone_s, end_s)


@compiled
def unseen(facts: Facts, draft: Ints, tours: Tours, v: int) -> int:
    """Return what the tour of *v* costs more than at the times of ``tours``, which are too early.

    A visit more never takes a step back, or work beyond a share, out of the price: those
    are not in it.
    """
    row, n, begin_s = tours.stops[v], tours.size[v], tours.begin_s[v]
    gone_s = set_legs(facts, draft, v, row, n)
    return int(tours.price[v] - price_at(facts, v, row, n, begin_s, gone_s, begin_s[n]))


@compiled
def judged(
    facts: Facts, draft: Ints, tours: Tours, v: int, pickup: int, i: int, drop: int, j: int
) -> int:
    """Return what *pickup* in gap *i* and *drop* in gap *j* add by every rule, or PRICELESS.

    ``pickup`` -1: the drop alone.
    """
    row, size, n = draft[DRAFT], number(0), tours.size[v]
    for g in range(n + 1):
        for node in (pickup if g == i else -1, drop if g == j else -1):
            if node >= 0:
                row[size] = node
                size += 1
        if g < n:
            row[size] = tours.stops[v, g]
            size += 1
    price = lived(facts, draft, v, row, size)
    return PRICELESS if price >= PRICELESS else int(price - tours.price[v])
