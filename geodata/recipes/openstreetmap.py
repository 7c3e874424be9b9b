"""From an OpenStreetMap extract (.osm XML) to the arrays of ``network.npz``.

    python -m geodata.recipes.openstreetmap EXTRACT.osm TOWN --date 2026-11-01

Replaces the drawn streets of a town folder by surveyed ones and seals it.  Run by
hand: osmnx costs seconds and hundreds of megabytes, so it is imported only here,
and only inside the function.  Decides what of OpenStreetMap a courier needs;
does not fetch anything.  The result is © OpenStreetMap contributors, ODbL.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.spatial import cKDTree

from geodata.load import SEAL, TOWNS
from geodata.network import CLASS_NAMES
from geodata.recipes.artefacts import Origin, network_bytes, source_entry
from geodata.recipes.facts import read_facts
from geodata.recipes.lines import Line, Plane
from geodata.recipes.network import Arrays, link
from geodata.town import Commune

#: OpenStreetMap's highway values → ours.  What is not here is not driven to deliver.
CLASS_OF_HIGHWAY: Final = {name: name for name in CLASS_NAMES} | {
    "motorway_link": "motorway",
    "trunk_link": "trunk",
    "primary_link": "primary",
    "secondary_link": "secondary",
    "tertiary_link": "tertiary",
    "cycleway": "path",
    "track": "path",
}
_WAY_TAGS: Final = ["highway", "name", "ref", "oneway", "junction", "access", "maxweight"]
_CLOSED: Final = frozenset({"private", "no"})
_COMMUNE_REACH_M: Final = 10_000.0


def arrays_from_osm(path: Path, communes: tuple[Commune, ...]) -> Arrays:
    """Return the arrays of ``network.npz`` for the streets in *path*.

    Curves keep their bends.  An edge lies in the commune whose centre is nearest,
    -1 beyond 10 km.  Raises ``ValueError`` naming the file when it holds no street.
    """
    plane = Plane(communes[0].lat_deg, communes[0].lon_deg)
    lines = list(_lines(_street_graph(path), plane, communes))
    if not lines:
        raise ValueError(f"{path.name} holds no street a courier could use")
    return link(lines, [line.points for line in lines], np.arange(len(lines)), plane)


def _street_graph(path: Path) -> Any:
    """Return osmnx's simplified graph of the ways in *path* that are open streets."""
    import osmnx

    usual_tags = osmnx.settings.useful_tags_way
    osmnx.settings.useful_tags_way = list(_WAY_TAGS)
    try:
        graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    finally:
        osmnx.settings.useful_tags_way = usual_tags
    # osmnx takes every way of the file for a street: buildings and rivers too.
    useless = [
        (u, v, key)
        for u, v, key, way in graph.edges(keys=True, data=True)
        if way.get("highway") not in CLASS_OF_HIGHWAY or way.get("access") in _CLOSED
    ]
    graph.remove_edges_from(useless)
    graph.remove_nodes_from([node for node, degree in dict(graph.degree()).items() if not degree])
    if not graph:
        return graph
    # Two ways that differ in any of these stay two edges, so each value stays one value.
    differ = [tag for tag in _WAY_TAGS if any(tag in way for *_, way in graph.edges(data=True))]
    return osmnx.simplify_graph(graph, edge_attrs_differ=differ)


def _lines(graph: Any, plane: Plane, communes: tuple[Commune, ...]) -> Iterable[Line]:
    """Yield one line per street piece; the two directions of a two-way street are one line."""
    centres = cKDTree(plane.to_m([(c.lat_deg, c.lon_deg) for c in communes]))
    seen: set[tuple[tuple[float, float], ...]] = set()
    for u, v, way in graph.edges(data=True):
        if "geometry" in way:
            course = tuple((y, x) for x, y in way["geometry"].coords)
        else:
            course = tuple((graph.nodes[n]["y"], graph.nodes[n]["x"]) for n in (u, v))
        oneway = bool(way["oneway"])
        if not oneway and course[::-1] in seen:
            continue
        seen.add(course)
        points = plane.to_m(course)
        away_m, nearest = centres.query(points.mean(axis=0))
        yield Line(
            name=str(way.get("name") or way.get("ref") or ""),
            road_class=CLASS_OF_HIGHWAY[way["highway"]],
            points=points,
            commune=int(nearest) if away_m < _COMMUNE_REACH_M else -1,
            oneway=oneway,
            max_weight_kg=_kilograms(way.get("maxweight")),
        )


def _kilograms(text: str | None) -> int:
    """Read OpenStreetMap's ``maxweight``, in tonnes unless it says otherwise; 0 when unreadable."""
    try:
        return round(float((text or "0").removesuffix("t").strip().replace(",", ".")) * 1000)
    except ValueError:
        return 0  # "none", "below 3 m", …: no limit we could apply


def main(arguments: list[str] | None = None, towns: Path = TOWNS) -> int:
    """Replace the streets of a town by those of an extract, and seal them."""
    parser = argparse.ArgumentParser(prog="geodata.recipes.openstreetmap")
    parser.add_argument("extract", type=Path, help=".osm XML, or .osm.bz2, or .osm.gz")
    parser.add_argument("town", help="a folder of geodata/towns, with its facts.toml")
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="of the extract")
    asked = parser.parse_args(arguments)
    folder = towns / asked.town
    arrays = arrays_from_osm(asked.extract, read_facts(folder / "facts.toml").communes)
    content = network_bytes(arrays)
    (folder / "network.npz").write_bytes(content)
    digest = hashlib.sha256(asked.extract.read_bytes()).hexdigest()
    origin = Origin(
        f"{asked.extract.name}, sha256 {digest}",
        "ODbL 1.0",
        "© OpenStreetMap contributors.",
        schematic=False,
    )
    seal = folder / SEAL
    table = source_entry("network.npz", origin, asked.date, content)
    old = seal.read_text("utf-8")
    # A function, because a replacement text would have its backslashes read.
    seal.write_text(re.sub(r'\["network\.npz"\]\n(?:.+\n)*', lambda _: table, old), "utf-8")
    print(f"wrote network.npz: {len(arrays['u'])} edges, {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
