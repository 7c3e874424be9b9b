"""The health of a town's streets as one document: what hangs together, what is at risk.

Decides what a planner must be told before promises rest on these streets.  The document is
plain data, kept beside the town as ``health.json``; ``words`` says it in sentences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from geodata import network as net
from geodata.network import Network
from geodata.recipes.health.graph import Streets, cut_edges, lengths_m, streets_of
from geodata.recipes.lines import METRES_PER_DEGREE
from geodata.recipes.openstreetmap.drawing import course_of
from geodata.town import Commune, MapLine

Health = dict[str, Any]

SHOWN: Final = 20
ISLANDS_SHOWN: Final = 5
#: A place is worth a line when so many people, or where nobody counted them so large a share
#: of all streets, would be cut off.  First guesses.
PEOPLE_FROM: Final = 100
STREETS_FROM: Final = 0.01
#: Doors between which detours are sampled, and how near two may be: around a block is no news.
DOORS: Final = 60
CROW_FROM_M: Final = 500.0
CROSSINGS_TRIED: Final = 60

_HOME_CLASSES: Final = ("unclassified", "residential", "living_street", "service")


def health_of(
    network: Network,
    communes: Sequence[Commune],
    rivers: Mapping[str, Any],
    bridge_names: Mapping[int, str],
    seed: int = 1,
) -> Health:
    """Return the report on *network*; the same streets and seed give the same one.

    rivers       : name → lines (longitude, latitude)
    bridge_names : way id → the bridge's own name
    """
    by_profile = {profile: streets_of(network, profile) for profile in ("car", "bike", "foot")}
    car = by_profile["car"]
    people = _people(network, communes)
    return {
        "nodes": len(network.lat_deg),
        "edges": len(network.u),
        "turns": len(network.turn_from),
        "chains": len(network.chain_via),
        "signals": int(network.signal.sum()),
        "communes": [commune.name for commune in communes],
        "inhabitants": sum(commune.population for commune in communes),
        "profiles": {profile: _share(one) for profile, one in by_profile.items()},
        "crossings": _crossings(car, rivers, bridge_names),
        "single_points": _single_points(car, people, bridge_names),
        "detours": _detours(car, seed),
    }


def lines_of(rivers: Sequence[MapLine]) -> dict[str, Any]:
    """Return the rivers of a map as ``health_of`` takes them: name → lines."""
    by_name: defaultdict[str, list[Any]] = defaultdict(list)
    for line in rivers:
        by_name[line.name].append(shapely.LineString([(lon, lat) for lat, lon in line.points]))
    return {name: shapely.union_all(lines) for name, lines in by_name.items()}


def _share(streets: Streets) -> Health:
    """How much of one profile's streets hangs together, and the largest parts that do not."""
    network, used, inside = streets.network, streets.used, streets.inside
    metres = np.where(used, network.length_m, 0.0).astype(np.float64)
    lost = used & ~inside
    islands: defaultdict[int, list[int]] = defaultdict(list)
    for edge in np.flatnonzero(lost).tolist():
        part = streets.part[[network.u[edge], network.v[edge]]]
        # An edge between two parts is a way in without a way out, or the reverse.
        islands[int(part[part != streets.largest][0])].append(edge)
    largest = sorted(islands.values(), key=lambda edges: -float(metres[edges].sum()))
    whole_km = float(metres.sum()) / 1000
    return {
        "km": round(whole_km, 1),
        "connected_share": round(float(metres[inside].sum()) / 1000 / whole_km, 4)
        if whole_km
        else 0.0,
        "islands": len(islands),
        "largest_islands": [
            {
                "km": round(float(metres[edges].sum()) / 1000, 2),
                "ways": _ways(network, edges),
                **_place(network, edges[0]),
            }
            for edges in largest[:ISLANDS_SHOWN]
        ],
    }


def _people(network: Network, communes: Sequence[Commune]) -> NDArray[np.float64]:
    """Return (n,) inhabitants near each node: a commune's, spread along its quiet streets."""
    quiet = np.isin(network.road_class, [network.class_names.index(name) for name in _HOME_CLASSES])
    found = np.zeros(len(network.lat_deg))
    for k, commune in enumerate(communes):
        edges = np.flatnonzero(quiet & (network.commune == k))
        metres = network.length_m[edges].astype(np.float64)
        if commune.population and len(edges):
            share = commune.population * metres / metres.sum() / 2
            np.add.at(found, network.u[edges], share)
            np.add.at(found, network.v[edges], share)
    return found


def _single_points(
    car: Streets, people: NDArray[np.float64], bridge_names: Mapping[int, str]
) -> list[Health]:
    """Edges that nothing replaces, one line for each road, the most people first."""
    network = car.network
    metres = np.zeros(len(network.lat_deg))
    inside = np.flatnonzero(car.inside)
    for ends in (network.u, network.v):
        np.add.at(metres, ends[inside], network.length_m[inside].astype(np.float64) / 2)
    by_people = dict(cut_edges(car, people))
    by_road: dict[tuple[str, int], Health] = {}
    for edge, cut_m in cut_edges(car, metres):
        cut_people = by_people[edge]
        if cut_people < PEOPLE_FROM and cut_m < STREETS_FROM * metres.sum():
            continue
        name = _name(network, edge, bridge_names)
        key = name, 0 if name else int(network.way[edge])
        known = by_road.get(key)
        if known is None or known["km"] * 1000 < cut_m:
            by_road[key] = {
                "name": name,
                "ways": _ways(network, [edge]),
                "bridge": bool(network.kind[edge] & net.BRIDGE),
                "inhabitants": round(cut_people),
                "km": round(cut_m / 1000, 1),
                **_place(network, edge),
            }
    return sorted(by_road.values(), key=lambda one: (-one["inhabitants"], -one["km"]))[:SHOWN]


