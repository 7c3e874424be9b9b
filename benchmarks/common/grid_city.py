"""A city of any size, drawn from a seed: what street engines are timed on where no map is.

Decides streets only.  Avenues, dead ends, one-way streets, lights and forbidden turns are in
it, so that every rule of the engine is at work.  Between the avenues as many side streets are
left as make 1.3 streets a crossing, which is what the east of Porto has in OpenStreetMap; a
whole grid, in which nearly every crossing is on some fastest way, is nothing like a town.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.core.places import METRES_PER_DEGREE
from dispatch.streets.arrays import (
    BIKE_BACK,
    CAR_BACK,
    TURN_BIKE,
    TURN_CAR,
    URBAN,
    StreetArrays,
)
from dispatch.streets.profiles import ROAD_CLASSES

BLOCK_M: Final = 90.0
#: Every so many streets an avenue, every so many avenues a boulevard.
AVENUE: Final = 5
BOULEVARD: Final = 20

#: Share of the grid's side streets that are there.
_SIDE_STREETS: Final = 0.575
_LAT_DEG: Final = 44.5
_EVERYBODY: Final = 63

Ints = npt.NDArray[np.int64]


def grid_city(nodes: int, seed: int = 1) -> StreetArrays:
    """Return a square city of about *nodes* crossings; the same for the same seed."""
    side, dice = round(nodes**0.5), np.random.default_rng(seed)
    n = side * side
    number = np.arange(n).reshape(side, side)
    shaken = dice.normal(0, 0.12, (2, n))
    x_m = (np.tile(np.arange(side), side) + shaken[0]) * BLOCK_M
    y_m = (np.repeat(np.arange(side), side) + shaken[1]) * BLOCK_M
    u = np.concatenate([number[:, :-1].ravel(), number[:-1, :].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:, :].ravel()])
    line = np.where(v - u == 1, u // side, u % side)
    rank = np.where(line % BOULEVARD == 0, 2, np.where(line % AVENUE == 0, 1, 0))
    there = (rank > 0) | (dice.random(len(u)) < _SIDE_STREETS)
    u, v, rank, line = u[there], v[there], rank[there], line[there]
    # Neighbouring one-way streets run against each other, as traffic plans do.
    one_way = (rank == 0) & (dice.random(side)[line] < 0.25)
    turned = one_way & (line % 2 == 1)
    u, v = np.where(turned, v, u), np.where(turned, u, v)
    m = len(u)
    names = ("tertiary", "primary")
    by_rank = np.array([ROAD_CLASSES.index(name) for name in ("residential", *names)])
    crossing = (np.arange(n) // side % AVENUE == 0) & (np.arange(n) % side % AVENUE == 0)
    return StreetArrays(
        lat_deg=_LAT_DEG + y_m / METRES_PER_DEGREE,
        lon_deg=x_m / (METRES_PER_DEGREE * np.cos(np.radians(_LAT_DEG))),
        signal=crossing,
        gate=np.zeros(len(crossing), np.bool_),
        u=u.astype(np.int32),
        v=v.astype(np.int32),
        length_m=np.hypot(x_m[u] - x_m[v], y_m[u] - y_m[v]),
        road_class=by_rank[rank].astype(np.uint8),
        class_names=ROAD_CLASSES,
        access=np.where(one_way, _EVERYBODY & ~(CAR_BACK | BIKE_BACK), _EVERYBODY).astype(np.uint8),
        kind=np.full(m, URBAN, np.uint8),
        limit_there_kmh=np.where(rank == 2, 70, 0).astype(np.uint8),
        limit_back_kmh=np.where(rank == 2, 70, 0).astype(np.uint8),
        surface=np.zeros(m, np.uint8),
        fixed_s=np.zeros(m, np.uint16),
        max_weight_kg=np.zeros(m, np.int32),
        name=np.zeros(m, np.int32),
        names=("",),
        commune=np.zeros(m, np.int16),
        shape_at=np.zeros(m + 1, np.int32),
        shape_lat_deg=np.zeros(0),
        shape_lon_deg=np.zeros(0),
        **_no_turns(u, v, dice),
    )


def _no_turns(u: Ints, v: Ints, dice: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Forbid one turn in two hundred: from an edge, over its v, into another that begins there."""
    by_u = np.argsort(u, kind="stable")
    first = np.searchsorted(u[by_u], v)
    found = (first < len(u)) & (u[by_u[np.minimum(first, len(u) - 1)]] == v)
    barred = np.flatnonzero(found & (dice.random(len(u)) < 0.005))
    return {
        "turn_from": barred.astype(np.int32),
        "turn_via": v[barred].astype(np.int32),
        "turn_to": by_u[first[barred]].astype(np.int32),
        "turn_who": np.full(len(barred), TURN_CAR | TURN_BIKE, np.uint8),
    }
