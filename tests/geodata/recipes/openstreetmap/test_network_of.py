"""Drawn crossroads become nodes, edges, bends and forbidden turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely  # type: ignore[import-untyped]

from geodata import network as net
from geodata.network import CLASS_NAMES
from geodata.recipes.openstreetmap.assembling import network_of
from geodata.recipes.openstreetmap.notes import ImportRefused, Notes
from geodata.recipes.openstreetmap.reading import read_extract
from geodata.recipes.openstreetmap.relations import read_relations
from geodata.recipes.openstreetmap.tags import BITS
from tests.geodata.recipes.openstreetmap.drawn import (
    CELL_DEG,
    LAT,
    LON,
    LON_CELL_DEG,
    ROAD,
    STREET,
    Drawn,
    Sheet,
    drawn,
)

CROSS = """
. . N . .
. . C . .
W B X D E
. . S . .
"""


def cars(town: Drawn, start: str, end: str) -> bool:
    return town.reaches(start, end, *BITS["car"])


def bikes(town: Drawn, start: str, end: str) -> bool:
    return town.reaches(start, end, *BITS["bike"])


def test_edges_run_from_junction_to_junction_and_keep_their_bends(tmp_path: Path) -> None:
    """W B X D E and N C X S meet at X only: B, C and D are bends."""
    town = drawn(Sheet(CROSS, [("WBXDE", STREET), ("NCXS", STREET)]), tmp_path)
    assert len(town.network.lat_deg) == 5
    assert len(town.network.u) == 4
    assert sorted(np.rint(town.network.length_m).astype(int)) == [100, 200, 200, 200]
    assert np.diff(town.network.shape_at).tolist() == [1, 1, 1, 0]
    assert town.network.shape_lon_deg[0] == pytest.approx(LON + LON_CELL_DEG, abs=1e-6)


def test_a_way_drawn_in_pieces_is_one_street_cut_at_the_joint(tmp_path: Path) -> None:
    town = drawn(Sheet(CROSS, [("WBX", STREET), ("XDE", STREET)]), tmp_path)
    assert len(town.network.u) == 2
    assert len(town.network.lat_deg) == 3


def test_a_loop_keeps_its_whole_length_in_edges_of_two_ends(tmp_path: Path) -> None:
    """A turning circle: A to B, and round C D back to B."""
    town = drawn(Sheet("A B C\n. E D", [("AB", STREET), ("BCDEB", STREET)]), tmp_path)
    assert (town.network.u != town.network.v).all()
    assert town.network.length_m.sum() == pytest.approx(500, abs=1)


def test_a_node_written_twice_is_no_step(tmp_path: Path) -> None:
    town = drawn(Sheet("A B C", [("AABBC", STREET)]), tmp_path)
    assert len(town.network.u) == 1
    assert town.network.length_m[0] == pytest.approx(200, abs=0.5)


def test_a_one_way_street_with_contraflow_is_closed_backwards_to_cars_only(tmp_path: Path) -> None:
    oneway = STREET | {"oneway": "yes", "oneway:bicycle": "no"}
    town = drawn(Sheet("A B", [("AB", oneway)]), tmp_path)
    assert cars(town, "A", "B")
    assert not cars(town, "B", "A")
    assert bikes(town, "B", "A")


@pytest.mark.parametrize(
    ("barrier", "by_car", "by_bike"),
    [
        ({"barrier": "bollard"}, False, True),
        ({"barrier": "cycle_barrier"}, False, True),
        ({"barrier": "kissing_gate"}, False, False),
        ({"barrier": "kissing_gate", "bicycle": "yes"}, False, True),
        ({"barrier": "gate"}, True, True),
        ({"barrier": "gate", "access": "no"}, False, False),
        ({"barrier": "gate", "locked": "yes", "foot": "yes"}, False, False),
        ({"barrier": "gate", "locked": "yes", "vehicle": "yes", "foot": "yes"}, True, True),
        ({"barrier": "lift_gate", "motor_vehicle": "no"}, False, True),
        ({"barrier": "bollard", "access": "yes"}, True, True),
        ({"barrier": "bollard", "motor_vehicle": "destination"}, True, True),
        ({"barrier": "garage door"}, True, True),
    ],
)
def test_a_barrier_cuts_the_road_for_whom_it_stops(
    barrier: dict[str, str], by_car: bool, by_bike: bool, tmp_path: Path
) -> None:
    town = drawn(Sheet("A B C", [("ABC", STREET)], nodes={"B": barrier}), tmp_path)
    assert cars(town, "A", "C") == by_car
    assert bikes(town, "A", "C") == by_bike
    assert town.reaches("A", "C", *BITS["foot"]) == ("no" not in barrier.get("access", ""))
    if not by_car:  # both halves keep their doors
        assert cars(town, "A", "B")
        assert cars(town, "C", "B")


def test_a_bollard_on_a_crossroads_parts_all_its_roads(tmp_path: Path) -> None:
    sheet = Sheet(CROSS, [("WBXDE", STREET), ("NCXS", STREET)], nodes={"X": {"barrier": "block"}})
    town = drawn(sheet, tmp_path)
    assert [cars(town, "W", end) for end in "ENS"] == [False] * 3
    assert [bikes(town, "W", end) for end in "ENS"] == [True] * 3


def test_a_gate_for_residents_lets_nobody_short_cut(tmp_path: Path) -> None:
    gate = {"barrier": "gate", "motor_vehicle": "private"}
    town = drawn(Sheet("A B C", [("ABC", STREET)], nodes={"B": gate}), tmp_path)
    through = [int(e) for e in np.flatnonzero(town.network.kind & net.NO_THROUGH)]
    assert [float(town.network.length_m[e]) for e in through] == [pytest.approx(0.1)]


def test_two_rules_of_a_street_become_two_edges_side_by_side(tmp_path: Path) -> None:
    town = drawn(Sheet("A B C", [("ABC", STREET | {"motor_vehicle": "destination"})]), tmp_path)
    first, second = town.edges(1)
    network = town.network
    assert (network.u[first], network.v[first]) == (network.u[second], network.v[second])
    assert {int(network.access[first]), int(network.access[second])} == {
        sum(BITS["car"]),
        sum(BITS["bike"] + BITS["foot"]),
    }
    assert np.diff(network.shape_at).tolist() == [1, 1]


def test_a_light_at_the_stop_line_counts_at_its_junction_and_a_lone_one_where_it_is(
    tmp_path: Path,
) -> None:
    """D, 100 m before X, is a pedestrian light of its own; one 20 m before X is X's."""
    lights = {"D": {"highway": "traffic_signals"}}
    lone = drawn(Sheet(CROSS, [("WBXDE", STREET), ("NCXS", STREET)], nodes=lights), tmp_path)
    assert lone.network.signal.sum() == 1
    assert lone.network.signal[lone.node("D")]
    near = Sheet(CROSS, [("WBXDE", STREET), ("NCXS", STREET)], nodes=lights)
    lon = LON + 2.2 * LON_CELL_DEG
    text = near.xml().replace(f'lon="{near.place("D")[1]:.7f}"', f'lon="{lon:.7f}"')
    path = tmp_path / "near.osm"
    path.write_text(text, "utf-8")
    notes = Notes()
    relations = read_relations(path)
    extract = read_extract(path, relations, None, notes, opened={})
    network = network_of(extract, (), None, [], notes)
    assert len(network.u) == 4
    (at,) = np.flatnonzero(network.signal)
    assert network.lon_deg[at] == pytest.approx(LON + 2 * LON_CELL_DEG, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "gates", "nodes"), [("gate", 1, 3), ("lift_gate", 1, 3), ("bollard", 0, 4)]
)
def test_a_gate_on_the_way_is_a_node_to_be_waited_at_and_a_bollard_a_cut(
    kind: str, gates: int, nodes: int, tmp_path: Path
) -> None:
    sheet = Sheet("A B C", [("ABC", STREET)], nodes={"B": {"barrier": kind}})
    network = drawn(sheet, tmp_path).network
    assert network.gate.sum() == gates
    assert len(network.lat_deg) == nodes


