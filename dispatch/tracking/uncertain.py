"""An instant nobody knows for sure, by its first three moments.

Decides how such instants add up, how the later of two comes out, and what chance there is of
being in time.  Does not know tours, nor where the errors come from.

Sums add moments.  The later of two is Clark's ("The greatest of a finite set of random
variables", *Operations Research* 9, 1961, section 1), with a first correction for skew
(Gram and Charlier).  Chances are those of the gamma distribution of the same three moments,
by the cube root of Wilson and Hilferty (*PNAS* 17, 1931).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, erf, erfc, exp, isfinite, log, pi, sqrt
from statistics import NormalDist
from typing import Final

_SQRT2: Final = sqrt(2)
_DENSITY: Final = 1 / sqrt(2 * pi)
#: Farther apart, in standard deviations, one of two is the later for sure.
_SURE: Final = 6.0
#: A thousandth of a second, squared: what is known so well is known.
_KNOWN: Final = 1e-6
#: More skew than an exponential has is not followed: the cube root no longer fits it.
_MOST_SKEW: Final = 2.0
_NO_SKEW: Final = 1e-4
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Seconds after an origin: mean, variance, third central moment; never before ``least_s``."""

    mean_s: float
    var: float = 0.0
    third: float = 0.0
    least_s: float = float("-inf")

    def __post_init__(self) -> None:
        if not (isfinite(self.mean_s) and isfinite(self.third) and 0 <= self.var < 1e18):
            raise ValueError(f"no such instant: {self}")

    def by(self, at_s: float) -> float:
        """Return the chance that it is not after *at_s*."""
        if at_s < self.least_s:
            return 0.0
        if self.var <= _KNOWN:
            return float(self.mean_s <= at_s)
        z = (at_s - self.mean_s) / sqrt(self.var)
        skew = self._skew
        if abs(skew) < _NO_SKEW:
            return _below(z)
        root = 1 + skew * z / 2
        if root <= 0:
            return 0.0 if skew > 0 else 1.0
        return _below(6 / skew * (root ** (1 / 3) - 1 + skew**2 / 36))

    def quantile_s(self, share: float) -> float:
        """Return when it is over with a chance of *share*, above 0 and below 1."""
        if self.var <= _KNOWN:
            return max(self.least_s, self.mean_s)
        u, skew = _NORMAL.inv_cdf(share), self._skew
        if abs(skew) >= _NO_SKEW:
            root = max(0.0, 1 + skew / 6 * (u - skew / 6))
            u = 2 / skew * (root**3 - 1)
        return max(self.least_s, self.mean_s + u * sqrt(self.var))

    @property
    def _skew(self) -> float:
        skew = self.third / self.var**1.5
        return copysign(_MOST_SKEW, skew) if abs(skew) > _MOST_SKEW else skew


#: Mean, variance and third central moment.
Moments = tuple[float, float, float]


def later(one: Moments, other_s: float, other_var: float) -> tuple[Moments, float]:
    """Return the later of *one* and a normal instant, and how likely it is *one* itself."""
    ahead = one[0] - other_s
    width2 = one[1] + other_var
    if width2 <= _KNOWN or ahead * ahead >= _SURE**2 * width2:
        return (one, 1.0) if ahead >= 0 else ((other_s, other_var, 0.0), 0.0)
    width = sqrt(width2)
    a = ahead / width
    chance, density = _below(a), _DENSITY * exp(-a * a / 2)
    skew = one[2] / (width2 * width)
    # Clark's three moments about *other_s*, each with what the skew of *one* adds.
    first = ahead * chance + width * density * (1 - skew * a / 6)
    second = (
        (ahead**2 + one[1]) * chance
        + other_var * (1 - chance)
        + ahead * width * density
        + width2 * skew / 3 * density
    )
    third = (
        (ahead**3 + 3 * ahead * one[1] + one[2]) * chance
        + ahead**2 * width * density
        + (2 * one[1] ** 2 + one[1] * other_var + 2 * other_var**2) / width * density
    )
    first = max(first, ahead, 0.0)
    var = max(0.0, second - first**2)
    return (other_s + first, var, third - 3 * first * second + 2 * first**3), chance


def rest_of(median_s: float, spread: float, passed_s: float) -> Moments:
    """Return how long a log-normal duration takes that is not over after *passed_s*.

    median_s, spread : of all such durations; the latter of their logarithm
    """
    if median_s <= 0 or spread <= 0:
        return max(median_s, passed_s), 0.0, 0.0
    a = log(passed_s / median_s) / spread if passed_s > 0 else -_SURE
    if a >= _SURE - 1:
        # So far out the excess of a normal variable is exponential, of mean 1 / a.
        more_s = passed_s * spread / a
        return passed_s + more_s, more_s**2, 2 * more_s**3
    left = _below(-a)
    first, second, third = (
        median_s**k * exp((k * spread) ** 2 / 2) * _below(k * spread - a) / left for k in (1, 2, 3)
    )
    return first, max(0.0, second - first**2), third - 3 * first * second + 2 * first**3


def _below(z: float) -> float:
    """The normal distribution function, exact far below 0 too."""
    return 0.5 * erfc(-z / _SQRT2) if z < 0 else 0.5 * (1 + erf(z / _SQRT2))
