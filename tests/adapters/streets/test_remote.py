"""Both servers' languages, on the fake road: seconds and metres that can be done in the head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.core.places import UNREACHABLE_S, Place
from tests.adapters.streets.conftest import Open
from tests.adapters.streets.fake_server import LAT, FakeServer, along_m, at, fake_server
from tests.adapters.streets.hand_wound import HandWound

both = pytest.mark.parametrize("engine", ["osrm", "valhalla"])


@both
def test_times_and_distances_are_those_of_the_road(engine: str, opened: Open) -> None:
    streets = opened(engine)
    places = [at(0), at(1_000), at(3_000)]
    assert streets.durations_s(places, "car").tolist() == [
        [0, 100, 300],
        [200, 0, 200],
        [600, 400, 0],
    ]
    assert streets.distances_m(places, "car")[0].tolist() == [0, 1_000, 3_000]
    assert streets.durations_s(places, "cargo_bike")[0].tolist() == [0, 200, 600]


@both
def test_the_walk_to_the_door_is_counted_at_both_ends(engine: str, opened: Open) -> None:
    # 100 m and 50 m at 5 km/h are 72 s and 36 s; 1 km of road is 100 s.
    found = opened(engine).durations_s([at(0, away_m=100), at(1_000, away_m=-50)], "car")
    assert found[0, 1] in (208, 209)  # 100 m are 99.9 m once a coordinate has five decimals


def test_seconds_are_rounded_up(opened: Open) -> None:
    # 1 001 m are 100.1 s.
    assert opened("osrm").durations_s([at(0), at(1_001)], "car")[0, 1] == 101


@both
def test_one_question_brings_times_and_distances(
    engine: str, fake: FakeServer, opened: Open
) -> None:
    streets = opened(engine)
    places = [at(0), at(1_000), at(3_000)]
    streets.durations_s(places, "car")
    streets.distances_m(places, "car")
    streets.distances_m(places[1:], "car")
    assert fake.matrices == [(3, 3)]


@both
def test_a_quote_asks_only_for_its_new_address(engine: str, fake: FakeServer, opened: Open) -> None:
    streets = opened(engine)
    known = [at(500 * n) for n in range(8)]
    streets.durations_s(known, "car")
    fake.matrices.clear()
    found = streets.durations_s([*known, at(4_500)], "car")
    assert fake.matrices == [(1, 9), (8, 1)]
    assert (found[0, 8], found[8, 0], found[0, 7]) == (450, 900, 350)


@both
def test_what_was_told_is_known_for_an_hour_and_no_longer(engine: str, opened: Open) -> None:
    streets, ten = opened(engine), datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert streets.hours(ten) == streets.hours(ten + timedelta(minutes=59))
    assert streets.hours(ten) != streets.hours(ten + timedelta(minutes=60))
    assert streets.hours((ten, ten)) == (ten, ten)


@both
def test_only_the_trips_wanted_are_asked_for(engine: str, fake: FakeServer, opened: Open) -> None:
    streets = opened(engine)
    found = streets.durations_s([at(0)], "car", to=[at(1_000), at(2_000), at(0)])
    assert found.tolist() == [[100, 200, 0]]
    assert fake.matrices == [(1, 3)]
    assert streets.distances_m([at(0)], "car", to=[at(2_000)]).tolist() == [[2_000]]
    assert fake.matrices == [(1, 3)]
    # The way back was never asked for, and two of the three places are old friends.
    assert streets.durations_s([at(1_000), at(3_000)], "car", to=[at(0)]).tolist() == [[200], [600]]
    assert fake.matrices[1:] == [(2, 1)]


@both
def test_the_same_door_to_the_metre_is_asked_for_once(
    engine: str, fake: FakeServer, opened: Open
) -> None:
    near = Place(at(1_000).lat_deg + 0.000_001, at(1_000).lon_deg + 0.000_001)
    found = opened(engine).durations_s([at(1_000), near, at(2_000)], "car")
    assert found.tolist() == [[0, 0, 100], [0, 0, 100], [200, 200, 0]]
    assert fake.matrices == [(2, 2)]


@both
def test_a_matrix_is_cut_to_what_the_server_takes(
    engine: str, fake: FakeServer, opened: Open
) -> None:
    fake.most_pairs = 16
    places = [at(100 * n) for n in range(11)]
    found = opened(engine).durations_s(places, "car")
    assert found[0].tolist() == [10 * n for n in range(11)]
    assert found[:, 0].tolist() == [20 * n for n in range(11)]
    assert all(rows * columns <= 16 for rows, columns in fake.matrices)
    assert sum(rows * columns for rows, columns in fake.matrices) == 121


@both
def test_where_no_road_leads_nothing_is_made_up(
    engine: str, fake: FakeServer, opened: Open
) -> None:
    streets = opened(engine)
    places = [at(0), at(1_000), at(9_500), at(9_600)]
    found = streets.durations_s(places, "car")
    assert found[0].tolist() == [0, 100, UNREACHABLE_S, UNREACHABLE_S]
    assert (found[2, 0], found[2, 3], found[3, 2]) == (UNREACHABLE_S, 10, 20)
    assert streets.distances_m(places, "car")[1, 2] == UNREACHABLE_S
    assert streets.path(places[0], places[2], "car") == ()
    asked = len(fake.asked)
    streets.durations_s(places, "car")
    assert len(fake.asked) == asked, "an unreachable trip is an answer too: it is kept"


@both
def test_the_way_is_told_from_street_to_street(engine: str, opened: Open) -> None:
    points = opened(engine).path(at(0, away_m=60), at(1_000), "car")
    first, last = points
    assert first == (LAT, 0.0)
    assert (last[0], along_m(Place(*last))) == (LAT, 1_000)


@both
def test_a_way_is_asked_for_once(engine: str, fake: FakeServer, opened: Open) -> None:
    streets = opened(engine)
    first = streets.path(at(0), at(1_000), "car")
    asked = len(fake.asked)
    assert streets.path(at(0), at(1_000), "car") == first
    assert len(fake.asked) == asked


@both
def test_a_place_far_from_any_street_is_refused_with_its_distance(
    engine: str, opened: Open
) -> None:
    streets, far = opened(engine), at(2_000, away_m=650)
    with pytest.raises(Invalid, match="650 m from the nearest street") as why:
        streets.durations_s([at(0), far], "car")
    assert why.value.facts == {"away_m": 650, "limit_m": 500}
    with pytest.raises(Invalid, match="650 m"):
        streets.path(at(0), far, "car")
    with pytest.raises(Invalid, match="650 m"):
        streets.durations_s([far], "car")
    assert not streets.contains(far)
    assert streets.contains(at(2_000, away_m=400))


@both
def test_a_place_outside_the_data_is_one_clear_error(engine: str, opened: Open) -> None:
    with pytest.raises(Invalid, match=r"outside the data|20000 m from the nearest") as why:
        opened(engine).durations_s([at(0), at(-20_000)], "car")
    assert why.value.facts["limit_m"] == 500


def test_a_door_that_only_cars_reach_is_not_offered(fake: FakeServer, opened: Open) -> None:
    with fake_server() as mountains:  # the bicycles' data ends 20 km to the south
        mountains.shift_m = 20_000
        streets = opened("osrm", urls={"bike": mountains.url, "cargo_bike": mountains.url})
        assert streets.snap_m(at(0)) == 0
        assert not streets.contains(at(0))
        streets.hang_up()


def test_a_vehicle_nobody_rides_is_refused_by_name(opened: Open) -> None:
    with pytest.raises(Invalid, match=r"unknown profile 'boat'; known: bike, cargo_bike, car"):
        opened("osrm").durations_s([at(0), at(1)], "boat")


def test_a_distance_that_osrm_s_table_gets_wrong_is_asked_for_again(
    fake: FakeServer, opened: Open
) -> None:
    fake.wrong_distances = True
    assert opened("osrm").distances_m([at(0), at(1_000)], "car").tolist() == [
        [0, 1_000],
        [1_000, 0],
    ]


def test_two_vehicles_of_one_profile_share_what_is_known(fake: FakeServer, opened: Open) -> None:
    streets = opened("valhalla")
    streets.durations_s([at(0), at(1_000)], "bike")
    streets.durations_s([at(0), at(1_000)], "cargo_bike")
    assert fake.matrices == [(2, 2)]


def test_what_is_kept_is_asked_for_again_after_its_time(fake: FakeServer, opened: Open) -> None:
    clock = HandWound()
    streets = opened("osrm", clock, kept_min=60)
    streets.durations_s([at(0), at(1_000)], "car")
    clock.seconds = 3_599
    streets.durations_s([at(0), at(1_000)], "car")
    assert len(fake.matrices) == 1
    clock.seconds = 3_601
    streets.durations_s([at(0), at(1_000)], "car")
    assert len(fake.matrices) == 2


@both
@pytest.mark.parametrize("garbage", [b'{"code": "Ok"}', b"[]", b"<html>", b'{"trip": {}}'])
def test_an_answer_that_makes_no_sense_is_none(
    engine: str, garbage: bytes, fake: FakeServer, opened: Open
) -> None:
    fake.garbage = garbage
    with pytest.raises(StreetsUnavailable, match=fake.url):
        opened(engine).durations_s([at(0), at(1_000)], "car")


def test_an_older_valhalla_s_wordy_matrix_is_read_too(fake: FakeServer, opened: Open) -> None:
    streets = opened("valhalla")
    assert streets.contains(at(0)) and streets.contains(at(1_000))
    fake.garbage = (
        b'{"sources_to_targets": [[{"time": 0, "distance": 0.0}, {"time": 100, "distance": 1.0}],'
        b'[{"time": 200, "distance": 1.0}, {"time": null, "distance": null}]]}'
    )
    assert streets.durations_s([at(0), at(1_000)], "car").tolist() == [[0, 100], [200, 0]]