def test_a_gate_that_keeps_bicycles_out_is_waited_at_once(tmp_path: Path) -> None:
    barrier = {"barrier": "gate", "bicycle": "no"}
    sheet = Sheet("A B C", [("ABC", STREET)], nodes={"B": barrier})
    network = drawn(sheet, tmp_path).network
    assert (network.gate.sum(), len(network.u)) == (1, 3)  # both halves, and the way through


TURN = {"type": "restriction"}
NO_LEFT = {"restriction": "no_left_turn"}
W_TO = [("way", 1, "from"), ("node", ord("X"), "via")]
#: Ways 1 to 4: W X, X N, X E, X S.
STAR = [("WBX", STREET), ("XCN", STREET), ("XDE", STREET), ("XS", STREET)]


def turns(tmp_path: Path, tags: dict[str, str], *members: tuple[str, int, str]) -> set[str]:
    """Forbidden turns from way to way, with c for cars and b for bicycles."""
    town = drawn(Sheet(CROSS, STAR, relations=[(TURN | tags, members)]), tmp_path)
    network = town.network
    assert set(network.turn_via.tolist()) <= {town.node("X")}
    who = {1: "c", 2: "b", 3: "cb"}
    return {
        f"{network.way[a]}>{network.way[b]} {who[int(w)]}"
        for a, b, w in zip(network.turn_from, network.turn_to, network.turn_who, strict=True)
    }


