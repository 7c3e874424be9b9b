"""Of two jobs processes on one installation, one works and the other waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import structlog
from structlog.testing import capture_logs

from dispatch.jobs.lease import LOCK_FILE, held

HOLDER = """
import sys
from pathlib import Path
from dispatch.jobs.lease import held
with held(Path(sys.argv[1]), lambda seconds: False) as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


def never(seconds: float) -> bool:
    raise AssertionError("the lease was free: nothing to wait for")


def test_the_first_gets_it_at_once(tmp_path: Path) -> None:
    with held(tmp_path, never) as ours:
        assert ours


def test_the_second_waits_and_says_so_once(tmp_path: Path) -> None:
    asked: list[float] = []

    def three_times(seconds: float) -> bool:
        asked.append(seconds)
        return len(asked) == 3

    structlog.reset_defaults()
    with held(tmp_path, never), capture_logs() as logs, held(tmp_path, three_times) as ours:
        assert not ours
    assert len(asked) == 3
    assert [line["event"] for line in logs] == ["jobs_standing_by"]


def test_it_is_free_again_when_its_holder_ends(tmp_path: Path) -> None:
    with held(tmp_path, never):
        pass
    with held(tmp_path, never) as ours:
        assert ours


def test_the_stand_by_takes_over_from_a_holder_that_was_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        waited = 0

        def kill_it(seconds: float) -> bool:
            nonlocal waited
            waited += 1
            holder.kill()
            holder.wait()
            return False

        with held(tmp_path, kill_it) as ours:
            assert ours
        assert waited == 1


def test_two_installations_do_not_wait_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with held(tmp_path / "a", never) as first, held(tmp_path / "b", never) as second:
        assert first
        assert second


def test_nobody_else_on_the_machine_can_take_it(tmp_path: Path) -> None:
    with held(tmp_path, never):
        assert (tmp_path / LOCK_FILE).stat().st_mode & 0o777 == 0o600
