"""The compiled chains: timed, priced, one order put in or taken out.

A chain is a row of orders; ``joined`` is 1 where an order is fetched together with the one
before it.  The price of a chain is what its customers wait, and what the courier's place and
time at its end are worth less than they are now.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.routing.rides.question import Floats
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline
from dispatch.routing.solvers.kernel.dice import Dice, chance

Ints = npt.NDArray[np.int64]

#: The price of what nobody may do: a pickup after a shift.
NEVER: Final = 1e18

#: How an order comes into a chain: as a ride of its own, or together with the order
#: before it, or with the one behind it.
ALONE: Final = 0
WITH_BEFORE: Final = 1
WITH_BEHIND: Final = 2


class Facts(NamedTuple):
    """The question in arrays: n orders, c riders, p places; see ``question``.

    stays_s : fetch, leave the shop, hand over, leave the door
    prices  : unserved, busy, far, fades, last ride
    slack   : by how much less than its customer's wait one order more can cost
    """

    way_s: Ints
    shop: Ints
    door: Ints
    ready_s: Ints
    start: Ints
    free_s: Ints
    off_s: Ints
    far_s: Floats
    stays_s: Ints
    prices: Floats
    slack: float
    now_s: int
    most_once: int


class Rows(NamedTuple):
    """size (c,), order (c, k), joined (c, k), cost (c,); rider (n,) of each order, -1: nobody."""

    size: Ints
    order: Ints
    joined: Ints
    cost: Floats
    rider: Ints


class Desk(NamedTuple):
    """Room to think: two rows of k + 1, a key and a place in a queue per order, marks, dice."""

    order: Ints
    joined: Ints
    key: Floats
    queue: Ints
    touched: Ints
    dice: Dice


class Gap(NamedTuple):
    """Where one more order costs least: *extra*, as *how*; rider -1: nowhere."""

    extra: float
    rider: int
    at: int
    how: int


@compiled_inline
def _worth(facts: Facts, c: int, place: int, at_s: int) -> float:
    """What rider *c* free at *place* at *at_s* is worth, against a shift that is over."""
    left_s = facts.off_s[c] - facts.prices[4] - at_s
    if left_s <= 0.0:
        return 0.0
    fading = min(1.0, left_s / facts.prices[3])
    return float(facts.prices[1] * left_s - fading * facts.prices[2] * facts.far_s[place])


@compiled
def price_of(facts: Facts, c: int, order: Ints, joined: Ints, size: int) -> float:
    """Return what the first *size* entries of a row cost rider *c*; NEVER: not allowed."""
    if size == 0:
        return 0.0
    at_s, here, waits_s, i = facts.free_s[c], facts.start[c], 0, 0
    while i < size:
        shop, ready_s, behind = facts.shop[order[i]], facts.ready_s[order[i]], i + 1
        while behind < size and joined[behind] == 1:
            ready_s = max(ready_s, facts.ready_s[order[behind]])
            behind += 1
        fetched_s = max(at_s + facts.way_s[here, shop] + facts.stays_s[0], ready_s)
        if fetched_s > facts.off_s[c]:
            return NEVER
        at_s, here = fetched_s + facts.stays_s[1], shop
        while i < behind:
            door = facts.door[order[i]]
            at_s += facts.way_s[here, door] + facts.stays_s[2]
            waits_s += at_s - facts.now_s
            at_s += facts.stays_s[3]
            here = door
            i += 1
    before = _worth(facts, c, facts.start[c], facts.free_s[c])
    return float(waits_s + before - _worth(facts, c, here, at_s))


@compiled_inline
def _least(facts: Facts, c: int, o: int) -> float:
    """No place in the chain of *c* makes the customer of *o* wait less; NEVER: there is none."""
    fetched_s = facts.free_s[c] + facts.way_s[facts.start[c], facts.shop[o]] + facts.stays_s[0]
    if fetched_s > facts.off_s[c] or facts.ready_s[o] > facts.off_s[c]:
        return NEVER
    away_s = max(fetched_s, facts.ready_s[o]) + facts.stays_s[1]
    door_s = away_s + facts.way_s[facts.shop[o], facts.door[o]] + facts.stays_s[2]
    return float(door_s - facts.now_s)


@compiled
def _tried(facts: Facts, rows: Rows, desk: Desk, o: int, c: int, at: int, how: int) -> float:
    """Return what rider *c* costs more with *o* in front of entry *at*; NEVER: not allowed."""
    size = rows.size[c]
    for i in range(at):
        desk.order[i], desk.joined[i] = rows.order[c, i], rows.joined[c, i]
    for i in range(at, size):
        desk.order[i + 1], desk.joined[i + 1] = rows.order[c, i], rows.joined[c, i]
    desk.order[at], desk.joined[at] = o, how == WITH_BEFORE
    if how == WITH_BEHIND:
        desk.joined[at + 1] = 1
    if how != ALONE:
        first, behind = at, at + 1
        while desk.joined[first] == 1:
            first -= 1
        while behind <= size and desk.joined[behind] == 1:
            behind += 1
        if behind - first > facts.most_once:
            return NEVER
    return float(price_of(facts, c, desk.order, desk.joined, size + 1) - rows.cost[c])


@compiled_inline
def _can_be(facts: Facts, rows: Rows, o: int, c: int, at: int, how: int) -> bool:
    """True where *how* makes sense in front of entry *at*: never inside somebody else's ride."""
    inside = at < rows.size[c] and rows.joined[c, at] == 1
    if how == ALONE:
        return not inside
    if how == WITH_BEFORE:
        return at > 0 and facts.shop[rows.order[c, at - 1]] == facts.shop[o]
    return at < rows.size[c] and not inside and facts.shop[rows.order[c, at]] == facts.shop[o]


