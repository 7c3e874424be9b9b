"""Several web processes on one installation: one truth, one jobs process, none of them missed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from dispatch.adapters.storage.chosen import choose_database
from tests.databases import SQLITE, Server
from tests.installation import A_DOOR, MERCHANT, Served, a_key, is_gone, serving, wait_for

WORKERS = 2
NINE = "2026-11-24T09:30+01:00"


@pytest.fixture
def town(kind: str, server: Callable[[], Server], tmp_path: Path) -> Iterator[tuple[Served, str]]:
    """A served town with two web workers, and a key to its API."""
    options = ("--workers", str(WORKERS), "--clock", NINE)
    if kind == SQLITE:
        with serving(tmp_path, *options) as served:
            yield served, a_key(tmp_path)
        return
    with server().fresh() as url:
        choose_database(tmp_path, url)
        with serving(tmp_path, *options) as served:
            yield served, a_key(tmp_path)
            served.process.terminate()
            served.process.wait(60)


def web_pids(served: Served) -> set[int]:
    return set(served.children) - {served.jobs_pid}


def quoted(shop: httpx.Client) -> dict[str, object]:
    order = {
        "merchants": [{"merchant_id": MERCHANT, "weight_g": 1000}],
        "deliver_to": {"location": A_DOOR},
    }
    answer = shop.post("/v1/quotes", json=order)
    assert answer.status_code == 201, answer.text
    option = next(o for o in answer.json()["options"] if o["offered"])
    return {
        "quote_id": answer.json()["id"],
        "option_id": option["id"],
        "customer": {"name": "Camille Essai", "phone": "+33639980042"},
    }


def book(url: str, key: str, choice: dict[str, object], idempotency_key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key}
    # A connection of its own: it may be either worker that answers.
    return httpx.post(f"{url}/v1/bookings", json=choice, headers=headers, timeout=60)


def test_eight_equal_calls_to_two_workers_make_one_booking_and_one_dies_without_loss(
    town: tuple[Served, str],
) -> None:
    served, key = town
    before = wait_for(
        lambda: served.jobs_pid and len(web_pids(served)) == WORKERS and web_pids(served),
        "two web workers and the jobs process",
    )
    with httpx.Client(
        base_url=served.url, headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as shop:
        choice = quoted(shop)
        with ThreadPoolExecutor(8) as customers:
            answers = list(
                customers.map(lambda _: book(served.url, key, choice, "paid-once"), range(8))
            )
        assert {answer.status_code for answer in answers} <= {200, 201, 409}, answers
        made = {answer.json()["id"] for answer in answers if answer.status_code in (200, 201)}
        assert len(made) == 1

    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: is_gone(killed), "the end of a worker")
    wait_for(lambda: len(web_pids(served) - {killed}) == WORKERS, "another worker in its place")
    again = book(served.url, key, choice, "paid-once")
    assert {again.json()["id"]} == made
    assert "Traceback" not in served.errors.read_text()
