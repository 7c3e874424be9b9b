"""How much longer, or shorter, ways really take than the streets say, by vehicle.

Decides one factor for each vehicle from legs that couriers drove.  Does not know couriers
or stops, nor when a factor is put in force.

One factor a vehicle, not one a street: it leaves the fastest way, and the triangle
inequality, as they were, so that nothing has to be built again; and a day of twenty
deliveries says no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from dispatch.core.shrinkage import Caution

#: The streets are worth ten legs: after ten the couriers' word counts half, after twenty two
#: thirds.  Bounds: beyond them the data are wrong, not the streets.
CAUTION: Final = Caution(worth=10, least=0.7, most=1.8)
#: What is believed of rain is worth five tours: all legs of one share their courier's pace.
WET_CAUTION: Final = Caution(worth=5, least=0.7, most=1.5)
#: Shorter ways measure how quickly a telephone is pulled out.
SHORTEST_S: Final = 90


@dataclass(frozen=True, slots=True)
class DrivenLeg:
    """One way from door to door.

    expected_s : what the streets say, uncorrected
    driven_s   : what it took, without parking and reaching the door
    """

    expected_s: float
    driven_s: float

    def __post_init__(self) -> None:
        if not (self.expected_s > 0 and self.driven_s > 0):
            raise ValueError(f"a leg takes time: {self}")

    @property
    def tells(self) -> bool:
        """True when it is long enough to say something about the streets."""
        return self.expected_s >= SHORTEST_S

    @property
    def ratio(self) -> float:
        return self.driven_s / self.expected_s


def pace(legs: Sequence[DrivenLeg]) -> float:
    """Return what to multiply one vehicle's times by; exactly 1 when no leg tells anything."""
    return CAUTION.factor([leg.ratio for leg in legs if leg.tells])


def wet_pace(tours: Sequence[Sequence[DrivenLeg]], dry: float, guess: float) -> float:
    """Return what ways take on wet days, of what they take on dry ones; *guess* without tours.

    tours : legs of wet days, one list a tour;  dry: the vehicle's factor on dry days
    """
    ratios = ([leg.ratio for leg in driven if leg.tells] for driven in tours)
    return guess * WET_CAUTION.factor([median(some) / (dry * guess) for some in ratios if some])


def error_pct(legs: Sequence[DrivenLeg], factor: float) -> float | None:
    """Return by how much a typical (median) leg was misjudged with *factor*, per cent of it.

    None when no leg tells anything.
    """
    misses = [
        abs(factor * leg.expected_s - leg.driven_s) / leg.driven_s for leg in legs if leg.tells
    ]
    return 100 * median(misses) if misses else None
