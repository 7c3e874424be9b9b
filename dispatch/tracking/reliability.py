"""Are stated chances true?  What was stated against what happened, tenth by tenth.

Decides what a statement is worth once its outcome is known.  Does not know orders: it sees
pairs, a chance and whether it came true, from recorded or from replayed days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import mean
from typing import Final

_TENTHS: Final = 10
#: Standard deviations of a 95 % interval.
_Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of one promise, and whether it was kept."""

    p: float
    kept: bool

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise ValueError(f"p is out of 0 to 1: {self.p}")


@dataclass(frozen=True, slots=True)
class Band:
    """All statements of one tenth.

    least, most : chances stated from ``least`` up to, and not with, ``most`` (1 is in the last)
    stated      : their mean;  kept : the share that was kept
    low, high   : where that share lies with 95 % (Wilson, *JASA* 22, 1927)
    """

    least: float
    most: float
    count: int
    stated: float
    kept: float
    low: float
    high: float

    @property
    def off_points(self) -> float:
        """Percentage points that were stated too much; below 0: too little."""
        return 100 * (self.stated - self.kept)

    @property
    def agrees(self) -> bool:
        """True when what was stated lies in the interval."""
        return self.low <= self.stated <= self.high


def reliability(statements: Iterable[Statement]) -> tuple[Band, ...]:
    """Return the tenths in which anything was stated, in order."""
    tenths: dict[int, list[Statement]] = {}
    for one in statements:
        tenths.setdefault(min(_TENTHS - 1, int(one.p * _TENTHS)), []).append(one)
    return tuple(_band(n, some) for n, some in sorted(tenths.items()))


def wilson(kept: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of which *kept* in *count* were seen."""
    if not 0 <= kept <= count or count == 0:
        raise ValueError(f"no share: {kept} of {count}")
    share, z2 = kept / count, _Z**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z / (1 + z2 / count) * sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _band(n: int, some: list[Statement]) -> Band:
    kept = sum(one.kept for one in some)
    low, high = wilson(kept, len(some))
    return Band(
        n / _TENTHS,
        (n + 1) / _TENTHS,
        len(some),
        mean(one.p for one in some),
        kept / len(some),
        low,
        high,
    )
