"""A tour driven many times over with other luck, stop by stop, in one call.

``tracking.arrival.Drive`` in compiled words, for stops that nobody has left for yet: a quote
asks for the end of ten tours of thirty stops, each driven 256 times.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.solvers.kernel.compiled import DIGEST, compiled, compiled_and_kept
from dispatch.routing.solvers.kernel.limits import Ints

Floats = npt.NDArray[np.float64]

#: Columns of a halt: the way there and reaching the door, the stay and how far it strays (of its
#: logarithm), and how long after the first opening the parcel is ready, with the spread of that;
#: a spread below zero: it is.
WAY: Final = 0
SETUP: Final = 1
STAY: Final = 2
STRAYS: Final = 3
LATE: Final = 4
SPREAD: Final = 5
HALT_COLUMNS: Final = 6


@compiled
def _opening_after(here_s: float, windows: Floats, first: int, last: int) -> float:
    """Return the first instant from *here_s* on that a window allows; itself past them all."""
    for w in range(first, last):
        if here_s < windows[w, 1] or w == last - 1:
            return max(here_s, float(windows[w, 0]))
    return here_s


@compiled_and_kept
def drive(
    free_s: Floats,
    halts: Floats,
    opened: Ints,
    windows: Floats,
    paces: Floats,
    stays: Floats,
    packing: Floats,
    kinds: Ints,
    early_s: float,
    surely: float,
    out: Floats,
) -> int:
    """Fill *out* (k, d) with when each of d drives is over with each of k halts, in seconds.

    free_s  : (d,) when each sets out;  halts: (k, HALT_COLUMNS)
    opened  : (k, 2) rows of *windows*, (w, 2), from the first to before the last of each halt
    paces   : (n, d) what a way takes, over what is expected
    stays, packing : (n, d) normal scores
    kinds   : (k,) which of the n kinds of luck each halt has
    early_s : who waits for an opening is there so long before it
    surely  : what spreads no farther than so many standard deviations never does
    """
    if DIGEST == 0:
        return 0
    for i in range(len(halts)):
        halt, kind = halts[i], kinds[i]
        first, last = opened[i, 0], opened[i, 1]
        leg_s, ready_s = halt[WAY] + halt[SETUP], -math.inf
        if last > first and halt[SPREAD] >= 0:
            ready_s = windows[first, 0] + halt[LATE]
            if ready_s + surely * halt[SPREAD] <= 0:
                ready_s = -math.inf
        for d in range(len(free_s)):
            free = free_s[d] if i == 0 else out[i - 1, d]
            left_s = free
            if last > first:
                opens_s = _opening_after(free + leg_s, windows, first, last)
                left_s = max(free, opens_s - early_s - leg_s)
            here = left_s + halt[SETUP] + halt[WAY] * paces[kind, d]
            here = max(here, ready_s + halt[SPREAD] * packing[kind, d])
            begin = _opening_after(here, windows, first, last)
            out[i, d] = begin + halt[STAY] * math.exp(halt[STRAYS] * stays[kind, d])
    return len(halts)
