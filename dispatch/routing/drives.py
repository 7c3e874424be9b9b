"""Stops ahead of a courier, driven many times with other luck, in one compiled call.

Answers what driving them one by one does (``tracking.arrival.Drive``), from arrays that are
made once per tour.  How far things stray, and which luck is drawn, come from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dispatch.routing.problem import IntMatrix
from dispatch.routing.solvers.kernel.drives import (
    HALT_COLUMNS,
    SETUP,
    SPREAD,
    STAY,
    WAY,
    Floats,
    drive,
)

#: In the place of a spread: the parcel is ready.
READY: Final = -1.0


@dataclass(frozen=True, slots=True, eq=False)
class Luck:
    """How a tour is driven d times: n kinds of luck, one a halt; then they repeat themselves.

    paces   : (n, d) what a way takes, over what is expected
    stays, packing : (n, d) normal scores
    early_s : who waits for an opening is there so long before it
    surely  : what spreads no farther than so many standard deviations never does
    """

    paces: Floats
    stays: Floats
    packing: Floats
    early_s: float
    surely: float


@dataclass(frozen=True, slots=True, eq=False)
class Halts:
    """k stops, without the ways between them; instants are seconds after one of the caller's.

    rows    : (k, HALT_COLUMNS), the columns of way and setup still 0
    setup_s : (k,) parking and reaching the door, for who comes from elsewhere
    opened  : (k, 2) rows of *windows*, (w, 2), each ``[opens, closes)``
    """

    rows: Floats
    setup_s: IntMatrix
    opened: IntMatrix
    windows: Floats

    def and_then(self, more: Halts) -> Halts:
        """Return these stops, and then *more*."""
        return Halts(
            np.concatenate([self.rows, more.rows]),
            np.concatenate([self.setup_s, more.setup_s]),
            np.concatenate([self.opened, more.opened + len(self.windows)]),
            np.concatenate([self.windows, more.windows]),
        )


@dataclass(frozen=True, slots=True)
class Stay:
    """One stop: its setup and service in seconds, and how far the latter strays.

    windows : when service may begin
    late_s, spread_s : how long after the first opening the parcel is ready, see ``READY``
    """

    setup_s: int
    service_s: int
    strays: float
    windows: Sequence[tuple[float, float]]
    late_s: float = 0.0
    spread_s: float = READY


def halts_of(stays: Sequence[Stay]) -> Halts:
    """Return *stays* as arrays."""
    rows = np.zeros((len(stays), HALT_COLUMNS))
    opened = np.zeros((len(stays), 2), dtype=np.int64)
    windows: list[tuple[float, float]] = []
    for n, stay in enumerate(stays):
        rows[n, STAY : SPREAD + 1] = stay.service_s, stay.strays, stay.late_s, stay.spread_s
        opened[n, 0] = len(windows)
        windows += stay.windows
        opened[n, 1] = len(windows)
    setup_s = np.array([stay.setup_s for stay in stays], dtype=np.int64)
    return Halts(rows, setup_s, opened, np.array(windows, dtype=np.float64).reshape(-1, 2))


def driven(
    free_s: Floats,
    halts: Halts,
    order: IntMatrix,
    ways: tuple[IntMatrix, IntMatrix],
    luck: Luck,
    made: int = 0,
) -> Floats:
    """Return (k, d) when each of d drives is over with each of the k halts in *order*.

    free_s : (d,) when each sets out, *made* halts being behind
    ways   : (k,) seconds to each from the one before, and whether it is elsewhere
    """
    rows = halts.rows[order]
    rows[:, WAY], elsewhere = ways
    rows[:, SETUP] = np.where(elsewhere, halts.setup_s[order], 0)
    out = np.empty((len(order), len(free_s)))
    drive(
        free_s,
        rows,
        halts.opened[order],
        halts.windows,
        luck.paces,
        luck.stays,
        luck.packing,
        np.arange(made, made + len(order)) % len(luck.paces),
        luck.early_s,
        luck.surely,
        out,
    )
    return out


_loaded = False


def is_loaded() -> bool:
    """True once ``load`` was called in this process: from then on nothing is compiled here."""
    return _loaded


def load() -> None:
    """Load the compiled drive, or compile it where this machine has not yet: before serving."""
    global _loaded
    none = np.zeros(1, dtype=np.int64)
    halts = halts_of([Stay(0, 0, 0.0, ((0.0, 1.0),))])
    score = np.zeros((1, 1))
    driven(np.zeros(1), halts, none, (none, none), Luck(score, score, score, 0.0, 1.0))
    _loaded = True
