"""What the embedded territory promises to those who drive, sell and look at a map in it."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import opening_hours
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geodata.load import Network, Town, town
from geodata.network import BRIDGE, URBAN
from geodata.recipes.lines import Plane, crosses

PLANE = Plane(44.45, 0.2)

#: OSRM's stock car profile, km/h, in the order of ``class_names``, and its 0.8 of a limit of 50.
CAR_KMH = np.array([90, 85, 65, 55, 40, 25, 25, 10, 15, 5.0])
URBAN_KMH = np.minimum(CAR_KMH, 40.0)


@pytest.fixture(scope="module")
def pilot() -> Town:
    return town("val_de_garonne")


def graph(network: Network, keep: NDArray[np.bool_] | None = None) -> csr_matrix:
    """Car seconds from node to node over the edges of *keep*."""
    keep = np.ones(len(network.u), dtype=bool) if keep is None else keep
    urban = (network.kind & URBAN) > 0
    kmh = np.where(urban, URBAN_KMH[network.road_class], CAR_KMH[network.road_class])
    seconds = network.length_m / (kmh / 3.6)
    back = keep & ~network.oneway
    tail = np.concatenate([network.u[keep], network.v[back]])
    head = np.concatenate([network.v[keep], network.u[back]])
    cost = np.concatenate([seconds[keep], seconds[back]])
    # csr_matrix adds up parallel roads; only the quicker one counts.
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    n = len(network.lat_deg)
    return csr_matrix((cost[first], (tail[first], head[first])), shape=(n, n))


def nodes_m(network: Network) -> NDArray[np.float64]:
    return PLANE.to_m(np.column_stack([network.lat_deg, network.lon_deg]))


def centre(pilot: Town, name: str) -> int:
    """The node nearest to the centre of a commune."""
    (commune,) = (c for c in pilot.communes if c.name == name)
    away = nodes_m(pilot.network) - PLANE.to_m((commune.lat_deg, commune.lon_deg))
    return int(np.hypot(*away.T).argmin())


def course(network: Network, edge: int) -> NDArray[np.float64]:
    """The metres (k, 2) an edge runs through: its ends, and its bends between them."""
    bends = slice(network.shape_at[edge], network.shape_at[edge + 1])
    degrees = (
        [ends[network.u[edge]], *shape[bends], ends[network.v[edge]]]
        for ends, shape in (
            (network.lat_deg, network.shape_lat_deg),
            (network.lon_deg, network.shape_lon_deg),
        )
    )
    return PLANE.to_m(np.column_stack(list(degrees)))


@pytest.fixture(scope="module")
def courses(pilot: Town) -> list[NDArray[np.float64]]:
    return [course(pilot.network, edge) for edge in range(len(pilot.network.u))]


@pytest.fixture(scope="module")
def across(pilot: Town, courses: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """(m,) Which edges cross the river."""
    (river,) = pilot.river
    start = np.concatenate([points[:-1] for points in courses])
    end = np.concatenate([points[1:] for points in courses])
    edge = np.repeat(np.arange(len(courses)), [len(points) - 1 for points in courses])
    found = np.zeros(len(courses), dtype=bool)
    found[edge[crosses(start, end, PLANE.to_m(river.points))]] = True
    return found


def edge_names(pilot: Town) -> NDArray[np.str_]:
    return np.array(pilot.network.names)[pilot.network.name]


def test_it_is_the_43_communes_of_the_agglomeration(pilot: Town) -> None:
    assert len(pilot.communes) == 43
    assert sum(c.population for c in pilot.communes) == 62_194
    served = {c.name for c in pilot.communes if c.served}
    assert {"Marmande", "Tonneins", "Fauillet"} <= served
    assert "Seyches" not in served


def test_from_everywhere_one_can_drive_everywhere(pilot: Town) -> None:
    parts, _ = connected_components(graph(pilot.network), directed=True, connection="strong")
    assert parts == 1


@pytest.mark.parametrize("there", [True, False])
def test_marmande_to_tonneins_takes_16_to_20_minutes(pilot: Town, there: bool) -> None:
    ends = [centre(pilot, "Marmande"), centre(pilot, "Tonneins")]
    start, end = ends if there else ends[::-1]
    seconds = dijkstra(graph(pilot.network), indices=start)[end]
    assert 16 * 60 <= seconds <= 20 * 60


def test_a_kilometre_as_the_crow_flies_takes_a_believable_time(pilot: Town) -> None:
    """Real small regions: 80 to 115 s by car (Liechtenstein, Porto; OSRM)."""
    some = np.random.default_rng(1).choice(len(pilot.network.lat_deg), 150, replace=False)
    seconds = dijkstra(graph(pilot.network), indices=some)[:, some]
    at = nodes_m(pilot.network)[some]
    crow_km = np.hypot(*(at[:, None] - at[None, :]).T).T / 1000
    far = crow_km > 0.3
    assert 90 <= np.median(seconds[far] / crow_km[far]) <= 115


def test_the_garonne_is_crossed_at_its_named_bridges_only(
    pilot: Town, across: NDArray[np.bool_]
) -> None:
    assert sorted(edge_names(pilot)[across]) == [
        "Nouveau pont de Marmande",
        "Pont Renaud-Jean",
        "Pont de Couthures",
        "Pont de Tonneins",
        "Pont du Mas-d'Agenais",
    ]
    np.testing.assert_array_equal((pilot.network.kind & BRIDGE) > 0, across)


def test_without_bridges_the_left_bank_is_another_country(
    pilot: Town, across: NDArray[np.bool_]
) -> None:
    dry = graph(pilot.network, ~across)
    _, bank = connected_components(dry, directed=True, connection="strong")
    marmande, tonneins, mas = (
        bank[centre(pilot, name)] for name in ("Marmande", "Tonneins", "Le Mas-d'Agenais")
    )
    assert marmande == tonneins != mas


def test_the_bridge_of_le_mas_bears_three_and_a_half_tonnes(pilot: Town) -> None:
    limits = pilot.network.max_weight_kg
    assert set(edge_names(pilot)[limits > 0]) == {"Pont du Mas-d'Agenais"}
    assert set(limits[limits > 0].tolist()) == {3_500}


def test_the_d813_strings_its_villages_in_order(pilot: Town) -> None:
    (road,) = (line for line in pilot.roads if line.name == "D813")
    course = PLANE.to_m(road.points)
    met: list[int] = []
    for name in (
        "Sainte-Bazeille",
        "Marmande",
        "Saint-Pardoux-du-Breuil",
        "Longueville",
        "Fauguerolles",
        "Fauillet",
        "Tonneins",
    ):
        (c,) = (c for c in pilot.communes if c.name == name)
        away_m = np.hypot(*(course - PLANE.to_m((c.lat_deg, c.lon_deg))).T)
        assert away_m.min() < 20, name
        met.append(int(away_m.argmin()))
    assert met == sorted(met)


def test_no_made_up_street_carries_a_real_name(pilot: Town) -> None:
    honest = r"(Rue|Avenue|Chemin|Route|Accès) schématique .+|D\d+|.*[Pp]ont .+"
    assert [name for name in pilot.network.names if name and not re.fullmatch(honest, name)] == []
    assert pilot.schematic
    assert "fictives" in pilot.notice_fr
    assert "fictional" in pilot.notice_en


def test_an_edge_is_as_long_as_it_looks(pilot: Town, courses: list[NDArray[np.float64]]) -> None:
    """Within 15 cm a bend and the 0.3 % that one flat projection costs at the territory's edge."""
    looks_m = np.array([np.hypot(*np.diff(points, axis=0).T).sum() for points in courses])
    steps = np.array([len(points) - 1 for points in courses])
    assert (np.abs(pilot.network.length_m - looks_m) < 0.15 * steps + 0.003 * looks_m).all()


