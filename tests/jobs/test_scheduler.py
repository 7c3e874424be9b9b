"""The jobs process asks what is due, and survives every answer."""

from __future__ import annotations

from threading import Event
from time import sleep
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from dispatch.core.errors import StorageError
from dispatch.core.ids import WaveId
from dispatch.jobs import scheduler
from dispatch.jobs.scheduler import Ticker, run_jobs
from dispatch.operations.ports import Ports
from dispatch.operations.waves import Wave, WaveResult, WaveState
from tests.fakes.house import clock_of, house

HALF_PAST_NINE = "2026-11-24T09:30:01+01:00"


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    structlog.reset_defaults()


def published(ports: Ports) -> list[str]:
    with ports.store.reading() as tx:
        waves = tx.waves(clock_of(ports).now().date())
    return [wave.wave_id for wave in waves if wave.state is WaveState.PUBLISHED]


def test_a_wave_that_is_due_is_run_and_told_in_one_line() -> None:
    ports = house(HALF_PAST_NINE)
    with capture_logs() as logs:
        Ticker(ports)()
    assert published(ports) == ["w_20261124_0930"]
    assert [(line["event"], line["wave"]) for line in logs] == [
        ("wave_published", "w_20261124_0930")
    ]


def test_where_nothing_is_due_nothing_is_said() -> None:
    ports = house(HALF_PAST_NINE)
    tick = Ticker(ports)
    tick()
    with capture_logs() as logs:
        tick()
    assert logs == []


def failing(*errors: Exception | None) -> Any:
    """A tick that fails with each of *errors* in turn; None: nothing is due."""
    left = list(errors)

    def tick(ports: Ports) -> Wave | None:
        error = left.pop(0)
        if error is not None:
            raise error
        return None

    return tick


def test_what_fails_is_logged_without_its_message_and_the_next_look_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = ValueError("Camille Essai, 12 Rue schématique 1")
    monkeypatch.setattr(scheduler, "tick", failing(told, None))
    tick = Ticker(house())
    with capture_logs() as logs:
        tick()
        tick()
    assert [line["event"] for line in logs] == ["tick_failed", "tick_works_again"]
    assert logs[0]["error"] == "ValueError"
    assert "test_scheduler.py:" in logs[0]["where"]
    assert "Camille" not in str(logs)


def test_the_same_trouble_is_told_once_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    away = [StorageError("the database is out of reach") for _ in range(4)]
    monkeypatch.setattr(scheduler, "tick", failing(*away[:3], None, away[3]))
    tick = Ticker(house())
    with capture_logs() as logs:
        for _ in range(5):
            tick()
    assert [line["event"] for line in logs] == ["tick_failed", "tick_works_again", "tick_failed"]
    assert logs[0]["error"] == "storage_unavailable"


def test_the_timetable_runs_until_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK_S", 0.05)
    ports = house(HALF_PAST_NINE)

    def wait(seconds: float) -> bool:
        sleep(seconds)
        return bool(published(ports))

    run_jobs(ports, wait)
    assert published(ports) == ["w_20261124_0930"]


def test_a_wave_in_hand_is_finished_before_the_process_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduler, "TICK_S", 0.05)
    begun, finished = Event(), Event()

    def slow(ports: Ports) -> None:
        begun.set()
        sleep(0.3)
        finished.set()

    monkeypatch.setattr(scheduler, "tick", slow)
    run_jobs(house(), begun.wait)
    assert finished.is_set()


def test_a_look_never_begins_while_another_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK_S", 0.05)
    inside = 0
    most = 0
    looks = 0

    def slow(ports: Ports) -> None:
        nonlocal inside, most, looks
        inside += 1
        looks += 1
        most = max(most, inside)
        sleep(0.2)
        inside -= 1

    def wait(seconds: float) -> bool:
        sleep(seconds)
        return looks == 3

    monkeypatch.setattr(scheduler, "tick", slow)
    run_jobs(house(), wait)
    assert most == 1


def test_a_wave_handed_out_without_a_search_is_logged_by_its_code_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = WaveResult(1, 1, 0, (), "none", 0.0, kept_standing=True)
    at = house(HALF_PAST_NINE).clock.now()
    failed = Wave(
        WaveId("w_1"), at.date(), at, WaveState.PUBLISHED, result=result, error="Boom: Camille"
    )
    monkeypatch.setattr(scheduler, "tick", lambda ports: failed)
    with capture_logs() as logs:
        Ticker(house())()
    assert [line["event"] for line in logs] == ["wave_search_failed", "wave_published"]
    assert logs[0]["error"] == "Boom"
    assert "Camille" not in str(logs)
