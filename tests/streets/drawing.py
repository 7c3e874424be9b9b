"""Small towns drawn in metres on the equator, where a degree is as long both ways."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.streets.arrays import (
    BIKE_BACK,
    BIKE_THERE,
    CAR_BACK,
    CAR_THERE,
    FOOT_BACK,
    FOOT_THERE,
    SURFACES,
    TURN_BIKE,
    TURN_CAR,
    StreetArrays,
)
from dispatch.streets.profiles import ROAD_CLASSES

EVERYBODY = CAR_THERE | CAR_BACK | BIKE_THERE | BIKE_BACK | FOOT_THERE | FOOT_BACK
ONE_WAY = EVERYBODY & ~(CAR_BACK | BIKE_BACK)


@dataclass(frozen=True, slots=True)
class Street:
    """One edge between two nodes; ``length_m`` None: as it is drawn.

    access : bits; None: everybody, both ways unless *oneway*
    bends  : points (x, y) in metres between its ends
    """

    u: int
    v: int
    road: str = "residential"
    oneway: bool = False
    length_m: float | None = None
    limit_kg: int = 0
    name: str = ""
    commune: int = 0
    access: int | None = None
    kind: int = 0
    signed_kmh: int = 0
    surface: str = "unsaid"
    fixed_s: int = 0
    bends: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class NoTurn:
    """From one street (by number) over a node into another street: not allowed."""

    before: int
    via: int
    after: int
    who: int = TURN_CAR | TURN_BIKE


@dataclass(frozen=True, slots=True)
class NoWay:
    """Streets (by number), the second entered over the node *via*: not one after the other."""

    streets: tuple[int, ...]
    via: int
    who: int = TURN_CAR | TURN_BIKE


def at(x_m: float, y_m: float, label: str = "") -> Place:
    """Return the place *x_m* east and *y_m* north of the origin."""
    return Place(y_m / METRES_PER_DEGREE, x_m / METRES_PER_DEGREE, label)


def drawn_m(nodes_m: Sequence[tuple[float, float]], street: Street) -> float:
    """Return metres to travel over *street*."""
    if street.length_m is not None:
        return street.length_m
    points = np.array([nodes_m[street.u], *street.bends, nodes_m[street.v]], dtype=np.float64)
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def draw(
    nodes_m: Sequence[tuple[float, float]],
    streets: Sequence[Street],
    no_turns: Sequence[NoTurn] = (),
    signals: Collection[int] = (),
    no_ways: Sequence[NoWay] = (),
    gates: Collection[int] = (),
) -> StreetArrays:
    """Return the network of *streets* between nodes at ``(x, y)`` metres."""
    xy = np.array(nodes_m, dtype=np.float64).reshape(-1, 2)
    bends = np.array([bend for s in streets for bend in s.bends], np.float64).reshape(-1, 2)
    names = ("", *sorted({street.name for street in streets} - {""}))
    limits = np.array([s.signed_kmh for s in streets], np.uint8)
    return StreetArrays(
        lat_deg=xy[:, 1] / METRES_PER_DEGREE,
        lon_deg=xy[:, 0] / METRES_PER_DEGREE,
        signal=np.isin(np.arange(len(xy)), list(signals)),
        gate=np.isin(np.arange(len(xy)), list(gates)),
        u=np.array([street.u for street in streets], dtype=np.int32),
        v=np.array([street.v for street in streets], dtype=np.int32),
        length_m=np.array([drawn_m(nodes_m, s) for s in streets]),
        road_class=np.array([ROAD_CLASSES.index(s.road) for s in streets], dtype=np.uint8),
        class_names=ROAD_CLASSES,
        access=np.array([_access(s) for s in streets], dtype=np.uint8),
        kind=np.array([s.kind for s in streets], dtype=np.uint8),
        limit_there_kmh=limits,
        limit_back_kmh=limits.copy(),
        surface=np.array([SURFACES.index(s.surface) for s in streets], dtype=np.uint8),
        fixed_s=np.array([s.fixed_s for s in streets], dtype=np.uint16),
        max_weight_kg=np.array([s.limit_kg for s in streets], dtype=np.int32),
        name=np.array([names.index(s.name) for s in streets], dtype=np.int32),
        names=names,
        commune=np.array([s.commune for s in streets], dtype=np.int16),
        shape_at=np.cumsum([0, *(len(s.bends) for s in streets)]).astype(np.int32),
        shape_lat_deg=bends[:, 1] / METRES_PER_DEGREE,
        shape_lon_deg=bends[:, 0] / METRES_PER_DEGREE,
        turn_from=np.array([turn.before for turn in no_turns], dtype=np.int32),
        turn_via=np.array([turn.via for turn in no_turns], dtype=np.int32),
        turn_to=np.array([turn.after for turn in no_turns], dtype=np.int32),
        turn_who=np.array([turn.who for turn in no_turns], dtype=np.uint8),
        chain_at=np.cumsum([0, *(len(way.streets) for way in no_ways)]).astype(np.int32),
        chain_edge=np.array([one for way in no_ways for one in way.streets], dtype=np.int32),
        chain_via=np.array([way.via for way in no_ways], dtype=np.int32),
        chain_who=np.array([way.who for way in no_ways], dtype=np.uint8),
    )


def _access(street: Street) -> int:
    if street.access is not None:
        return street.access
    return ONE_WAY if street.oneway else EVERYBODY
