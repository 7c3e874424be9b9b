"""Between the towns: the main roads over their bridges, roads from village to village, lanes.

Decides where they run.  Does not draw streets and does not cut lines into a network.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, cKDTree

from geodata.recipes.facts import Facts
from geodata.recipes.lines import Line, Plane, Points, crosses, crossings, smooth
from geodata.town import Commune

CURVE_STEP_M = 140.0
FARM_SPACING_M = 900.0
FARM_REACH_M = 4_200.0  # nobody lives further from a village than this
FARM_FREE_OF_ROADS_M = 170.0
LANE_M = (60.0, 1_800.0)
BRIDGE_REACH_M = 250.0

# Set together so that the shortest way is 1.31 times as long as the crow flies (median of
# random addresses), as in Liechtenstein (1.28) and the hills east of Porto (1.33).
LANE_KEPT = 0.5
LANE_BEND_M = 220.0  # from bend to bend
LANE_SWAY_M = 60.0  # how far a bend lies beside the straight line
ROAD_SWAY = 0.25  # the same for roads between villages, as a share of their length


def draw_main_roads(facts: Facts, plane: Plane, river: Points) -> list[Line]:
    """Return the numbered roads, each cut at the river so that a bridge is a line of its own.

    Raises ``ValueError`` when a road crosses the water further than 250 m from
    every bridge of the facts.
    """
    points_by_key = facts.points_by_key()
    bridges = plane.to_m([(b.lat_deg, b.lon_deg) for b in facts.bridges])
    lines: list[Line] = []
    for road in facts.roads:
        via = [points_by_key[p] if isinstance(p, str) else p for p in road.via]
        whole = Line(road.name, road.road_class, smooth(plane.to_m(via), CURVE_STEP_M))
        wet, done = np.flatnonzero(crossings(whole.points, river)), 0
        # Through the very point where the river bends, two segments of the road touch it.
        for deck in np.split(wet, np.flatnonzero(np.diff(wet) > 1) + 1) if len(wet) else ():
            first, last = int(deck[0]), int(deck[-1]) + 1
            middle = whole.points[first : last + 1].mean(axis=0)
            away_m = np.hypot(*(bridges - middle).T)
            bridge = facts.bridges[int(away_m.argmin())]
            if away_m.min() > BRIDGE_REACH_M:
                lat, lon = plane.to_degrees(middle[None, :])[0]
                raise ValueError(
                    f"road {road.name} crosses the river at {lat:.4f}, {lon:.4f}, "
                    f"{away_m.min():.0f} m from the nearest bridge ({bridge.name})"
                )
            if first > done:
                lines.append(whole.part(done, first))
            over = replace(whole.part(first, last), name=bridge.name, bridge=True)
            lines.append(replace(over, max_weight_kg=bridge.max_weight_kg))
            done = last
        if done < len(whole.points) - 1:
            lines.append(whole.part(done, len(whole.points) - 1))
    return lines


def join_villages(
    communes: tuple[Commune, ...], centres: Points, main_roads: list[Line], river: Points
) -> list[Line]:
    """Return one gently bent road per pair of neighbouring communes on the same bank.

    Neighbours are those of the Gabriel graph (Gabriel and Sokal, 1969): no third
    commune inside the circle between them.  Pairs a main road already joins are left out.
    """
    rng = np.random.default_rng(813)
    joined = _joined(centres, main_roads)
    lines: list[Line] = []
    for i, j in gabriel_pairs(centres):
        a, b = centres[i], centres[j]
        bend_m = rng.uniform(-ROAD_SWAY, ROAD_SWAY, 2) * np.hypot(*(b - a))
        across = np.array([a[1] - b[1], b[0] - a[0]]) / np.hypot(*(b - a))
        third = a + 0.33 * (b - a) + bend_m[0] * across
        two_thirds = a + 0.67 * (b - a) + bend_m[1] * across
        points = smooth(np.array([a, third, two_thirds, b]), CURVE_STEP_M)
        if (int(i), int(j)) in joined or crossings(points, river).any():
            continue
        name = f"Route schématique {len(lines) + 1}"
        busy = max(communes[i].population, communes[j].population) > 1_000
        lines.append(Line(name, "secondary" if busy else "tertiary", points))
    return lines


def _joined(centres: Points, main_roads: list[Line]) -> set[tuple[int, int]]:
    """Return the pairs (i < j) of communes that follow each other along one main road."""
    pairs: set[tuple[int, int]] = set()
    tree = cKDTree(centres)
    for line in main_roads:
        away_m, nearest = tree.query(line.points)
        met = [int(c) for c, m in zip(nearest, away_m, strict=True) if m < 1.0]
        pairs |= {(min(a, b), max(a, b)) for a, b in pairwise(met)}
    return pairs


def scatter_farms(centres: Points, roads: Points, river: Points, bank_m: float) -> Points:
    """Return (f, 2) farms on a shaken lattice, away from roads, streets and water."""
    rng = np.random.default_rng(47)
    low, high = centres.min(axis=0) - FARM_REACH_M, centres.max(axis=0) + FARM_REACH_M
    east, north = (np.arange(low[k], high[k], FARM_SPACING_M) for k in (0, 1))
    lattice = np.stack(np.meshgrid(east, north, indexing="ij"), axis=-1).reshape(-1, 2)
    lattice += rng.uniform(-0.38, 0.38, lattice.shape) * FARM_SPACING_M
    to_village_m, _ = cKDTree(centres).query(lattice)
    to_road_m, _ = cKDTree(roads).query(lattice)
    to_river_m, _ = cKDTree(river).query(lattice)
    good = (to_village_m < FARM_REACH_M) & (to_road_m > FARM_FREE_OF_ROADS_M)
    good &= to_river_m > bank_m + CURVE_STEP_M
    farms: Points = lattice[good]
    return farms


def draw_lanes(farms: Points, anchors: Points, centres: Points, river: Points) -> list[Line]:
    """Return lanes from farm to farm and from farm to the roads and streets of ``anchors``.

    Named "Chemin schématique n" within the nearest commune.
    """
    rng = np.random.default_rng(1850)
    points = np.concatenate([farms, anchors])
    pairs = gabriel_pairs(points)
    pairs = pairs[pairs[:, 0] < len(farms)]  # i < j: at least one end is a farm
    a, b = points[pairs[:, 0]], points[pairs[:, 1]]
    length_m = np.hypot(*(b - a).T)
    fine = (length_m > LANE_M[0]) & (length_m < LANE_M[1]) & ~crosses(a, b, river)
    fine &= rng.random(len(pairs)) < LANE_KEPT
    _, nearest = cKDTree(centres).query((a + b) / 2)
    used = np.zeros(len(centres), dtype=int)
    lines: list[Line] = []
    for k in np.flatnonzero(fine):
        commune = int(nearest[k])
        used[commune] += 1
        name = f"Chemin schématique {used[commune]}"
        lines.append(Line(name, "unclassified", _bent(rng, a[k], b[k]), commune))
    return lines


def _bent(rng: np.random.Generator, a: Points, b: Points) -> Points:
    """Return a lane from *a* to *b* with a bend every ``LANE_BEND_M`` or so."""
    bends = int(np.hypot(*(b - a)) / LANE_BEND_M)
    inner = a + (np.arange(1, bends + 1) / (bends + 1))[:, None] * (b - a)
    return np.concatenate([a[None], inner + rng.normal(0, LANE_SWAY_M, inner.shape), b[None]])


def gabriel_pairs(points: Points) -> NDArray[np.intp]:
    """Return (p, 2) pairs i < j, sorted, whose circle of diameter i-j holds no other point."""
    corners = Delaunay(points).simplices
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    pairs = np.unique(np.sort(sides, axis=1), axis=0)
    a, b = points[pairs[:, 0]], points[pairs[:, 1]]
    nearest_m, _ = cKDTree(points).query((a + b) / 2)
    return np.asarray(pairs[nearest_m >= np.hypot(*(b - a).T) / 2 - 1e-6])
