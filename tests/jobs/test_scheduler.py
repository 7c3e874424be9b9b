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
from dispatch.jobs.scheduler import Looker, run_jobs
from dispatch.operations.chores import CHORES, Chore
from dispatch.operations.letters import Answer
from dispatch.operations.mailroom import Told
from dispatch.operations.ports import Ports
from dispatch.operations.waves import Wave, WaveResult, WaveState
from tests.fakes.house import clock_of, house

(WAVES,) = (chore for chore in CHORES if chore.name == "waves")
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
        Looker(WAVES, ports)()
    assert published(ports) == ["w_20261124_0930"]
    assert [(line["event"], line["wave"]) for line in logs] == [
        ("wave_published", "w_20261124_0930")
    ]


def test_where_nothing_is_due_nothing_is_said() -> None:
    ports = house(HALF_PAST_NINE)
    look = Looker(WAVES, ports)
    look()
    with capture_logs() as logs:
        look()
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


def test_what_fails_is_logged_without_its_message_and_the_next_look_comes() -> None:
    told = ValueError("Camille Essai, 12 Rue schématique 1")
    look = Looker(Chore("sweeping", 1, failing(told, None)), house())
    with capture_logs() as logs:
        look()
        look()
    assert [(line["event"], line["chore"]) for line in logs] == [
        ("chore_failed", "sweeping"),
        ("chore_works_again", "sweeping"),
    ]
    assert logs[0]["error"] == "ValueError"
    assert "test_scheduler.py:" in logs[0]["where"]
    assert "Camille" not in str(logs)


def test_the_same_trouble_is_told_once_until_it_is_over() -> None:
    away = [StorageError("the database is out of reach") for _ in range(4)]
    look = Looker(Chore("sweeping", 1, failing(*away[:3], None, away[3])), house())
    with capture_logs() as logs:
        for _ in range(5):
            look()
    told = [line["event"] for line in logs]
    assert told == ["chore_failed", "chore_works_again", "chore_failed"]
    assert logs[0]["error"] == "storage_unavailable"


def test_the_timetable_runs_until_told_to_end() -> None:
    ports = house(HALF_PAST_NINE)

    def wait(seconds: float) -> bool:
        sleep(seconds)
        return bool(published(ports))

    run_jobs(ports, wait)
    assert published(ports) == ["w_20261124_0930"]


def test_work_in_hand_is_finished_before_the_process_ends() -> None:
    begun, finished = Event(), Event()

    def slow(ports: Ports) -> None:
        begun.set()
        sleep(0.3)
        finished.set()

    run_jobs(house(), begun.wait, [Chore("slow", 0.05, slow)])
    assert finished.is_set()


def test_a_look_never_begins_while_another_is_under_way() -> None:
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
        return looks >= 3

    run_jobs(house(), wait, [Chore("slow", 0.05, slow)])
    assert most == 1


def test_a_slow_chore_holds_up_no_other_and_a_daily_one_is_looked_at_at_once() -> None:
    daily, held_up = Event(), []

    def slow(ports: Ports) -> None:
        held_up.append(not daily.wait(5))

    chores = [Chore("slow", 3600, slow), Chore("daily", 86_400, lambda ports: daily.set())]
    run_jobs(house(), lambda seconds: daily.wait(5) or True, chores)
    assert held_up == [False]


def test_a_webhook_that_is_given_up_is_logged_with_the_endpoint_and_the_shops_answer() -> None:
    told = (Told("wh_1", "evt_s1_0", Answer(None, "timeout"), given_up=True),)
    with capture_logs() as logs:
        Looker(Chore("webhooks", 0.5, lambda ports: told), house())()
    assert logs == [
        {
            "event": "webhook_given_up",
            "log_level": "warning",
            "endpoint": "wh_1",
            "message": "evt_s1_0",
            "answer": "timeout",
        }
    ]


def test_a_wave_handed_out_without_a_search_is_logged_by_its_code_alone() -> None:
    result = WaveResult(1, 1, 0, (), "none", 0.0, kept_standing=True)
    at = house(HALF_PAST_NINE).clock.now()
    failed = Wave(
        WaveId("w_1"), at.date(), at, WaveState.PUBLISHED, result=result, error="Boom: Camille"
    )
    with capture_logs() as logs:
        Looker(Chore("waves", 0.5, lambda ports: failed), house())()
    assert [line["event"] for line in logs] == ["wave_search_failed", "wave_published"]
    assert logs[0]["error"] == "Boom"
    assert "Camille" not in str(logs)
