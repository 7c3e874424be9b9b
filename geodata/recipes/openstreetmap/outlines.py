"""The outline of what is imported: a GeoJSON file, or commune boundaries in the extract itself.

Decides what a usable boundary is: polygons, valid or mended with a warning, never empty.
Does not read streets.  All geometry is longitude, latitude in degrees, as GeoJSON has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import cos, radians
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium.osm
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray
from shapely import affinity

from geodata.recipes.lines import METRES_PER_DEGREE
from geodata.recipes.openstreetmap.notes import ImportRefused
from geodata.recipes.openstreetmap.relations import Boundary, Relations, objects

#: A polygon that loses or wins more than this share by being mended was drawn wrong.
MENDED_SHARE: Final = 0.05

Outline = Any  # a shapely Polygon or MultiPolygon


def read_boundary(path: Path, codes: Sequence[str] = ()) -> tuple[Outline, list[str]]:
    """Return the union of the polygons in the GeoJSON *path*, and where it was mended.

    codes : only the features with one of these INSEE codes among their properties

    Raises ``ImportRefused`` naming the file when it is no GeoJSON, holds no polygon, lacks a
    code, lies outside the Earth's degrees, or crosses itself so that nobody can tell what is
    inside.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, ValueError) as why:
        raise ImportRefused(f"{path.name} is not GeoJSON: {why}") from None
    if codes:
        document = _with_codes(document, codes, path.name)
    shapes: list[Outline] = []
    for geometry in _geometries(document):
        if not isinstance(geometry, dict) or geometry.get("type") not in (
            "Polygon",
            "MultiPolygon",
        ):
            continue
        try:
            shapes.append(shapely.geometry.shape(geometry))
        except (ValueError, TypeError, AttributeError, IndexError, KeyError) as why:
            raise ImportRefused(f"{path.name}: a polygon cannot be read: {why}") from None
    if not shapes or all(shape.is_empty for shape in shapes):
        raise ImportRefused(f"{path.name} holds no polygon: nothing says what is inside")
    mended: list[str] = []
    whole = shapely.union_all([_mend(shape, path.name, mended) for shape in shapes])
    west, south, east, north = whole.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise ImportRefused(
            f"{path.name} is not in degrees of longitude and latitude (WGS 84): "
            f"it reaches from {west:g}, {south:g} to {east:g}, {north:g}"
        )
    return whole, mended


def _with_codes(document: Any, codes: Sequence[str], file: str) -> dict[str, Any]:
    features = document.get("features") or [] if isinstance(document, dict) else []
    found: dict[str, Any] = {}
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        for value in (properties or {}).values():
            if isinstance(value, str) and value in codes:
                found[value] = feature
    if missing := [code for code in codes if code not in found]:
        raise ImportRefused(f"{file} has no feature with the code {', '.join(missing)}")
    return {"type": "FeatureCollection", "features": list(found.values())}


def _geometries(document: Any) -> Iterable[Any]:
    if not isinstance(document, dict):
        return
    if document.get("type") == "FeatureCollection":
        for feature in document.get("features") or ():
            yield from _geometries(feature)
    elif document.get("type") == "Feature":
        yield from _geometries(document.get("geometry"))
    elif document.get("type") == "GeometryCollection":
        for geometry in document.get("geometries") or ():
            yield from _geometries(geometry)
    else:
        yield document


def _mend(shape: Outline, file: str, mended: list[str]) -> Outline:
    if shape.is_valid:
        return shape
    why = shapely.is_valid_reason(shape)
    whole = shapely.make_valid(shape)
    polygons = [
        part for part in shapely.get_parts(whole) if part.geom_type in ("Polygon", "MultiPolygon")
    ]
    hull, area = shape.convex_hull.area, sum(part.area for part in polygons)
    if not polygons or area <= 0 or abs(area - abs(shape.area)) > MENDED_SHARE * hull:
        raise ImportRefused(
            f"{file}: a polygon crosses itself ({why}) and cannot be mended without guessing "
            "what is inside: draw it again"
        )
    mended.append(f"{file}: {why}")
    return shapely.union_all(polygons)


