"""A whole installation as real processes, for tests and benchmarks: started, asked, ended.

Decides what such an installation is made of: its settings, its database, its clock.  What
is asked of it is each test's own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import httpx
from click.testing import CliRunner

from dispatch.adapters.storage.chosen import choose_database
from dispatch.adapters.storage.store import SqlStore
from dispatch.app import SETTINGS_FILE, open_house
from dispatch.cli import main
from dispatch.operations.access import create_key
from dispatch.operations.ports import Ports

MERCHANT = "m_maison_lisiere"
A_DOOR = {"lat": 44.507, "lon": 0.1644}  # some 250 m from that shop
ELSEWHERE = {"lat": 44.8378, "lon": -0.5792}  # Bordeaux: only collect is offered there

#: A busy machine is slow, not wrong: what is waited for comes at once where there is time.
PATIENCE_S: Final = 60.0

_CUT_OFFS: Final = [f"{hour:02d}:{minute:02d}" for hour in range(9, 12) for minute in range(60)]
#: Waves that take no time to think of.
A_WAVE_A_MINUTE: Final = (
    '[dispatching]\npolicy = "waves"\n\n'
    f'[waves]\nengine = "greedy"\ncut_offs = {json.dumps(_CUT_OFFS)}\n'
)
#: The same, and nothing to compile for them.
WAVES_ONLY: Final = A_WAVE_A_MINUTE + "proof_s = 0\n"


@dataclass(frozen=True, slots=True)
class Served:
    """A running ``dispatch serve``."""

    process: subprocess.Popen[str]
    url: str
    welcome: str
    errors: Path

    @property
    def children(self) -> list[int]:
        """Pids of the web workers and of the jobs process."""
        pid = self.process.pid
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @property
    def jobs_pid(self) -> int | None:
        for pid in self.children:
            if _is_jobs(pid):
                return pid
        return None

    def wait_for_jobs(self) -> None:
        """Wait until waves are run."""
        wait_for(lambda: "jobs_started" in self.errors.read_text(), "the jobs process")

    def end(self) -> None:
        """Stop it as an operator does, so that its database is let go of."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)

    @property
    def web_pids(self) -> list[int]:
        return [pid for pid in self.children if not _is_jobs(pid)]

    @property
    def web_cpu_s(self) -> float:
        """Processor seconds, to 10 ms, of the web workers that live now."""
        return sum(cpu_s(pid) for pid in self.web_pids)


def _is_jobs(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False  # gone since it was listed
    return b"jobs" in words


def cpu_s(pid: int) -> float:
    """Processor seconds of one process, its threads included, its children not."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(
    data_dir: Path,
    *options: str,
    settings: str = A_WAVE_A_MINUTE,
    database: str | None = None,
    environment: Mapping[str, str] = {},
) -> Iterator[Served]:
    """Serve *data_dir* on a free port; killed at the end if it still runs.

    options     : of ``dispatch serve``: ``--clock``, ``--workers``, ``--no-jobs`` ...
    settings    : its ``parameters.toml``; default: a wave every minute of the morning
    database    : URL of the database; None: what ``DATABASE_URL`` says, else a file of its own.
                  Commands given the same directory find it too
    environment : variables its processes get besides ours
    """
    database = database or os.environ.get("DATABASE_URL")
    if database is not None:
        choose_database(data_dir, database)
    (data_dir / SETTINGS_FILE).write_text(settings)
    errors = data_dir / "stderr.txt"
    command = [sys.executable, "-m", "dispatch", "serve", "--port", "0", "--data-dir"]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [*command, str(data_dir), *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, **environment},
        ) as process,
    ):
        try:
            welcome = ""
            assert process.stdout is not None
            while "Ctrl-C" not in welcome:
                line = process.stdout.readline()
                assert line, errors.read_text()
                welcome += line
            url = welcome.split("address: ")[1].split("/\n")[0]
            yield Served(process, url, welcome, errors)
        finally:
            process.kill()


def wait_for(condition: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S) -> Any:
    """Return the first true answer of *condition*; fail when it comes too late."""
    until_s = monotonic() + within_s
    while not (answer := condition()):
        assert monotonic() < until_s, f"waited in vain for {what}"
        sleep(0.05)
    return answer


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"  # dead, and only waiting for somebody to notice


@contextmanager
def opened(data_dir: Path) -> Iterator[Ports]:
    """Open the same installation in this process too, and close its database behind."""
    ports = open_house(data_dir).ports
    try:
        yield ports
    finally:
        assert isinstance(ports.store, SqlStore)
        ports.store.close()


def keys(data_dir: Path, wanted: int, storefront: str = "storefront") -> list[str]:
    """Make so many keys of one storefront: calls are counted, and limited, by key."""
    scopes = ("quotes", "bookings", "tours:read")
    with opened(data_dir) as ports:
        return [create_key(storefront, scopes, ports) for _ in range(wanted)]


def a_key(data_dir: Path) -> str:
    scopes = "quotes,bookings,tours:read"
    answer = CliRunner().invoke(
        main, ["keys", "create", "--data-dir", str(data_dir), "--scopes", scopes]
    )
    assert answer.exit_code == 0
    return answer.stdout.strip()


def told(*arguments: str) -> str:
    """What a command that succeeds prints."""
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0, answer.stderr
    return answer.stdout


def book_express(shop: httpx.Client) -> dict[str, Any]:
    """Quote and book one express order as a storefront does; return the booking."""
    order = {
        "merchants": [{"merchant_id": MERCHANT, "weight_g": 1000}],
        "deliver_to": {"location": A_DOOR},
    }
    quote = shop.post("/v1/quotes", json=order)
    assert quote.status_code == 201, quote.text
    express = quote.json()["options"][0]
    assert (express["mode"], express["offered"]) == ("express", True)
    choice = {
        "quote_id": quote.json()["id"],
        "option_id": express["id"],
        "customer": {"name": "Camille Essai", "phone": "+33639980042"},
    }
    booking = shop.post("/v1/bookings", json=choice, headers={"Idempotency-Key": "one"})
    assert booking.status_code == 201, booking.text
    answer: dict[str, Any] = booking.json()
    return answer


def ended_without_a_word(served: Served, number: signal.Signals) -> None:
    children = wait_for(lambda: served.children if served.jobs_pid else None, "the children")
    assert len(children) == 2
    served.process.send_signal(number)
    assert served.process.wait(PATIENCE_S) == 0
    assert all(is_gone(pid) for pid in children)
    assert "Traceback" not in served.errors.read_text()
