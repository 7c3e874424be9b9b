"""kill -9 of the jobs process on a rolling day: tours that wait leave all the same, and once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from dispatch.core.civil import local_day
from dispatch.operations.ports import Ports
from dispatch.operations.waves import Wave, WaveState
from dispatch.tracking.tours import Stop
from tests.blackbox.storm import Storm, audit
from tests.blackbox.test_clock_back import Town, a_town, events
from tests.installation import opened, wait_for

#: Somebody looks for two seconds, long enough to be met by a kill.
LOOKING = """
[dispatching]
policy = "rolling"
budget_s = 2

[waves]
engine = "ortools"
budget_s = 2
proof_s = 0
"""


def test_no_order_is_lost_given_twice_or_left_waiting_when_the_jobs_process_is_killed(
    tmp_path: Path,
) -> None:
    with a_town(tmp_path, LOOKING) as town, opened(tmp_path) as ports:
        with Storm(town.served.url, town.keys, 24).raging() as storm:
            wait_for(lambda: rows(WaveState.RUNNING, ports), "a look")
            kill_the_jobs(town)
            (begun,) = rows(WaveState.RUNNING, ports)
        assert begun.look is None, "the kill came too late to meet the look"
        assert not any(stop.published_at for stop in booked(ports))

        assert begun.leased_until is not None
        unclaimed_at = begun.leased_until + timedelta(seconds=1)
        town.show_at(max(ports.clock.now(), unclaimed_at))
        (row,) = wait_for(lambda: waiting(ports), "the look of the new process")
        kill_the_jobs(town)
        assert waiting(ports) == [row]
        hour = row.cut_off_at
        assert hour > begun.cut_off_at + timedelta(minutes=10), "nothing waits"

        town.show_at(hour + timedelta(seconds=5))
        wait_for(lambda: rows(WaveState.PUBLISHED, ports), "its hand-out")
        audit(town.served.url, tmp_path, storm.receipts)
        left_at = [stop.published_at for stop in booked(ports)]
        assert any(left_at)
        assert all(hour < at < hour + timedelta(minutes=2) for at in left_at if at is not None)
        due = [(stop.eta_at, stop.due_at) for stop in booked(ports) if stop.due_at is not None]
        assert len(due) == 3
        assert all(eta_at and eta_at <= due_at for eta_at, due_at in due)
        told = Counter((event["shipment_id"], event["state"]) for event in events(town))
        assert max(told.values()) == 1


def kill_the_jobs(town: Town) -> None:
    """Kill the jobs process, and wait until another is at work.

    Its timetable begins by the machine's clock, which is set right for that moment.
    """
    shown = town.offset.read_text()
    town.offset.write_text("0")
    log, jobs_pid = town.served.errors, town.served.jobs_pid
    started = log.read_text().count("jobs_started")
    assert jobs_pid is not None
    os.kill(jobs_pid, signal.SIGKILL)
    wait_for(lambda: log.read_text().count("jobs_started") > started, "another jobs process")
    town.offset.write_text(shown)


def rows(state: WaveState, ports: Ports) -> list[Wave]:
    with ports.store.reading() as tx:
        return [wave for wave in tx.waves(local_day(ports.clock.now())) if wave.state is state]


def waiting(ports: Ports) -> list[Wave]:
    """The hand-out to come, once somebody has looked at everything that is booked."""
    return [row for row in rows(WaveState.OPEN, ports) if row.look is not None and row.look.next_at]


def booked(ports: Ports) -> Sequence[Stop]:
    with ports.store.reading() as tx:
        tours = tx.tours(local_day(ports.clock.now()))
    return [s for tour in tours for s in tour.stops if s.held_until is None]