def _crossings(
    car: Streets, rivers: Mapping[str, Any], bridge_names: Mapping[int, str]
) -> list[Health]:
    """Bridges that cars cross a river by, and how far it is round when one is closed."""
    network = car.network
    said = network.kind & net.BRIDGE != 0
    # A drawn town does not say where its bridges are: there, whatever crosses the water is one.
    bridges = np.flatnonzero(car.inside & (said if said.any() else True))
    if not len(bridges):
        return []
    courses = [shapely.LineString(course_of(network, int(edge))) for edge in bridges]
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    # Unnamed water is a brook, unless the whole place has no other.
    named = {river: line for river, line in rivers.items() if river} or rivers
    for river, line in named.items():
        for at in np.flatnonzero(shapely.intersects(courses, line)).tolist():
            edge = int(bridges[at])
            groups[river, _name(network, edge, bridge_names) or f"way {network.way[edge]}"].append(
                edge
            )
    found = [
        {
            "river": river,
            "name": name,
            "ways": _ways(network, edges),
            "max_weight_kg": int(network.max_weight_kg[edges].max()),
            "round_m": _round_m(car, edges),
            **_place(network, edges[0]),
        }
        for (river, name), edges in list(groups.items())[:CROSSINGS_TRIED]
    ]
    return sorted(found, key=lambda one: -(one["round_m"] or 1e9))[:SHOWN]


def _round_m(car: Streets, edges: list[int]) -> int | None:
    """Return the metres from bank to bank without *edges*; None when there is no other way."""
    network, first = car.network, edges[0]
    start, end = int(network.u[first]), int(network.v[first])
    if not car.there[first]:
        start, end = end, start
    start, end = (_bank(car, edges, first, node) for node in (start, end))
    metres = float(lengths_m(car, np.array(edges), np.array([start]))[0, end])
    return round(metres) if np.isfinite(metres) else None


def _bank(car: Streets, closed: list[int], edge: int, node: int) -> int:
    """Follow a closed bridge of several edges from *edge* over *node* to where it meets land."""
    network, followed = car.network, {edge}
    while True:
        here = np.flatnonzero(car.used & ((network.u == node) | (network.v == node))).tolist()
        onward = [one for one in here if one in closed and one not in followed]
        if not onward or set(here) - set(closed):
            return node
        followed.add(onward[0])
        ends = int(network.u[onward[0]]), int(network.v[onward[0]])
        node = ends[0] if ends[1] == node else ends[1]


def _detours(car: Streets, seed: int) -> Health:
    """Road over crow between doors drawn at random on quiet streets."""
    network = car.network
    classes = [network.class_names.index(name) for name in _HOME_CLASSES]
    doors = np.unique(network.u[car.inside & np.isin(network.road_class, classes)])
    if len(doors) < 2:
        return {"pairs": 0, "largest": []}
    chosen = np.random.default_rng(seed).permutation(doors)[:DOORS].astype(np.int64)
    road_m = lengths_m(car, np.zeros(0, np.int64), chosen)[:, chosen]
    lat, lon = network.lat_deg[chosen], network.lon_deg[chosen]
    north = (lat[:, None] - lat) * METRES_PER_DEGREE
    east = (lon[:, None] - lon) * METRES_PER_DEGREE * np.cos(np.radians(lat.mean()))
    crow_m = np.hypot(north, east)
    a, b = np.nonzero((crow_m >= CROW_FROM_M) & np.isfinite(road_m))
    if not len(a):
        return {"pairs": 0, "largest": []}
    ratio = road_m[a, b] / crow_m[a, b]
    ranked = np.argsort(-ratio)
    # There and back is one detour.
    pairs = {frozenset((int(a[k]), int(b[k]))): k for k in ranked[::-1].tolist()}
    worst = np.array(sorted(pairs.values(), key=lambda k: -ratio[k])[:10])
    return {
        "pairs": len(ratio),
        "median": round(float(np.median(ratio)), 2),
        "p95": round(float(np.percentile(ratio, 95)), 2),
        "largest": [
            {
                "from": [round(float(lat[a[k]]), 5), round(float(lon[a[k]]), 5)],
                "to": [round(float(lat[b[k]]), 5), round(float(lon[b[k]]), 5)],
                "crow_m": round(float(crow_m[a[k], b[k]])),
                "road_m": round(float(road_m[a[k], b[k]])),
                "ratio": round(float(ratio[k]), 1),
            }
            for k in worst.tolist()
        ],
    }


def _name(network: Network, edge: int, bridge_names: Mapping[int, str]) -> str:
    return bridge_names.get(int(network.way[edge])) or network.names[int(network.name[edge])]


def _ways(network: Network, edges: Sequence[int]) -> list[int]:
    """Return the first few way ids, none for a drawn town."""
    return [int(way) for way in dict.fromkeys(network.way[list(edges)].tolist()) if way][:5]


def _place(network: Network, edge: int) -> Health:
    node = int(network.u[edge])
    return {
        "lat": round(float(network.lat_deg[node]), 5),
        "lon": round(float(network.lon_deg[node]), 5),
    }
