"""A network written as OpenStreetMap XML, so that another engine can drive on the same streets.

Decides tags only: class, direction, limit, lights, forbidden turns.  One way an edge.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dispatch.streets.arrays import CAR_BACK, CAR_THERE, StreetArrays


def write_osm(streets: StreetArrays, path: Path) -> None:
    """Write what a car can use of *streets* to *path*, an ``.osm`` file."""
    car = np.flatnonzero((streets.access & (CAR_THERE | CAR_BACK)) > 0).tolist()
    nodes = len(streets.lat_deg)
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
        for k in range(nodes):
            at = f'lat="{streets.lat_deg[k]:.7f}" lon="{streets.lon_deg[k]:.7f}" version="1"'
            lights = '><tag k="highway" v="traffic_signals"/></node>' if streets.signal[k] else "/>"
            file.write(f'<node id="{k + 1}" {at}{lights}\n')
        for k, (lat, lon) in enumerate(
            zip(streets.shape_lat_deg, streets.shape_lon_deg, strict=True), nodes + 1
        ):
            file.write(f'<node id="{k}" lat="{lat:.7f}" lon="{lon:.7f}" version="1"/>\n')
        for edge in car:
            file.write(_way(streets, edge, nodes))
        for k in range(len(streets.turn_from)):
            file.write(_restriction(streets, k))
        file.write("</osm>\n")


def _way(streets: StreetArrays, edge: int, nodes: int) -> str:
    bends = range(streets.shape_at[edge], streets.shape_at[edge + 1])
    refs = [streets.u[edge] + 1, *(nodes + 1 + k for k in bends), streets.v[edge] + 1]
    access = streets.access[edge]
    one_way = {CAR_THERE: "yes", CAR_BACK: "-1"}.get(access & (CAR_THERE | CAR_BACK), "no")
    tags = {"highway": streets.class_names[streets.road_class[edge]], "oneway": one_way}
    if limit_kmh := int(streets.limit_there_kmh[edge]):
        tags["maxspeed"] = str(limit_kmh)
    listed = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    told = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{edge + 1}" version="1">{listed}{told}</way>\n'


def _restriction(streets: StreetArrays, turn: int) -> str:
    members = (
        ("way", streets.turn_from[turn] + 1, "from"),
        ("node", streets.turn_via[turn] + 1, "via"),
        ("way", streets.turn_to[turn] + 1, "to"),
    )
    listed = "".join(
        f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members
    )
    tags = '<tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/>'
    return f'<relation id="{turn + 1}" version="1">{listed}{tags}</relation>\n'
