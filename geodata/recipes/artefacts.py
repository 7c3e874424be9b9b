"""How artefacts are written: packed arrays, a GeoJSON of what a map shows, and their sources.

Decides formats.  ``geodata.load`` reads them back without importing this.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from geodata.network import Network, pack_network
from geodata.recipes.facts import Facts
from geodata.recipes.lines import Line, Plane, Points

HEADER: Final = "header.json"
#: Counts up when the same facts make other streets.
RECIPE: Final = "schematic 2"

_POPULATIONS = "INSEE populations, codes and postcodes: @etalab/decoupage-administratif 6.0.0 (MIT)"
_CENTRES = "centre points: GeoNames (CC BY 4.0), commune centroids where GeoNames has none"
_ROADS = "road numbers and bridge names: public knowledge"
_NOT_SURVEY = (
    "This is a schematic drawing, not survey data: the streets and their names are made up."
)
_FICTION = "Fictional: no such shop or person exists."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an artefact comes from, under which licence, and what it must not be taken for."""

    source: str
    licence: str
    sentence: str
    schematic: bool = True


_DRAWN = Origin(
    "drawn from facts.toml by geodata/recipes/schematic.py",
    "MIT, with CC BY 4.0 centre points",
    _NOT_SURVEY,
)
_INVENTED = Origin(
    "invented for the demonstration; phones from the range ARCEP reserves for fiction",
    "MIT",
    f"{_FICTION} {_NOT_SURVEY}",
)

#: What stands beside the ``SOURCES.toml`` of a schematic town.
SCHEMATIC: Final[Mapping[str, Origin]] = MappingProxyType(
    {
        "facts.toml": Origin(
            f"{_POPULATIONS}; {_CENTRES}; {_ROADS}",
            "MIT (populations), CC BY 4.0 (centre points)",
            "Waypoints of roads and river are a sketch, not survey data.",
        ),
        "network.npz": _DRAWN,
        "map.geojson": _DRAWN,
        "merchants.toml": _INVENTED,
        "couriers.toml": _INVENTED,
        "people.toml": _INVENTED,
    }
)


def network_bytes(network: Network, facts: Facts, facts_text: bytes) -> bytes:
    """Return *network* packed, with a header in it that says what it is not.

    ``unzip -p network.npz header.json``; ``facts_text``: the file *facts* were read from.
    """
    header = {
        "source": _DRAWN.source,
        "sha256": hashlib.sha256(facts_text).hexdigest(),
        "date": facts.date.isoformat(),
        "recipe": RECIPE,
        "schematic": True,
        "sentence": _NOT_SURVEY,
        "licence": _DRAWN.licence,
        "attribution": facts.attribution,
    }
    out = io.BytesIO(pack_network(network))
    with zipfile.ZipFile(out, "a") as archive:
        # Zip files date their members; this one says the same whenever it is made.
        member = zipfile.ZipInfo(HEADER, (1980, 1, 1, 0, 0, 0))
        archive.writestr(member, json.dumps(header, ensure_ascii=False, indent=1) + "\n")
    return out.getvalue()


def read_header(content: bytes) -> dict[str, Any]:
    """Return the header of an ``.npz``; {} when it has none."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if HEADER not in archive.namelist():
            return {}
        header: dict[str, Any] = json.loads(archive.read(HEADER))
    return header


def map_text(
    facts: Facts, plane: Plane, river: Points, roads: list[Line], area: list[Points]
) -> bytes:
    """Return GeoJSON (longitude first): ``area`` polygons, the ``river``, the main roads.

    *area* rings are (lat, lon) degrees; *river* and *roads* are metres on *plane*.
    """
    features = [
        _feature("Polygon", [_lon_lat([*ring, ring[0]])], kind="area", name=facts.title)
        for ring in area
    ]
    course = _lon_lat(plane.to_degrees(river))
    features.append(_feature("LineString", course, kind="river", name=facts.river.name))
    for road in roads:
        course = _lon_lat(plane.to_degrees(road.points))
        features.append(_feature("LineString", course, kind=road.road_class, name=road.name))
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()


def _feature(shape: str, coordinates: object, **properties: str) -> dict[str, object]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _lon_lat(lat_lon: Any) -> list[list[float]]:
    return [[round(float(lon), 5), round(float(lat), 5)] for lat, lon in lat_lon]


def source_entry(name: str, origin: Origin, built_on: date, content: bytes) -> str:
    """Return the table of ``SOURCES.toml`` about one artefact."""
    return (
        f'["{name}"]\n'
        f'source = "{origin.source}"\n'
        f"date = {built_on.isoformat()}\n"
        f'licence = "{origin.licence}"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f"schematic = {str(origin.schematic).lower()}\n"
        f'sentence = "{origin.sentence}"\n'
    )


def sources_text(built_on: date, files: Mapping[str, bytes], folder: Path) -> bytes:
    """Return the ``SOURCES.toml`` of a schematic town.

    Content comes from *files*, or from *folder* for what was written by hand; what
    is in neither is left out.
    """
    entries = [
        "# Where each file beside this one comes from.  Written by the recipe, which also\n"
        "# seals the hand-written ones; after editing one: python -m geodata.recipes.seal TOWN\n"
    ]
    for name, origin in SCHEMATIC.items():
        if name in files:
            entries.append(source_entry(name, origin, built_on, files[name]))
        elif (folder / name).is_file():
            entries.append(source_entry(name, origin, built_on, (folder / name).read_bytes()))
    return "\n".join(entries).encode()