def test_a_node_is_a_junction_or_an_end_and_not_a_bend(pilot: Town) -> None:
    """But where a road's name ends, or the built-up area: that is for its edges to say."""
    net = pilot.network
    roads = np.bincount(np.concatenate([net.u, net.v]))
    bend = roads[net.v[:-1]] == 2
    bend &= (net.v[:-1] == net.u[1:]) & (net.name[:-1] == net.name[1:])
    bend &= (net.commune[:-1] == net.commune[1:]) & (net.kind[:-1] == net.kind[1:])
    assert bend.mean() < 0.002
    assert (roads >= 3).mean() > 0.6


def test_house_numbers_can_be_counted_along_a_street(pilot: Town) -> None:
    """A street's edges stand together, one after the other, so its length has an order."""
    net, streets = pilot.network, [n.startswith(("Rue", "Avenue")) for n in pilot.network.names]
    on_street = np.array(streets)[net.name]
    key = net.name.astype(np.int64) * 1_000 + net.commune
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    begun = Counter(key[starts][on_street[starts]].tolist())
    assert max(begun.values()) == 1
    same = (key[1:] == key[:-1]) & on_street[1:]
    assert (net.v[:-1] == net.u[1:])[same].mean() > 0.995


def test_only_the_cores_of_the_two_towns_have_one_way_streets(pilot: Town) -> None:
    communes = Counter(pilot.network.commune[pilot.network.oneway].tolist())
    assert {pilot.communes[k].name for k in communes} == {"Marmande", "Tonneins"}
    assert min(communes.values()) > 50


