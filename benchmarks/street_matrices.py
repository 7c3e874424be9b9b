"""How fast are travel times?  The house's streets beside SciPy, networkx and OSRM.

``python benchmarks/street_matrices.py --osrm-python PYTHON`` (an interpreter with
``osrm-bindings``; without it OSRM is left out).  Every figure is of the processor's time on one
thread, the best of a few runs; all engines answer for the same places on the same streets.

What each is asked, for n places:

The house
    whole seconds from each place to each, an (n, n) table: both directions in which a place can
    be left and reached, the fractions of their streets, trips along one street, walks to doors,
    rounding.  *new*: the places are also looked for on the map, and what lies above them in the
    hierarchy is picked out; *known*: both are remembered from the last time.
SciPy
    ``csgraph.dijkstra`` on the same turn-aware graph (a node per state, turn costs in its arcs)
    and a node for each place, from which the ways to leave it set out: one search per place, all
    n of them run, none extrapolated.  Building the graph, reading targets off, trips along one
    street, walks and rounding are not charged.  What it finds must equal the hierarchy's answers
    to the millisecond.
networkx
    Dijkstra on the same graph from 3 states, and 50 / 3 times that.
OSRM
    its own import of the same streets and its own turns, see ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.grid_city import grid_city
from benchmarks.common.osm_text import write_osm
from benchmarks.common.record import keep
from dispatch.core.places import Place
from dispatch.streets.arrays import StreetArrays
from dispatch.streets.doors import doors_at
from dispatch.streets.hierarchy import NO_ROAD_MS, Ends
from dispatch.streets.network import StreetNetwork
from dispatch.streets.prepared import Workshop
from dispatch.streets.profiles import CAR
from dispatch.streets.turns import TurnGraph
from dispatch.streets.warmth import warm_up
from geodata import load
from geodata.network import Network, read_network

T = TypeVar("T")

#: Sources that SciPy is given at once (100 rows of 69,000 doubles are 55 MB), and that networkx
#: is timed on.
SCIPY_SOURCES, NETWORKX_SOURCES = 100, 3


def main() -> None:
    args = _arguments()
    warm_up()
    told = {}
    for name, streets in _networks(args):
        told[name] = figures = _figures(streets, args)
        print(f"\n{name}: {figures['nodes']} crossings, {figures['turns']} turns")
        print(_lines(figures))
    print(keep("street-matrices", {"networks": told}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small city, no 1000 places")
    parser.add_argument("--nodes", type=int, default=30_000, help="crossings of the drawn city")
    parser.add_argument("--sizes", default="50,200,1000", help="places of a matrix")
    parser.add_argument("--network", type=Path, action="append", default=[], help="a network.npz")
    parser.add_argument("--osrm-python", type=Path, help="an interpreter with osrm-bindings")
    args = parser.parse_args()
    args.sizes = [50, 200] if args.quick else [int(size) for size in args.sizes.split(",")]
    args.nodes = 3_000 if args.quick else args.nodes
    return args


def _networks(args: argparse.Namespace) -> list[tuple[str, StreetArrays]]:
    found = [("val_de_garonne", _streets(load.town("val_de_garonne").network))]
    found += [(p.parent.name, _streets(read_network(p.read_bytes()))) for p in args.network]
    return [*found, (f"grid_city_{args.nodes}", grid_city(args.nodes))]


def _streets(network: Network) -> StreetArrays:
    return StreetArrays(
        **{field.name: getattr(network, field.name) for field in fields(StreetArrays)}
    )


def _figures(streets: StreetArrays, args: argparse.Namespace) -> dict[str, Any]:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        built_s, ready = _cpu_s(lambda: _workshop(streets, folder).prepare(CAR))
        loaded_s, _ = _best(lambda: _workshop(streets, folder).prepare(CAR))
        network = StreetNetwork(streets, kept_in=folder)
        network.make_ready(["car"])
        file_mb = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    places = _places(streets, ready.graph, max(*args.sizes, 201))
    ours = {size: _ours(network, streets, places[:size]) for size in args.sizes}
    figures: dict[str, Any] = {
        "nodes": len(streets.lat_deg),
        "turns": len(ready.graph.turn_to),
        "build_cpu_s": round(built_s, 2),
        "load_ms": round(loaded_s * 1000, 1),
        "file_mb": round(file_mb, 1),
        "ours_ms": ours,
        "one_new_address_200_stops_ms": _one_address(network, places),
        "scipy_ms": _scipy(network, ready.graph, places, args.sizes),
        "networkx_ms": {50: _networkx(ready.graph)},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
    }
    if args.osrm_python:
        figures["osrm"] = _osrm(args.osrm_python, streets, places, args.sizes)
        row_s = np.array(figures["osrm"]["tables"][str(args.sizes[-1])].pop("first_row_s"))
        mine_s = network.durations_s(places[:1], "car", to=places[: args.sizes[-1]])[0]
        far = row_s > 60
        figures["osrm"]["median_ours_to_osrm"] = round(
            float(np.median(mine_s[far] / row_s[far])), 3
        )
    return figures


def _workshop(streets: StreetArrays, folder: Path) -> Workshop:
    return Workshop(streets, smallest_part=200, folder=folder)


def _places(streets: StreetArrays, graph: TurnGraph, many: int) -> list[Place]:
    """Doors 10 m from streets that a car can stop in, drawn from a seed."""
    dice = np.random.default_rng(7)
    edge = dice.choice(np.unique(graph.edge), many)
    along = dice.random(many)
    u, v = streets.u[edge], streets.v[edge]
    lat = streets.lat_deg[u] + along * (streets.lat_deg[v] - streets.lat_deg[u])
    lon = streets.lon_deg[u] + along * (streets.lon_deg[v] - streets.lon_deg[u])
    aside = dice.normal(0, 1e-4, (2, many))
    return [
        Place(*point)
        for point in zip((lat + aside[0]).tolist(), (lon + aside[1]).tolist(), strict=True)
    ]


def _cpu_s(act: Callable[[], T]) -> tuple[float, T]:
    started_s = time.process_time()
    answer = act()
    return time.process_time() - started_s, answer


def _best(act: Callable[[], T], times: int = 5) -> tuple[float, T]:
    """The least of *times* runs.  Only the last answer is kept, so that memory comes round."""
    best_s, answer = _cpu_s(act)
    for _ in range(times - 1):
        seconds, answer = _cpu_s(act)
        best_s = min(best_s, seconds)
    return best_s, answer


def _ours(network: StreetNetwork, streets: StreetArrays, places: list[Place]) -> dict[str, float]:
    """New places are looked for on the map as well; a plan asks for known ones again and again."""
    first_s, matrix = _cpu_s(lambda: network.durations_s(places, "car"))
    again_s, again = _best(lambda: network.durations_s(places, "car"))
    metres_s, _ = _best(lambda: network.distances_m(places, "car"), 3)
    assert (matrix == again).all()
    return {
        "new_places": round(first_s * 1000, 2),
        "known_places": round(again_s * 1000, 2),
        "metres": round(metres_s * 1000, 2),
    }


def _one_address(network: StreetNetwork, places: list[Place]) -> dict[str, float]:
    """A customer's address, never seen before, to and from 200 stops."""
    stops, runs = places[1:201], []
    network.durations_s(stops, "car")
    for k in range(15):
        new = [Place(places[0].lat_deg + k * 1e-5, places[0].lon_deg)]
        there_s, _ = _cpu_s(lambda new=new: network.durations_s(new, "car", to=stops))  # type: ignore[misc]
        back_s, _ = _cpu_s(lambda new=new: network.durations_s(stops, "car", to=new))  # type: ignore[misc]
        runs.append((there_s * 1000, back_s * 1000))
    there, back = (round(float(np.median(ms)), 2) for ms in zip(*runs, strict=True))
    return {"there": there, "back": back}


