"""One tour: its times, loads and price, and putting visits in and taking them out.

Forward: earliest starts of service.  Backward: latest arrivals that keep every later
limit, which is Savelsbergh's forward slack (ORSA Journal on Computing 4(2), 1992) as an
instant; with it, whether a delay is bearable is one comparison.

Times are those of windows alone; where breaks and rides make them later (``lived``), they
still are what no tour of these stops can be earlier than.
"""

from __future__ import annotations

from dispatch.routing.solvers.kernel.arrays import Desk, Facts, Tours
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline
from dispatch.routing.solvers.kernel.limits import NEVER_S, PRICELESS, Ints
from dispatch.routing.solvers.kernel.lived import lived
from dispatch.routing.solvers.kernel.spans import begin_at, late_s, latest_at


@compiled
def copy_row(source: Ints, target: Ints, n: int) -> None:
    """Copy the first *n* numbers; a slice's assignment would allocate."""
    for i in range(n):
        target[i] = source[i]


@compiled_inline
def before(facts: Facts, tours: Tours, v: int, gap: int) -> int:
    """Return the point just before *gap* of the tour of *v*."""
    return int(facts.start[v]) if gap == 0 else int(tours.stops[v, gap - 1])


@compiled_inline
def after(facts: Facts, tours: Tours, v: int, gap: int) -> int:
    """Return the point just after *gap*."""
    return int(facts.vehicles[v]["end"]) if gap == tours.size[v] else int(tours.stops[v, gap])


@compiled
def position(tours: Tours, v: int, node: int) -> int:
    """Return which stop of *v* is *node*, which is one of them."""
    at = 0
    while tours.stops[v, at] != node:
        at += 1
    return at


@compiled_inline
def free_s(facts: Facts, tours: Tours, v: int, gap: int) -> int:
    """Return when *v* can leave the point before *gap*."""
    if gap == 0:
        return int(facts.vehicles[v]["from_s"])
    return int(tours.begin_s[v, gap - 1] + facts.service_s[tours.stops[v, gap - 1]])


@compiled_inline
def fits(facts: Facts, v: int, load: Ints, more: Ints) -> bool:
    """True when *v* carrying *load* can take *more*; every dimension is looked at."""
    for d in range(len(load)):  # noqa: SIM110 -- Numba compiles no generator
        if load[d] + more[d] > facts.capacity[v, d]:
            return False
    return True


@compiled_inline
def retimed(facts: Facts, desk: Desk, tours: Tours, v: int) -> bool:
    """Time, load and price the stops of *v* anew; False when they break a rule."""
    if not _timed(facts, desk, tours, v):
        return False
    # Here and not in there: with this call inside it, 7 % fewer steps were taken.
    return _lived(facts, desk, tours, v) if facts.vehicles[v]["special"] else True


@compiled
def _lived(facts: Facts, desk: Desk, tours: Tours, v: int) -> bool:
    """Price the stops of *v* by the rules that windows and loads do not say."""
    tours.price[v] = lived(facts, desk.draft, v, tours.stops[v], tours.size[v])
    return bool(tours.price[v] < PRICELESS)


@compiled
def _timed(facts: Facts, desk: Desk, tours: Tours, v: int) -> bool:
    desk.stamps[0] += 1
    tours.stamp[v] = desk.stamps[0]
    legs_s, n, asked = facts.legs_s[facts.profile[v]], tours.size[v], facts.vehicles[v]
    here, now_s, gone_s, late = facts.start[v], asked["from_s"], 0, 0
    for g in range(n):
        node = tours.stops[v, g]
        begin_s = begin_at(facts.visits, facts.window_s, node, now_s + legs_s[here, node])
        if begin_s >= NEVER_S:
            return False
        tours.begin_s[v, g] = begin_s
        late += late_s(facts.visits, node, begin_s)
        gone_s += legs_s[here, node]
        here, now_s = node, begin_s + facts.service_s[node]
        load = facts.aboard[v] if g == 0 else tours.load[v, g - 1]
        for d in range(len(load)):
            tours.load[v, g, d] = load[d] + facts.change[node, d]
            if facts.fetch[node] and tours.load[v, g, d] > facts.capacity[v, d]:
                return False
    if n == 0:  # it stays where it is, wherever its end may be
        tours.begin_s[v, 0], tours.latest_s[v, 0] = now_s, asked["until_s"]
        tours.price[v] = 0
        return True
    gone_s += legs_s[here, asked["end"]]
    tours.begin_s[v, n] = now_s + legs_s[here, asked["end"]]
    tours.price[v] = (
        facts.used
        + facts.per_s[v] * gone_s
        + facts.late_per_s * late
        + facts.paid_per_s * (tours.begin_s[v, n] - asked["from_s"])
    )
    _set_latest(facts, tours, v)
    return bool(tours.begin_s[v, n] <= asked["until_s"])


@compiled
def _set_latest(facts: Facts, tours: Tours, v: int) -> None:
    legs_s, n = facts.legs_s[facts.profile[v]], tours.size[v]
    there, by_s = facts.vehicles[v]["end"], facts.vehicles[v]["until_s"]
    tours.latest_s[v, n] = by_s
    for g in range(n - 1, -1, -1):
        node = tours.stops[v, g]
        by_s = latest_at(
            facts.visits, facts.window_s, node, by_s - legs_s[node, there] - facts.service_s[node]
        )
        tours.latest_s[v, g] = by_s
        there = node


@compiled
def put_in(tours: Tours, v: int, gap: int, node: int) -> None:
    """Put *node* into *gap*; times are the caller's to renew."""
    for g in range(tours.size[v], gap, -1):
        tours.stops[v, g] = tours.stops[v, g - 1]
    tours.stops[v, gap] = node
    tours.size[v] += 1


@compiled
def take_out_marked(facts: Facts, desk: Desk, tours: Tours, v: int) -> None:
    """Take every visit of a marked job out of the tour of *v*."""
    left = 0
    for g in range(tours.size[v]):
        node = tours.stops[v, g]
        if desk.marked[facts.job_of[node]]:
            tours.carrier[facts.job_of[node]] = -1
        else:
            tours.stops[v, left] = node
            left += 1
    tours.size[v] = left


@compiled
def copy_tour(source: Tours, target: Tours, v: int) -> None:
    """Make row *v* of *target* that of *source*."""
    n = source.size[v]
    target.size[v] = n
    target.price[v] = source.price[v]
    target.stamp[v] = source.stamp[v]
    for g in range(n + 1):
        target.stops[v, g] = source.stops[v, g]
        target.begin_s[v, g] = source.begin_s[v, g]
        target.latest_s[v, g] = source.latest_s[v, g]
        for d in range(source.load.shape[2]):
            target.load[v, g, d] = source.load[v, g, d]