@compiled
def cheapest_gap(facts: Facts, rows: Rows, desk: Desk, o: int, overlook: float) -> Gap:
    """Return the cheapest allowed gap for *o*, each overlooked with chance *overlook*.

    Overlooking some is what makes the next try another one (Christiaens and Vanden Berghe,
    "Slack induction by string removals", Transportation Science 54(2), 2020, section 5.3).
    """
    best = Gap(facts.prices[0], -1, 0, ALONE)
    for c in range(len(rows.size)):
        size = rows.size[c]
        if size >= rows.order.shape[1] or _least(facts, c, o) - facts.slack >= best.extra:
            continue
        for at in range(size + 1):
            for how in range(3):
                if not _can_be(facts, rows, o, c, at, how):
                    continue
                if overlook > 0.0 and chance(desk.dice) < overlook:
                    continue
                extra = _tried(facts, rows, desk, o, c, at, how)
                if extra < best.extra:
                    best = Gap(extra, c, at, how)
    return best


@compiled
def put_in(facts: Facts, rows: Rows, o: int, gap: Gap) -> None:
    c, size = gap.rider, rows.size[gap.rider]
    for i in range(size, gap.at, -1):
        rows.order[c, i], rows.joined[c, i] = rows.order[c, i - 1], rows.joined[c, i - 1]
    rows.order[c, gap.at], rows.joined[c, gap.at] = o, gap.how == WITH_BEFORE
    if gap.how == WITH_BEHIND:
        rows.joined[c, gap.at + 1] = 1
    rows.size[c] = size + 1
    rows.rider[o] = c
    rows.cost[c] += gap.extra


@compiled
def take_out(facts: Facts, rows: Rows, o: int) -> None:
    c = rows.rider[o]
    size, at = rows.size[c] - 1, 0
    while rows.order[c, at] != o:
        at += 1
    led = rows.joined[c, at] == 0
    for i in range(at, size):
        rows.order[c, i], rows.joined[c, i] = rows.order[c, i + 1], rows.joined[c, i + 1]
    if led and at < size:
        rows.joined[c, at] = 0
    rows.size[c] = size
    rows.rider[o] = -1
    rows.cost[c] = price_of(facts, c, rows.order[c], rows.joined[c], size)
