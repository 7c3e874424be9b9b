"""Restrictions over one or several ways become chains of edges.

Ways 1 to 8: W X, X Z Y, Y E, X N, X S, Y O, Y U, Z T.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from dispatch.core.places import Place
from dispatch.streets.arrays import StreetArrays
from dispatch.streets.network import StreetNetwork
from geodata.recipes.openstreetmap.assembling import network_of
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.relations import read_relations
from tests.geodata.recipes.openstreetmap.drawn import STREET, Drawn, Member, Sheet, Tags, drawn

DRAWING = """
. N . O .
W X Z Y E
. S T U .
"""
LETTERS = ("WX", "XZY", "YE", "XN", "XS", "YO", "YU", "ZT")
WAYS = [(letters, STREET) for letters in LETTERS]
NO_U_TURN = {"type": "restriction", "restriction": "no_u_turn"}
ONLY = {"type": "restriction", "restriction": "only_straight_on"}
BACK_SOUTH: list[Member] = [("way", 5, "from"), ("way", 2, "via"), ("way", 7, "to")]
STRAIGHT: list[Member] = [("way", 1, "from"), ("way", 2, "via"), ("way", 3, "to")]


def town_of(
    tmp_path: Path,
    tags: Tags,
    members: Sequence[Member],
    ways: Sequence[tuple[str, Tags]] = WAYS,
    nodes: Mapping[str, Tags] | None = None,
) -> Drawn:
    return drawn(Sheet(DRAWING, ways, nodes or {}, [(tags, members)]), tmp_path)


def chains(town: Drawn) -> set[str]:
    """Forbidden ways as way > way > …, with c for cars and b for bicycles."""
    network, who = town.network, {1: "c", 2: "b", 3: "cb"}
    found = set()
    for k, bound in enumerate(network.chain_who.tolist()):
        edges = network.chain_edge[network.chain_at[k] : network.chain_at[k + 1]]
        found.add(f"{'>'.join(str(int(way)) for way in network.way[edges])} {who[bound]}")
    return found


def test_a_way_between_is_followed_over_all_its_pieces(tmp_path: Path) -> None:
    """The way between has a crossing in its middle: two pieces."""
    town = town_of(tmp_path, NO_U_TURN, BACK_SOUTH)
    assert chains(town) == {"5>2>2>7 cb"}
    assert town.network.chain_via.tolist() == [town.node("X")]
    assert len(town.network.turn_from) == 0
    assert town.notes.of("turns") == []


def test_only_one_way_on_forbids_the_others_at_the_end_of_the_way_between(tmp_path: Path) -> None:
    assert chains(town_of(tmp_path, ONLY, STRAIGHT)) == {"1>2>2>6 cb", "1>2>2>7 cb"}


def test_ways_between_may_come_in_any_order(tmp_path: Path) -> None:
    ways = [*WAYS[:1], ("XZ", STREET), *WAYS[2:], ("ZY", STREET)]
    for first, second in ((2, 9), (9, 2)):
        via: list[Member] = [("way", first, "via"), ("way", second, "via")]
        town = town_of(tmp_path, NO_U_TURN, [BACK_SOUTH[0], *via, BACK_SOUTH[2]], ways)
        assert chains(town) == {"5>2>9>7 cb"}


def test_several_ways_in_are_each_forbidden(tmp_path: Path) -> None:
    tags = {"type": "restriction", "restriction": "no_entry"}
    assert chains(town_of(tmp_path, tags, [*BACK_SOUTH, ("way", 4, "from")])) == {
        "4>2>2>7 cb",
        "5>2>2>7 cb",
    }


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"except": "bicycle"}, "c"),
        ({"except": "psv;motorcar"}, "b"),
    ],
)
def test_an_exempted_vehicle_may_drive_it(tags: Tags, who: str, tmp_path: Path) -> None:
    assert chains(town_of(tmp_path, {**NO_U_TURN, **tags}, BACK_SOUTH)) == {f"5>2>2>7 {who}"}


def test_each_vehicle_is_bound_on_the_twin_it_uses(tmp_path: Path) -> None:
    """Cars to the doors of way 2 only, bicycles through: two edges for each of its pieces."""
    ways = [*WAYS[:1], ("XZY", STREET | {"motor_vehicle": "destination"}), *WAYS[2:]]
    town = town_of(tmp_path, NO_U_TURN, BACK_SOUTH, ways)
    assert chains(town) == {"5>2>2>7 c", "5>2>2>7 b"}


@pytest.mark.parametrize(
    ("members", "ways", "nodes", "said"),
    [
        (
            [("way", 1, "from"), ("way", 8, "via"), ("way", 3, "to")],
            WAYS,
            {},
            "through ways (via) that do not lead from one to the other",
        ),
        (
            [("way", 1, "from"), ("way", 2, "via"), ("way", 8, "via"), ("way", 3, "to")],
            WAYS,
            {},
            "through ways (via) that do not lead from one to the other",
        ),
        (
            BACK_SOUTH,
            WAYS,
            {"Z": {"barrier": "bollard"}},
            "through ways (via) that do not lead from one to the other",
        ),
        (
            [("way", 4, "from"), ("way", 2, "via"), ("way", 7, "to")],
            [*WAYS[:3], ("NXS", STREET), ("ZT", STREET), *WAYS[5:]],
            {},
            "from or to a way that runs on behind the node",
        ),
        (BACK_SOUTH[:2], WAYS, {}, "without one from, via and to"),
    ],
)
def test_a_restriction_that_cannot_be_followed_is_counted(
    members: Sequence[Member],
    ways: Sequence[tuple[str, Tags]],
    nodes: Mapping[str, Tags],
    said: str,
    tmp_path: Path,
) -> None:
    town = town_of(tmp_path, NO_U_TURN, members, ways, nodes)
    assert chains(town) == set()
    assert town.notes.of("turns") == [{"text": said, "count": 1, "ids": [1]}]


def test_a_restriction_away_from_the_network_is_no_remark(tmp_path: Path) -> None:
    town = town_of(tmp_path, NO_U_TURN, BACK_SOUTH)
    notes = Notes()
    relations = read_relations(town.sheet.write(tmp_path / "again.osm"))
    town.extract.ways[:] = [way for way in town.extract.ways if way.osm_id != 2]
    network_of(town.extract, relations.restrictions, None, [], notes)
    assert notes.of("turns") == []


def test_what_is_forbidden_on_the_map_is_not_driven(tmp_path: Path) -> None:
    """Both ends of the way between have dead ends only: back south is by turning in one."""
    town = town_of(tmp_path, NO_U_TURN, BACK_SOUTH)
    arrays = StreetArrays(**{f.name: getattr(town.network, f.name) for f in fields(StreetArrays)})
    streets = StreetNetwork(arrays, smallest_part=1)
    south, back = (
        Place(town.sheet.place(letter)[0], town.sheet.place(letter)[1]) for letter in "SU"
    )
    metres = streets.distances_m([south, back], "car")
    assert metres[1, 0] == pytest.approx(400, abs=1)  # the other way round nobody forbids it
    assert metres[0, 1] == pytest.approx(600, abs=1)
