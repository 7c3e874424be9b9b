"""Build a town's schematic streets from its ``facts.toml``: always the same ones.

    python -m geodata.recipes.schematic val_de_garonne
    python -m geodata.recipes.schematic val_de_garonne --check

Writes ``network.npz``, ``map.geojson`` and ``SOURCES.toml`` (which also seals the
hand-written files).  ``--check`` writes nothing: it rebuilds and compares.
Decides the order of the work; the drawing is in the modules beside this one.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from geodata.network import Network, read_network
from geodata.recipes.area import served_area
from geodata.recipes.artefacts import map_text, network_bytes, read_header, sources_text
from geodata.recipes.built_up import draw_streets
from geodata.recipes.countryside import draw_lanes, draw_main_roads, join_villages, scatter_farms
from geodata.recipes.facts import Facts, read_facts
from geodata.recipes.lines import Line, Plane, Points, dense, smooth
from geodata.recipes.network import assemble

TOWNS = Path(__file__).parent.parent / "towns"


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Everything drawn, before and after it became a network."""

    plane: Plane
    river: Points
    main_roads: list[Line]
    network: Network


def draw(facts: Facts) -> Drawing:
    """Draw the whole territory.  Deterministic: no clock, no unseeded randomness."""
    middle = np.mean([(c.lat_deg, c.lon_deg) for c in facts.communes], axis=0)
    plane = Plane(round(float(middle[0]), 3), round(float(middle[1]), 3))
    river = smooth(plane.to_m(facts.river.points), 60.0)
    bank_m = facts.river.width_m / 2 + 30
    centres = plane.to_m([(c.lat_deg, c.lon_deg) for c in facts.communes])

    main_roads = draw_main_roads(facts, plane, river)
    roads = main_roads + join_villages(facts.communes, centres, main_roads, river)
    road_points = np.concatenate([dense(line.points, 10.0) for line in roads])
    streets = [
        street
        for index, commune in enumerate(facts.communes)
        for street in draw_streets(index, commune, centres[index], road_points, river, bank_m)
    ]
    anchors = np.concatenate([line.points for line in roads + streets])
    anchors = np.unique(anchors, axis=0)
    farms = scatter_farms(centres, anchors, river, bank_m)
    lanes = draw_lanes(farms, anchors, centres, river)
    return Drawing(plane, river, main_roads, assemble(roads + streets + lanes, plane, river))


def build(folder: Path) -> dict[str, bytes]:
    """Return what the facts in *folder* make: file name → content, nothing written.

    ``SOURCES.toml`` comes last: it seals the other two and the hand-written files.
    """
    facts = read_facts(folder / "facts.toml")
    print(f"{facts.title}: {len(facts.communes)} communes, {len(facts.roads)} roads", flush=True)
    drawing = draw(facts)
    print(
        f"drawn: {len(drawing.network.lat_deg)} nodes, {len(drawing.network.u)} edges, "
        f"{drawing.network.length_m.sum() / 1_000:.0f} km",
        flush=True,
    )
    area = [drawing.plane.to_degrees(ring) for ring in served_area(facts, drawing.plane)]
    files = {
        "network.npz": network_bytes(drawing.network, facts, (folder / "facts.toml").read_bytes()),
        "map.geojson": map_text(facts, drawing.plane, drawing.river, drawing.main_roads, area),
    }
    files["SOURCES.toml"] = sources_text(facts.date, files, folder)
    return files


def differences(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Return one line per committed file that is not what the recipe makes now.

    The network is compared array by array: another zlib may pack the same arrays
    into other bytes.
    """
    wrong: list[str] = []
    for name, content in files.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif name == "network.npz":
            wrong += _network_differences(path.read_bytes(), content)
        elif name == "map.geojson" and path.read_bytes() != content:
            wrong.append(f"{name} differs")
    return wrong


def _network_differences(committed: bytes, rebuilt: bytes) -> list[str]:
    before, now = read_network(committed), read_network(rebuilt)
    other_header = ["header"] if read_header(committed) != read_header(rebuilt) else []
    other_arrays = [
        field.name
        for field in fields(Network)
        if not np.array_equal(getattr(before, field.name), getattr(now, field.name))
    ]
    return [f"network.npz: {name} differs" for name in other_header + other_arrays]


def main(arguments: list[str] | None = None) -> int:
    """Build or check the town named on the command line; 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(prog="geodata.recipes.schematic", description=__doc__)
    parser.add_argument("town", help="a folder of geodata/towns")
    parser.add_argument("--check", action="store_true", help="rebuild, compare, write nothing")
    asked = parser.parse_args(arguments)
    folder = TOWNS / asked.town
    if not (folder / "facts.toml").is_file():
        known = sorted(path.parent.name for path in TOWNS.glob("*/facts.toml"))
        parser.error(f"no facts.toml for {asked.town!r}; known: {', '.join(known)}")
    files = build(folder)
    if asked.check:
        wrong = differences(folder, files)
        print("\n".join(wrong) or "what is committed is what the recipe makes")
        return 1 if wrong else 0
    for name, content in files.items():
        (folder / name).write_bytes(content)
        print(f"wrote {name}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
