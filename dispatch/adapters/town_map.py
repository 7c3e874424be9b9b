"""The town drawn for the pages' maps: its main lines, its streets, the names of its communes.

Decides what is worth a line on a phone.  Streets are those of the communes we
deliver to, in one feature, so that a browser draws them as one path.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any, Final

from geodata.town import Commune, Town

#: Inhabitants from which a commune's name is written, and written large.  First guesses:
#: more names than this do not fit beside each other on a phone.
NAMED_FROM: Final = 1_300
TOWN_FROM: Final = 5_000

Coordinates = list[list[float]]


def town_map(town: Town, lines: bytes) -> bytes:
    """Return GeoJSON (WGS 84, longitude first): *lines*, the streets, the communes' names.

    lines : the town's own ``map.geojson``, which leads
    """
    drawing: dict[str, Any] = json.loads(lines)
    streets = {"type": "MultiLineString", "coordinates": _streets(town)}
    drawing["features"] += [_feature(streets, "street", "")]
    drawing["features"] += [_name(c) for c in town.communes if c.population >= NAMED_FROM]
    return json.dumps(drawing, ensure_ascii=False, separators=(",", ":")).encode()


def _streets(town: Town) -> list[Coordinates]:
    """Every street of the communes we deliver to; the edges of one stand together, u to v."""
    net = town.network
    served = {i for i, commune in enumerate(town.communes) if commune.served}
    chains: list[Coordinates] = []
    edges = (e for e in range(len(net.u)) if int(net.commune[e]) in served)
    for _, street in groupby(edges, key=lambda e: (int(net.name[e]), int(net.commune[e]))):
        end = -1
        for e in street:
            if int(net.u[e]) != end:
                chains.append([_point(town, int(net.u[e]))])
            end = int(net.v[e])
            for k in range(int(net.shape_at[e]), int(net.shape_at[e + 1])):
                chains[-1].append(_rounded(net.shape_lon_deg[k], net.shape_lat_deg[k]))
            chains[-1].append(_point(town, end))
    return chains


def _point(town: Town, node: int) -> list[float]:
    return _rounded(town.network.lon_deg[node], town.network.lat_deg[node])


def _rounded(lon_deg: float, lat_deg: float) -> list[float]:
    """Five decimals: about a metre."""
    return [round(float(lon_deg), 5), round(float(lat_deg), 5)]


def _name(commune: Commune) -> dict[str, Any]:
    kind = "town" if commune.population >= TOWN_FROM else "commune"
    at = {"type": "Point", "coordinates": [commune.lon_deg, commune.lat_deg]}
    return _feature(at, kind, commune.name)


def _feature(geometry: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, "name": name}, "geometry": geometry}
