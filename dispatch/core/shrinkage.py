"""What a few observations say beside what was believed before: robust, and shrunk.

Decides how far experience moves a first guess, of a middle and of a spread.  Does not know
what was observed: it sees ratios, observed over expected, and errors.

The median of what was observed counts n of n + k, what was believed the rest: the
posterior mean of a normal mean under a normal prior worth k observations (Gelman et al.,
*Bayesian Data Analysis*, 3rd ed., section 2.5), here on logarithms, because twice as long
and half as long are as far from "as expected".  The median in the place of the mean keeps
one forgotten telephone from counting more than one observation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from statistics import median
from typing import Final, TypeVar

T = TypeVar("T")

#: Fewer are too few to learn from one half and judge on the other.
JUDGED_FROM: Final = 6
#: The standard deviation of a normal distribution, in median distances from its middle.
_NORMAL: Final = 1.4826


@dataclass(frozen=True, slots=True)
class Caution:
    """How willing we are to believe what is observed.

    worth : observations that the first guess is worth
    least, most : no factor leaves these, whatever is observed
    """

    worth: int
    least: float
    most: float

    def __post_init__(self) -> None:
        if self.worth < 1:
            raise ValueError(f"a first guess is worth at least one observation: {self.worth}")
        if not 0 < self.least <= 1 <= self.most < 100:
            raise ValueError(f"a factor's bounds lie around 1: {self.least} to {self.most}")

    def factor(self, ratios: Sequence[float]) -> float:
        """Return what to multiply the first guess by; exactly 1 when nothing was observed.

        ``ratios``: observed over expected, each above 0.  Raises ``ValueError`` otherwise.
        """
        if not ratios:
            return 1.0
        if not all(isfinite(ratio) and ratio > 0 for ratio in ratios):
            raise ValueError(f"a ratio is not above 0: {min(ratios)}")
        middle = min(max(median(ratios), self.least), self.most)
        share = len(ratios) / (len(ratios) + self.worth)
        return exp(share * log(middle))


def tamed(errors: Sequence[float]) -> list[float]:
    """Return *errors*, none farther from 0 than three of their robust standard deviations.

    That is 1.4826 times the median distance from 0, as of a normal distribution.
    """
    if not errors:
        return []
    most = 3 * _NORMAL * median(abs(error) for error in errors)
    return [min(max(error, -most), most) for error in errors]


def shrunk_spread(found: float, facts: float, guess: float, worth: float) -> float:
    """Return the standard deviation to believe in.

    The posterior mean of a normal variance under a scaled inverse-chi-squared prior worth
    *worth* observations, but for a term that fades with them (Gelman et al., section 2.6).

    found : root mean square of *facts* errors;  guess: what was believed before
    """
    if worth <= 0 or facts < 0:
        raise ValueError(f"a first guess is worth something: {worth}, beside {facts} facts")
    return sqrt((worth * guess**2 + facts * found**2) / (worth + facts))


def held_out(
    facts: Sequence[T],
    learnt: Callable[[Sequence[T]], float],
    error: Callable[[Sequence[T], float], float | None],
) -> float | None:
    """Return the error on facts that were not learnt from; None when they are too few.

    Every other fact is a half; each half is judged by what the other taught (two-fold
    cross-validation), and the mean of both is the answer.
    """
    if len(facts) < JUDGED_FROM:
        return None
    one, other = facts[::2], facts[1::2]
    errors = [error(one, learnt(other)), error(other, learnt(one))]
    known = [each for each in errors if each is not None]
    return sum(known) / len(known) if known else None
