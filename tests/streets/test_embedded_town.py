"""The embedded town, schematic as it is, must feel like the real one to drive through.

    python -m tests.streets.test_embedded_town

prints how far its ways are from the straight line and how long they take, measured as the
tests measure them: between random addresses, each door of each street as likely as any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from dispatch.core.places import UNREACHABLE_S, Place, crow_m
from dispatch.streets.arrays import CAR_BACK, CAR_THERE, Floats, Ints, StreetArrays
from dispatch.streets.network import StreetNetwork
from dispatch.streets.shapes import Shapes
from geodata import load

MARMANDE, TONNEINS = Place(44.50361, 0.16546), Place(44.39476, 0.31014)
NEIGHBOURS_M = 300.0  # between doors nearer than this nobody drives


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """p doors: the edge each stands on, where along it (0 is u), and the point."""

    edge: Ints
    fraction: Floats
    places: list[Place]

    def crow_m(self) -> Floats:
        """(p, p) metres as the crow flies."""
        return np.array([[crow_m(a, b) for b in self.places] for a in self.places])


def streets_of_town() -> StreetArrays:
    arrays = load.town("val_de_garonne").network
    return StreetArrays(
        **{name: getattr(arrays, name) for name in StreetArrays.__dataclass_fields__}
    )


def addresses(streets: StreetArrays, count: int, seed: int) -> Addresses:
    """Return random doors of the named streets and lanes of all communes."""
    rng = np.random.default_rng(seed)
    has_doors = np.array([bool(name) for name in streets.names])[streets.name]
    has_doors &= streets.commune >= 0
    weight = np.where(has_doors, streets.length_m, 0.0)
    edge = rng.choice(len(weight), count, p=weight / weight.sum())
    fraction, shapes = rng.uniform(0, 1, count), Shapes(streets)
    return Addresses(
        edge,
        fraction,
        [
            Place(*shapes.stretch(int(e), f, f)[0])
            for e, f in zip(edge, fraction.tolist(), strict=True)
        ],
    )


def shortest_m(streets: StreetArrays, doors: Addresses) -> Floats:
    """(p, p) metres of the shortest way by car, whatever it takes: each door cuts its edge."""
    n, p = len(streets.lat_deg), len(doors.edge)
    length_m = np.asarray(streets.length_m, np.float64)
    there, back = (streets.access & CAR_THERE) > 0, (streets.access & CAR_BACK) > 0
    u, v, whole_m = streets.u[doors.edge], streets.v[doors.edge], length_m[doors.edge]
    door, to_u_m, to_v_m = (
        n + np.arange(p),
        doors.fraction * whole_m,
        (1 - doors.fraction) * whole_m,
    )
    arcs = [
        (streets.u[there], streets.v[there], length_m[there]),
        (streets.v[back], streets.u[back], length_m[back]),
    ]
    for tail, head, metres, is_open in (
        (u, door, to_u_m, there),
        (door, v, to_v_m, there),
        (v, door, to_v_m, back),
        (door, u, to_u_m, back),
    ):
        mine = is_open[doors.edge]
        arcs.append((tail[mine], head[mine], metres[mine]))
    tail, head, metres = (np.concatenate(columns) for columns in zip(*arcs, strict=True))
    order = np.lexsort((metres, head, tail))  # of parallel streets the shorter one counts
    tail, head, metres = tail[order], head[order], metres[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    graph = coo_matrix((metres[first], (tail[first], head[first])), shape=(n + p, n + p))
    return np.asarray(dijkstra(graph.tocsr(), indices=door)[:, door])


def detours(streets: StreetArrays, doors: Addresses) -> Floats:
    """Road metres per crow-fly metre of all pairs that are no neighbours."""
    straight_m = doors.crow_m()
    far = straight_m > NEIGHBOURS_M
    return shortest_m(streets, doors)[far] / straight_m[far]


def paces(network: StreetNetwork, doors: Addresses, profile: str) -> Floats:
    """Seconds per crow-fly kilometre of all pairs that are no neighbours."""
    straight_m = doors.crow_m()
    far = straight_m > NEIGHBOURS_M
    return network.durations_s(doors.places, profile)[far] / straight_m[far] * 1_000


@pytest.fixture(scope="module")
def streets() -> StreetArrays:
    return streets_of_town()


@pytest.fixture(scope="module")
def network(streets: StreetArrays) -> StreetNetwork:
    return StreetNetwork(streets)


@pytest.fixture(scope="module")
def doors(streets: StreetArrays) -> Addresses:
    return addresses(streets, 400, seed=1)


def test_the_way_is_28_to_33_percent_longer_than_the_straight_line(
    streets: StreetArrays, doors: Addresses
) -> None:
    """As in real small regions: Liechtenstein 28 %, the hills east of Porto 33 %."""
    assert 1.28 <= np.median(detours(streets, doors)) <= 1.33


def test_a_kilometre_as_the_crow_flies_takes_a_car_90_to_110_seconds(
    network: StreetNetwork, doors: Addresses
) -> None:
    """As in real small regions: Liechtenstein and Porto, by OSRM, 80 to 108 s."""
    assert 90 <= np.median(paces(network, doors, "car")) <= 110


def test_marmande_to_tonneins_takes_a_car_twenty_minutes_or_so(network: StreetNetwork) -> None:
    there, back = (
        network.durations_s([MARMANDE, TONNEINS], "car")[i, j] / 60 for i, j in ((0, 1), (1, 0))
    )
    assert 17 <= there <= 22
    assert 17 <= back <= 22


def test_shops_reach_each_other_by_every_vehicle_at_a_country_pace(network: StreetNetwork) -> None:
    shops = [Place(m.lat_deg, m.lon_deg) for m in load.town("val_de_garonne").merchants]
    for profile in ("car", "cargo_bike", "bike"):
        assert network.durations_s(shops, profile).max() < UNREACHABLE_S
    time_s = network.durations_s(shops, "car")
    pace = [
        time_s[i, j] / crow_m(a, b) * 1000
        for i, a in enumerate(shops)
        for j, b in enumerate(shops)
        if crow_m(a, b) > 1000
    ]
    assert 60 < np.median(pace) < 200  # seconds per kilometre as the crow flies


def main() -> None:
    """Print the two figures, and how far apart the middle half of all pairs is."""
    streets = streets_of_town()
    network, doors = StreetNetwork(streets), addresses(streets, 400, seed=1)
    told = [("road metres per crow-fly metre", detours(streets, doors))]
    for profile in ("car", "cargo_bike"):
        told.append((f"seconds per crow-fly km, {profile}", paces(network, doors, profile)))
    for what, values in told:
        low, middle, high = np.percentile(values, [25, 50, 75])
        print(f"{what:34} {middle:7.2f}   ({low:.2f} to {high:.2f}, {len(values):,} pairs)")


if __name__ == "__main__":
    main()
