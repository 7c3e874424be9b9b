"""A street network as plain arrays: the shape every town's data must arrive in.

Decides what a well-formed network is.  Does not know where the data came from,
nor how fast anybody moves on it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class StreetArrays:
    """*n* nodes and *m* straight edges; a curve is several edges.

    The edges of one street come in order, u to v: house numbers grow along them.

    lat_deg, lon_deg : (n,) WGS 84
    u, v             : (m,) node at each end of an edge
    length_m         : (m,) metres to travel, at least the straight line
    road_class       : (m,) index into ``class_names``
    oneway           : (m,) True: only from u to v, bicycles included
    name             : (m,) index into ``names``; ``""`` is an unnamed street
    max_weight_kg    : (m,) heaviest vehicle allowed; 0: no limit
    commune          : (m,) index into the town's communes; -1: open country

    Raises ``ValueError`` naming the array, and the first bad entry, when the
    arrays contradict each other.
    """

    lat_deg: npt.NDArray[np.floating]
    lon_deg: npt.NDArray[np.floating]
    u: npt.NDArray[np.integer]
    v: npt.NDArray[np.integer]
    length_m: npt.NDArray[np.floating]
    road_class: npt.NDArray[np.integer]
    class_names: tuple[str, ...]
    oneway: npt.NDArray[np.bool_]
    name: npt.NDArray[np.integer]
    names: tuple[str, ...]
    max_weight_kg: npt.NDArray[np.integer]
    commune: npt.NDArray[np.integer]

    def __post_init__(self) -> None:
        nodes, edges = len(self.lat_deg), len(self.u)
        if nodes == 0 or edges == 0:
            raise ValueError(f"a network needs streets: {nodes} nodes, {edges} edges")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                continue
            wanted = nodes if field.name in ("lat_deg", "lon_deg") else edges
            if value.shape != (wanted,):
                raise ValueError(f"{field.name} has shape {value.shape}, expected ({wanted},)")
        self._check("lat_deg", np.abs(self.lat_deg) <= 90)
        self._check("lon_deg", np.abs(self.lon_deg) <= 180)
        self._check("length_m", np.isfinite(self.length_m) & (self.length_m >= 0))
        self._check("max_weight_kg", self.max_weight_kg >= 0)
        self._check("commune", self.commune >= -1)
        for ends in ("u", "v"):
            self._check_index(ends, nodes)
        self._check_index("road_class", len(self.class_names))
        self._check_index("name", len(self.names))

    def _check_index(self, field: str, size: int) -> None:
        value = getattr(self, field)
        self._check(field, (value >= 0) & (value < size))

    def _check(self, field: str, good: npt.NDArray[np.bool_]) -> None:
        if not good.all():  # NaN compares false, so it is caught here too
            at = int(np.argmin(good))
            raise ValueError(f"{field}[{at}] is out of range: {getattr(self, field)[at]}")