def street_km(pilot: Town) -> dict[str, float]:
    """Kilometres of streets, without the lanes of the country, by commune."""
    net = pilot.network
    streets = np.array([n.startswith(("Rue", "Avenue")) for n in pilot.network.names])[net.name]
    km = np.bincount(net.commune[streets], weights=net.length_m[streets] / 1_000, minlength=43)
    return {c.name: float(km[k]) for k, c in enumerate(pilot.communes)}


def test_a_bigger_town_has_more_streets(pilot: Town) -> None:
    km = street_km(pilot)
    assert km["Marmande"] > km["Tonneins"] > 3 * km["Fauillet"] > 3 * km["Taillebourg"] > 0
    assert min(km.values()) > 0


def test_the_towns_have_eight_metres_of_street_for_each_inhabitant(pilot: Town) -> None:
    """First guess: France has 16 m of road for each inhabitant, its small towns about half."""
    km = street_km(pilot)
    for commune in pilot.communes[:2]:
        assert 6 < 1_000 * km[commune.name] / commune.population < 10, commune.name


def test_a_town_is_denser_in_the_middle_than_at_its_edge(pilot: Town) -> None:
    """Kilometres of road per square kilometre: old middles 20 to 30, estates half of that."""
    net = pilot.network
    at = nodes_m(net)
    middle = (at[net.u] + at[net.v]) / 2
    for name, edge_m in (("Marmande", 1_900), ("Tonneins", 1_500)):
        (commune,) = (c for c in pilot.communes if c.name == name)
        away_m = np.hypot(*(middle - PLANE.to_m((commune.lat_deg, commune.lon_deg))).T)

        def density(low_m: float, high_m: float, away_m: NDArray[np.float64] = away_m) -> float:
            ring = (low_m <= away_m) & (away_m < high_m)
            area_km2 = np.pi * (high_m**2 - low_m**2) / 1e6
            return float(net.length_m[ring].sum() / 1_000 / area_km2)

        assert 20 < density(0, 600) < 32, name
        assert density(0, 600) > 1.8 * density(edge_m - 500, edge_m) > 10, name


def test_thirty_nine_fictional_shops_serve_the_two_towns(pilot: Town) -> None:
    assert Counter(m.commune for m in pilot.merchants) == {"47157": 27, "47310": 12}
    assert all(m.fictional for m in pilot.merchants)
    assert len({m.name for m in pilot.merchants}) == 39
    assert len({m.sector for m in pilot.merchants}) >= 12
    assert all(10 <= m.preparation_min <= 40 for m in pilot.merchants)
    hairdressers = [m for m in pilot.merchants if m.sector == "hairdresser"]
    assert {m.modes for m in hairdressers} == {("collect", "standard")}
    assert sum("merchant" in m.modes for m in pilot.merchants) >= 4
    assert {"food", "delicatessen"} == {m.sector for m in pilot.merchants if m.cold}


