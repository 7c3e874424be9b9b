"""kill -9 while customers pay: what they were told is there, once and whole.

A kill takes a process and not the machine: whether the disk was told to sync is seen only
at a power cut, and not here.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dispatch.core.civil import local_day
from dispatch.operations.waves import WaveState
from tests.blackbox.storm import Storm, audit, every
from tests.databases import KINDS, SQLITE, Server, own_cluster, text_of
from tests.installation import WAVES_ONLY, Served, keys, opened, serving, wait_for

MORNING = "2026-11-24T09:30+01:00"
#: How many orders, and after how many of them something is killed.
FEW = (80, (10, 30, 50))
MANY = (1000, tuple(range(25, 1000, 50)))
DOSES = [FEW, pytest.param(MANY, marks=pytest.mark.slow)]
#: On PostgreSQL too, when there is time; in the quick dose its own death is seen there.
BOTH = [
    (SQLITE, FEW),
    *(pytest.param(kind, MANY, marks=pytest.mark.slow) for kind in KINDS),
]

Dose = tuple[int, tuple[int, ...]]


def told(url: str, *names: str) -> list[str]:
    """What the server is set to."""
    with psycopg.connect(url, autocommit=True) as line:
        return [line.execute(f"SHOW {name}".encode()).fetchone()[0] for name in names]  # type: ignore[index]


def kill_a_web_worker(served: Served) -> None:
    """Kill one, and wait until another is there."""
    before = wait_for(lambda: served.web_pids, "a web worker")
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: set(served.web_pids) - set(before), "another web worker")


def kill_while_somebody_pays(storm: Storm, served: Served) -> None:
    storm.wait_for_payment()
    kill_a_web_worker(served)


@pytest.fixture
def database(kind: str, server: Callable[[], Server]) -> Iterator[str | None]:
    """URL of an empty database; None: a file of the installation's own."""
    if kind == SQLITE:
        yield None
        return
    with server().fresh() as url:
        yield url


@pytest.mark.parametrize(("kind", "dose"), BOTH)
def test_no_booking_is_lost_or_doubled_when_web_workers_are_killed(
    tmp_path: Path, database: str | None, dose: Dose
) -> None:
    wanted, kills = dose
    options = ("--clock", MORNING, "--no-jobs", "--workers", "2" if database else "1")
    with serving(tmp_path, *options, database=database) as served:
        with Storm(served.url, keys(tmp_path, 4), wanted).raging() as storm:
            every(kills, storm, lambda: kill_while_somebody_pays(storm, served))
            while not storm.interrupted["/v1/bookings"] and storm.wait_for_payment():
                kill_a_web_worker(served)
        assert storm.interrupted["/v1/bookings"] > 0, "no kill met a booking"
        audit(served.url, tmp_path, storm.receipts)
        served.end()


@pytest.mark.parametrize(("kind", "dose"), BOTH)
def test_no_order_is_lost_or_given_twice_when_the_jobs_process_is_killed_in_a_wave(
    tmp_path: Path, database: str | None, dose: Dose
) -> None:
    wanted, _ = dose
    thinking = WAVES_ONLY.replace("greedy", "ortools") + "budget_s = 1\n"
    with (
        serving(
            tmp_path, "--clock", f"{MORNING}x30", settings=thinking, database=database
        ) as served,
        opened(tmp_path) as ports,
    ):

        def waves(state: WaveState) -> set[str]:
            with ports.store.reading() as tx:
                day = tx.waves(local_day(ports.clock.now()))
            return {wave.wave_id for wave in day if wave.state is state}

        def killed_in_a_wave() -> bool:
            """Kill the jobs process while it solves; False: the wave was over before the kill."""
            cut = wait_for(lambda: waves(WaveState.RUNNING), "a wave that is being solved")
            jobs_pid = served.jobs_pid
            assert jobs_pid is not None
            os.kill(jobs_pid, signal.SIGKILL)
            # Seen now: a minute later another process may have taken the wave over.
            seen = waves(WaveState.RUNNING) >= cut
            wait_for(lambda: served.jobs_pid not in (None, jobs_pid), "new jobs")
            return bool(seen)

        served.wait_for_jobs()
        with Storm(served.url, keys(tmp_path, 4), wanted).raging() as storm:
            storm.wait_until(10)
            wait_for(killed_in_a_wave, "a kill within a wave")
            before = waves(WaveState.PUBLISHED)
        wait_for(lambda: waves(WaveState.PUBLISHED) - before, "a wave of the new process")
        audit(served.url, tmp_path, storm.receipts)


@pytest.mark.parametrize("dose", DOSES)
def test_no_booking_is_lost_or_doubled_when_postgresql_is_killed_and_started_again(
    tmp_path: Path, dose: Dose
) -> None:
    wanted, kills = dose
    with own_cluster(durable=True) as cluster:
        url = text_of(cluster.url())
        assert told(url, "fsync", "full_page_writes", "synchronous_commit") == ["on"] * 3
        options = ("--clock", MORNING, "--no-jobs", "--workers", "2")
        with serving(tmp_path, *options, database=url) as served:

            def restart() -> None:
                cluster.end(signal.SIGKILL)
                storm.wait_for_refusals(3)
                cluster.start()

            with Storm(served.url, keys(tmp_path, 4), wanted).raging() as storm:
                every(kills[::2], storm, restart)
            audit(served.url, tmp_path, storm.receipts)
            served.end()