def test_a_forbidden_turn_is_forbidden_to_everything_on_wheels(tmp_path: Path) -> None:
    found = turns(tmp_path, {"restriction": "no_left_turn"}, *W_TO, ("way", 2, "to"))
    assert found == {"1>2 cb"}


def test_an_obliged_turn_forbids_all_others(tmp_path: Path) -> None:
    found = turns(tmp_path, {"restriction": "only_straight_on"}, *W_TO, ("way", 3, "to"))
    assert found == {"1>2 cb", "1>4 cb"}


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"restriction": "no_left_turn", "except": "bicycle"}, "c"),
        ({"restriction": "no_left_turn", "except": "psv;motorcar"}, "b"),
        ({"restriction:motorcar": "no_left_turn"}, "c"),
        ({"restriction:bicycle": "no_left_turn"}, "b"),
    ],
)
def test_an_exempted_vehicle_may_turn(tags: dict[str, str], who: str, tmp_path: Path) -> None:
    assert turns(tmp_path, tags, *W_TO, ("way", 2, "to")) == {f"1>2 {who}"}


def test_a_forbidden_u_turn_comes_back_by_the_way_it_went(tmp_path: Path) -> None:
    found = turns(tmp_path, {"restriction": "no_u_turn"}, *W_TO, ("way", 1, "to"))
    assert found == {"1>1 cb"}


def test_a_turn_binds_each_twin_for_the_vehicles_that_use_it(tmp_path: Path) -> None:
    """Way 1 is two edges: cars to the door, bicycles through."""
    ways = [("WBX", STREET | {"motor_vehicle": "destination"}), *STAR[1:]]
    sheet = Sheet(CROSS, ways, relations=[(TURN | NO_LEFT, [*W_TO, ("way", 2, "to")])])
    network = drawn(sheet, tmp_path).network
    assert len(network.turn_from) == 2
    for edge, who in zip(network.turn_from, network.turn_who, strict=True):
        assert bool(network.access[edge] & net.CAR_THERE) == (who == net.TURN_CAR)


def test_no_entry_from_several_ways_forbids_each(tmp_path: Path) -> None:
    members = [*W_TO, ("way", 2, "from"), ("way", 4, "to")]
    assert turns(tmp_path, {"restriction": "no_entry"}, *members) == {"1>4 cb", "2>4 cb"}


