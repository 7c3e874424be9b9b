"""Who answers when: the server, our own engine in its place, or nobody; and what is checked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.adapters.streets.settings import StreetsSettings
from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.operations.ports import ChangingStreets, StreetsState
from tests.adapters.streets.conftest import Open
from tests.adapters.streets.fake_server import FakeServer, at, fake_server
from tests.adapters.streets.hand_wound import HandWound
from tests.fakes.plugs import DrawnTown

PAIR = [at(0), at(1_000)]
OWN_S = DrawnTown("A").durations_s(PAIR, "car")[0, 1]
SHOPS = {f"m_{n}": at(700 * n) for n in range(6)}


def test_without_a_fallback_silence_is_an_error(fake: FakeServer, opened: Open) -> None:
    streets = opened("osrm", HandWound())
    fake.status = 500
    with pytest.raises(StreetsUnavailable):
        streets.durations_s(PAIR, "car")
    assert streets.state().answering == "none"


def test_with_a_fallback_our_own_engine_answers_and_says_so(fake: FakeServer, opened: Open) -> None:
    clock = HandWound()
    streets = opened("osrm", clock, fallback="own")
    assert streets.durations_s(PAIR, "car")[0, 1] == 100
    assert streets.state() == StreetsState("osrm", "osrm", None)
    fake.status, clock.seconds = 500, 60
    assert OWN_S != 100
    assert streets.durations_s([at(0), at(2_000)], "car")[0, 1] != 200
    assert streets.state() == StreetsState("osrm", "own", clock.now())
    assert streets.durations_s(PAIR, "car")[0, 1] == OWN_S, "known or not: one engine at a time"
    assert streets.snap_m(at(0)) == 7
    clock.seconds = 85
    assert streets.state().since == clock.now() - timedelta(seconds=25)


def test_the_server_is_believed_again_when_it_answers(fake: FakeServer, opened: Open) -> None:
    clock = HandWound()
    streets = opened("valhalla", clock, fallback="own")
    fake.status = 500
    assert streets.durations_s(PAIR, "car")[0, 1] == OWN_S
    fake.status, clock.seconds = 200, 29
    assert streets.durations_s(PAIR, "car")[0, 1] == OWN_S
    clock.seconds = 31
    assert streets.durations_s(PAIR, "car")[0, 1] == 100
    assert streets.state().since is None


def test_a_question_the_server_refuses_is_not_answered_by_another_in_silence(
    fake: FakeServer, opened: Open
) -> None:
    streets = opened("osrm", HandWound(), fallback="own", matrix_pairs=500)
    streets.durations_s([at(10 * n) for n in range(20)], "car")  # 400 pairs; it takes 100
    assert streets.state().answering == "own"


def test_steady_streets_never_change_engine(fake: FakeServer, opened: Open) -> None:
    clock = HandWound()
    streets = opened("osrm", clock, fallback="own")
    held = streets.steady()
    assert held.durations_s(PAIR, "car")[0, 1] == 100
    fake.status = 500
    with pytest.raises(StreetsUnavailable):
        held.durations_s([at(0), at(2_000)], "car")
    ours = streets.steady()
    fake.status, clock.seconds = 200, 100
    assert ours.durations_s(PAIR, "car")[0, 1] == OWN_S, "held, though the server is back"
    assert streets.steady().durations_s([at(0), at(2_000)], "car")[0, 1] == 200


def test_a_wave_that_starts_after_a_long_quiet_knocks_first(fake: FakeServer, opened: Open) -> None:
    clock = HandWound()
    streets = opened("osrm", clock, fallback="own")
    streets.durations_s(PAIR, "car")
    fake.status, clock.seconds = 500, 600
    assert streets.steady().durations_s(PAIR, "car")[0, 1] == OWN_S


def test_chosen_streets_are_known_as_changing(opened: Open) -> None:
    assert isinstance(opened("osrm"), ChangingStreets)
    assert not isinstance(DrawnTown("A"), ChangingStreets)


def test_a_profile_the_server_does_not_have_is_told_at_the_start(opened: Open) -> None:
    with pytest.raises(Invalid, match="has no costing 'camion'") as why:
        opened("valhalla", profiles={"car": "camion"}).check(SHOPS)
    assert why.value.field == "streets.profiles"
    with pytest.raises(Invalid, match="has no profile 'tram'"):
        opened("osrm", profiles={"bike": "tram"}).check(SHOPS)


def test_a_server_of_one_vehicle_is_not_taken_for_two(fake: FakeServer, opened: Open) -> None:
    opened("osrm").check(SHOPS)
    fake.one_for_all = True
    with pytest.raises(
        Invalid, match=r"'bike' and 'car' with the same times.*streets\.urls"
    ) as why:
        opened("osrm").check(SHOPS)
    assert why.value.field == "streets.urls"
    with fake_server() as bicycles:
        both = {"bike": bicycles.url, "cargo_bike": bicycles.url}
        opened("osrm", urls=both).check(SHOPS)


def test_a_shop_without_a_street_is_named_at_the_start(opened: Open) -> None:
    with pytest.raises(Invalid, match=r"m_far: .* 799 m from the nearest street") as why:
        opened("valhalla").check({**SHOPS, "m_far": at(100, away_m=800)})
    assert why.value.field == "m_far"


def test_a_check_leaves_no_connection_open_behind_a_fork(fake: FakeServer, opened: Open) -> None:
    streets = opened("osrm")
    streets.check(SHOPS)
    before = len(fake.connections)
    streets.durations_s([at(1), at(2_222)], "car")
    assert len(fake.connections) == before + 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"engine": "orsm"}, "engine 'orsm' is unknown; known: own, osrm, valhalla"),
        ({"engine": "osrm"}, "url '' is no address of osrm for bike"),
        ({"engine": "osrm", "url": "localhost:5000"}, "write http://127.0.0.1:5000"),
        ({"fallback": "google"}, "fallback 'google' is unknown; known: none, own"),
        ({"timeout_s": 0}, "timeout_s is 0, 0.1 to 30 needed"),
        ({"kept_places": 1}, "kept_places is 1, 2 to 5000 needed"),
        ({"profiles": {"van": "car"}}, "profiles has 'van', no vehicle; known: bike, cargo_bike"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace(".", r"\.")):
        StreetsSettings(**settings)  # type: ignore[arg-type]
