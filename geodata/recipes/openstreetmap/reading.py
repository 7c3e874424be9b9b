"""Two passes over an OpenStreetMap file: where nodes are, then ways and what is said of them.

Decides what is kept in memory: nodes inside a box, ways that touch it.  A regional file
therefore costs time, not memory, and its order does not matter.  Tags are read by ``tags``
and ``access``; nothing is cut or joined here.

Formats: .osm.pbf, .osm, .osm.gz, .osm.bz2 (pyosmium).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
import osmium.osm
from numpy.typing import NDArray

from geodata.recipes.openstreetmap.access import Barrier, barrier_of, is_gate
from geodata.recipes.openstreetmap.notes import ImportRefused, Notes
from geodata.recipes.openstreetmap.relations import Relations, objects, whole_number
from geodata.recipes.openstreetmap.tags import Refused, Street, street_of

ENDINGS: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".osm.xml")
_KEYS: Final = (
    *("highway", "route", "waterway", "boundary", "admin_level"),
    *("barrier", "place", "addr:postcode"),
)
_FLUSH_EVERY: Final = 20_000  # ways, between two looks at which of them touch the box
_TELL_EVERY: Final = 500_000  # nodes
_EARTH: Final = (-180.0, -90.0, 180.0, 90.0)

Tell = Callable[[str], None]
#: West, south, east, north in degrees.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Way:
    """A way that became a street: its id, what its tags say, the ids of its nodes in order."""

    osm_id: int
    street: Street
    refs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClosedRoad:
    """A main road no car may use: its id, name, why, and the ids of its nodes in order."""

    osm_id: int
    name: str
    reason: str
    refs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class River:
    """A ``waterway=river`` or ``canal`` and the ids of its nodes in order."""

    name: str
    refs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A ``place=…`` node, or the node a commune calls its centre."""

    name: str
    population: int


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """What was read.  ``node_id`` (n,) sorted; ``lat_e7``, ``lon_e7`` (n,) 1e-7 degrees.

    outlines  : way id → node ids, of the ways that boundaries are made of
    postcodes : (node id, postcode) of addresses
    refused   : main roads no car may use
    """

    node_id: NDArray[np.int64]
    lat_e7: NDArray[np.int32]
    lon_e7: NDArray[np.int32]
    ways: list[Way]
    rivers: list[River]
    outlines: dict[int, NDArray[np.int64]]
    signals: frozenset[int]
    gates: frozenset[int]
    barriers: dict[int, Barrier]
    settlements: dict[int, Settlement]
    postcodes: list[tuple[int, str]]
    refused: list[ClosedRoad]
    newest: str

    def find(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where each of *ids* stands in ``node_id``, and which are there at all."""
        return find_ids(self.node_id, ids)

    def points(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (k, 2) longitude, latitude in degrees of those *ids* that were kept."""
        at, known = self.find(ids)
        at = at[known]
        return np.column_stack([self.lon_e7[at], self.lat_e7[at]]) / 1e7


def find_ids(
    among: NDArray[np.int64], ids: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the place of each of *ids* in the sorted *among*, and which are there."""
    if not len(among):
        return np.zeros(len(ids), np.intp), np.zeros(len(ids), np.bool_)
    at = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    return at, np.asarray(among[at] == ids)


def check_name(path: Path) -> None:
    """Raise ``ImportRefused`` for a file that is not there, is empty, or has another format."""
    if not path.is_file():
        raise ImportRefused(f"{path} is not a file")
    if not path.name.endswith(ENDINGS):
        raise ImportRefused(
            f"{path.name}: OpenStreetMap files end in {', '.join(ENDINGS[:1] + ENDINGS[2:5])}"
        )
    if path.stat().st_size == 0:
        raise ImportRefused(f"{path.name} is empty")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what pyosmium says about a broken file into one sentence."""
    try:
        yield
    except ImportRefused:
        raise
    except (RuntimeError, ValueError, EOFError) as why:
        raise ImportRefused(
            f"{path.name} cannot be read to its end; cut short, or not OpenStreetMap data? ({why})"
        ) from None


def read_extract(
    path: Path,
    relations: Relations,
    box: Box | None,
    notes: Notes,
    *,
    opened: Mapping[int, frozenset[str]],
    tell: Tell = lambda words: None,
) -> Extract:
    """Return the streets of *path* that touch *box* (everything without one).

    opened : way id → vehicles for whom an override opens it, whatever its tags say

    Raises ``ImportRefused`` naming the file when it cannot be read to its end.
    """
    with readable(path):
        nodes = _Nodes(box or _EARTH, tell)
        osmium.apply(path, nodes)
        kept = _Kept(*nodes.columns(), relations=relations, notes=notes, opened=opened)
        tell("reading streets")
        for found in objects(path, osmium.osm.NODE | osmium.osm.WAY, *_KEYS):
            if found.is_node():
                kept.node(found.id, dict(found.tags))
            else:
                kept.way(found)
    return kept.extract()


class _Nodes:
    """Ids and places of the nodes inside a box, in whole 1e-7 degrees: 16 bytes each.

    One without a place has coordinates off the Earth, and so is outside every box.
    """

    def __init__(self, box: Box, tell: Tell) -> None:
        self.ids, self.lat, self.lon = array("q"), array("i"), array("i")
        west, south, east, north = (round(side * 1e7) for side in box)
        keep_id, keep_lat, keep_lon = self.ids.append, self.lat.append, self.lon.append
        seen = 0

        # pyosmium calls this for every node of a region: local names, nothing else.
        def node(found: Any) -> None:
            nonlocal seen
            seen += 1
            if not seen % _TELL_EVERY:
                tell(f"read {seen / 1e6:.1f} million nodes")
            place = found.location
            x = place.x
            if west <= x <= east:
                y = place.y
                if south <= y <= north:
                    keep_id(found.id)
                    keep_lat(y)
                    keep_lon(x)

        self.node = node

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return ids in order, each once, with latitude and longitude."""
        ids, first = np.unique(np.frombuffer(self.ids, np.int64), return_index=True)
        lat, lon = (np.frombuffer(axis, np.int32)[first] for axis in (self.lat, self.lon))
        return ids, lat, lon


#: Way id, tags, node ids, timestamp.
_Pending = tuple[int, dict[str, str], NDArray[np.int64], str]


@dataclass(slots=True)
class _Kept:
    """Grows while the file goes by a second time."""

    node_id: NDArray[np.int64]
    lat_e7: NDArray[np.int32]
    lon_e7: NDArray[np.int32]
    relations: Relations
    notes: Notes
    opened: Mapping[int, frozenset[str]]
    pending: list[_Pending] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    rivers: list[River] = field(default_factory=list)
    outlines: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    gates: set[int] = field(default_factory=set)
    barriers: dict[int, Barrier] = field(default_factory=dict)
    settlements: dict[int, Settlement] = field(default_factory=dict)
    postcodes: list[tuple[int, str]] = field(default_factory=list)
    refused: list[ClosedRoad] = field(default_factory=list)
    newest: str = ""

    def node(self, osm_id: int, tags: dict[str, str]) -> None:
        """Keep what the tags of a node inside the box say."""
        light = tags.get("highway") == "traffic_signals"
        postcode = tags.get("addr:postcode")
        settled = "place" in tags or osm_id in self.relations.centres
        if not (light or postcode or settled or "barrier" in tags) or not self._inside(osm_id):
            return
        if light:
            self.signals.add(osm_id)
        if "barrier" in tags:
            if is_gate(tags):
                self.gates.add(osm_id)
            if barrier := barrier_of(tags, osm_id, self.notes):
                self.barriers[osm_id] = barrier
        if postcode:
            self.postcodes.append((osm_id, postcode))
        if settled:
            population = whole_number(tags.get("population", ""))
            self.settlements[osm_id] = Settlement(tags.get("name", ""), population)

    def _inside(self, osm_id: int) -> bool:
        at = int(np.searchsorted(self.node_id, osm_id))
        return at < len(self.node_id) and int(self.node_id[at]) == osm_id

    def way(self, way: Any) -> None:
        """Remember a way until it is known whether it touches the box."""
        refs = np.fromiter((node.ref for node in way.nodes), np.int64, len(way.nodes))
        self.pending.append((way.id, dict(way.tags), refs, way.timestamp.isoformat()))
        if len(self.pending) >= _FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Read the tags of the pending ways that touch the box."""
        if not self.pending:
            return
        _, known = find_ids(self.node_id, np.concatenate([refs for _, _, refs, _ in self.pending]))
        way = np.repeat(np.arange(len(self.pending)), [len(one[2]) for one in self.pending])
        for k in np.unique(way[known]).tolist():
            osm_id, tags, refs, stamp = self.pending[k]
            if osm_id in self.relations.members:
                self.outlines[osm_id] = refs
            if tags.get("waterway") in ("river", "canal"):
                self.rivers.append(River(tags.get("name", ""), refs))
            if "highway" in tags or tags.get("route") == "ferry":
                self._street(osm_id, tags, refs)
                self.newest = max(self.newest, stamp)
        self.pending = []

    def _street(self, osm_id: int, tags: dict[str, str], refs: NDArray[np.int64]) -> None:
        opened = self.opened.get(osm_id, frozenset())
        street = street_of(tags, osm_id, self.notes, opened)
        if isinstance(street, Refused):
            self.notes.add("refused", street.reason, osm_id)
            if street.main:
                self.refused.append(ClosedRoad(osm_id, street.name, street.reason, refs))
            return
        if street.main and street.no_car:
            self.refused.append(ClosedRoad(osm_id, street.name, street.no_car, refs))
        self.ways.append(Way(osm_id, street, refs))

    def extract(self) -> Extract:
        """Return all that was kept."""
        self.flush()
        return Extract(
            node_id=self.node_id,
            lat_e7=self.lat_e7,
            lon_e7=self.lon_e7,
            ways=self.ways,
            rivers=self.rivers,
            outlines=self.outlines,
            signals=frozenset(self.signals),
            gates=frozenset(self.gates),
            barriers=self.barriers,
            settlements=self.settlements,
            postcodes=self.postcodes,
            refused=self.refused,
            newest=self.newest if self.newest > "1971" else "",
        )