@pytest.mark.parametrize(
    ("tags", "members", "kind", "text"),
    [
        (
            {"restriction": "no_u_turn"},
            [("way", 1, "from"), ("way", 3, "via"), ("way", 4, "to")],
            "turns",
            "through ways (via) that do not lead from one to the other",
        ),
        (
            {"restriction": "no_left_turn"},
            [("way", 1, "from"), ("way", 2, "to")],
            "turns",
            "without one from, via and to",
        ),
        (
            {"restriction:conditional": "no_left_turn @ (07:00-09:00)"},
            [*W_TO, ("way", 2, "to")],
            "conditional",
            "restriction:conditional=no_left_turn @ (07:00-09:00)",
        ),
        (
            {"restriction": "no_parking_turn"},
            [*W_TO, ("way", 2, "to")],
            "not understood",
            "restriction=no_parking_turn",
        ),
        (
            {"restriction": "no_left_turn"},
            [("way", 1, "from"), ("node", ord("X"), "via"), ("way", 99, "to")],
            "turns",
            "between ways that do not meet at its node, or are not used",
        ),
    ],
)
def test_a_restriction_that_is_not_applied_is_counted(
    tags: dict[str, str],
    members: list[tuple[str, int, str]],
    kind: str,
    text: str,
    tmp_path: Path,
) -> None:
    town = drawn(Sheet(CROSS, STAR, relations=[(TURN | tags, members)]), tmp_path)
    assert len(town.network.turn_from) == len(town.network.chain_via) == 0
    assert town.notes.of(kind) == [{"text": text, "count": 1, "ids": [1]}]


def test_a_lorry_s_restriction_is_nobody_s_of_ours(tmp_path: Path) -> None:
    assert turns(tmp_path, {"restriction:hgv": "no_left_turn"}, *W_TO, ("way", 2, "to")) == set()


def test_which_side_is_meant_of_a_way_that_runs_on_cannot_be_told(tmp_path: Path) -> None:
    members = [("way", 1, "from"), ("node", ord("X"), "via"), ("way", 2, "to")]
    ways = [("WBXDE", STREET), ("XCN", STREET)]
    sheet = Sheet(CROSS, ways, relations=[(TURN | {"restriction": "no_left_turn"}, members)])
    town = drawn(sheet, tmp_path)
    assert len(town.network.turn_from) == 0
    assert town.notes.of("turns")[0]["text"] == "from or to a way that runs on behind the node"


def test_a_ferry_s_time_is_shared_out_over_its_pieces(tmp_path: Path) -> None:
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:04"}
    town = drawn(Sheet("A B C D E\n. . F . .", [("ABCDE", ferry), ("CF", STREET)]), tmp_path)
    edges = town.edges(1)
    assert town.network.fixed_s[edges].tolist() == [120, 120]
    assert {CLASS_NAMES[k] for k in town.network.road_class[edges]} == {"ferry"}
    assert town.network.fixed_s[town.edges(2)].tolist() == [0]


def test_weight_surface_name_and_limit_travel_with_every_piece(tmp_path: Path) -> None:
    tags = ROAD | {"name": "Pont", "maxweight": "3.5", "surface": "sett", "maxspeed": "30"}
    town = drawn(Sheet(CROSS, [("WBXDE", tags | {"bridge": "yes"}), ("XS", STREET)]), tmp_path)
    network, edges = town.network, town.edges(1)
    assert len(edges) == 2
    assert set(network.max_weight_kg[edges]) == {3_500}
    assert {network.names[k] for k in network.name[edges]} == {"Pont"}
    assert {net.SURFACES[k] for k in network.surface[edges]} == {"cobbles"}
    assert set(network.limit_there_kmh[edges]) == {30}
    assert all(network.kind[edges] & net.BRIDGE)


BLOCKS = """
A B C D
E F G H
I J K L
"""
GRID = [(row, STREET) for row in ("ABCD", "EFGH", "IJKL")]
GRID += [(column, STREET) for column in ("AEI", "BFJ", "CGK", "DHL")]


