"""Random numbers with their state in an array: a search can be stopped and gone on with.

xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators,
scrambled", ACM Transactions on Mathematical Software 42(4), 2016).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.solvers.kernel.compiled import compiled_inline

Dice = npt.NDArray[np.uint64]

_A: Final = np.uint64(12)
_B: Final = np.uint64(25)
_C: Final = np.uint64(27)
_STAR: Final = np.uint64(2685821657736338717)
_LOW_BITS: Final = np.uint64(11)
_STEP: Final = 2.0**-53


@compiled_inline
def chance(dice: Dice) -> float:
    """Return a number in [0, 1) and move on."""
    x = dice[0]
    x ^= x >> _A
    x ^= x << _B
    x ^= x >> _C
    dice[0] = x
    return float((x * _STAR) >> _LOW_BITS) * _STEP


@compiled_inline
def below(dice: Dice, n: int) -> int:
    """Return a whole number from 0 to *n* - 1; *n* is at least 1."""
    return int(chance(dice) * n)