def test_every_phone_is_kept_for_fiction(pilot: Town) -> None:
    """ARCEP reserves 05 36 49 and 06 39 98 for fiction."""
    shops = [m.phone for m in pilot.merchants]
    people = [c.phone for c in pilot.couriers] + [pilot.people.person(k)[1] for k in (0, 9_999)]
    assert all(re.fullmatch(r"\+3353649\d{4}", phone) for phone in shops)
    assert all(re.fullmatch(r"\+3363998\d{4}", phone) for phone in people)
    assert len(set(shops)) == 39


def test_all_hours_are_written_in_openstreetmap_syntax(pilot: Town) -> None:
    own = [m.merchant_delivery for m in pilot.merchants if m.merchant_delivery]
    hours = [m.opening_hours for m in pilot.merchants] + [d.opening_hours for d in own]
    hours += [c.shift for c in pilot.couriers]
    assert [text for text in hours if not opening_hours.validate(text)] == []


def test_a_shop_stands_where_its_address_says(pilot: Town) -> None:
    """Number n is 10 n metres along the street of that name in that commune."""
    net = pilot.network
    for merchant in pilot.merchants:
        found = re.fullmatch(r"(\d+) (.+), \d{5} (.+)", merchant.address)
        assert found, merchant.address
        (commune,) = (k for k, c in enumerate(pilot.communes) if c.insee == merchant.commune)
        assert pilot.communes[commune].name == found[3]
        edges = np.flatnonzero((net.name == net.names.index(found[2])) & (net.commune == commune))
        ends_m = np.cumsum(net.length_m[edges])
        along_m = 10 * int(found[1])
        assert along_m <= ends_m[-1] + 10, merchant.address
        k = min(int(np.searchsorted(ends_m, along_m)), len(edges) - 1)
        points = course(net, int(edges[k]))
        run_m = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
        from_u_m = along_m - (ends_m[k] - net.length_m[edges[k]])
        spot = [np.interp(from_u_m, run_m, axis) for axis in points.T]
        away = spot - PLANE.to_m((merchant.lat_deg, merchant.lon_deg))
        assert np.hypot(*away.T).item() < 2, merchant.id


def inside(ring: tuple[tuple[float, float], ...], lat: float, lon: float) -> bool:
    """Even-odd rule: a ray to the east crosses the outline an odd number of times."""
    odd = False
    for (lat1, lon1), (lat2, lon2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (lat1 > lat) != (lat2 > lat):
            odd ^= lon < lon1 + (lat - lat1) / (lat2 - lat1) * (lon2 - lon1)
    return odd


def test_the_area_holds_the_served_communes_and_every_shop(pilot: Town) -> None:
    def served(lat: float, lon: float) -> bool:
        return any(inside(ring, lat, lon) for ring in pilot.area)

    assert all(served(c.lat_deg, c.lon_deg) for c in pilot.communes if c.served)
    assert all(served(m.lat_deg, m.lon_deg) for m in pilot.merchants)
    outside = [c.name for c in pilot.communes if not served(c.lat_deg, c.lon_deg)]
    assert {"Seyches", "Cocumont", "Lafitte-sur-Lot"} <= set(outside)


def test_three_couriers_of_whom_two_drive_a_cold_box(pilot: Town) -> None:
    assert Counter((c.vehicle, c.cold) for c in pilot.couriers) == {
        ("car", True): 2,
        ("cargo_bike", False): 1,
    }
    assert len({c.shift for c in pilot.couriers}) == 3
    assert all(c.fictional for c in pilot.couriers)


def test_four_hundred_customers_have_four_hundred_names(pilot: Town) -> None:
    names = [pilot.people.person(k)[0] for k in range(400)]
    assert len(set(names)) == 400
    assert len({name.split()[1] for name in names[:10]}) == 10
    assert pilot.people.person(7) == pilot.people.person(7)


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_customer_without_a_phone_is_refused(pilot: Town, number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        pilot.people.person(number)
