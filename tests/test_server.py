"""What ``dispatch.server`` promises without a whole server: a port, an address, a living child."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
import structlog
from structlog.testing import capture_logs

from dispatch.core.errors import Invalid
from dispatch.server import JobsProcess, address_of, listen

DIES = (sys.executable, "-c", "pass")
LIVES = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(60)",
)


class Stopwatch:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def stopwatch() -> Stopwatch:
    structlog.reset_defaults()
    return Stopwatch()


def wait_until_dead(jobs: JobsProcess) -> None:
    until_s = monotonic() + 10
    while jobs._child is not None and jobs._child.poll() is None:
        assert monotonic() < until_s, "the child lives on"
        sleep(0.01)


def test_port_0_is_any_free_port() -> None:
    with listen("127.0.0.1", 0) as one, listen("127.0.0.1", 0) as two:
        assert one.getsockname() != two.getsockname()


def test_a_port_in_use_is_refused_by_number() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Invalid, match=f"port {port} on 127.0.0.1 is in use") as refused:
            listen("127.0.0.1", port)
        assert refused.value.field == "port"


def test_a_host_that_is_not_ours_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match=r"203\.0\.113\.1") as refused:
        listen("203.0.113.1", 0)  # kept for documentation: nobody's
    assert refused.value.field == "host"


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")]
)
def test_the_address_shown_can_be_typed_into_a_browser(host: str, shown: str) -> None:
    with listen(host, 0) as listener:
        assert address_of(listener) == f"{shown}{listener.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 on this machine")
def test_an_ipv6_address_stands_in_brackets() -> None:
    with listen("::1", 0) as listener:
        assert address_of(listener).startswith("http://[::1]:")


def test_the_child_is_started_once_and_left_alone_while_it_lives(stopwatch: Stopwatch) -> None:
    jobs = JobsProcess(LIVES, stopwatch)
    jobs.tend()
    pid = jobs.pid
    stopwatch.now_s = 100
    jobs.tend()
    assert pid is not None
    assert jobs.pid == pid
    jobs.end(5)
    assert jobs.pid is None


def test_a_dead_child_is_started_again_after_a_pause_that_doubles(stopwatch: Stopwatch) -> None:
    jobs = JobsProcess(DIES, stopwatch)
    pauses = []
    with capture_logs() as logs:
        for _ in range(9):
            jobs.tend()
            assert jobs.pid is not None
            wait_until_dead(jobs)
            jobs.tend()
            pauses.append(logs[-1]["again_in_s"])
            stopwatch.now_s += pauses[-1] - 0.01
            jobs.tend()
            assert jobs.pid is None, "too early"
            stopwatch.now_s += 0.02
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_child_that_lived_a_minute_gets_the_short_pause_again(stopwatch: Stopwatch) -> None:
    jobs = JobsProcess(DIES, stopwatch)
    with capture_logs() as logs:
        for lived_s in (0, 0, 61):
            jobs.tend()
            wait_until_dead(jobs)
            stopwatch.now_s += lived_s
            jobs.tend()
            stopwatch.now_s += 5
    assert [line["again_in_s"] for line in logs] == [0.5, 1.0, 0.5]


def test_a_child_that_will_not_end_is_killed(stopwatch: Stopwatch) -> None:
    jobs = JobsProcess(STUBBORN, stopwatch)
    jobs.tend()
    child = jobs._child
    assert child is not None
    sleep(0.3)  # until it is deaf
    started_s = monotonic()
    jobs.end(0.2)
    assert child.returncode == -9
    assert monotonic() - started_s < 5


def test_ending_what_never_started_is_no_trouble(stopwatch: Stopwatch) -> None:
    jobs = JobsProcess(LIVES, stopwatch)
    jobs.ask_to_end()
    jobs.end(1)
    assert jobs.pid is None


SERVES_THEN_SPEAKS = """
import os, signal, sys
from pathlib import Path
from dispatch.app import open_house
from dispatch.server import listen, serve

def tell_the_master_to_end():
    os.kill(os.getpid(), signal.SIGTERM)

house = open_house(Path(sys.argv[1]))
code = serve(house, listen("127.0.0.1", 0), with_jobs=False, when_ready=tell_the_master_to_end)
print("served", code)
"""


def test_what_follows_serving_is_done_once_and_not_by_the_worker_too(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SERVES_THEN_SPEAKS, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "served 0\n"
