"""How far things stray from what is expected: ways, stays, and shops that pack.

Decides what kind of error each is, what is believed before anything was measured, and what
measured errors say beside that.  Does not know the middle: which way or stay is expected is
the streets' and the settings' word, corrected by what was learnt.

Twice as long and half as long are as far from "as expected", so a duration strays by a
log-normal factor; a shop is so many minutes late, whatever was promised.  All legs of one
tour also share a part of their error: the courier's pace, the rain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log, sqrt
from typing import Final

from dispatch.core.shrinkage import shrunk_spread, tamed

#: Beyond these it is a slip of somebody's telephone, not the road.
_MOST_LOG: Final = 2.0
_MOST_S: Final = 6 * 3600

#: What the first guess of a spread is worth, in legs or stays; and in tours.
WORTH: Final = 10
WORTH_TOURS: Final = 5


@dataclass(frozen=True, slots=True)
class Noise:
    """How far a duration strays: log-normal, its median as expected.

    own    : standard deviation of the logarithm of each single one
    shared : the same of what all those of one tour have in common
    """

    own: float
    shared: float = 0.0

    def __post_init__(self) -> None:
        for name in ("own", "shared"):
            if not 0 <= getattr(self, name) <= _MOST_LOG:
                raise ValueError(f"{name} is out of 0 to {_MOST_LOG}: {getattr(self, name)}")

    @property
    def whole(self) -> float:
        """The standard deviation of the logarithm, both parts together."""
        return sqrt(self.own**2 + self.shared**2)


@dataclass(frozen=True, slots=True)
class Delay:
    """How much after the promised minute a parcel is packed: normal.

    late_s : seconds, below 0 when it is usually sooner;  spread_s : standard deviation
    """

    late_s: float
    spread_s: float

    def __post_init__(self) -> None:
        if not (isfinite(self.late_s) and abs(self.late_s) <= _MOST_S):
            raise ValueError(f"late_s is not within {_MOST_S} of 0: {self.late_s}")
        if not 0 <= self.spread_s <= _MOST_S:
            raise ValueError(f"spread_s is out of 0 to {_MOST_S}: {self.spread_s}")


# First guesses of 2026-11-23, not measured anywhere: what a town without a past begins with.
#: Two way engines differ by 20 % on the pilot's streets; a courier's pace by half as much.
WAYS: Final = Noise(own=0.20, shared=0.10)
#: One counter in six keeps a courier half as long again.
SHOP: Final = Noise(own=0.40)
#: A flat with a digicode, a chat on the step: one door in six, 1.6 times as long.
DOOR: Final = Noise(own=0.50)
#: One parcel in six is packed five minutes late or more.
PACKING: Final = Delay(late_s=0, spread_s=300)


def pace_noise(tours: Sequence[Sequence[float]], factor: float, guess: Noise = WAYS) -> Noise:
    """Return how far legs stray from *factor* times the expected, by what was driven.

    tours : one list a tour of ratios, driven over expected, each above 0

    Both parts by the moments of a one-way layout, about what is believed and not about the
    mean of these facts: a middle that is off makes the shared part wider, as it should.
    """
    named = [n for n, ratios in enumerate(tours) for _ in ratios]
    errors = tamed([log(ratio / factor) for ratios in tours for ratio in ratios])
    if not errors:
        return guess
    sums: dict[int, list[float]] = {}
    for n, error in zip(named, errors, strict=True):
        sums.setdefault(n, []).append(error)
    squares = sum(error**2 for error in errors)
    between = sum(sum(some) ** 2 / len(some) for some in sums.values())
    inside = len(errors) - len(sums)
    own = sqrt(max(0.0, squares - between) / inside) if inside else guess.own
    shared = sqrt(max(0.0, between - len(sums) * own**2) / len(errors))
    return Noise(
        shrunk_spread(own, inside, guess.own, WORTH),
        shrunk_spread(shared, len(sums), guess.shared, WORTH_TOURS),
    )


def stay_noise(ratios: Sequence[float], factor: float, guess: Noise) -> Noise:
    """Return how far stays stray from *factor* times the expected; ``ratios`` are above 0."""
    errors = tamed([log(ratio / factor) for ratio in ratios])
    return Noise(shrunk_spread(_rms(errors), len(errors), guess.own, WORTH))


def packing_delay(late_s: Sequence[float], guess: Delay = PACKING) -> Delay:
    """Return when a shop's parcels are really packed, by seconds after the promised minute."""
    if not late_s:
        return guess
    share = len(late_s) / (len(late_s) + WORTH)
    middle = sum(tamed([one - guess.late_s for one in late_s])) / len(late_s)
    late = guess.late_s + share * middle
    errors = tamed([one - late for one in late_s])
    return Delay(late, shrunk_spread(_rms(errors), len(errors), guess.spread_s, WORTH))


def _rms(errors: Sequence[float]) -> float:
    return sqrt(sum(error**2 for error in errors) / len(errors)) if errors else 0.0
