"""What a map of the town shows: its area, its rivers and canals, its main roads, as GeoJSON.

Decides what is worth a line and how fine it is drawn.  Streets are added by whoever serves
the map.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, Final

import numpy as np
import shapely  # type: ignore[import-untyped]

from geodata.network import CLASS_NAMES, Network
from geodata.recipes.openstreetmap.reading import Extract

#: About 5 m: finer than a line on a phone is wide.
TOLERANCE_DEG: Final = 5e-5
#: A stream that is shorter here says little about how the town is cut.
RIVER_FROM_DEG: Final = 0.003
_DRAWN: Final = CLASS_NAMES[: CLASS_NAMES.index("tertiary") + 1]


def rivers_of(extract: Extract, clip: Any) -> dict[str, Any]:
    """Return name → lines (longitude, latitude) of rivers and canals inside *clip*."""
    lines: defaultdict[str, list[Any]] = defaultdict(list)
    for river in extract.rivers:
        points = extract.points(river.refs)
        if len(points) > 1:
            lines[river.name].append(shapely.LineString(points))
    found: dict[str, Any] = {}
    for name, parts in sorted(lines.items()):
        course = shapely.line_merge(shapely.union_all(parts)).intersection(clip)
        if not course.is_empty and sum(part.length for part in parts) >= RIVER_FROM_DEG:
            found[name] = course
    return found


def map_geojson(title: str, outline: Any, rivers: dict[str, Any], network: Network) -> bytes:
    """Return the drawing, one feature a line.

    A hole in *outline* is a ring of its own: the area is read by the even-odd rule.
    """
    features: list[str] = []
    for part in shapely.get_parts(outline.simplify(TOLERANCE_DEG)):
        for ring in (part.exterior, *part.interiors):
            features.append(_feature("Polygon", [_points(ring)], "area", title))
    for name, course in rivers.items():
        for line in _lines(course.simplify(TOLERANCE_DEG)):
            features.append(_feature("LineString", _points(line), "river", name))
    for (kind, name), course in _main_roads(network).items():
        for line in _lines(shapely.line_merge(course).simplify(TOLERANCE_DEG)):
            features.append(_feature("LineString", _points(line), CLASS_NAMES[kind], name))
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n").encode()


def _main_roads(network: Network) -> dict[tuple[int, str], Any]:
    roads: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
    for edge in np.flatnonzero(network.road_class < len(_DRAWN)).tolist():
        key = int(network.road_class[edge]), network.names[int(network.name[edge])]
        roads[key].append(shapely.LineString(course_of(network, edge)))
    return {key: shapely.union_all(parts) for key, parts in sorted(roads.items())}


def course_of(network: Network, edge: int) -> list[tuple[float, float]]:
    """Return the edge from u to v with its bends: (longitude, latitude) each."""
    bends = slice(int(network.shape_at[edge]), int(network.shape_at[edge + 1]))
    first, last = int(network.u[edge]), int(network.v[edge])
    return [
        (float(network.lon_deg[first]), float(network.lat_deg[first])),
        *zip(
            network.shape_lon_deg[bends].tolist(),
            network.shape_lat_deg[bends].tolist(),
            strict=True,
        ),
        (float(network.lon_deg[last]), float(network.lat_deg[last])),
    ]


def _lines(shape: Any) -> list[Any]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]


def _points(line: Any) -> list[list[float]]:
    return [[round(x, 5), round(y, 5)] for x, y in line.coords]


def _feature(shape: str, coordinates: object, kind: str, name: str) -> str:
    feature = {
        "type": "Feature",
        "properties": {"kind": kind, "name": name},
        "geometry": {"type": shape, "coordinates": coordinates},
    }
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
