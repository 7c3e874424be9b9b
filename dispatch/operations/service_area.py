"""Do we deliver there?  The commune's code first, the drawn area second, a street third.

Decides which of them is asked, and how far off a place is that none allows.  Does
not know addresses: whether a text means this place is ``operations.locate``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, inf, radians
from typing import Final

from dispatch.core.errors import Invalid
from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.core.reasons import Refusal
from dispatch.operations.ports import Ports
from dispatch.streets.area import Ring, contains

#: A drawn border is no survey: a point this far outside is still inside.  First guess,
#: what commune polygons and address codes were seen to disagree by.
TOLERANCE_M: Final = 100.0

#: A car needs a road; what it can reach within walking distance of its doors, all can.
_PROFILE: Final = "car"
_DOORSTEP: Final = ("deliver_to",)


def not_served(place: Place, insee: str, ports: Ports) -> Refusal | None:
    """Return why nobody delivers to *place*, with the distance; None when we do.

    insee : code of the commune that its address names, "" when none is known

    ``outside_area``: another commune, or too far from the drawn area.  ``unreachable``:
    inside, but farther from any street than a courier walks (in the river, in a forest).
    """
    if not _in_area(place, insee, ports):
        away_m = distance_m(ports.territory.area, place)
        # A commune that we do not serve may reach into the drawing.
        return Refusal(
            "outside_area", _DOORSTEP, away_m=round(away_m) if 0 < away_m < inf else None
        )
    if not ports.streets.contains(place):
        return Refusal("unreachable", _DOORSTEP, away_m=_street_away_m(place, ports))
    return None


def _in_area(place: Place, insee: str, ports: Ports) -> bool:
    land = ports.territory
    if insee and land.communes:
        return insee in land.communes
    if contains(land.area, place) or distance_m(land.area, place) <= TOLERANCE_M:
        return True
    near = ports.geocoder.nearest(place, TOLERANCE_M)
    return near is not None and near.insee in land.communes


def _street_away_m(place: Place, ports: Ports) -> int | None:
    """Return the metres to the nearest street, which the streets tell when they refuse."""
    try:
        ports.streets.durations_s([place], _PROFILE)
    except Invalid as why:
        away_m = why.facts.get("away_m")
        return int(away_m) if isinstance(away_m, int | float) else None
    return None


def distance_m(rings: Sequence[Ring], place: Place) -> float:
    """Return metres from *place* to the nearest side of *rings*, 0 inside; inf without rings.

    On a flat Earth local to *place*: good to 1 % within 100 km.
    """
    if contains(rings, place):
        return 0.0
    east_m = METRES_PER_DEGREE * cos(radians(place.lat_deg))
    nearest_m = inf
    for ring in rings:
        points = [
            ((lon - place.lon_deg) * east_m, (lat - place.lat_deg) * METRES_PER_DEGREE)
            for lat, lon in ring
        ]
        for a, b in zip(points, [*points[1:], points[0]], strict=True):
            nearest_m = min(nearest_m, _from_origin_m(a, b))
    return nearest_m


def _from_origin_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of the origin from the side *a* to *b*."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else min(1.0, max(0.0, -(a[0] * dx + a[1] * dy) / length))
    return hypot(a[0] + along * dx, a[1] + along * dy)
