"""Where the pilot delivers: a rounded outline around the served communes.

Decides the outline only; whether a point is inside is ``dispatch.streets``' question.
"""

from __future__ import annotations

import numpy as np
import shapely  # type: ignore[import-untyped]

from geodata.recipes.facts import Facts
from geodata.recipes.lines import Plane, Points

REACH_M = 2_000.0  # first guess: the farms of a village
REACH_PER_ROOT_INHABITANT_M = 15.0  # Marmande reaches 4.0 km, Fauillet 2.4 km
CORRIDOR_M = 1_500.0
NEIGHBOURS_M = 8_000.0
TOLERANCE_M = 90.0


def served_area(facts: Facts, plane: Plane) -> list[Points]:
    """Return the outer rings, metres, of discs around served communes and corridors between them.

    The first point of a ring is not repeated.  Holes are filled: nobody explains to
    a customer why a house between two served villages is not.
    """
    served = [commune for commune in facts.communes if commune.served]
    centres = plane.to_m([(c.lat_deg, c.lon_deg) for c in served])
    shapes = [
        shapely.Point(centre).buffer(
            REACH_M + REACH_PER_ROOT_INHABITANT_M * commune.population**0.5, quad_segs=12
        )
        for commune, centre in zip(served, centres, strict=True)
    ]
    shapes += [
        shapely.LineString([a, b]).buffer(CORRIDOR_M, quad_segs=4)
        for k, a in enumerate(centres)
        for b in centres[:k]
        if np.hypot(*(b - a)) < NEIGHBOURS_M
    ]
    whole = shapely.union_all(shapes).simplify(TOLERANCE_M)
    parts = sorted(shapely.get_parts(whole), key=lambda part: -float(part.area))
    return [np.asarray(part.exterior.coords)[:-1] for part in parts]
