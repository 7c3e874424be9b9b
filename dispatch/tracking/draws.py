"""An instant or a duration that nobody knows for sure, as 256 equally likely ones.

Decides how luck is drawn.  Does not know tours, nor where the errors come from.

The draws are the same for everybody and for ever: each kind of luck is one order of the same
256 normal scores (Latin hypercube sampling: McKay, Beckman and Conover, *Technometrics* 21,
1979), so that no luck is drawn too often, and a question asked twice has one answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Drawn = npt.NDArray[np.float64]

#: So many that a chance of a half is told within one point (measured beside 40,000 draws).
DRAWS: Final = 256
#: Kinds of luck that are independent of each other: more than any tour has legs and stays.
KINDS: Final = 240

_NORMAL: Final = NormalDist()
_SHARES: Final = [(n + 0.5) / DRAWS for n in range(DRAWS)]
_dice = np.random.default_rng(20261123)
#: (KINDS, DRAWS) normal scores.
LUCK: Final[Drawn] = _dice.permuted(
    np.tile(np.array([_NORMAL.inv_cdf(share) for share in _SHARES]), (KINDS, 1)), axis=1
)
_ORDER: Final = _dice.permutation(DRAWS)
#: Less than this is left of the distribution: what is left of it is exponential.
_FAR_OUT: Final = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Uncertain:
    """An instant, in seconds after an origin, by its draws (``DRAWS``,)."""

    draws: Drawn

    def by(self, at_s: float) -> float:
        """Return the chance that it is not after *at_s*; never quite 0 nor 1.

        Half a draw is left for what no draw knows of.
        """
        return (int(np.count_nonzero(self.draws <= at_s)) + 0.5) / (DRAWS + 1)

    def quantile_s(self, share: float) -> float:
        """Return when it is over with a chance of *share*, from 0 to 1."""
        return float(np.quantile(self.draws, share))


def rest_of(median_s: float, spread: float, passed_s: float) -> Drawn:
    """Draw how long a log-normal duration takes that is not over after *passed_s*.

    median_s, spread : of all such durations; the latter of their logarithm
    """
    if median_s <= 0 or spread <= 0 or passed_s <= 0:
        lasts: Drawn = np.maximum(max(median_s, 0.0) * np.exp(spread * LUCK[0]), passed_s)
        return lasts
    far = log(passed_s / median_s) / spread
    over = _NORMAL.cdf(far)
    if 1 - over < _FAR_OUT:
        # The excess of a normal variable beyond ``far`` is exponential, of mean 1 / far.
        excess = np.array([-log(1 - share) / far for share in _SHARES])
        lasts = passed_s * np.exp(spread * excess)
    else:
        scores = np.array([_NORMAL.inv_cdf(over + (1 - over) * share) for share in _SHARES])
        lasts = median_s * np.exp(spread * scores)
    return lasts[_ORDER]
