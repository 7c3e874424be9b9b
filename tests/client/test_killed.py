"""kill -9 of the shop or of the server while customers pay: booked once, or seen to wait."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.app import open_house
from dispatch.client.outbox import BOOKED, Outbox
from dispatch.core.civil import local_day
from examples.shop.ledger import Ledger
from tests.client.paying_shop import Plan
from tests.installation import A_DOOR, MERCHANT, Served, a_key, is_gone, serving, wait_for

MORNING = "2026-11-24T09:30+01:00"
ORDERS_A_ROUND = 2
#: Steps that two orders make at least: one before and one behind each of asked, paid, written
#: into the outbox, booked, written again.
STEPS = 20


def worker_of(served: Served) -> int:
    (pid,) = wait_for(
        lambda: len(served.children) == 1 and served.jobs_pid is None and served.children,
        "the web worker",
    )
    return int(pid)


def shop_process(plan: Plan) -> int:
    """Run the shop to its end, and return how it ended."""
    command = [sys.executable, "-m", "tests.client.paying_shop", plan.text()]
    done = subprocess.run(command, timeout=90, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def booked_refs(data_dir: Path) -> Counter[str | None]:
    house = open_house(data_dir)
    store = house.ports.store
    assert isinstance(store, SqlStore)
    with store.reading() as tx:
        made = tx.bookings(local_day(house.ports.clock.now()))
    store.close()
    return Counter(booking.external_ref for booking in made)


@pytest.mark.parametrize(("rounds", "seed"), [(4, 1), pytest.param(20, 2, marks=pytest.mark.slow)])
def test_each_paid_order_is_booked_once_whoever_is_killed(
    tmp_path: Path, rounds: int, seed: int
) -> None:
    """By turns the shop is killed at a step drawn by lot, and the server some ms after one."""
    lot = random.Random(seed)
    town, books = tmp_path / "town", tmp_path / "shop"
    town.mkdir()
    books.mkdir()
    ends = Counter[int]()
    with serving(town, "--clock", MORNING, "--no-jobs") as served:
        calm = Plan(*(served.url, a_key(town), str(books), MERCHANT, A_DOOR["lat"], A_DOOR["lon"]))

        def plan(**of_the_round: object) -> Plan:
            return Plan(**{**{n: getattr(calm, n) for n in calm.__slots__}, **of_the_round})

        for n in range(rounds):
            refs = tuple(f"CMD-{n}{k}" for k in range(ORDERS_A_ROUND))
            victim = worker_of(served) if n % 2 else 0
            point, after_s = lot.randint(1, STEPS), lot.uniform(0, 0.05)
            end = shop_process(plan(refs=refs, point=point, victim=victim, after_s=after_s))
            ends[end] += 1
            if victim:
                wait_for(partial(is_gone, victim), "the end of the web worker")
            seen = Outbox(books / "outbox.sqlite")
            for purchase in Ledger(books / "ledger.sqlite").paid():
                row = seen.get(purchase.ref)
                waits = not purchase.settled
                assert waits or (row is not None and row.state == BOOKED), purchase.ref
        assert shop_process(calm) == 0
        os.kill(served.process.pid, signal.SIGTERM)
        served.process.wait(60)
    paid = [purchase.ref for purchase in Ledger(books / "ledger.sqlite").paid()]
    made = booked_refs(town)
    assert ends[-signal.SIGKILL] > 0, "no shop died: the steps are drawn too far away"
    assert len(paid) > rounds // 2, "too few got as far as paying"
    assert {ref: made[ref] for ref in paid} == dict.fromkeys(paid, 1)
    assert set(made) == set(paid), "what nobody paid is not booked"
