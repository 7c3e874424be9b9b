"""What a planner may tune about weather.

Decides nothing by itself: ``learnt`` puts it to use on the days that were said to be wet.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WeatherRules:
    """The settings' table ``[weather]``.

    wet_factor : what a way takes on a wet day, of what it takes on a dry one (1 to 2), until the
                 town's own facts say better

    First guess of 2026-11-24, not measured here: light rain takes a tenth of the speed of free
    traffic, heavy rain a sixth, and a wet street with lights 10 to 25 % (26 studies by Prevedouros
    and Kongsil, *Synthesis of the Effects of Wet Conditions on Highway Speed and Capacity*, 2003;
    US FHWA, *How Do Weather Events Impact Roads?*).  We found nothing as good about cargo bikes.
    """

    wet_factor: float = 1.10

    def __post_init__(self) -> None:
        if not 1 <= self.wet_factor <= 2:
            raise ValueError(f"wet_factor is out of 1 to 2: {self.wet_factor}")
