"""One drawn region for several tests: two communes on a river, and boundaries in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.geodata.recipes.openstreetmap.drawn import (
    CELL_DEG,
    LAT,
    LON,
    LON_CELL_DEG,
    STREET,
    Sheet,
)

#: Two communes, west (a b e d) and east (b c f e), one street through both, a river between.
TWO = """
a . M b . N c
. . . R . . .
A B C X D E F
. . . S . . .
d . . e . . f
"""
BORDER = {"boundary": "administrative"}
WAYS = [
    ("ABCXDEF", STREET | {"name": "Rue Longue"}),
    ("bRXSe", {"waterway": "river", "name": "La Garonne"}),
    ("ba", BORDER),
    ("ad", BORDER),
    ("de", BORDER),
    ("be", {"admin_level": "8"}),
    ("bcfe", BORDER),
]


def commune(insee: str, name: str, ways: list[int], centre: str, **tags: str) -> Any:
    says = BORDER | {"admin_level": "8", "ref:INSEE": insee, "name": name} | tags
    members = [("way", way, "outer") for way in ways]
    return says, [*members, ("node", ord(centre), "admin_centre")]


WEST = commune("47157", "Marmande", [3, 4, 5, 6], "M", population="17 849", postal_code="47200")
EAST = commune("47310", "Tonneins", [6, 7], "N")
SHEET = Sheet(
    TWO,
    WAYS,
    nodes={
        "N": {"place": "town", "name": "Tonneins", "population": "9625"},
        "D": {"addr:postcode": "47400"},
        "E": {"addr:postcode": "47400"},
        "F": {"addr:postcode": "47999"},
    },
    relations=[WEST, EAST],
)


def box(tmp_path: Path, west: float, east: float) -> Path:
    """A boundary around the columns *west* to *east* of the drawing."""
    w, e = LON + west * LON_CELL_DEG, LON + east * LON_CELL_DEG
    n, s = LAT + CELL_DEG, LAT - 5 * CELL_DEG
    ring = [[w, s], [e, s], [e, n], [w, n], [w, s]]
    return geojson(tmp_path, {"type": "Polygon", "coordinates": [ring]})


def geojson(tmp_path: Path, geometry: dict[str, Any]) -> Path:
    path = tmp_path / "boundary.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path
