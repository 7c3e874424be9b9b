"""kill -9 while customers pay: what they were told is there, once and whole.

A kill takes a process and not the machine: whether the disk was told to sync is seen only
at a power cut, and not here.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from dispatch.app import open_house
from dispatch.core.civil import local_day
from dispatch.operations.waves import WaveState
from tests.blackbox.storm import Storm, audit, every
from tests.installation import WAVES_ONLY, Served, keys, serving, wait_for

MORNING = "2026-11-24T09:30+01:00"
#: How many orders, and after how many of them something is killed.
FEW = (80, (10, 30, 50))
MANY = (1000, tuple(range(25, 1000, 50)))
DOSES = [FEW, pytest.param(MANY, marks=pytest.mark.slow)]

Dose = tuple[int, tuple[int, ...]]


def kill_a_web_worker(served: Served) -> None:
    """Kill one, and wait until another is there."""
    before = wait_for(lambda: served.web_pids, "a web worker")
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: set(served.web_pids) - set(before), "another web worker", within_s=30)


@pytest.mark.parametrize("dose", DOSES)
def test_no_booking_is_lost_or_doubled_when_web_workers_are_killed(
    tmp_path: Path, dose: Dose
) -> None:
    wanted, kills = dose
    with serving(tmp_path, "--clock", MORNING, "--no-jobs") as served:
        with Storm(served.url, keys(tmp_path, 4), wanted).raging() as storm:
            every(kills, storm, lambda: kill_a_web_worker(served))
        assert storm.interrupted["/v1/bookings"] > 0, "no kill met a booking"
        audit(served.url, tmp_path, storm.receipts)


@pytest.mark.parametrize("dose", DOSES)
def test_no_order_is_lost_or_given_twice_when_the_jobs_process_is_killed_in_a_wave(
    tmp_path: Path, dose: Dose
) -> None:
    wanted, _ = dose
    thinking = WAVES_ONLY.replace("greedy", "ortools") + "budget_s = 1\n"
    with serving(tmp_path, "--clock", f"{MORNING}x30", settings=thinking) as served:
        ports = open_house(tmp_path).ports

        def waves(state: WaveState) -> set[str]:
            with ports.store.reading() as tx:
                day = tx.waves(local_day(ports.clock.now()))
            return {wave.wave_id for wave in day if wave.state is state}

        served.wait_for_jobs()
        with Storm(served.url, keys(tmp_path, 4), wanted).raging() as storm:
            storm.wait_until(10)
            cut = wait_for(lambda: waves(WaveState.RUNNING), "a wave that is being solved")
            jobs_pid = served.jobs_pid
            assert jobs_pid is not None
            os.kill(jobs_pid, signal.SIGKILL)
            wait_for(
                lambda: served.jobs_pid not in (None, jobs_pid), "another jobs process", within_s=30
            )
        assert waves(WaveState.RUNNING) >= cut, "the wave was over before the kill: nothing seen"
        before = waves(WaveState.PUBLISHED)
        wait_for(
            lambda: waves(WaveState.PUBLISHED) - before, "a wave of the new process", within_s=60
        )
        audit(served.url, tmp_path, storm.receipts)
