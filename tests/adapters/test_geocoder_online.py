"""The national service behind a memory, a circuit and a deadline; the server is real and local."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from dispatch.adapters.geocoder.answers import Answers
from dispatch.adapters.geocoder.ban import BanGeocoder, ServiceError
from dispatch.adapters.geocoder.circuit import Circuit
from dispatch.adapters.geocoder.online import MOST_AT_ONCE, OnlineGeocoder
from tests.adapters.geocoder_service import Service, feature, local_service

TIMEOUT_S = 0.15
DOOR = feature("12 Rue du Port 47200 Marmande", 0.95, housenumber="12")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with local_service() as local:
        local.say(DOOR)
        yield local


class Watch:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def online(service: Service, watch: Watch, tmp_path: Path) -> Iterator[OnlineGeocoder]:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    memory = Answers(tmp_path / "answers", lambda: now, keep_for=timedelta(days=9))
    with closing(memory) as answers:
        asked = BanGeocoder(url=service.url, timeout_s=TIMEOUT_S)
        yield OnlineGeocoder(asked, Circuit(watch), answers, timeout_s=TIMEOUT_S)


def took_s(online: OnlineGeocoder, text: str) -> float:
    started_s = time.perf_counter()
    with pytest.raises(ServiceError):
        online.find(text)
    return time.perf_counter() - started_s


def test_one_address_is_asked_once_however_it_is_written(
    online: OnlineGeocoder, service: Service
) -> None:
    first = online.find("12 rue du Port, 47200 Marmande")
    assert online.find("12 R. DU PORT 47200 marmande, 2e étage") == first
    assert len(service.asked) == 1
    online.find("13 rue du Port, 47200 Marmande")
    assert len(service.asked) == 2


def test_no_such_address_is_remembered_too(online: OnlineGeocoder, service: Service) -> None:
    service.say()
    assert online.find("12 rue du port") == online.find("12 rue du port") == []
    assert len(service.asked) == 1


def test_a_dead_service_costs_one_timeout_and_not_one_a_quote(
    online: OnlineGeocoder, service: Service, watch: Watch
) -> None:
    service.wait_s = 3 * TIMEOUT_S
    assert took_s(online, "12 rue du port") < 2 * TIMEOUT_S
    assert max(took_s(online, f"{n} rue du port") for n in range(20, 30)) < TIMEOUT_S / 2
    assert len(service.asked) == 1
    service.wait_s = 0.0
    watch.now_s += 30
    assert online.find("12 rue du port")
    assert online.find("14 rue du port") is not None


def test_an_answer_that_drips_is_not_waited_for(online: OnlineGeocoder, service: Service) -> None:
    """Each byte comes in time, the whole never: a socket's own timeout would wait for it."""
    service.drip_s = TIMEOUT_S / 5
    assert took_s(online, "12 rue du port") < 2 * TIMEOUT_S


def test_too_many_requests_are_obeyed(
    online: OnlineGeocoder, service: Service, watch: Watch
) -> None:
    service.status, service.headers = 429, {"Retry-After": "5"}
    took_s(online, "12 rue du port")
    service.status = 200
    watch.now_s += 4.9
    took_s(online, "12 rue du port")
    assert len(service.asked) == 1
    watch.now_s += 0.2
    assert online.find("12 rue du port")


def test_a_question_the_service_refuses_does_not_close_it_for_others(
    online: OnlineGeocoder, service: Service
) -> None:
    service.status = 400
    took_s(online, "12 rue du port")
    service.status = 200
    assert online.find("14 rue du port") is not None
    assert len(service.asked) == 2


def test_a_failure_is_not_remembered(
    online: OnlineGeocoder, service: Service, watch: Watch
) -> None:
    service.status = 500
    took_s(online, "12 rue du port")
    service.status = 200
    watch.now_s += 60
    assert online.find("12 rue du port")


def test_only_so_many_wait_at_once_and_the_others_go_on(
    online: OnlineGeocoder, service: Service
) -> None:
    service.wait_s = 2 * TIMEOUT_S
    waits: list[float] = []
    threads = [
        Thread(target=lambda n=n: waits.append(took_s(online, f"{n} rue du port")))
        for n in range(1, 4 * MOST_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == len(threads)
    assert len(service.asked) <= MOST_AT_ONCE


def test_questions_that_were_answered_make_room_for_others(
    online: OnlineGeocoder, service: Service
) -> None:
    for number in range(3 * MOST_AT_ONCE):
        online.find(f"{number + 1} rue du port")
    assert len(service.asked) == 3 * MOST_AT_ONCE
