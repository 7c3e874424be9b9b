"""Small towns drawn in metres on the equator, where a degree is as long both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.streets.arrays import StreetArrays
from dispatch.streets.profiles import ROAD_CLASSES


@dataclass(frozen=True, slots=True)
class Street:
    """One straight edge between two nodes; ``length_m`` None: as the crow flies."""

    u: int
    v: int
    road: str = "residential"
    oneway: bool = False
    length_m: float | None = None
    limit_kg: int = 0
    name: str = ""
    commune: int = 0


def at(x_m: float, y_m: float, label: str = "") -> Place:
    """Return the place *x_m* east and *y_m* north of the origin."""
    return Place(y_m / METRES_PER_DEGREE, x_m / METRES_PER_DEGREE, label)


def draw(nodes_m: Sequence[tuple[float, float]], streets: Sequence[Street]) -> StreetArrays:
    """Return the network of *streets* between nodes at ``(x, y)`` metres."""
    xy = np.array(nodes_m, dtype=np.float64).reshape(-1, 2)
    u = np.array([street.u for street in streets], dtype=np.int32)
    v = np.array([street.v for street in streets], dtype=np.int32)
    crow_m = np.hypot(*(xy[v] - xy[u]).T)
    given_m = np.array([np.nan if s.length_m is None else s.length_m for s in streets])
    names = ("", *sorted({street.name for street in streets} - {""}))
    return StreetArrays(
        lat_deg=xy[:, 1] / METRES_PER_DEGREE,
        lon_deg=xy[:, 0] / METRES_PER_DEGREE,
        u=u,
        v=v,
        length_m=np.where(np.isnan(given_m), crow_m, given_m),
        road_class=np.array([ROAD_CLASSES.index(s.road) for s in streets], dtype=np.uint8),
        class_names=ROAD_CLASSES,
        oneway=np.array([s.oneway for s in streets], dtype=np.bool_),
        name=np.array([names.index(s.name) for s in streets], dtype=np.int32),
        names=names,
        max_weight_kg=np.array([s.limit_kg for s in streets], dtype=np.int32),
        commune=np.array([s.commune for s in streets], dtype=np.int16),
    )
