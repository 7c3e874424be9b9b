"""What chances of sold promises come to: an increasing curve, learnt from many that have ended.

Decides the curve.  Whoever lives thousands of made-up days sees what no tour says when a promise
is sold: later orders use up the slack of what looked sure, and the next wave mends what looked
lost.  What the town's own facts say beside it is ``reliability.correction``'s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dispatch.tracking.reliability import Statement, log_odds

#: Promises behind each point: a share of a hundred lies within 10 points of the true one.
_LEAST: Final = 100
_PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """The settings' table ``[chances]``.

    source       : what it was learnt from, and when;  promises : how many
    as_it_stands : chances as the tours stood, from low to high
    kept         : how often such promises were kept; between two points, along the log-odds of
                   the chances.  Surer than the last point, as there; below the first it falls
                   to nothing: nobody ever saw such a promise

    Without points chances are told as the tours stand.
    """

    source: str = ""
    promises: int = 0
    as_it_stands: tuple[float, ...] = ()
    kept: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.as_it_stands) != len(self.kept):
            raise ValueError(
                f"as_it_stands has {len(self.as_it_stands)} chances, kept {len(self.kept)}"
            )
        for name in ("as_it_stands", "kept"):
            found = getattr(self, name)
            if not all(0 < p < 1 for p in found):
                raise ValueError(f"{name}: a chance is out of 0 to 1: {list(found)}")
        if any(a >= b for a, b in zip(self.as_it_stands, self.as_it_stands[1:], strict=False)):
            raise ValueError(f"as_it_stands does not grow: {list(self.as_it_stands)}")
        if any(a > b for a, b in zip(self.kept, self.kept[1:], strict=False)):
            raise ValueError(f"kept becomes less: {list(self.kept)}")
        if self.kept and not (self.source and self.promises > 0):
            raise ValueError("source and promises are missing: what was this learnt from?")

    def of(self, p: float) -> float:
        """Return how often promises are kept whose chance is *p* as the tours stand."""
        if not self.kept:
            return p
        n = bisect_right(self.as_it_stands, p)
        if n == len(self.kept):
            return self.kept[-1]
        low, least = (self.as_it_stands[n - 1], self.kept[n - 1]) if n else (0.0, 0.0)
        begins, ends = log_odds(low), log_odds(self.as_it_stands[n])
        share = (log_odds(p) - begins) / (ends - begins)
        return least + share * (self.kept[n] - least)


def curve(statements: Sequence[Statement], source: str) -> Curve:
    """Return what such *statements* came to: isotonic regression, a hundred promises a point.

    By pooling adjacent violators (Ayer et al., *Annals of Mathematical Statistics* 26, 1955), for
    chances Zadrozny and Elkan (KDD 2002).  Raises ``ValueError`` for fewer than a hundred.
    """
    if len(statements) < _LEAST:
        raise ValueError(f"{len(statements)} promises teach nothing: {_LEAST} at least")
    pools: list[_Pool] = []
    for pool in _hundreds(sorted(statements, key=lambda one: one.p)):
        pools.append(pool)
        while len(pools) > 1 and pools[-2].share >= pools[-1].share:
            last = pools.pop()
            pools[-1] = pools[-1].with_other(last)
    points = {pool.middle: pool.share for pool in pools}
    points.setdefault(round(pools[0].least, _PLACES), pools[0].share)
    return Curve(
        source,
        len(statements),
        tuple(sorted(points)),
        tuple(round(points[p], _PLACES) for p in sorted(points)),
    )


@dataclass(frozen=True, slots=True)
class _Pool:
    """Promises taken together.

    least  : chance that nineteen in twenty of them exceed, or of the first of the pools in it
    stated : the sum of their chances
    """

    least: float
    count: int
    stated: float
    kept: int

    @property
    def middle(self) -> float:
        return round(self.stated / self.count, _PLACES)

    @property
    def share(self) -> float:
        """How many were kept, and half a promise of each kind: nothing is that sure."""
        return (self.kept + 0.5) / (self.count + 1)

    def with_other(self, other: _Pool) -> _Pool:
        return _Pool(
            self.least,
            self.count + other.count,
            self.stated + other.stated,
            self.kept + other.kept,
        )


def _hundreds(in_order: Sequence[Statement]) -> list[_Pool]:
    """Return pools of a hundred or a few more; what was said alike is in one."""
    pools: list[_Pool] = []
    begins = 0
    for n in range(1, len(in_order) + 1):
        ends = n == len(in_order)
        if not ends and (n - begins < _LEAST or in_order[n].p == in_order[n - 1].p):
            continue
        some = in_order[begins:n]
        least = some[len(some) // 20].p
        found = _Pool(least, len(some), sum(one.p for one in some), sum(one.kept for one in some))
        short = len(some) < _LEAST and pools
        pools.append(pools.pop().with_other(found) if short else found)
        begins = n
    return pools


#: Chances as the tours stand.
NOTHING: Final = Curve()
#: What a town begins with, by the policy that lets its couriers go.  Nothing of it was measured
#: anywhere: generated days with the pilot's three couriers.
BUILT_IN: Final = MappingProxyType(
    {
        "waves": Curve(
            "51 generated days of val_de_garonne with 3 couriers, waves, 2026-11-23",
            3525,
            (0.216, 0.446, 0.753, 0.927, 0.989, 0.998),
            (0.813, 0.813, 0.814, 0.839, 0.895, 0.942),
        ),
        "rolling": Curve(
            "56 generated days of val_de_garonne with 3 couriers, rolling, 2026-11-23",
            3105,
            (0.286, 0.8, 0.998),
            (0.969, 0.969, 0.992),
        ),
    }
)
