"""Streets as plain arrays, and the file they are kept in.

Decides the shape every town's streets must arrive in, and how ``network.npz`` packs it.
Does not know how fast anybody moves on them (``dispatch.streets``), nor where they come
from (``geodata.recipes``).
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: What ``Network.road_class`` indexes, fastest first; ``path`` is for whoever needs no car road.
CLASS_NAMES: Final = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "path",
    "ferry",
)

#: What ``Network.surface`` indexes.
SURFACES: Final = ("unsaid", "paved", "paving_stones", "cobbles", "compacted", "gravel", "soil")

#: Bits of ``Network.access``: who may use an edge, u → v ("there") and v → u ("back").
CAR_THERE: Final = 1
CAR_BACK: Final = 2
BIKE_THERE: Final = 4
BIKE_BACK: Final = 8
FOOT_THERE: Final = 16
FOOT_BACK: Final = 32

#: Bits of ``Network.kind``.
BRIDGE: Final = 1
TUNNEL: Final = 2
ROUNDABOUT: Final = 4
LINK: Final = 8  # a ramp or slip road of its class
URBAN: Final = 16  # inside a built-up area, where France's implicit limit is 50 km/h
NO_THROUGH: Final = 32  # destination, delivery, customers, private: to a door there, never through
STEPS: Final = 64
PUSHED: Final = 128  # a bicycle may go there, its rider walks

#: Bits of ``Network.turn_who``: to whom the turn is forbidden.
TURN_CAR: Final = 1
TURN_BIKE: Final = 2

#: A chain forbids a way over a street in between; between two edges a turn says it.
SHORTEST_CHAIN: Final = 3


def _none() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


def _no_cuts() -> NDArray[np.int32]:
    return np.zeros(1, np.int32)


def _nobody() -> NDArray[np.uint8]:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Streets as plain arrays: n nodes, m edges, k points of bends, t turns, c chains.

    An edge runs from junction to junction; its bends are points of its shape, from u to v.

    lat_deg, lon_deg : (n,) float64, WGS 84
    signal           : (n,) bool, traffic lights
    gate             : (n,) bool, a gate to be opened on the way through
    u, v             : (m,) int32, the node at each end
    length_m         : (m,) float32 along the bends, above 0
    road_class       : (m,) uint8 indexes ``class_names``
    access           : (m,) uint8, bits ``CAR_THERE`` … ``FOOT_BACK``
    kind             : (m,) uint8, bits ``BRIDGE`` … ``PUSHED``
    limit_there_kmh, limit_back_kmh : (m,) uint8 legal limit as signed; 0: not said
    surface          : (m,) uint8 indexes ``SURFACES``
    fixed_s          : (m,) uint16 seconds the whole edge takes whatever is driven (a ferry
                       with its timetable); 0: depends on speed
    max_weight_kg    : (m,) int32 heaviest vehicle allowed; 0: no limit
    name             : (m,) int32 indexes ``names``; "" is unnamed
    commune          : (m,) int16 indexes the town's communes; -1: open country
    way              : (m,) int64 OpenStreetMap way; 0: drawn
    shape_at         : (m + 1,) int32; points ``shape_at[e]`` … ``shape_at[e + 1] - 1`` of
                       the shape are the bends of edge e, its ends not among them
    shape_lat_deg, shape_lon_deg : (k,) float64
    turn_from, turn_via, turn_to : (t,) int32 edge, node and edge of a forbidden turn
    turn_who         : (t,) uint8, bits ``TURN_CAR``, ``TURN_BIKE``
    chain_at         : (c + 1,) int32; ``chain_edge[chain_at[i]]`` … ``chain_edge[chain_at[i +
                       1] - 1]`` are edges that may not be driven one after the other
    chain_edge       : int32 edges, three or more a chain
    chain_via        : (c,) int32 the node between the first two edges of a chain
    chain_who        : (c,) uint8, bits as ``turn_who``

    The edges of one schematic street (same name, same commune) stand together, in
    order, u → v: house numbers grow along them.
    """

    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    signal: NDArray[np.bool_]
    gate: NDArray[np.bool_]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    length_m: NDArray[np.float32]
    road_class: NDArray[np.uint8]
    class_names: tuple[str, ...]
    access: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    limit_there_kmh: NDArray[np.uint8]
    limit_back_kmh: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    fixed_s: NDArray[np.uint16]
    max_weight_kg: NDArray[np.int32]
    name: NDArray[np.int32]
    names: tuple[str, ...]
    commune: NDArray[np.int16]
    way: NDArray[np.int64]
    shape_at: NDArray[np.int32]
    shape_lat_deg: NDArray[np.float64]
    shape_lon_deg: NDArray[np.float64]
    turn_from: NDArray[np.int32]
    turn_via: NDArray[np.int32]
    turn_to: NDArray[np.int32]
    turn_who: NDArray[np.uint8]
    chain_at: NDArray[np.int32] = field(default_factory=_no_cuts)
    chain_edge: NDArray[np.int32] = field(default_factory=_none)
    chain_via: NDArray[np.int32] = field(default_factory=_none)
    chain_who: NDArray[np.uint8] = field(default_factory=_nobody)

    def __post_init__(self) -> None:
        n, m, k, t = self._sizes()
        c = len(self.chain_via)
        wanted = {
            "lat": n,
            "lon": n,
            "signal": n,
            "gate": n,
            "shape_at": m + 1,
            "shape": k,
            "turn": t,
        }
        wanted |= {"chain_at": c + 1, "chain_edge": len(self.chain_edge), "chain": c}
        for one in fields(self):
            array = getattr(self, one.name)
            if isinstance(array, tuple):
                continue
            stem = one.name if one.name in wanted else one.name.split("_")[0]
            size = wanted.get(stem, m)
            if array.shape != (size,):
                raise ValueError(f"network: {one.name} has shape {array.shape}, not ({size},)")
            array.setflags(write=False)
        for index, size in (
            ("u", n),
            ("v", n),
            ("road_class", len(self.class_names)),
            ("name", len(self.names)),
            ("surface", len(SURFACES)),
            ("turn_from", m),
            ("turn_via", n),
            ("turn_to", m),
            ("chain_edge", m),
            ("chain_via", n),
        ):
            values = getattr(self, index)
            if len(values) and not (values.min() >= 0 and values.max() < size):
                raise ValueError(f"network: {index} points outside 0 to {size - 1}")
        if m and not self.length_m.min() > 0:
            raise ValueError(f"network: an edge is {self.length_m.min()} m long")
        if self.shape_at[0] != 0 or self.shape_at[-1] != k or np.any(np.diff(self.shape_at) < 0):
            raise ValueError(f"network: shape_at does not cut {k} points into {m} bends")
        whole = self.chain_at[0] == 0 and self.chain_at[-1] == len(self.chain_edge)
        if not whole or np.any(np.diff(self.chain_at) < SHORTEST_CHAIN):
            edges = len(self.chain_edge)
            raise ValueError(f"network: chain_at does not cut {edges} edges into {c} chains")

    def _sizes(self) -> tuple[int, int, int, int]:
        return len(self.lat_deg), len(self.u), len(self.shape_lat_deg), len(self.turn_from)

    @property
    def oneway(self) -> NDArray[np.bool_]:
        """(m,) True where neither car nor bicycle goes from v to u."""
        return np.asarray((self.access & (CAR_BACK | BIKE_BACK)) == 0)


