"""Trips on real streets, ours and the peers', and how far apart they are.

Decides which trips are asked for, when two engines took the same road, and what "within so
many per cent" means.  Does not decide what a good figure is.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import osmium

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.streets.arrays import (
    BIKE_BACK,
    BIKE_THERE,
    BRIDGE,
    CAR_BACK,
    CAR_THERE,
    LINK,
    NO_THROUGH,
    PUSHED,
    STEPS,
    TUNNEL,
    URBAN,
    StreetArrays,
)
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import CAR, LIMIT_SHARE, URBAN_LIMIT_KMH, Unsigned
from geodata.network import read_network
from geodata.recipes.openstreetmap.importing import Request, import_town

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Points = list[tuple[float, float]]

#: Two trips whose lengths differ by less took the same road.
SAME_ROAD: Final = 0.05
#: Shorter trips measure where each engine puts the door, not how fast it drives.
SHORTEST_M: Final = 300.0
#: Where points lie: streets every engine lets both vehicles use, and stops at.
_POINTS_ON: Final = ("primary", "secondary", "tertiary", "unclassified", "residential", "service")


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """(n, n) seconds and metres from point to point; NaN: no road."""

    engine: str
    duration_s: Floats
    length_m: Floats


@dataclass(frozen=True, slots=True)
class Apart:
    """How far trips are from a reference's, over *pairs* of them.

    share   : of all pairs both answered
    middle, low, high : the median ratio, and its 5 % and 95 % quantiles
    mae_pct : mean absolute error, per cent of the reference
    scale   : the one factor that makes it least, and ``scaled_pct`` what is left then
    """

    pairs: int
    share: float
    middle: float
    low: float
    high: float
    mae_pct: float
    scale: float
    scaled_pct: float

    def row(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def streets_of(extract: Path, folder: Path) -> tuple[StreetArrays, Ints]:
    """Import *extract* whole into *folder*, as ``dispatch town import`` does.

    Returns its streets, and (m,) the OpenStreetMap way of each edge.
    """
    name = extract.name.partition(".")[0].lower()
    today = datetime.now(UTC).date()  # noqa: TID251  a benchmark is dated by the real day
    town = import_town(Request(extract, name, folder, today)).folder
    network = read_network((town / "network.npz").read_bytes())
    arrays = {f.name: getattr(network, f.name) for f in fields(StreetArrays)}
    return StreetArrays(**arrays), np.asarray(network.way, np.int64)


def town_ways(streets: StreetArrays, way: Ints) -> Ints:
    """Return the ways that would be driven faster than a town allows, were they not in one.

    They are of a class whose speed is above our share of 50 km/h, carry no sign, and lie in
    built-up areas for most of their length.
    """
    asked = _fast_unsigned(streets, way)
    ids, number = np.unique(way, return_inverse=True)
    inside = asked & ((streets.kind & URBAN) > 0)
    all_m, inside_m = (
        np.bincount(number, weights=streets.length_m * these) for these in (asked, inside)
    )
    return ids[(all_m > 0) & (inside_m > all_m / 2)]


def signed(streets: StreetArrays, way: Ints, ways: Ints) -> StreetArrays:
    """The same streets with a sign of 50 km/h on all of *ways*, and no such others in town."""
    told = np.isin(way, ways)
    others = _fast_unsigned(streets, way) & ~told
    return replace(
        streets,
        limit_there_kmh=np.where(told, URBAN_LIMIT_KMH, streets.limit_there_kmh).astype(np.uint8),
        limit_back_kmh=np.where(told, URBAN_LIMIT_KMH, streets.limit_back_kmh).astype(np.uint8),
        kind=np.where(others, streets.kind & np.uint8(255 - URBAN), streets.kind),
    )


def _fast_unsigned(streets: StreetArrays, way: Ints) -> Flags:
    fast = [
        number
        for number, road in enumerate(streets.class_names)
        if CAR.speed_kmh.get(road, 0.0) > LIMIT_SHARE * URBAN_LIMIT_KMH and road != "motorway"
    ]
    unsigned = (streets.limit_there_kmh == 0) & (streets.limit_back_kmh == 0)
    on_road = np.isin(streets.road_class, fast) & ((streets.kind & LINK) == 0) & (way > 0)
    return np.asarray(on_road & unsigned)


def points_on(streets: StreetArrays, count: int, seed: int) -> Points:
    """Return *count* (lat, lon), the same for a seed, spread over the streets by length."""
    dice = np.random.default_rng(seed)
    car, bike = CAR_THERE | CAR_BACK, BIKE_THERE | BIKE_BACK
    asked = np.isin(streets.road_class, [streets.class_names.index(c) for c in _POINTS_ON])
    asked &= ((streets.access & car) > 0) & ((streets.access & bike) > 0)
    asked &= (streets.kind & (BRIDGE | TUNNEL | NO_THROUGH | STEPS | PUSHED)) == 0
    edges = np.flatnonzero(asked)
    length_m = np.asarray(streets.length_m, np.float64)[edges]
    found: Points = []
    for edge in dice.choice(edges, count, p=length_m / length_m.sum()):
        bends = slice(streets.shape_at[edge], streets.shape_at[edge + 1])
        course = [
            np.array([ends[streets.u[edge]], *shape[bends], ends[streets.v[edge]]])
            for ends, shape in (
                (streets.lat_deg, streets.shape_lat_deg),
                (streets.lon_deg, streets.shape_lon_deg),
            )
        ]
        at = len(course[0]) // 2
        share = dice.uniform(0.2, 0.8)
        lat, lon = (float(c[at - 1] + share * (c[at] - c[at - 1])) for c in course)
        found.append((round(lat, 6), round(lon, 6)))
    return found


def our_trips(
    streets: StreetArrays, points: Points, vehicle: str, unsigned: Unsigned = "law"
) -> Trips:
    """Ask the house.  Whole seconds rounded up, so half a second is taken off again."""
    network = StreetNetwork(streets, unsigned=unsigned)
    places = [Place(lat, lon) for lat, lon in points]
    duration_s = network.durations_s(places, vehicle).astype(np.float64) - 0.5
    length_m = network.distances_m(places, vehicle).astype(np.float64)
    no_road = length_m >= UNREACHABLE_S
    duration_s[no_road] = length_m[no_road] = np.nan
    return Trips("house" if unsigned == "law" else "house by class", duration_s, length_m)


def peer_trips(
    python: Path,
    engine: str,
    extract: Path,
    points: Points,
    vehicle: str,
    signs: Sequence[int] = (),
) -> Trips:
    """Ask a peer in its own interpreter.

    signs : ways on which OSRM's car is told that a sign says 50 km/h

    Raises ``RuntimeError`` saying why it cannot answer.
    """
    with TemporaryDirectory() as folder:
        # The peers' wheels read .osm.pbf; not every one of them reads .osm.gz.
        packed = Path(folder) / (extract.name.partition(".")[0] + "-copy.osm.pbf")
        with osmium.SimpleWriter(str(packed)) as writer:
            for thing in osmium.FileProcessor(str(extract)):
                writer.add(thing)
        ask: dict[str, object] = {"engine": engine, "vehicle": vehicle, "extract": str(packed)}
        ask |= {"points": points, "signs": [int(way) for way in signs]}
        Path(folder, "ask.json").write_text(json.dumps(ask))
        script = Path(__file__).with_name("peer_times.py")
        try:
            done = subprocess.run(
                [str(python), str(script), folder], capture_output=True, text=True, check=False
            )
        except OSError as why:
            raise RuntimeError(f"{python} does not start: {why.strerror}") from None
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or "it said nothing").splitlines()[-1])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Trips(
        f"{engine} {told['version']}" + (" with our signs" if len(signs) else ""),
        np.array(told["duration_s"], np.float64),
        np.array(told["length_m"], np.float64),
    )


def middle_of(one: Trips, other: Trips) -> Trips:
    """The median of two engines, trip by trip: half way between them."""
    return Trips(
        f"median of {one.engine} and {other.engine}",
        (one.duration_s + other.duration_s) / 2,
        (one.length_m + other.length_m) / 2,
    )


def ratios(ours: Trips, reference: Trips, *, same_road: bool) -> tuple[Floats, int]:
    """Return (k,) our seconds per second of *reference*, and how many pairs both answered."""
    with np.errstate(invalid="ignore", divide="ignore"):
        both = np.isfinite(ours.duration_s) & np.isfinite(reference.duration_s)
        both &= (ours.length_m > SHORTEST_M) & (reference.length_m > SHORTEST_M)
        alike = np.abs(ours.length_m / reference.length_m - 1) <= SAME_ROAD
        chosen = both & alike if same_road else both
        return ours.duration_s[chosen] / reference.duration_s[chosen], int(both.sum())


def apart(ours: Trips, reference: Trips, *, same_road: bool = True) -> Apart:
    """Measure *ours* against *reference*.  Raises ``RuntimeError`` when no pair can be compared."""
    ratio, both = ratios(ours, reference, same_road=same_road)
    if not len(ratio):
        raise RuntimeError("no trip that both engines know")
    scales = np.arange(0.5, 2.0, 0.001)
    errors = np.abs(scales[:, None] * np.sort(ratio)[None, :: max(1, len(ratio) // 2000)] - 1)
    scale = float(scales[int(errors.mean(axis=1).argmin())])
    return Apart(
        pairs=len(ratio),
        share=len(ratio) / both,
        middle=float(np.median(ratio)),
        low=float(np.quantile(ratio, 0.05)),
        high=float(np.quantile(ratio, 0.95)),
        mae_pct=100 * float(np.abs(ratio - 1).mean()),
        scale=scale,
        scaled_pct=100 * float(np.abs(scale * ratio - 1).mean()),
    )
