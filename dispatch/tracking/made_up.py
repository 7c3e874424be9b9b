"""What chances of sold promises come to: an increasing curve, learnt from many that have ended.

Decides what it says, and what a town begins with.  Whoever lives thousands of made-up days sees
what no tour says when a promise is sold: later orders use up the slack of what looked sure, and
the next plan mends what looked lost, as long as the couriers are not too few.  How it is learnt
is ``lived_again``'s; what the town's own facts say beside it, ``reliability.correction``'s.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dispatch.tracking.reliability import chance, log_odds


@dataclass(frozen=True, slots=True)
class Curve:
    """The settings' table ``[chances]``.

    source       : what it was learnt from, and when;  promises : how many
    as_it_stands : chances as the tours stood, from low to high
    kept         : how often such promises were kept; between two points, along the log-odds of
                   the chances.  Surer than the last point, as there; below the first it falls
                   to nothing: nobody ever saw such a promise
    spares_s     : what couriers had to spare when they were sold, from little to much
    shifts       : what that adds to the log-odds of ``kept``, which is of the usual; straight
                   between two of them, and farther out as at the last.  Without any: nothing

    Without points chances are told as the tours stand.
    """

    source: str = ""
    promises: int = 0
    as_it_stands: tuple[float, ...] = ()
    kept: tuple[float, ...] = ()
    spares_s: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.as_it_stands) != len(self.kept):
            raise ValueError(
                f"as_it_stands has {len(self.as_it_stands)} chances, kept {len(self.kept)}"
            )
        for name in ("as_it_stands", "kept"):
            found = getattr(self, name)
            if not all(0 < p < 1 for p in found):
                raise ValueError(f"{name}: a chance is out of 0 to 1: {list(found)}")
        if any(a >= b for a, b in zip(self.as_it_stands, self.as_it_stands[1:], strict=False)):
            raise ValueError(f"as_it_stands does not grow: {list(self.as_it_stands)}")
        if any(a > b for a, b in zip(self.kept, self.kept[1:], strict=False)):
            raise ValueError(f"kept becomes less: {list(self.kept)}")
        self._check_shifts()
        if self.kept and not (self.source and self.promises > 0):
            raise ValueError("source and promises are missing: what was this learnt from?")

    def _check_shifts(self) -> None:
        if len(self.spares_s) != len(self.shifts):
            raise ValueError(f"spares_s has {len(self.spares_s)} times, shifts {len(self.shifts)}")
        if any(a >= b for a, b in zip(self.spares_s, self.spares_s[1:], strict=False)):
            raise ValueError(f"spares_s does not grow: {list(self.spares_s)}")
        if any(a > b for a, b in zip(self.shifts, self.shifts[1:], strict=False)):
            raise ValueError(f"shifts become less: {list(self.shifts)}")
        if self.shifts and not self.kept:
            raise ValueError("shifts are of a curve, and there is none")

    def of(self, p: float, spare_s: float | None = None) -> float:
        """Return how often promises are kept whose chance is *p* as the tours stand.

        spare_s : what couriers have to spare (``Chance.spare_s``); None: as usual
        """
        if not self.kept:
            return p
        usual = self._usual(p)
        if spare_s is None or not self.shifts:
            return usual
        return chance(log_odds(usual) + self._shift(spare_s))

    def _usual(self, p: float) -> float:
        n = bisect_right(self.as_it_stands, p)
        if n == len(self.kept):
            return self.kept[-1]
        low, least = (self.as_it_stands[n - 1], self.kept[n - 1]) if n else (0.0, 0.0)
        begins, ends = log_odds(low), log_odds(self.as_it_stands[n])
        share = (log_odds(p) - begins) / (ends - begins)
        return least + share * (self.kept[n] - least)

    def _shift(self, spare_s: float) -> float:
        n = bisect_right(self.spares_s, spare_s)
        if n in (0, len(self.shifts)):
            return self.shifts[max(0, n - 1)]
        low_s, high_s = self.spares_s[n - 1 : n + 1]
        share = (spare_s - low_s) / (high_s - low_s)
        return self.shifts[n - 1] + share * (self.shifts[n] - self.shifts[n - 1])


#: Chances as the tours stand.
NOTHING: Final = Curve()
#: What a town begins with, by the policy that lets its couriers go.  Nothing of it was measured
#: anywhere: generated days of the pilot's town, from idle ones to such as no crew could keep.
BUILT_IN: Final = MappingProxyType(
    {
        "waves": Curve(
            "102 generated days of val_de_garonne with 2 to 6 couriers and 30 to 280 orders, "
            "waves, 2026-11-23",
            6791,
            (0.169, 0.248, 0.396, 0.576, 0.688, 0.792, 0.922, 0.987, 0.998),
            (0.685, 0.685, 0.697, 0.711, 0.723, 0.76, 0.84, 0.871, 0.929),
            (
                -2623.0,
                -1618.0,
                -622.0,
                -95.0,
                107.0,
                317.0,
                611.0,
                893.0,
                1000.0,
                1088.0,
                1188.0,
                1294.0,
                1717.0,
            ),
            (-1.28, -1.23, -1.22, -0.93, -0.7, -0.38, -0.14, -0.06, 0.05, 0.31, 0.35, 0.45, 0.49),
        ),
        "rolling": Curve(
            "99 generated days of val_de_garonne with 2 to 6 couriers and 30 to 280 orders, "
            "rolling, 2026-11-23",
            6670,
            (0.204, 0.288, 0.409, 0.498, 0.642, 0.774, 0.888, 0.96, 0.975, 0.99, 0.998),
            (0.738, 0.738, 0.762, 0.836, 0.844, 0.887, 0.922, 0.936, 0.951, 0.968, 0.978),
            (
                -801.0,
                -137.0,
                512.0,
                949.0,
                1062.0,
                1206.0,
                1391.0,
                1490.0,
                1528.0,
                1616.0,
                1672.0,
                1695.0,
                1716.0,
                1731.0,
                1783.0,
            ),
            (
                -2.04,
                -1.88,
                -1.7,
                -1.48,
                -1.43,
                -1.09,
                -0.81,
                -0.53,
                -0.23,
                0.07,
                0.15,
                0.29,
                0.61,
                0.65,
                0.66,
            ),
        ),
    }
)