def _scipy(
    network: StreetNetwork, graph: TurnGraph, places: list[Place], sizes: list[int]
) -> dict[int, float]:
    """Milliseconds of Dijkstra from each of the places; all that it finds is compared."""
    hierarchy, took = network._ready("car", None).hierarchy, {}
    for size in sizes:
        doors = doors_at(network._snaps(places[:size], "car"), graph)
        starts, finishes = doors.starts(graph).ends, doors.finishes(graph)
        web = _with_places(graph, starts)
        seconds = 0.0
        for first in range(0, size, SCIPY_SOURCES):
            lot = np.arange(first, min(first + SCIPY_SOURCES, size))
            spent_s, found = _best(partial(dijkstra, web, indices=graph.states + lot), 2)
            seconds += spent_s
            ways = found[:, finishes.state] + finishes.ms
            theirs = np.minimum(np.minimum.reduceat(ways, finishes.at[:-1], axis=1), NO_ROAD_MS)
            mine = hierarchy.times_ms(starts, finishes)[lot]
            assert (mine == theirs).all(), "SciPy disagrees"
        took[size] = round(seconds * 1000, 1)
    return took


def _with_places(graph: TurnGraph, starts: Ends) -> csr_matrix:
    """The turns as a matrix of milliseconds, and a row more for what each place begins with."""
    state = np.repeat(np.arange(graph.states), np.diff(graph.turn_at))
    place = np.repeat(np.arange(len(starts.at) - 1), np.diff(starts.at))
    order = np.lexsort((starts.ms, starts.state, place))
    place, to, ms = place[order], starts.state[order], starts.ms[order]
    # Both directions may lead to one state, and a matrix would add the two up.
    best = np.concatenate([[True], (np.diff(place) != 0) | (np.diff(to) != 0)])
    tail = np.concatenate([state, graph.states + place[best]])
    head = np.concatenate([graph.turn_to, to[best]])
    cost = np.concatenate([graph.ms[graph.arc_of_state()[state]] + graph.turn_ms, ms[best]])
    nodes = graph.states + len(starts.at) - 1
    return csr_matrix((cost.astype(float), (tail, head)), shape=(nodes, nodes))


