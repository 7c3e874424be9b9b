"""Are stated chances true?  What was stated against what happened, and what follows from it.

Decides what a statement is worth once its outcome is known, and how to state it better next time.
Does not know orders: it sees pairs, a chance and whether it came true, from recorded or from
replayed days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from statistics import mean
from typing import Final

_TENTHS: Final = 10
#: Standard deviations of a 95 % interval.
_Z: Final = 1.959964
#: Chances nearer to 0 and 1 are taken for these: nothing is that sure.
_SUREST: Final = 0.001
#: How far the shift, and the slope from 1, are believed to lie before anything was seen.
#: First guesses: a few dozen outcomes outweigh them.
_PRIOR_SHIFT, _PRIOR_SLOPE = 0.5, 0.25
#: A higher chance never becomes a lower one.
_LEAST_SLOPE: Final = 0.05
_STEPS: Final = 40


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of one promise, and whether it was kept.

    spare_s : what couriers had to spare when it was sold (``Chance.spare_s``); None: not known
    """

    p: float
    kept: bool
    spare_s: float | None = None

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


@dataclass(frozen=True, slots=True)
class Correction:
    """What chances become in the light of what happened: log-odds times *slope*, plus *shift*."""

    shift: float = 0.0
    slope: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.shift) and _LEAST_SLOPE <= self.slope < 100):
            raise ValueError(f"no correction: {self}")

    def of(self, p: float) -> float:
        """Return what to say instead of *p*; *p* itself as long as nothing was learnt."""
        if self == AS_IT_IS:
            return p
        return chance(self.shift + self.slope * log_odds(p))


#: Nothing learnt.
AS_IT_IS: Final = Correction()


def correction(statements: Iterable[Statement]) -> Correction:
    """Return what the outcomes say of such statements; ``AS_IT_IS`` when there are none.

    Platt's logistic fit (*Advances in Large Margin Classifiers*, 1999), shrunk towards leaving
    chances as they are: the most likely shift and slope under a normal prior, by Newton's method.
    """
    seen = [(log_odds(one.p), float(one.kept)) for one in statements]
    if not seen:
        return AS_IT_IS
    shift, slope = 0.0, 1.0
    stiff_shift, stiff_slope = _PRIOR_SHIFT**-2, _PRIOR_SLOPE**-2
    for _ in range(_STEPS):
        pull_shift, pull_slope = stiff_shift * shift, stiff_slope * (slope - 1)
        a, b, c = stiff_shift, 0.0, stiff_slope
        for odds, kept in seen:
            p = chance(shift + slope * odds)
            pull_shift += p - kept
            pull_slope += (p - kept) * odds
            weight = p * (1 - p)
            a, b, c = a + weight, b + weight * odds, c + weight * odds * odds
        det = a * c - b * b
        step = (c * pull_shift - b * pull_slope) / det, (a * pull_slope - b * pull_shift) / det
        # The logarithm is concave, but far off a whole step may overshoot.
        short = min(1.0, 1.0 / max(abs(step[0]), abs(step[1]), 1e-12))
        shift, slope = shift - short * step[0], slope - short * step[1]
        if max(abs(one) for one in step) < 1e-9:
            break
    return Correction(shift, max(_LEAST_SLOPE, slope))


def log_odds(p: float) -> float:
    """Return the logarithm of the odds of *p*; what is surer than 1 in 1000 counts as that."""
    sure = min(max(p, _SUREST), 1 - _SUREST)
    return log(sure / (1 - sure))


def chance(log_odds: float) -> float:
    """Return the chance of such log-odds."""
    return 1 / (1 + exp(-log_odds)) if log_odds >= 0 else exp(log_odds) / (1 + exp(log_odds))


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
