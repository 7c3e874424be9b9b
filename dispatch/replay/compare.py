"""Several days lived again: what is true of them all, and which of two ways is better.

Decides intervals and differences.  Two ways are compared day by day: a busy day is busy for
both, and what is left of chance is little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from scipy.stats import t

from dispatch.replay.kpis import Kpis

#: Two-sided: nineteen intervals in twenty hold the mean of all such days.
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of a figure over *days* days, and its 95 % interval (Student's t).

    low, high : None for one day: it says nothing of others
    """

    mean: float
    low: float | None
    high: float | None
    days: int

    def as_json(self) -> dict[str, float | int | None]:
        def short(value: float | None) -> float | None:
            return None if value is None else round(value, 3)

        return {
            "mean": short(self.mean),
            "low": short(self.low),
            "high": short(self.high),
            "days": self.days,
        }


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of *values* and its interval.  Raises ``ValueError`` for none."""
    if not values:
        raise ValueError("no value has no mean")
    mean, n = fmean(values), len(values)
    if n < 2:
        return Estimate(mean, None, None, n)
    half = float(t.ppf((1 + _CONFIDENCE) / 2, n - 1)) * stdev(values) / sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def over_days(days: Sequence[Kpis]) -> dict[str, Estimate]:
    """Return every figure's mean and interval over the days that have it."""
    return {
        name: estimate(known)
        for name in days[0].numbers()
        if (known := [v for one in days if (v := one.numbers()[name]) is not None])
    }


def paired(ours: Sequence[Kpis], theirs: Sequence[Kpis]) -> dict[str, Estimate]:
    """Return by how much *theirs* is more than *ours*, figure by figure, day by day.

    Raises ``ValueError`` when the two are not of as many days.
    """
    answer: dict[str, Estimate] = {}
    for name in ours[0].numbers():
        pairs = [(a.numbers()[name], b.numbers()[name]) for a, b in zip(ours, theirs, strict=True)]
        known = [b - a for a, b in pairs if a is not None and b is not None]
        if known:
            answer[name] = estimate(known)
    return answer
