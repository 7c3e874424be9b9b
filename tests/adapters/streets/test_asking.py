"""How long a routing server may be silent, and what is tried again."""

from __future__ import annotations

import logging

import pytest

from dispatch.adapters.clock import WallClock
from dispatch.adapters.streets.choice import open_streets
from dispatch.adapters.streets.settings import StreetsSettings
from dispatch.core.errors import StreetsUnavailable
from tests.adapters.streets.conftest import Open, OwnTown
from tests.adapters.streets.fake_server import FakeServer, at
from tests.adapters.streets.hand_wound import HandWound

PAIR = [at(0), at(1_000)]


def test_a_connection_that_broke_is_tried_again(fake: FakeServer, opened: Open) -> None:
    fake.hang_ups = 2
    assert opened("osrm").durations_s(PAIR, "car")[0, 1] == 100
    assert len(fake.asked) == 3


def test_the_third_failure_is_the_last(fake: FakeServer, opened: Open) -> None:
    fake.hang_ups = 3
    with pytest.raises(StreetsUnavailable, match="cannot be reached"):
        opened("osrm").durations_s(PAIR, "car")
    assert len(fake.asked) == 3


def test_a_busy_server_is_asked_again_and_then_left(fake: FakeServer, opened: Open) -> None:
    fake.status = 503
    with pytest.raises(StreetsUnavailable, match=r"busy or down \(HTTP 503\)"):
        opened("valhalla").durations_s(PAIR, "car")
    assert len(fake.asked) == 3


def test_a_slow_answer_is_not_waited_for_twice(fake: FakeServer, opened: Open) -> None:
    fake.wait_s = 0.6
    with pytest.raises(StreetsUnavailable, match=r"did not answer within 0\.2 s"):
        opened("osrm", timeout_s=0.2).durations_s(PAIR, "car")
    assert len(fake.asked) == 1


def test_nobody_listening_is_told_at_once() -> None:
    settings = StreetsSettings("osrm", "http://127.0.0.1:9")
    streets = open_streets(settings, OwnTown("A"), WallClock())
    with pytest.raises(StreetsUnavailable, match=":9 cannot be reached"):
        streets.durations_s(PAIR, "car")


def test_a_connection_is_used_again(fake: FakeServer, opened: Open) -> None:
    streets = opened("osrm")
    for n in range(5):
        streets.durations_s([at(100 * n), at(100 * n + 50)], "car")
    assert len(fake.asked) == 5
    assert len(fake.connections) == 1


def test_a_silent_server_is_left_alone_and_then_asked_again(fake: FakeServer, opened: Open) -> None:
    clock = HandWound()
    streets = opened("osrm", clock)
    fake.status = 500
    for seconds, asked in ((0, 1), (1, 1), (3.9, 1), (4.1, 2)):
        clock.seconds = seconds
        with pytest.raises(StreetsUnavailable):
            streets.durations_s(PAIR, "car")
        assert len(fake.asked) == asked, f"after {seconds} s"


def test_what_is_known_is_told_while_the_server_is_silent(fake: FakeServer, opened: Open) -> None:
    streets = opened("osrm", HandWound())
    streets.durations_s(PAIR, "car")
    fake.status = 500
    with pytest.raises(StreetsUnavailable):
        streets.durations_s([*PAIR, at(2_000)], "car")
    assert streets.durations_s(PAIR, "car")[0, 1] == 100


def test_no_doorstep_is_written_to_a_log(
    fake: FakeServer,
    opened: Open,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    streets = opened("osrm", HandWound())
    streets.durations_s(PAIR, "car")
    fake.status = 500
    with pytest.raises(StreetsUnavailable) as why:
        streets.durations_s([*PAIR, at(2_000)], "car")
    told = caplog.text + "".join(capsys.readouterr()) + str(why.value)
    assert "routing_server_silent" in told
    assert "44.5" not in told and str(at(2_000).lon_deg)[:6] not in told
