"""What many promises that have ended teach of others: the points of a curve, and its shifts.

Decides how it is learnt.  What a curve says between its points is ``made_up``'s; what the town's
own facts say beside it, ``reliability.correction``'s.

Log-odds are the sum of two steps that never fall, one with the chance, the other with what
couriers have to spare (Bacchetti, "Additive isotonic models", *JASA* 84, 1989): each is fitted
beside the other in turn, by pooling adjacent violators (Ayer et al., *Annals of Mathematical
Statistics* 26, 1955; of chances: Zadrozny and Elkan, KDD 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.tracking.made_up import Curve
from dispatch.tracking.reliability import Statement, chance

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

#: Promises behind each point, and each shift: a share of a hundred lies within 10 points of the
#: true one.
_LEAST: Final = 100
#: Promises, half of them kept, that the first guess is worth.  Of a point: nothing is that sure;
#: of a shift: that there is none.
_POINT_WORTH, _SHIFT_WORTH = 1, 10
#: Rounds in which both steps settle, and halvings of log-odds out of ±8.
_ROUNDS: Final = 25
_HALVINGS: Final = 30
_FARTHEST: Final = 8.0
_PLACES, _SHIFT_PLACES = 3, 2


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """Promises taken together, by their numbers, and the log-odds that they come to."""

    rows: Rows
    level: float


def curve(statements: Sequence[Statement], source: str) -> Curve:
    """Return what such *statements* came to: a hundred promises a point and a shift.

    Of which nobody knows what there was to spare, count as usual; where it was always the same,
    or promises are too few, nothing is shifted.  Raises ``ValueError`` for fewer than a hundred.
    """
    if len(statements) < _LEAST:
        raise ValueError(f"{len(statements)} promises teach nothing: {_LEAST} at least")
    said = np.array([one.p for one in statements])
    spare = np.array([np.nan if one.spare_s is None else one.spare_s for one in statements])
    kept = np.array([one.kept for one in statements], dtype=np.float64)
    pools, bands = _in_groups(said, _LEAST), _bands(spare)
    by_spare = np.zeros(len(kept))
    levels = _steps(pools, kept, by_spare, _POINT_WORTH)
    shifts: list[_Step] = []
    for _ in range(_ROUNDS if bands else 0):
        shifts = _centred(_steps(bands, kept, _each(levels, len(kept)), _SHIFT_WORTH))
        by_spare = _each(shifts, len(kept))
        levels = _steps(pools, kept, by_spare, _POINT_WORTH)
    points = {round(float(said[one.rows].mean()), _PLACES): one.level for one in levels}
    # Nineteen in twenty of the least sure are surer than this: below it nobody ever was.
    least = said[pools[0][len(pools[0]) // 20]]
    points.setdefault(round(float(least), _PLACES), levels[0].level)
    return Curve(
        source,
        len(statements),
        tuple(sorted(points)),
        tuple(round(chance(points[p]), _PLACES) for p in sorted(points)),
        tuple(float(round(spare[one.rows].mean())) for one in shifts),
        tuple(round(one.level, _SHIFT_PLACES) for one in shifts),
    )


def _bands(spare: Floats) -> list[Rows]:
    """Return groups of what is known of *spare*; none where it is all alike, or too little."""
    known = np.flatnonzero(~np.isnan(spare))
    bands = [known[rows] for rows in _in_groups(spare[known], _LEAST)]
    return bands if len(bands) > 1 else []


def _in_groups(values: Floats, least: int) -> list[Rows]:
    """Return the numbers of *values* in groups of *least* or more, in order; equals are in one."""
    order = np.argsort(values, kind="stable")
    groups: list[Rows] = []
    begins = 0
    for n in range(1, len(order) + 1):
        ends = n == len(order)
        if not ends and (n - begins < least or values[order[n]] == values[order[n - 1]]):
            continue
        some = order[begins:n]
        short = len(some) < least and groups
        groups.append(np.concatenate([groups.pop(), some]) if short else some)
        begins = n
    return groups


def _steps(groups: Sequence[Rows], kept: Floats, beside: Floats, worth: int) -> list[_Step]:
    """Return what to add to the log-odds *beside*, (n,), in each group: never less than before.

    Neighbours that would fall are taken together.
    """
    steps: list[_Step] = []
    for rows in groups:
        steps.append(_Step(rows, _level(kept[rows], beside[rows], worth)))
        while len(steps) > 1 and steps[-2].level >= steps[-1].level:
            last, before = steps.pop(), steps.pop()
            both = np.concatenate([before.rows, last.rows])
            steps.append(_Step(both, _level(kept[both], beside[both], worth)))
    return steps


def _level(kept: Floats, beside: Floats, worth: int) -> float:
    """Return the log-odds at which as many are expected to be kept as were, by halving."""
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = (1 / (1 + np.exp(-(beside + middle)))).sum() + worth * chance(middle)
        if expected < kept.sum() + worth / 2:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _centred(steps: Sequence[_Step]) -> list[_Step]:
    """Return *steps* about their mean: what all have in common is the curve's."""
    mean = sum(len(one.rows) * one.level for one in steps) / sum(len(one.rows) for one in steps)
    return [_Step(one.rows, one.level - mean) for one in steps]


def _each(steps: Sequence[_Step], count: int) -> Floats:
    """Return (count,) the level of each promise's step; 0 for one in none."""
    levels = np.zeros(count)
    for one in steps:
        levels[one.rows] = one.level
    return levels
