"""From a question to chains, and from chains to the times they mean.

Decides how the question is laid out and where the search begins.  When anybody is sent is not
decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.routing.rides.chains import Desk, Facts, Rows
from dispatch.routing.rides.question import MOST_IN_CHAIN, Chains, Question, Ride
from dispatch.routing.rides.search import search

#: An order may cost this much less than its customer waits, beside the courier's end place.
_ROUNDING_S = 60.0


@dataclass(frozen=True, slots=True)
class TimedRide:
    """One ride: at the shop ``arrive_s``, parcels in hand ``fetched_s``, doors ``at_door_s``.

    leave_by_s : whoever leaves for the shop no later is there when the last parcel is ready
    free_s     : done, at the last door
    """

    orders: Ride
    leave_by_s: int
    arrive_s: int
    fetched_s: int
    at_door_s: tuple[int, ...]
    free_s: int


def planned(question: Question, start: Chains, *, steps: int, seed: int) -> Chains:
    """Return chains for the riders of *question*, never dearer than *start* filled up greedily.

    start : rides that were planned before, one chain per rider; an order stands once at most.
            Rides that can no longer be driven are planned anew
    steps : of the search; O(steps · c) insertions for c riders

    The same answer for the same *seed*.  Raises ``ValueError`` for an odd *start*.
    """
    _refuse_odd(question, start)
    if not question.orders or not question.riders:
        return tuple(() for _ in question.riders)
    n, c = len(question.orders), len(question.riders)
    rows, kept, best = (_blank(c, n) for _ in range(3))
    for rider, rides in enumerate(start):
        entries = [(o, int(k > 0)) for ride in rides for k, o in enumerate(ride)]
        for i, (o, joined) in enumerate(entries):
            rows.order[rider, i], rows.joined[rider, i] = o, joined
        rows.size[rider] = len(entries)
    search(_facts(question), rows, kept, best, _desk(c, n, seed), steps)
    return tuple(_rides(best, rider) for rider in range(c))


def timed(question: Question, rider: int, rides: Sequence[Ride]) -> tuple[TimedRide, ...]:
    """Return when *rider* does *rides*, each as early as parcels and ways allow."""
    courier, stays = question.riders[rider], question.stays
    at_s, here = courier.free_s, courier.place
    answer = []
    for ride in rides:
        orders = [question.orders[o] for o in ride]
        shop, ready_s = orders[0].shop, max(order.ready_s for order in orders)
        way_s = int(question.way_s[here, shop])
        arrive_s = at_s + way_s
        fetched_s = max(arrive_s + stays.fetch_s, ready_s)
        at_s, here, at_door_s = fetched_s + stays.leave_shop_s, shop, []
        for order in orders:
            at_s += int(question.way_s[here, order.door]) + stays.hand_over_s
            at_door_s.append(at_s)
            at_s, here = at_s + stays.leave_door_s, order.door
        leave_by_s = fetched_s - stays.fetch_s - way_s
        answer.append(TimedRide(ride, leave_by_s, arrive_s, fetched_s, tuple(at_door_s), at_s))
    return tuple(answer)


def _refuse_odd(question: Question, start: Chains) -> None:
    if len(start) != len(question.riders):
        raise ValueError(f"start has {len(start)} chains for {len(question.riders)} riders")
    told = [o for rides in start for ride in rides for o in ride]
    if len(set(told)) < len(told) or any(not 0 <= o < len(question.orders) for o in told):
        raise ValueError("start holds an order twice, or one that does not exist")
    for rides in start:
        if sum(map(len, rides)) > MOST_IN_CHAIN:
            raise ValueError(f"a chain of start holds more than {MOST_IN_CHAIN} orders")
        for ride in rides:
            if not ride or len({question.orders[o].shop for o in ride}) > 1:
                raise ValueError(f"a ride is of one shop: {ride}")


def _facts(question: Question) -> Facts:
    orders, riders, prices = question.orders, question.riders, question.prices
    stays = question.stays
    slack = prices.far * float(question.far_s.max(initial=0.0)) + _ROUNDING_S
    return Facts(
        way_s=question.way_s,
        shop=np.array([order.shop for order in orders], dtype=np.int64),
        door=np.array([order.door for order in orders], dtype=np.int64),
        ready_s=np.array([order.ready_s for order in orders], dtype=np.int64),
        start=np.array([rider.place for rider in riders], dtype=np.int64),
        free_s=np.array([rider.free_s for rider in riders], dtype=np.int64),
        off_s=np.array([rider.off_s for rider in riders], dtype=np.int64),
        far_s=question.far_s,
        stays_s=np.array(
            [stays.fetch_s, stays.leave_shop_s, stays.hand_over_s, stays.leave_door_s],
            dtype=np.int64,
        ),
        prices=np.array(
            [prices.unserved_s, prices.busy, prices.far, prices.fades_s, prices.last_ride_s],
            dtype=np.float64,
        ),
        slack=slack,
        now_s=question.now_s,
        most_once=question.most_once,
    )


def _blank(c: int, n: int) -> Rows:
    return Rows(
        size=np.zeros(c, dtype=np.int64),
        order=np.zeros((c, MOST_IN_CHAIN), dtype=np.int64),
        joined=np.zeros((c, MOST_IN_CHAIN), dtype=np.int64),
        cost=np.zeros(c),
        rider=np.full(n, -1, dtype=np.int64),
    )


def _desk(c: int, n: int, seed: int) -> Desk:
    return Desk(
        order=np.zeros(MOST_IN_CHAIN + 1, dtype=np.int64),
        joined=np.zeros(MOST_IN_CHAIN + 1, dtype=np.int64),
        key=np.zeros(n),
        queue=np.zeros(n, dtype=np.int64),
        touched=np.zeros(c, dtype=np.int64),
        dice=np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1),
    )


def _rides(rows: Rows, rider: int) -> tuple[Ride, ...]:
    rides: list[list[int]] = []
    for i in range(int(rows.size[rider])):
        if rows.joined[rider, i]:
            rides[-1].append(int(rows.order[rider, i]))
        else:
            rides.append([int(rows.order[rider, i])])
    return tuple(map(tuple, rides))