def _networkx(graph: TurnGraph) -> float:
    before = np.repeat(np.arange(graph.states), np.diff(graph.turn_at))
    ms = graph.ms[graph.arc_of_state()[before]] + graph.turn_ms
    web: nx.DiGraph[int] = nx.DiGraph()
    web.add_weighted_edges_from(
        zip(before.tolist(), graph.turn_to.tolist(), ms.tolist(), strict=True)
    )
    seconds, _ = _cpu_s(
        lambda: [nx.single_source_dijkstra_path_length(web, k) for k in range(NETWORKX_SOURCES)]
    )
    return round(seconds * 1000 * 50 / NETWORKX_SOURCES)


def _osrm(
    python: Path, streets: StreetArrays, places: list[Place], sizes: list[int]
) -> dict[str, Any]:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_osm(streets, folder / "streets.osm")
        points = [(place.lon_deg, place.lat_deg) for place in places]
        ask = {"points": points, "sizes": sizes, "times": 3}
        (folder / "ask.json").write_text(json.dumps(ask))
        script = Path(__file__).parent / "common" / "peer_osrm.py"
        done = subprocess.run(
            [str(python), "-I", str(script), scratch], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"OSRM failed: {done.stderr[-1000:]}")
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for size in list(told["tables"])[:-1]:
        told["tables"][size].pop("first_row_s")
    return told


def _lines(figures: dict[str, Any]) -> str:
    osrm = figures.get("osrm", {}).get("tables", {})
    lines = [
        f"built in {figures['build_cpu_s']} s, loaded in {figures['load_ms']} ms, "
        f"{figures['file_mb']} MB",
        "places   new ms   known ms   metres ms   SciPy ms  (to new, to known)   "
        "OSRM ms (and into numpy)",
    ]
    for size, ours in figures["ours_ms"].items():
        peer = osrm.get(str(size))
        told = f"{peer['ms']:>8.1f} (+{peer['read_ms']:.0f})" if peer else "       -"
        scipy_ms = figures["scipy_ms"][size]
        new, known = (scipy_ms / ours[which] for which in ("new_places", "known_places"))
        lines.append(
            f"{size:>6}{ours['new_places']:>9}{ours['known_places']:>11}{ours['metres']:>12}"
            f"{scipy_ms:>11}  ({new:.0f} x, {known:.0f} x){told:>20}"
        )
    one = figures["one_new_address_200_stops_ms"]
    lines.append(f"one new address to 200 stops {one['there']} ms, from them {one['back']} ms")
    lines.append(f"networkx, 50 places: {figures['networkx_ms'][50]} ms")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
