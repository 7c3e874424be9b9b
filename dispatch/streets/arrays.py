"""A street network as plain arrays: the shape every town's data must arrive in.

Decides what a well-formed network is.  Does not know where the data came from,
nor how fast anybody moves on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Bits of ``StreetArrays.access``: who may use an edge, u → v ("there") and v → u ("back").
CAR_THERE: Final = 1
CAR_BACK: Final = 2
BIKE_THERE: Final = 4
BIKE_BACK: Final = 8
FOOT_THERE: Final = 16
FOOT_BACK: Final = 32

#: Bits of ``StreetArrays.kind``.
BRIDGE: Final = 1
TUNNEL: Final = 2
ROUNDABOUT: Final = 4
LINK: Final = 8  # a ramp or slip road of its class
URBAN: Final = 16  # inside a built-up area
NO_THROUGH: Final = 32  # to a door there, never through: destination, delivery, private
STEPS: Final = 64
PUSHED: Final = 128  # a bicycle may go there, its rider walks

#: What ``StreetArrays.surface`` indexes.
SURFACES: Final = ("unsaid", "paved", "paving_stones", "cobbles", "compacted", "gravel", "soil")

#: Bits of ``StreetArrays.turn_who``: to whom the turn is forbidden.
TURN_CAR: Final = 1
TURN_BIKE: Final = 2

#: How many entries each array has; every other one has one per edge.
_PER_NODE: Final = frozenset({"lat_deg", "lon_deg", "signal", "gate"})
_PER_BEND: Final = frozenset({"shape_lat_deg", "shape_lon_deg"})
_PER_TURN: Final = frozenset({"turn_from", "turn_via", "turn_to", "turn_who"})
_PER_CHAIN: Final = frozenset({"chain_via", "chain_who"})

#: A chain forbids a way over a street in between; between two edges a turn says it.
SHORTEST_CHAIN: Final = 3


def _none() -> npt.NDArray[np.int32]:
    return np.zeros(0, np.int32)


def _no_cuts() -> npt.NDArray[np.int32]:
    return np.zeros(1, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class StreetArrays:
    """*n* junctions, *m* edges between them, *k* points of bends, *t* forbidden turns, *c* chains.

    The edges of one drawn street come in order, u to v: house numbers grow along them.

    lat_deg, lon_deg : (n,) WGS 84
    signal           : (n,) bool, traffic lights
    gate             : (n,) bool, a gate to be opened on the way through
    u, v             : (m,) node at each end of an edge
    length_m         : (m,) metres to travel along the bends
    road_class       : (m,) index into ``class_names``
    access, kind     : (m,) bits, as above
    limit_there_kmh, limit_back_kmh : (m,) legal limit as signed; 0: not said
    surface          : (m,) index into ``SURFACES``
    fixed_s          : (m,) seconds the whole edge takes whatever is driven; 0: depends on speed
    max_weight_kg    : (m,) heaviest vehicle allowed; 0: no limit
    name             : (m,) index into ``names``; ``""`` is an unnamed street
    commune          : (m,) index into the town's communes; -1: open country
    shape_at         : (m + 1,) points ``shape_at[e]`` … ``shape_at[e + 1] - 1`` of the shape
                       are the bends of edge e, from u to v, its ends not among them
    shape_lat_deg, shape_lon_deg : (k,)
    turn_from, turn_via, turn_to : (t,) edge, node and edge of a forbidden turn
    turn_who         : (t,) bits ``TURN_CAR``, ``TURN_BIKE``
    chain_at         : (c + 1,) ``chain_edge[chain_at[i]]`` … ``chain_edge[chain_at[i + 1] - 1]``
                       are edges, three or more, that may not be driven one after the other
    chain_edge       : edges
    chain_via        : (c,) the node between the first two edges of a chain
    chain_who        : (c,) to whom, bits as ``turn_who``

    Raises ``ValueError`` naming the array, and the first bad entry, when the
    arrays contradict each other.
    """

    lat_deg: npt.NDArray[np.floating]
    lon_deg: npt.NDArray[np.floating]
    signal: Flags
    gate: Flags
    u: npt.NDArray[np.integer]
    v: npt.NDArray[np.integer]
    length_m: npt.NDArray[np.floating]
    road_class: npt.NDArray[np.integer]
    class_names: tuple[str, ...]
    access: npt.NDArray[np.integer]
    kind: npt.NDArray[np.integer]
    limit_there_kmh: npt.NDArray[np.integer]
    limit_back_kmh: npt.NDArray[np.integer]
    surface: npt.NDArray[np.integer]
    fixed_s: npt.NDArray[np.integer]
    max_weight_kg: npt.NDArray[np.integer]
    name: npt.NDArray[np.integer]
    names: tuple[str, ...]
    commune: npt.NDArray[np.integer]
    shape_at: npt.NDArray[np.integer]
    shape_lat_deg: npt.NDArray[np.floating]
    shape_lon_deg: npt.NDArray[np.floating]
    turn_from: npt.NDArray[np.integer]
    turn_via: npt.NDArray[np.integer]
    turn_to: npt.NDArray[np.integer]
    turn_who: npt.NDArray[np.integer]
    chain_at: npt.NDArray[np.integer] = field(default_factory=_no_cuts)
    chain_edge: npt.NDArray[np.integer] = field(default_factory=_none)
    chain_via: npt.NDArray[np.integer] = field(default_factory=_none)
    chain_who: npt.NDArray[np.integer] = field(default_factory=_none)

    def __post_init__(self) -> None:
        nodes, edges = len(self.lat_deg), len(self.u)
        if nodes == 0 or edges == 0:
            raise ValueError(f"a network needs streets: {nodes} nodes, {edges} edges")
        for one in fields(self):
            value = getattr(self, one.name)
            if not isinstance(value, tuple) and value.shape != (self._size(one.name),):
                wanted = self._size(one.name)
                raise ValueError(f"{one.name} has shape {value.shape}, expected ({wanted},)")
        for axis in ("lat_deg", "shape_lat_deg"):
            self._check(axis, np.abs(getattr(self, axis)) <= 90)
        for axis in ("lon_deg", "shape_lon_deg"):
            self._check(axis, np.abs(getattr(self, axis)) <= 180)
        self._check("length_m", np.isfinite(self.length_m) & (self.length_m >= 0))
        self._check("max_weight_kg", self.max_weight_kg >= 0)
        self._check("commune", self.commune >= -1)
        self._check_cuts()
        for field_name, size in (
            ("u", nodes),
            ("v", nodes),
            ("road_class", len(self.class_names)),
            ("surface", len(SURFACES)),
            ("name", len(self.names)),
            ("turn_from", edges),
            ("turn_via", nodes),
            ("turn_to", edges),
            ("chain_edge", edges),
            ("chain_via", nodes),
        ):
            value = getattr(self, field_name)
            self._check(field_name, (value >= 0) & (value < size))

    def _size(self, field: str) -> int:
        if field in _PER_NODE:
            return len(self.lat_deg)
        if field in _PER_BEND:
            return len(self.shape_lat_deg)
        if field in _PER_TURN:
            return len(self.turn_from)
        if field in _PER_CHAIN or field == "chain_at":
            return len(self.chain_via) + (field == "chain_at")
        if field == "chain_edge":
            return len(self.chain_edge)
        return len(self.u) + (field == "shape_at")

    def _check_cuts(self) -> None:
        whole = self.shape_at[0] == 0 and self.shape_at[-1] == len(self.shape_lat_deg)
        if not whole or np.any(np.diff(self.shape_at) < 0):
            raise ValueError(f"shape_at does not cut {len(self.shape_lat_deg)} points into bends")
        whole = self.chain_at[0] == 0 and self.chain_at[-1] == len(self.chain_edge)
        if not whole or np.any(np.diff(self.chain_at) < SHORTEST_CHAIN):
            raise ValueError(
                f"chain_at does not cut {len(self.chain_edge)} edges into chains of "
                f"{SHORTEST_CHAIN} or more"
            )

    def _check(self, field: str, good: Flags) -> None:
        if not good.all():  # NaN compares false, so it is caught here too
            at = int(np.argmin(good))
            raise ValueError(f"{field}[{at}] is out of range: {getattr(self, field)[at]}")
