"""The streets of one commune: a worn, turned and unevenly dense grid, sized by its inhabitants.

Decides where fictional streets run and what they are called.  Does not know
the countryside, and does not cut anything at the river.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.recipes.lines import Line, Points, crosses, dense
from geodata.town import Commune

TOWN_POPULATION = 5_000  # above it: avenues, and one-way streets in the core
VILLAGE_POPULATION = 2_000  # up to it: much of the village lives along its roads
CORE_M = 420.0
ROAD_CLEARANCE_M = 28.0
BREAK_CHANCE = (0.08, 0.34)  # that a street stops at a crossing: in the middle, at the edge


def draw_streets(
    index: int, commune: Commune, centre: Points, roads: Points, river: Points, bank_m: float
) -> list[Line]:
    """Return the commune's streets, each named "… schématique n", n growing from the centre.

    ``centre`` (2,), ``roads`` (r, 2) dense points of the main roads, ``river`` its
    course; nothing is drawn on its other side or within ``bank_m`` of it.  The same
    INSEE code always gives the same streets.
    """
    rng = np.random.default_rng(int(commune.insee, 36))
    is_town = commune.population > TOWN_POPULATION
    size, block_m = _layout(commune.population)
    grid = _worn_grid(rng, size, block_m) + centre
    radius_m = size * block_m / 2
    keep = _outline(rng, grid - centre, radius_m)
    breaks = _break_chance(grid - centre, radius_m)
    keep &= _dry(grid, centre, river, bank_m)
    to_road_m, _ = cKDTree(roads).query(grid)
    on_road = to_road_m < ROAD_CLEARANCE_M

    found: list[Line] = []
    for across in (False, True):
        nodes, kept, covered, chance = (
            (grid.swapaxes(0, 1), keep.T, on_road.T, breaks.T)
            if across
            else (grid, keep, on_road, breaks)
        )
        for row in range(size):
            avenue = is_town and row % 6 == 3
            for run in _runs(rng, kept[row], covered[row], chance[row], never_break=avenue):
                points = nodes[row, run]
                near = float(np.hypot(*(points.mean(axis=0) - centre)))
                oneway = is_town and not avenue and near < CORE_M
                # Neighbouring one-way streets run against each other, as traffic plans do.
                points = points[::-1] if oneway and row % 2 else points
                kind = "tertiary" if avenue else "residential"
                found.append(Line("", kind, points, index, oneway=oneway))
    return _named(found, centre)


def _layout(population: int) -> tuple[int, float]:
    """Return crossings along one side of the grid, and metres between two.

    First guesses: an exponent below one, because bigger towns live closer together;
    Marmande comes out 3.4 km across.
    """
    if population > VILLAGE_POPULATION:
        crossings, block_m = 1.1 * population**0.72, 86.0
    else:
        crossings, block_m = 12 + 0.45 * population**0.72, 92.0
    # The town is a disc cut out of a square.
    return max(4, round((crossings * 4 / np.pi) ** 0.5)), block_m


def _worn_grid(rng: np.random.Generator, size: int, block_m: float) -> NDArray[np.float64]:
    """Return (size, size, 2) metres around (0, 0): tight in the middle, bent, turned, jittered."""
    half = (size - 1) / 2
    step = np.arange(size) - half
    axis = block_m * (0.68 * step + 0.36 * np.sign(step) * step**2 / max(half, 1.0))
    east, north = np.meshgrid(axis, axis, indexing="ij")
    phase = rng.uniform(0, 2 * np.pi, 4)
    wave = 2 * np.pi / (13 * block_m)
    bent_east = east + 0.6 * block_m * np.sin(wave * north + phase[0])
    bent_north = north + 0.6 * block_m * np.sin(wave * east + phase[1])
    bent_east += 0.25 * block_m * np.sin(1.9 * wave * (north + east) + phase[2])
    bent_north += 0.25 * block_m * np.sin(1.9 * wave * (east - north) + phase[3])
    turn = rng.uniform(0, np.pi / 2)
    turned = np.stack(
        [
            bent_east * np.cos(turn) - bent_north * np.sin(turn),
            bent_east * np.sin(turn) + bent_north * np.cos(turn),
        ],
        axis=-1,
    )
    jittered: NDArray[np.float64] = turned + rng.normal(0, 0.07 * block_m, turned.shape)
    return jittered


def _outline(
    rng: np.random.Generator, offset: NDArray[np.float64], radius_m: float
) -> NDArray[np.bool_]:
    """Return which crossings are built: a lobed edge that thins out, with a few holes."""
    angle = np.arctan2(offset[..., 1], offset[..., 0])
    phase = rng.uniform(0, 2 * np.pi, 2)
    lobes = 1 + 0.16 * np.sin(2 * angle + phase[0]) + 0.12 * np.sin(3 * angle + phase[1])
    out = np.hypot(offset[..., 0], offset[..., 1]) / (radius_m * lobes)
    hole_chance = 0.02 + 0.45 * np.clip(out - 0.6, 0, None)
    return np.asarray((out < 1.05) & (rng.random(out.shape) > hole_chance))


def _break_chance(offset: NDArray[np.float64], radius_m: float) -> NDArray[np.float64]:
    """Return the chance that a street stops here: old middles are woven, estates end blind."""
    out = np.clip(np.hypot(offset[..., 0], offset[..., 1]) / radius_m, 0, 1)
    return np.asarray(BREAK_CHANCE[0] + (BREAK_CHANCE[1] - BREAK_CHANCE[0]) * out)


def _dry(
    grid: NDArray[np.float64], centre: Points, river: Points, bank_m: float
) -> NDArray[np.bool_]:
    """Return which crossings are on the centre's bank and off the water."""
    flat = grid.reshape(-1, 2)
    same_bank = ~crosses(np.broadcast_to(centre, flat.shape), flat, river)
    to_river_m, _ = cKDTree(dense(river, 20.0)).query(flat)
    return np.asarray((same_bank & (to_river_m > bank_m)).reshape(grid.shape[:2]))


def _runs(
    rng: np.random.Generator,
    kept: NDArray[np.bool_],
    on_road: NDArray[np.bool_],
    chance: NDArray[np.float64],
    *,
    never_break: bool,
) -> list[NDArray[np.intp]]:
    """Return the runs of two or more kept crossings in a row; now and then a street stops short.

    A crossing that falls on a main road is left out and the street runs straight
    over the road instead: the two meet once, not along each other.
    """
    # Drawn even when unused: an avenue must not shift the draws of its neighbours.
    broken = rng.random(len(kept)) < chance
    runs: list[list[int]] = [[]]
    for at in range(len(kept)):
        if not kept[at] or (broken[at] and not never_break):
            runs.append([])
        if kept[at] and not on_road[at]:
            runs[-1].append(at)
    return [np.array(run) for run in runs if len(run) > 1]


def _named(found: list[Line], centre: Points) -> list[Line]:
    """Number streets from the centre outwards; avenues have numbers of their own."""
    order = sorted(found, key=lambda line: float(np.hypot(*(line.points - centre).T).mean()))
    named, used = [], {"Rue": 0, "Avenue": 0}
    for line in order:
        kind = "Avenue" if line.road_class == "tertiary" else "Rue"
        used[kind] += 1
        named.append(replace(line, name=f"{kind} schématique {used[kind]}"))
    return named