def test_a_road_among_homes_is_in_town_and_one_alone_is_not(tmp_path: Path) -> None:
    among = [*GRID[:1], ("EFGH", ROAD), *GRID[2:]]
    town = drawn(Sheet(BLOCKS, among), tmp_path)
    assert all(town.network.kind[town.edges(2)] & net.URBAN)
    alone = drawn(Sheet("A B C", [("ABC", ROAD)]), tmp_path)
    assert not alone.network.kind[0] & net.URBAN
    fast = [*GRID[:1], ("EFGH", ROAD | {"maxspeed": "80"}), *GRID[2:]]
    assert not any(drawn(Sheet(BLOCKS, fast), tmp_path).network.kind[3:6] & net.URBAN)


def test_what_lies_outside_the_clip_is_left_out_and_a_road_ends_at_its_border(
    tmp_path: Path,
) -> None:
    town = drawn(Sheet(BLOCKS, GRID), tmp_path)
    half = shapely.box(LON - 0.1, LAT - 1.5 * CELL_DEG, LON + 1.5 * LON_CELL_DEG, LAT + 0.1)
    network = network_of(town.extract, (), half, [], Notes())
    assert len(network.lat_deg) == 4  # A B E F
    assert len(network.u) == 4
    with pytest.raises(ImportRefused, match="no street lies inside"):
        network_of(town.extract, (), shapely.box(5, 5, 6, 6), [], Notes())


def test_an_edge_lies_in_the_commune_around_its_middle(tmp_path: Path) -> None:
    town = drawn(Sheet("A B C", [("AB", STREET), ("BC", STREET)]), tmp_path)
    west = shapely.box(LON - 0.01, LAT - 0.01, LON + 0.9 * LON_CELL_DEG, LAT + 0.01)
    network = network_of(town.extract, (), None, [west], Notes())
    assert network.commune.tolist() == [0, -1]


def test_a_file_in_any_order_and_with_missing_nodes_is_read(tmp_path: Path) -> None:
    sheet = Sheet("A B C D", [("ABCD", STREET)])
    lines = sheet.xml().splitlines()
    head, nodes = lines[:2], [line for line in lines[2:] if "node" in line]
    rest = [line for line in lines[2:-1] if "node" not in line]
    backwards = "\n".join([*head, *rest, *nodes, "</osm>"])
    for text, edges in ((backwards, 1), (sheet.xml().replace('<node id="66"', '<node id="99"'), 1)):
        path = tmp_path / "odd.osm"
        path.write_text(text, "utf-8")
        notes = Notes()
        extract = read_extract(path, read_relations(path), None, notes, opened={})
        network = network_of(extract, (), None, [], notes)
        assert len(network.u) == edges
    assert notes.of("data")[0]["text"] == "ways with nodes that are not in the file"


def test_a_missing_node_is_nobody_s_junction(tmp_path: Path) -> None:
    """B is not in the file; its place in the order of ids must not make C a junction."""
    sheet = Sheet("A B C D", [("ACD", STREET), ("BA", STREET)])
    path = tmp_path / "hole.osm"
    path.write_text(sheet.xml().replace('<node id="66"', '<node id="99"'), "utf-8")
    extract = read_extract(path, read_relations(path), None, Notes(), opened={})
    assert len(network_of(extract, (), None, [], Notes()).u) == 1


def test_only_what_touches_the_box_is_kept_in_memory(tmp_path: Path) -> None:
    sheet = Sheet(BLOCKS, GRID, nodes={"A": {"barrier": "block"}, "L": {"barrier": "block"}})
    path, notes = sheet.write(tmp_path / "sheet.osm"), Notes()
    west_half = (LON - 0.01, LAT - 0.01, LON + 1.5 * LON_CELL_DEG, LAT + 0.01)
    extract = read_extract(path, read_relations(path), west_half, notes, opened={})
    assert extract.node_id.tolist() == [ord(letter) for letter in "ABEFIJ"]
    assert [way.osm_id for way in extract.ways] == [1, 2, 3, 4, 5]
    assert set(extract.barriers) == {ord("A")}


def test_the_same_file_makes_the_same_network(tmp_path: Path) -> None:
    one, two = (drawn(Sheet(BLOCKS, GRID), tmp_path).network for _ in range(2))
    assert net.pack_network(one) == net.pack_network(two)
