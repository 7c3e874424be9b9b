"""Somebody sets the machine's clock back under a running installation: nothing happens twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest

from dispatch.adapters.clock import load_clock
from dispatch.app import CLOCK_FILE
from dispatch.core.civil import parse_instant
from tests.blackbox.storm import Storm, audit
from tests.installation import A_DOOR, MERCHANT, WAVES_ONLY, Served, keys, serving, wait_for

MOVED_CLOCK = Path(__file__).parent / "moved_clock"
ORDER = {
    "merchants": [{"merchant_id": MERCHANT, "weight_g": 500}],
    "deliver_to": {"location": A_DOOR},
}


@dataclass(frozen=True, slots=True)
class Town:
    """An installation at 9:30 whose machine's clock can be moved."""

    served: Served
    data_dir: Path
    keys: list[str]
    offset: Path

    def show(self, time: str) -> None:
        """Move the machine's clock so that the town's shows *time* of that Tuesday."""
        self.show_at(parse_instant(f"2026-11-24T{time}+01:00"))

    def show_at(self, wanted: datetime) -> None:
        """Move the machine's clock so that the town's shows the instant *wanted*."""
        unmoved = load_clock(self.data_dir / CLOCK_FILE).now()
        draft = self.offset.with_suffix(".new")
        draft.write_text(str((wanted - unmoved).total_seconds()))
        draft.replace(self.offset)

    def shop(self) -> httpx.Client:
        head = {"Authorization": f"Bearer {self.keys[0]}"}
        return httpx.Client(base_url=self.served.url, headers=head, timeout=20)

    def waves(self) -> Counter[str]:
        """How often each wave was handed out, by the log."""
        lines = self.served.errors.read_text().splitlines()
        told = [dict(w.split("=", 1) for w in line.split() if "=" in w) for line in lines]
        return Counter(fact["wave"] for fact in told if fact.get("event") == "wave_published")


@contextmanager
def a_town(data_dir: Path, settings: str = WAVES_ONLY) -> Iterator[Town]:
    """Serve a town whose clock can be moved, from 9:30:50 on."""
    offset = data_dir / "offset"
    offset.write_text("0")
    before = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    # Python reads it before it puts the folder it was started in on its path.
    path = os.pathsep.join([str(MOVED_CLOCK), str(Path(__file__).parents[2]), *before])
    with serving(
        data_dir,
        *("--clock", "2026-11-24T09:30:50+01:00"),
        settings=settings,
        environment={"PYTHONPATH": path, "DISPATCH_TEST_CLOCK": str(offset)},
    ) as served:
        served.wait_for_jobs()
        yield Town(served, data_dir, keys(data_dir, 4), offset)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as town:
        yield town


def test_a_clock_set_back_loses_no_booking_and_does_nothing_twice(town: Town) -> None:
    with Storm(town.served.url, town.keys, 16).raging() as storm:
        for done, time in ((5, "09:20:30"), (10, "09:30:50")):  # amid the orders, and forth again
            storm.wait_until(done)
            town.show(time)
    audit(town.served.url, town.data_dir, storm.receipts)
    town.show("09:34:20")  # three or four waves later
    wait_for(lambda: town.waves()["w_20261124_0934"], "the wave of 9:34")
    ran, told = town.waves(), events(town)
    # A little: the wave was due, and will not be over for some seconds.
    town.show("09:34:03")
    sleep(1.5)  # three looks of the jobs process
    with town.shop() as shop:
        late = shop.post("/v1/quotes", json=ORDER).json()

        town.show("09:31:00")  # more; the jobs process sees it, and a new one too
        jobs_pid = town.served.jobs_pid
        assert jobs_pid is not None
        os.kill(jobs_pid, signal.SIGKILL)
        wait_for(lambda: town.served.jobs_pid not in (None, jobs_pid), "new jobs")
        log = town.served.errors
        wait_for(lambda: log.read_text().count("jobs_started") == 2, "their start")

        assert shop.post("/v1/quotes", json=ORDER).status_code == 201, "quotes go on"
        customer = {"name": "Camille Essai", "phone": "+33639980042"}
        choice = {"quote_id": late["id"], "option_id": "opt_1", "customer": customer}
        for replay in (None, "true"):  # a quote of the time to come is used, and used once
            booked = shop.post("/v1/bookings", json=choice, headers={"Idempotency-Key": "late"})
            assert booked.status_code == 201, booked.text
            assert booked.headers.get("Idempotent-Replay") == replay
    town.show("09:37:30")  # and on, past everything that had been
    wait_for(lambda: _states(town)["assigned"] == 3, "the late order's wave")

    assert set(town.waves().values()) == {1}, "a wave was handed out twice"
    assert set(ran) <= set(town.waves())
    since = events(town)
    assert since[: len(told)] == told, "what had been told was changed"
    assert [e["position"] for e in since] == sorted(e["position"] for e in since)
    assert max(Counter((e["shipment_id"], e["seq"]) for e in since).values()) == 1
    assert max(Counter((e["shipment_id"], e["state"]) for e in since).values()) == 1


def events(town: Town) -> list[dict[str, Any]]:
    with town.shop() as shop:
        return list(shop.get("/v1/events", params={"limit": 500}).json()["events"])


def _states(town: Town) -> Counter[str]:
    return Counter(str(event["state"]) for event in events(town))
