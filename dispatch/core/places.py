"""Points on the map.  Latitude first, always; GeoJSON's order is an edge matter."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, isfinite, radians
from typing import Final

METRES_PER_DEGREE: Final = 111_195  # pi / 180 * mean Earth radius 6 371 009 m (IUGG)

#: The travel time that means "no road": longer than any day, small enough to add up safely.
UNREACHABLE_S: Final = 10**12


@dataclass(frozen=True, slots=True)
class Place:
    """A point in WGS 84 decimal degrees, with the label people use for it."""

    lat_deg: float
    lon_deg: float
    label: str = ""

    def __post_init__(self) -> None:
        if not (isfinite(self.lat_deg) and isfinite(self.lon_deg)):
            raise ValueError(f"not a point on Earth: lat {self.lat_deg}, lon {self.lon_deg}")
        if not -90 <= self.lat_deg <= 90 or not -180 <= self.lon_deg <= 180:
            raise ValueError(f"not a point on Earth: lat {self.lat_deg}, lon {self.lon_deg}")

    def is_at(self, other: Place) -> bool:
        """True for the same point, whatever people call it."""
        return (self.lat_deg, self.lon_deg) == (other.lat_deg, other.lon_deg)


def crow_m(a: Place, b: Place) -> float:
    """Metres as the crow flies on a local flat Earth: good to 0.1 % over 30 km."""
    north = (b.lat_deg - a.lat_deg) * METRES_PER_DEGREE
    east = (b.lon_deg - a.lon_deg) * METRES_PER_DEGREE * cos(radians((a.lat_deg + b.lat_deg) / 2))
    return hypot(north, east)
