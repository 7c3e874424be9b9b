"""A whole installation as real processes, for tests: started, asked, ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
from click.testing import CliRunner

from dispatch.app import SETTINGS_FILE
from dispatch.cli import main

MERCHANT = "m_maison_lisiere"
A_DOOR = {"lat": 44.507, "lon": 0.1644}  # some 250 m from that shop


@dataclass(frozen=True, slots=True)
class Served:
    """A running ``dispatch serve``."""

    process: subprocess.Popen[str]
    url: str
    welcome: str
    errors: Path

    @property
    def children(self) -> list[int]:
        """Pids of the web worker and of the jobs process."""
        pid = self.process.pid
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @property
    def jobs_pid(self) -> int | None:
        for pid in self.children:
            if b"jobs" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        return None


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Served]:
    """Serve *data_dir* on a free port, a wave every minute; killed at the end if it still runs."""
    cut_offs = [f"{hour:02d}:{minute:02d}" for hour in range(9, 12) for minute in range(60)]
    settings = f'[waves]\nengine = "greedy"\ncut_offs = {json.dumps(cut_offs)}\n'
    (data_dir / SETTINGS_FILE).write_text(settings)
    errors = data_dir / "stderr.txt"
    command = [sys.executable, "-m", "dispatch", "serve", "--port", "0", "--data-dir"]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [*command, str(data_dir), *options], stdout=subprocess.PIPE, stderr=stderr, text=True
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


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Return the first true answer of *condition*; fail after ten seconds."""
    until_s = monotonic() + 10
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
    assert served.process.wait(10) == 0
    assert all(is_gone(pid) for pid in children)
    assert "Traceback" not in served.errors.read_text()