def read_network(content: bytes) -> Network:
    """Return what ``network.npz`` packs: fractions of degrees and decimetres become whole units.

    What a drawn town need not say (bends, turns, limits …) has a default.  Raises
    ``ValueError`` naming the array that is missing or wrong.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as packed:
            arrays: dict[str, NDArray[Any]] = {key: packed[key] for key in packed.files}
        return _network(arrays)
    except KeyError as missing:
        raise ValueError(f"network.npz has no array {missing}") from None
    except (zipfile.BadZipFile, EOFError) as broken:
        raise ValueError(f"network.npz cannot be read: {broken}") from None


def _network(arrays: dict[str, NDArray[Any]]) -> Network:
    n, m = len(_degrees(arrays, "lat")), len(arrays["u"])
    turns = {key: arrays.get(key, np.zeros(0, np.int32)) for key in _TURNS}
    return Network(
        lat_deg=_degrees(arrays, "lat"),
        lon_deg=_degrees(arrays, "lon"),
        signal=arrays.get("signal", np.zeros(n, np.bool_)),
        gate=arrays.get("gate", np.zeros(n, np.bool_)),
        u=arrays["u"],
        v=arrays["v"],
        length_m=(arrays["length_dm"] / 10).astype(np.float32),
        road_class=arrays["road_class"],
        class_names=CLASS_NAMES,
        access=arrays["access"] if "access" in arrays else _all_but(arrays["oneway"]),
        kind=arrays.get("kind", np.zeros(m, np.uint8)),
        limit_there_kmh=arrays.get("limit_there_kmh", np.zeros(m, np.uint8)),
        limit_back_kmh=arrays.get("limit_back_kmh", np.zeros(m, np.uint8)),
        surface=arrays.get("surface", np.zeros(m, np.uint8)),
        fixed_s=arrays.get("fixed_s", np.zeros(m, np.uint16)),
        max_weight_kg=arrays["max_weight_kg"],
        name=arrays["name"],
        names=tuple(arrays["names"].tolist()),
        commune=arrays["commune"],
        way=arrays.get("way", np.zeros(m, np.int64)),
        shape_at=arrays.get("shape_at", np.zeros(m + 1, np.int32)),
        shape_lat_deg=arrays.get("shape_lat_e7", np.zeros(0, np.int32)) / 1e7,
        shape_lon_deg=arrays.get("shape_lon_e7", np.zeros(0, np.int32)) / 1e7,
        turn_from=turns["turn_from"],
        turn_via=turns["turn_via"],
        turn_to=turns["turn_to"],
        turn_who=arrays.get("turn_who", np.zeros(0, np.uint8)),
        chain_at=arrays.get("chain_at", _no_cuts()),
        chain_edge=arrays.get("chain_edge", _none()),
        chain_via=arrays.get("chain_via", _none()),
        chain_who=arrays.get("chain_who", _nobody()),
    )


_CHAINS: Final = ("chain_at", "chain_edge", "chain_via", "chain_who")
_TURNS: Final = ("turn_from", "turn_via", "turn_to")


def _degrees(arrays: dict[str, NDArray[Any]], axis: str) -> NDArray[np.float64]:
    if f"{axis}_e7" in arrays:
        return np.asarray(arrays[f"{axis}_e7"] / 1e7)
    return np.asarray(arrays[f"{axis}_e6"] / 1e6)


def _all_but(oneway: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Everybody both ways; where *oneway*, only people on foot go back."""
    there = CAR_THERE | BIKE_THERE | FOOT_THERE | FOOT_BACK
    return np.where(oneway, there, there | CAR_BACK | BIKE_BACK).astype(np.uint8)


def pack_network(network: Network) -> bytes:
    """Return *network* as a compressed ``.npz``: same arrays, same bytes."""
    arrays: dict[str, Any] = {
        field.name: getattr(network, field.name)
        for field in fields(network)
        if field.name not in _PACKED_OTHERWISE
    }
    if not len(network.chain_via):
        for key in _CHAINS:  # a town that has none is packed as it was before there were any
            del arrays[key]
    if not network.gate.any():
        del arrays["gate"]
    for axis in ("lat", "lon", "shape_lat", "shape_lon"):
        degrees = getattr(network, f"{axis}_deg")
        arrays[f"{axis}_e7"] = np.rint(degrees * 1e7).astype(np.int32)
    arrays["length_dm"] = np.maximum(1, np.rint(network.length_m * 10)).astype(np.int32)
    arrays["names"] = np.array(network.names)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


_PACKED_OTHERWISE: Final = frozenset(
    {"lat_deg", "lon_deg", "shape_lat_deg", "shape_lon_deg", "length_m", "names", "class_names"}
)
