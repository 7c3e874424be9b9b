"""``dispatch run`` as a newcomer starts it: real processes, real HTTP, a very fast day."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from dispatch.demo.stage import LOG_FILE

pytestmark = pytest.mark.slow


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "dispatch", "run", *more]


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (map(int, line.split()) for line in found.stdout.splitlines())
    below = [child for child, parent in pairs if parent == pid]
    return [*below, *(pid for child in below for pid in children_of(child))]


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def ends_within(pids: list[int], seconds: float) -> bool:
    until = monotonic() + seconds
    while any(map(alive, pids)) and monotonic() < until:
        sleep(0.1)
    return not any(map(alive, pids))


def test_a_small_day_runs_to_its_end_with_every_order_delivered_or_explained() -> None:
    ran = subprocess.run(
        command("--orders", "12", "--speed", "2400", "--until-end", "--json"),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["unexplained"] == 0
    assert told["quotes"] == 12
    assert told["bookings"] >= 6
    assert told["waves"] >= 5
    assert sum(mode["delivered"] + mode["late"] for mode in told["by_mode"].values()) >= 3
    assert "http://127.0.0.1:" in ran.stderr
    assert "Every booked order is delivered or explained." in ran.stderr


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A demonstration at its beginning: its process, its address, its folder."""
    folder = tmp_path / "demo"
    process = subprocess.Popen(
        command("--orders", "8", "--data-dir", str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    address = ""
    for line in process.stdout:
        if "Start here" in line:
            address = line.split()[-1]
            break
    try:
        yield process, address, folder
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_printed_address_leads_to_everybodys_page_and_ctrl_c_ends_all(
    running: tuple[subprocess.Popen[str], str, Path],
) -> None:
    process, address, folder = running
    home = httpx.get(address).text
    with httpx.Client(base_url=address, follow_redirects=True) as visitor:
        paths = {part.split('"')[0] for part in home.split('href="') if part.startswith("/")}
        doors = [path for path in paths if path.startswith(("/l/", "/suivi/"))]
        assert len(doors) >= 4
        assert {visitor.get(path).status_code for path in doors} == {200}
    family = [process.pid, *children_of(process.pid)]
    assert len(family) >= 4  # the demonstration, its server, a web worker, the jobs
    process.send_signal(signal.SIGINT)
    assert ends_within(family[1:], 8)
    assert process.wait(60) == 0
    assert process.stdout is not None
    assert "Interrupted; the day so far" in process.stdout.read()
    assert (folder / LOG_FILE).exists()


def test_a_killed_demonstration_leaves_no_process_behind(
    running: tuple[subprocess.Popen[str], str, Path],
) -> None:
    process, _, _ = running
    family = children_of(process.pid)
    assert len(family) >= 2
    process.kill()
    process.wait()
    assert ends_within(family, 10)
