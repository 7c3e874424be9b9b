"""The largest numbers the kernel counts with, and how Python's are brought down to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.work import FOREVER_S

Ints = npt.NDArray[np.int64]

#: Later than any shift ends, longer than any leg, small enough to add up and to price.
NEVER_S: Final = 4 * FOREVER_S

#: More than any plan costs.
PRICELESS: Final = 2**62

#: Instants and prices beyond this are brought back to it, so that sums stay below 2**63.
HUGE: Final = 2**50


def whole(numbers: Sequence[int] | Sequence[tuple[int, int]]) -> Ints:
    """Python's whole numbers have no end, these do."""
    return np.array(np.clip(np.array(numbers, dtype=np.object_), -HUGE, HUGE), dtype=np.int64)
