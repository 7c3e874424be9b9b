"""Is this point inside the drawn area?

Decides by drawing only: whether a street leads there is ``streets.network``'s
question.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.core.places import Place

Ring = Sequence[tuple[float, float]]


def contains(rings: Sequence[Ring], place: Place) -> bool:
    """Tell whether *place* lies inside *rings* of ``(lat, lon)`` degrees.

    Even-odd rule: a ring within a ring is a hole, rings apart are all inside.
    A ring may repeat its first point at the end or not.  A point on the border
    of two adjoining areas is in exactly one of them.  Raises ``ValueError``
    for a ring of fewer than three points.
    """
    inside = False
    for ring in rings:
        if len(ring) < 3:
            raise ValueError(f"a ring needs three points, got {list(ring)}")
        lat1, lon1 = ring[-1]
        for lat2, lon2 in ring:
            # Count the sides crossed on the way to the east; ``>`` on both ends
            # makes a corner belong to one of its two sides only.
            if (lat1 > place.lat_deg) != (lat2 > place.lat_deg):
                lon_on_side = lon1 + (place.lat_deg - lat1) / (lat2 - lat1) * (lon2 - lon1)
                inside ^= place.lon_deg < lon_on_side
            lat1, lon1 = lat2, lon2
    return inside
