"""One extract several times over, side by side: real streets in an arrangement that is not.

Decides how a large extract is made of a small one where no large one is at hand.  Each copy
is moved east, its ids are shifted, and a road leads from it to the copy before it, so that all
of them are one network.  Nothing inside a copy is changed.
"""

from __future__ import annotations

import json
from math import ceil
from pathlib import Path
from typing import Any, Final

import osmium
from osmium.osm import NODE, RELATION, WAY

#: Between the ids of two copies; OpenStreetMap's own are a tenth of it.
_APART: Final = 10**11

#: West, south, east, north in degrees.
Box = tuple[float, float, float, float]


def write_copies(extract: Path, target: Path, mb: float) -> tuple[int, Box]:
    """Write *extract* to *target* until it holds *mb*; return how many times, and the box."""
    copies = ceil(mb * 1e6 / extract.stat().st_size)
    box = _box(extract)
    _write(extract, target, copies, box)
    while target.stat().st_size < mb * 1e6:  # packed tighter than the first one was
        copies += 1
        _write(extract, target, copies, box)
    west, south, east, north = box
    return copies, (west, south, east + (copies - 1) * _step_deg(box), north)


def write_boundary(box: Box, target: Path) -> None:
    """Write *box* to *target* as GeoJSON."""
    west, south, east, north = box
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    target.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))


def _step_deg(box: Box) -> float:
    return 1.1 * (box[2] - box[0])


def _write(extract: Path, target: Path, copies: int, box: Box) -> None:
    gate = _gate(extract)
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for kind in (NODE, WAY, RELATION):  # sorted, as extracts are
            for copy in range(copies):
                for one in osmium.FileProcessor(str(extract), kind):
                    _add(writer, one, copy * _APART, copy * _step_deg(box))
                if kind == WAY and copy:
                    writer.add_way(_link(copy, gate))


def _add(writer: osmium.SimpleWriter, one: Any, up: int, east_deg: float) -> None:
    osm_id = one.id + up
    if one.is_node():
        place = one.location
        writer.add_node(one.replace(id=osm_id, location=(place.lon + east_deg, place.lat)))
    elif one.is_way():
        writer.add_way(one.replace(id=osm_id, nodes=[node.ref + up for node in one.nodes]))
    else:
        members = [(member.type, member.ref + up, member.role) for member in one.members]
        writer.add_relation(one.replace(id=osm_id, members=members))


def _link(copy: int, gate: int) -> Any:
    return osmium.osm.mutable.Way(
        id=copy * _APART - 1,
        version=1,
        nodes=[gate + (copy - 1) * _APART, gate + copy * _APART],
        tags={"highway": "primary", "name": "between two copies"},
    )


def _gate(extract: Path) -> int:
    """A node in the middle of a primary road that is driven both ways."""
    ways: Any = osmium.FileProcessor(str(extract), WAY)
    for way in ways:
        if way.tags.get("highway") == "primary" and "oneway" not in way.tags:
            return int(way.nodes[len(way.nodes) // 2].ref)
    raise SystemExit(f"{extract} has no primary road to join its copies by")


def _box(extract: Path) -> Box:
    """What the streets enclose, not the nodes of whatever else reaches into the extract."""
    objects: Any = osmium.FileProcessor(str(extract), NODE | WAY).with_locations()
    places = [
        (node.location.lon, node.location.lat)
        for one in objects
        if one.is_way() and "highway" in one.tags
        for node in one.nodes
        if node.location.valid()
    ]
    lon, lat = zip(*places, strict=True)
    return min(lon), min(lat), max(lon), max(lat)