def widened(outline: Outline, metres: float) -> Outline:
    """Return *outline* with *metres* more on every side, on a local flat Earth."""
    lat = outline.centroid.y
    east, north = METRES_PER_DEGREE * cos(radians(lat)), METRES_PER_DEGREE
    flat = affinity.scale(outline, east, north, origin=(0, 0))
    wide = flat.buffer(metres, quad_segs=8).simplify(metres / 100)
    return affinity.scale(wide, 1 / east, 1 / north, origin=(0, 0))


def assemble(boundary: Boundary, courses: Mapping[int, NDArray[np.float64]]) -> Outline | None:
    """Return the polygon that *boundary*'s ways enclose; None when they leave a gap.

    courses : way id → (k, 2) longitude, latitude
    """
    rings: dict[str, list[Any]] = {"outer": [], "inner": []}
    for way, role in boundary.members:
        course = courses.get(way)
        if course is None or len(course) < 2:
            return None
        rings[role].append(shapely.LineString(course))
    outer = shapely.polygonize([shapely.union_all(rings["outer"])])
    if outer.is_empty:
        return None
    whole = shapely.union_all(outer.geoms)
    if rings["inner"]:
        whole = whole.difference(shapely.union_all(shapely.polygonize(rings["inner"]).geoms))
    return whole


def communes_by_code(relations: Relations, codes: Sequence[str]) -> list[Boundary]:
    """Return the communes of those INSEE *codes*, in that order.

    Raises ``ImportRefused`` naming the codes that the extract does not have, and some it has.
    """
    known = {one.insee: one for one in relations.boundaries if one.insee}
    if missing := [code for code in codes if code not in known]:
        some = ", ".join(f"{code} {known[code].name}" for code in sorted(known)[:10])
        has = f"it has {len(known)}: {some}" if known else "it has no commune with a ref:INSEE"
        raise ImportRefused(f"no commune {', '.join(missing)} in this extract; {has}")
    return [known[code] for code in codes]


def boundary_by_name(relations: Relations, name: str) -> Boundary:
    """Return the administrative boundary called *name*, the smallest when there are several.

    Raises ``ImportRefused`` when there is none.
    """
    wanted = name.casefold().strip()
    found = [one for one in relations.boundaries if one.name.casefold() == wanted]
    if not found:
        raise ImportRefused(f"no administrative boundary {name!r} in this extract")
    return max(found, key=lambda one: one.level)


def read_outlines(path: Path, boundaries: Sequence[Boundary]) -> list[Outline]:
    """Return the polygons of *boundaries*, read from *path* in two passes.

    Raises ``ImportRefused`` naming the boundaries whose line is not whole in the file.
    """
    wanted = {way for one in boundaries for way, _ in one.members}
    refs: dict[int, list[int]] = {
        way.id: [node.ref for node in way.nodes]
        for way in objects(path, osmium.osm.WAY)
        if way.id in wanted
    }
    needed = {ref for nodes in refs.values() for ref in nodes}
    places: dict[int, tuple[float, float]] = {
        node.id: (node.location.lon, node.location.lat)
        for node in objects(path, osmium.osm.NODE)
        if node.id in needed
    }
    courses = {
        way: np.array([places[ref] for ref in nodes])
        for way, nodes in refs.items()
        if all(ref in places for ref in nodes)
    }
    found = [assemble(one, courses) for one in boundaries]
    if gaps := [
        one.name for one, outline in zip(boundaries, found, strict=True) if outline is None
    ]:
        raise ImportRefused(
            f"the boundary of {', '.join(gaps)} is not whole in {path.name}: the extract is too "
            "small; give the boundary with --boundary"
        )
    return found
