"""Where couriers with nothing to do should wait, by the orders seen so far.

Decides moves of idle couriers only, from what has happened: counts by shop, and how long
before they were ready orders became known.  It is Daskin's expected covering ("A maximum
expected covering location model", Transportation Science 17(1), 1983), with minutes of
waiting in the place of "covered or not".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from dispatch.routing.problem import IntMatrix
from dispatch.routing.rides.question import Floats

#: Chance that the nearest courier is not the one who gets the next order; how many are
#: looked at; and the longest anybody is counted away.
BUSY: Final = 0.4
NEAREST: Final = 3
FAR_S: Final = 3600
#: What a shop nobody has ordered from yet counts, in orders.
UNSEEN: Final = 0.3
#: Orders to have seen before their notice is believed.
FEWEST: Final = 8


@dataclass(frozen=True, slots=True)
class Idle:
    """A courier without work at *place*, until ``left_s`` from now."""

    courier_id: str
    place: int
    left_s: int


@dataclass(frozen=True, slots=True)
class Move:
    """*courier_id* goes to *place* and waits there; he has no order."""

    courier_id: str
    place: int


class Seen:
    """Orders that became known so far, and nothing later: by shop, with their notice."""

    def __init__(self, shops: Iterable[int]) -> None:
        self.shops = tuple(shops)
        self._of = {shop: k for k, shop in enumerate(self.shops)}
        self._count = np.zeros(len(self.shops))
        self._notice_s: list[int] = []

    def add(self, shop: int, notice_s: int) -> None:
        """Count one order: known *notice_s* before its parcel is ready."""
        self._count[self._of[shop]] += 1
        self._notice_s.append(notice_s)

    def far_s(self, way_s: IntMatrix) -> Floats:
        """Return the mean seconds from each place to the shop of an order; zeros before any."""
        total = self._count.sum()
        if not total:
            return np.zeros(len(way_s))
        answer: Floats = way_s[:, self.shops] @ self._count / total
        return answer

    def expected(self, way_s: IntMatrix, busy: Iterable[tuple[int, int]]) -> Expected | None:
        """Return where orders are likely; None before enough were seen.

        busy : place and seconds from now at which each courier with work will be free
        """
        if len(self._notice_s) < FEWEST:
            return None
        ways = [after_s + way_s[place, self.shops] for place, after_s in busy]
        reach = np.array(ways or np.empty((0, len(self.shops))), dtype=np.float64)
        weight = self._count + UNSEEN
        return Expected(
            way_s, self.shops, weight / weight.sum(), np.sort(self._notice_s).astype(float), reach
        )


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Where the next orders are likely.

    shops    : s places;  weight: (s,) adding up to 1
    notice_s : (k,) how long before they were ready orders became known, in order
    busy_s   : (b, s) when each courier with work could be at each shop, from now
    """

    way_s: IntMatrix
    shops: tuple[int, ...]
    weight: Floats
    notice_s: Floats
    busy_s: Floats

    def late_s(self, reach_s: Floats) -> Floats:
        """Mean wait of a parcel for a courier who needs *reach_s* from when the order is known."""
        summed = np.concatenate([[0.0], np.cumsum(self.notice_s)])
        passed = np.searchsorted(self.notice_s, reach_s, side="right")
        answer: Floats = (passed * reach_s - summed[passed]) / len(self.notice_s)
        return answer


def moves(
    idle: Iterable[Idle], expected: Expected, *, gain_s: int, longest_s: int
) -> tuple[Move, ...]:
    """Return the moves of *idle* that bring the next order's parcel a courier sooner.

    Each in turn, the others where they are by then: the shop with the least mean wait, if
    that is better than staying by *gain_s* for every minute of the way.
    """
    crew = list(idle)
    shops = np.array(expected.shops)
    reach = [expected.way_s[one.place, shops].astype(float) for one in crew]
    answer = []
    for k, one in enumerate(crew):
        others = np.concatenate([expected.busy_s, *(r[None] for r in reach[:k] + reach[k + 1 :])])
        way_s = expected.way_s[one.place, shops]
        near = np.flatnonzero(way_s <= min(longest_s, one.left_s))
        if not len(near):
            continue
        places = expected.way_s[np.ix_(shops[near], shops)].astype(float)
        waits_s = _mean_wait_s(expected, others, np.concatenate([reach[k][None], places]))
        after_s = waits_s[1:] + gain_s * way_s[near] / 60
        best = int(np.argmin(after_s))
        if after_s[best] < waits_s[0] and way_s[near[best]] > 0:
            reach[k] = way_s[near[best]] + places[best]
            answer.append(Move(one.courier_id, int(shops[near[best]])))
    return tuple(answer)


def _mean_wait_s(expected: Expected, others: Floats, mine: Floats) -> Floats:
    """Mean wait of the next order's parcel, for each row of *mine* beside *others*.

    others : (b, s), mine: (m, s) seconds to each shop;  returns (m,)
    """
    s = len(expected.shops)
    nobody = np.full((NEAREST, s), float(FAR_S))
    nearest = np.sort(np.minimum(np.concatenate([others, nobody]), FAR_S), axis=0)[:NEAREST]
    both = np.concatenate([np.broadcast_to(nearest, (len(mine), NEAREST, s)), mine[:, None]], 1)
    waits_s = expected.late_s(np.sort(both, axis=1)[:, :NEAREST])
    chance = (1 - BUSY) * BUSY ** np.arange(NEAREST)
    chance[-1] = BUSY ** (NEAREST - 1)
    answer: Floats = np.tensordot(waits_s, chance, (1, 0)) @ expected.weight
    return answer
