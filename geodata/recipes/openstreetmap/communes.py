"""The communes of an import: which, where, how many people live there, what their postcode is.

Decides what is known of a place from its boundary relation, its centre node and the
addresses inside.  What nobody says stays unsaid: "" or 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely  # type: ignore[import-untyped]

from geodata.recipes.openstreetmap.outlines import assemble
from geodata.recipes.openstreetmap.reading import Extract
from geodata.recipes.openstreetmap.relations import COMMUNE_LEVEL, Boundary, Relations
from geodata.town import Commune

#: What stands where France would have an INSEE code.
NO_INSEE: Final = "00000"


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A commune and its outline (longitude, latitude)."""

    commune: Commune
    outline: Any


def areas_of(extract: Extract, relations: Relations, outline: Any, title: str) -> list[Area]:
    """Return the communes whose heart lies in *outline*, or that cover half of it; by population.

    Boundaries that are not whole in the extract are left out; when none is left, one
    commune called *title* covers *outline*.
    """
    found: list[Area] = []
    for boundary in relations.boundaries:
        if not (boundary.insee or boundary.level == COMMUNE_LEVEL):
            continue
        shape = assemble(boundary, _courses(extract, boundary))
        if shape is None:
            continue
        if (
            outline.contains(shape.representative_point())
            or shape.intersection(outline).area > outline.area / 2
        ):
            found.append(Area(_commune(boundary, shape, extract), shape))
    if not found:
        unnamed = Boundary(0, title, COMMUNE_LEVEL, "", 0, "", (), 0)
        found = [Area(_commune(unnamed, outline, extract), outline)]
    return sorted(found, key=lambda one: (-one.commune.population, one.commune.name))


def _courses(extract: Extract, boundary: Boundary) -> dict[int, Any]:
    """Return the member ways that are in the extract from end to end."""
    courses: dict[int, Any] = {}
    for way, _ in boundary.members:
        if (refs := extract.outlines.get(way)) is not None:
            points = extract.points(refs)
            if len(points) == len(refs):
                courses[way] = points
    return courses


def _commune(boundary: Boundary, shape: Any, extract: Extract) -> Commune:
    centre = extract.points(np.array([boundary.centre], np.int64))
    if len(centre):
        lon_deg, lat_deg = centre[0].tolist()
    else:
        inside = shape.representative_point()
        lon_deg, lat_deg = inside.x, inside.y
    settled = extract.settlements.get(boundary.centre)
    return Commune(
        insee=boundary.insee or NO_INSEE,
        name=boundary.name,
        postcode=boundary.postcode or _usual_postcode(shape, extract),
        population=boundary.population or (settled.population if settled else 0),
        lat_deg=round(lat_deg, 6),
        lon_deg=round(lon_deg, 6),
        served=True,
    )


def _usual_postcode(shape: Any, extract: Extract) -> str:
    """Return the postcode most addresses inside have; "" when there is none of five digits."""
    if not extract.postcodes:
        return ""
    points = extract.points(np.array([node for node, _ in extract.postcodes], np.int64))
    inside = shapely.contains_xy(shape, points[:, 0], points[:, 1])
    said = Counter(
        code for (_, code), is_in in zip(extract.postcodes, inside, strict=True) if is_in
    )
    usual = min(said, key=lambda code: (-said[code], code)) if said else ""
    return usual if len(usual) == 5 and usual.isdecimal() else ""
