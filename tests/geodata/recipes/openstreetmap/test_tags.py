"""What one way's tags mean for car, bicycle and walker."""

from __future__ import annotations

import pytest

from geodata import network as net
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.tags import BITS, Refused, Street, street_of

BOTH, THERE, BACK, NONE = "both", "there", "back", "none"


def street(**tags: str) -> Street:
    found = street_of(_colons(tags), 1, Notes())
    assert isinstance(found, Street)
    return found


def _colons(tags: dict[str, str]) -> dict[str, str]:
    """``oneway__bicycle`` for ``oneway:bicycle``."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def who(**tags: str) -> dict[str, str]:
    bits = 0
    for rule in street(**tags).rules:
        bits |= rule.access
    names = {(True, True): BOTH, (True, False): THERE, (False, True): BACK, (False, False): NONE}
    return {m: names[bool(bits & a), bool(bits & b)] for m, (a, b) in BITS.items()}


@pytest.mark.parametrize(
    ("tags", "car", "bike", "foot"),
    [
        ({"highway": "residential"}, BOTH, BOTH, BOTH),
        ({"highway": "motorway"}, THERE, NONE, NONE),
        ({"highway": "trunk", "motorroad": "yes"}, BOTH, NONE, NONE),
        ({"highway": "cycleway"}, NONE, BOTH, BOTH),
        ({"highway": "track"}, NONE, BOTH, BOTH),
        ({"highway": "track", "motor_vehicle": "yes"}, BOTH, BOTH, BOTH),
        ({"highway": "footway"}, NONE, BOTH, BOTH),
        ({"highway": "footway", "bicycle": "no"}, NONE, NONE, BOTH),
        ({"highway": "steps"}, NONE, NONE, BOTH),
        ({"highway": "bridleway"}, NONE, NONE, BOTH),
        ({"highway": "path", "sac_scale": "hiking"}, NONE, BOTH, BOTH),
        ({"highway": "path", "sac_scale": "alpine_hiking"}, NONE, NONE, BOTH),
        # The nearest tag to the vehicle wins.
        ({"highway": "service", "access": "no", "bicycle": "yes"}, NONE, BOTH, NONE),
        ({"highway": "service", "vehicle": "no", "motorcar": "yes"}, BOTH, NONE, BOTH),
        ({"highway": "residential", "motor_vehicle": "agricultural"}, NONE, BOTH, BOTH),
        ({"highway": "residential", "bicycle": "use_sidepath"}, BOTH, NONE, BOTH),
        # access=… invites nobody onto a path.
        ({"highway": "footway", "access": "destination"}, NONE, BOTH, BOTH),
        # One-way streets, and who is exempt.
        ({"highway": "residential", "oneway": "yes"}, THERE, THERE, BOTH),
        ({"highway": "residential", "oneway": "-1"}, BACK, BACK, BOTH),
        ({"highway": "residential", "oneway": "reversible"}, NONE, NONE, BOTH),
        ({"highway": "residential", "junction": "roundabout"}, THERE, THERE, BOTH),
        ({"highway": "residential", "oneway": "yes", "oneway__bicycle": "no"}, THERE, BOTH, BOTH),
        ({"highway": "residential", "oneway": "yes", "cycleway": "opposite"}, THERE, BOTH, BOTH),
        (
            {"highway": "residential", "oneway": "yes", "cycleway__left": "opposite_lane"},
            THERE,
            BOTH,
            BOTH,
        ),
        (
            {"highway": "residential", "oneway": "yes", "cycleway__left__oneway": "-1"},
            THERE,
            BOTH,
            BOTH,
        ),
        (
            {"highway": "tertiary", "junction": "roundabout", "cycleway": "opposite"},
            THERE,
            THERE,
            BOTH,
        ),
        ({"highway": "residential", "motor_vehicle__backward": "no"}, THERE, BOTH, BOTH),
        ({"highway": "residential", "oneway": "no", "access__forward": "no"}, BACK, BACK, BACK),
        # A ferry takes cars only where somebody says so.
        ({"route": "ferry"}, NONE, BOTH, BOTH),
        ({"route": "ferry", "motor_vehicle": "yes"}, BOTH, BOTH, BOTH),
        ({"highway": "pedestrian", "area": "yes"}, NONE, NONE, BOTH),
        ({"highway": "service", "service": "emergency_access"}, NONE, BOTH, BOTH),
    ],
)
def test_who_may_use_a_way_in_which_direction(
    tags: dict[str, str], car: str, bike: str, foot: str
) -> None:
    assert who(**tags) == {"car": car, "bike": bike, "foot": foot}


def test_a_private_street_leads_to_its_doors_and_never_through() -> None:
    (rule,) = street(highway="service", access="private").rules
    assert rule.kind & net.NO_THROUGH


def test_of_several_words_the_most_open_counts() -> None:
    (rule,) = street(highway="service", access="no;delivery").rules
    assert rule.kind & net.NO_THROUGH


def test_cars_to_the_door_and_bicycles_through_are_two_rules_of_one_street() -> None:
    through, to_door = street(highway="residential", motor_vehicle="destination").rules
    assert through.access == sum(BITS["bike"] + BITS["foot"])
    assert not through.kind & net.NO_THROUGH
    assert to_door.access == sum(BITS["car"])
    assert to_door.kind & net.NO_THROUGH


def test_a_bicycle_is_wheeled_on_a_footway_and_ridden_where_a_sign_lets_it() -> None:
    assert street(highway="footway").rules[0].kind & net.PUSHED
    assert not street(highway="footway", bicycle="yes").rules[0].kind & net.PUSHED
    assert street(highway="cycleway", bicycle="dismount").rules[0].kind & net.PUSHED


@pytest.mark.parametrize(
    ("tags", "road_class"),
    [
        ({"highway": "primary_link"}, "primary"),
        ({"highway": "road"}, "unclassified"),
        ({"highway": "track", "motor_vehicle": "destination"}, "service"),
        ({"highway": "pedestrian", "motor_vehicle": "delivery"}, "living_street"),
        ({"highway": "pedestrian"}, "path"),
        ({"route": "ferry"}, "ferry"),
    ],
)
def test_a_way_gets_the_class_it_is_driven_as(tags: dict[str, str], road_class: str) -> None:
    assert street(**tags).road_class == road_class


def test_what_a_way_is_built_as_is_kept() -> None:
    kind = (
        street(highway="primary_link", bridge="viaduct", tunnel="no", junction="roundabout")
        .rules[0]
        .kind
    )
    assert kind == net.BRIDGE | net.LINK | net.ROUNDABOUT
    assert street(highway="residential", tunnel="building_passage").rules[0].kind == 0
    assert street(highway="steps").rules[0].kind & net.STEPS


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "construction", "construction": "primary"}, "highway=construction"),
        ({"highway": "proposed"}, "highway=proposed"),
        ({"highway": "residential", "access": "no"}, "access=no"),
        ({"highway": "raceway"}, "highway=raceway"),
    ],
)
def test_a_way_nobody_may_use_says_why(tags: dict[str, str], reason: str) -> None:
    found = street_of(tags, 1, Notes())
    assert isinstance(found, Refused)
    assert found.reason == reason
    assert found.main == (tags.get("construction") == "primary")


def test_a_main_road_with_a_stale_construction_tag_is_kept_and_said() -> None:
    notes = Notes()
    found = street_of({"highway": "primary", "construction": "primary"}, 7, notes)
    assert isinstance(found, Street)
    assert notes.of("kept") == [
        {"text": "highway=primary with construction=primary", "count": 1, "ids": [7]}
    ]


def test_whoever_knows_better_opens_a_way_the_tags_close() -> None:
    closed = {"highway": "construction", "construction": "secondary", "oneway": "yes"}
    found = street_of(closed, 1, Notes(), frozenset({"car"}))
    assert isinstance(found, Street)
    assert found.road_class == "secondary"
    assert [rule.access for rule in found.rules] == [net.CAR_THERE]


def test_a_main_road_without_cars_says_which_tag_closed_it() -> None:
    assert street(highway="secondary", motor_vehicle="no", bicycle="yes").no_car == (
        "motor_vehicle=no"
    )
    assert street(highway="secondary").no_car == ""


def test_rules_under_a_condition_and_unknown_words_are_counted_once_each() -> None:
    notes = Notes()
    tags = {"highway": "residential", "access:conditional": "no @ (Sa)", "vehicle": "maybe"}
    assert isinstance(street_of(tags, 9, notes), Street)
    said = "access:conditional=no @ (Sa)"
    assert notes.of("conditional") == [{"text": said, "count": 1, "ids": [9]}]
    assert notes.of("not understood") == [{"text": "vehicle=maybe", "count": 1, "ids": [9]}]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("motor_vehicle:conditional", "motor_vehicle:conditional=no @ (Sa 06:00-14:00)"),
        ("vehicle:forward:conditional", "vehicle:forward:conditional=no @ (Sa 06:00-14:00)"),
        ("hgv:conditional", "hgv:conditional"),
        ("goods:lanes:conditional", "goods:lanes:conditional"),
    ],
)
def test_a_market_day_is_told_with_its_hours_a_lorry_s_lane_by_its_key(key: str, told: str) -> None:
    notes = Notes()
    street_of({"highway": "residential", key: "no @ (Sa 06:00-14:00)"}, 9, notes)
    assert [one["text"] for one in notes.of("conditional")] == [told]


def test_a_limit_of_each_direction_goes_before_that_of_both() -> None:
    found = street(highway="primary", maxspeed="80", maxspeed__backward="50")
    assert (found.limit_there_kmh, found.limit_back_kmh) == (80, 50)


@pytest.mark.parametrize(
    ("tags", "kmh", "urban"),
    [
        ({"maxspeed": "FR:urban"}, 50, True),
        ({"zone__maxspeed": "FR:30"}, 30, None),
        ({"source__maxspeed": "FR:zone30"}, 30, True),
        ({"maxspeed__type": "FR:rural"}, 80, False),
        ({"maxspeed": "70", "zone__traffic": "FR:urban"}, 70, True),
        ({"maxspeed__type": "sign"}, 0, None),
        ({}, 0, None),
    ],
)
def test_implicit_limits_are_those_of_france(
    tags: dict[str, str], kmh: int, urban: bool | None
) -> None:
    found = street(highway="tertiary", **tags)
    assert (found.limit_there_kmh, found.urban) == (kmh, urban)


def test_a_street_is_called_by_its_name_or_its_number() -> None:
    assert street(highway="primary", name="Cours", ref="D 813").name == "Cours"
    assert street(highway="primary", ref="D 813").name == "D 813"
    assert street(highway="primary", bridge="yes", **{"bridge__name": "Pont Neuf"}).bridge_name == (
        "Pont Neuf"
    )
