"""Notices on the command line, and the process that sends them: a real process, real SMTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.adapters.clock import save_clock, starting_now
from dispatch.app import CLOCK_FILE, SETTINGS_FILE, open_house
from dispatch.cli import main
from dispatch.core.civil import parse_instant
from dispatch.operations.notices import NoticeState
from dispatch.operations.notify import note_events
from dispatch.operations.ports import Ports
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER
from tests.fakes.mail_server import MailServer, mail_server
from tests.fakes.spaces import plain
from tests.fakes.town import express_shops
from tests.installation import opened, wait_for
from tests.operations.test_prepare import order_by

SETTINGS = """
[waves]
engine = "greedy"
proof_s = 0
[server]
public_url = "https://livraison.example.fr"
[notify.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Livraisons <nous@example.fr>"
"""
#: The jobs process with the two chores that write letters.
JOBS = """
import sys
from pathlib import Path
from dispatch import server
from dispatch.app import open_house
from dispatch.jobs.ending import Ending
from dispatch.jobs.scheduler import run_jobs
from dispatch.operations.chores import CHORES
server.log_to(sys.stderr)
house = open_house(Path(sys.argv[1]))
ending = Ending()
ending.listen()
print("there", flush=True)
run_jobs(house.ports, ending.wait, [one for one in CHORES if one.name in ("notices", "emails")])
"""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as served:
        yield served


@pytest.fixture
def data_dir(tmp_path: Path, server: MailServer) -> Path:
    (tmp_path / SETTINGS_FILE).write_text(SETTINGS.format(port=server.port))
    save_clock(starting_now(parse_instant("2026-11-24T12:00+01:00"), 1.0), tmp_path / CLOCK_FILE)
    note_events(open_house(tmp_path).ports)
    return tmp_path


@contextmanager
def jobs(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes to customers, once it is there."""
    command = [sys.executable, "-c", JOBS, str(data_dir)]
    with (
        (data_dir / "stderr.txt").open("a") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "there\n", (data_dir / "stderr.txt").read_text()
            yield process
        finally:
            process.kill()


def run(data_dir: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["notices", *arguments, "--data-dir", str(data_dir)])


def listed(data_dir: Path, *options: str) -> list[dict[str, Any]]:
    answer = run(data_dir, "list", *options, "--json")
    assert answer.exit_code == 0, answer.stderr
    return list(json.loads(answer.stdout)["notices"])


def book_one(ports: Ports) -> str:
    return order_by(Mode.COLLECT, express_shops(ports)[0], ports).booking.tracking_token


def states(ports: Ports) -> list[str]:
    with ports.store.reading() as tx:
        return sorted(one.state.value for one in tx.notices(list(NoticeState), 10))


def test_a_booking_becomes_a_letter_by_the_jobs_process(data_dir: Path, server: MailServer) -> None:
    with jobs(data_dir), opened(data_dir) as ports:
        token = book_one(ports)
        wait_for(lambda: server.letters, "the letter")
        wait_for(lambda: states(ports) == ["sent"], "the notice")
    (letter,) = server.letters
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"https://livraison.example.fr/suivi/{token}" in body.get_content()
    (row,) = listed(data_dir)
    assert (row["kind"], row["channel"], row["tries"]) == ("booked", "email", 0)
    logged = (data_dir / "stderr.txt").read_text() + run(data_dir, "list").stdout
    assert CUSTOMER.email is not None
    assert not any(said in logged for said in (CUSTOMER.email, CUSTOMER.phone, CUSTOMER.name))


def test_a_process_that_is_killed_while_it_sends_sends_nothing_twice(
    data_dir: Path, server: MailServer
) -> None:
    server.silent.add("DATA")
    with opened(data_dir) as ports:
        book_one(ports)
    with jobs(data_dir) as process:
        wait_for(lambda: "data" in server.said, "the letter on its way")
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    server.silent.clear()
    with jobs(data_dir), opened(data_dir) as ports:
        book_one(ports)
        wait_for(lambda: server.letters, "the next customer's letter")
        wait_for(lambda: states(ports) == ["claimed", "sent"], "the notices")
    assert len(server.letters) == 1


def test_a_failed_notice_is_listed_and_retried_by_its_id(
    data_dir: Path, server: MailServer
) -> None:
    server.answers["RCPT"] = "550 nobody"
    with jobs(data_dir), opened(data_dir) as ports:
        book_one(ports)
        wait_for(lambda: states(ports) == ["failed"], "the failure")
        (row,) = listed(data_dir, "--state", "failed")
        assert row["why"] == "550"
        del server.answers["RCPT"]
        answer = run(data_dir, "retry", row["notice"])
        assert answer.stdout.strip() == f"{row['notice']}: waits to be sent"
        wait_for(lambda: server.letters, "the letter")
    assert "notice_failed" in (data_dir / "stderr.txt").read_text()
    assert run(data_dir, "retry", "nothing").exit_code == 2


def test_a_trial_says_whether_the_service_takes_it(data_dir: Path, server: MailServer) -> None:
    answer = run(data_dir, "test", "operateur@example.org")
    assert (answer.exit_code, answer.stdout.strip()) == (0, "email: sent")
    assert plain(server.letters[0]["Subject"]) == "Message d’essai : l’envoi fonctionne"
    server.answers["MAIL"] = "550 who are you"
    answer = run(data_dir, "test", "operateur@example.org", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == {"channel": "email", "outcome": "refused", "why": "550"}
    answer = run(data_dir, "test", "+33639980042")
    assert (answer.exit_code, "no service carries notices by sms" in answer.stderr) == (2, True)


def test_without_a_service_the_commands_say_what_to_set(data_dir: Path) -> None:
    (data_dir / SETTINGS_FILE).write_text("")
    assert listed(data_dir) == []
    answer = run(data_dir, "test", "operateur@example.org")
    assert (answer.exit_code, "[notify.smtp]" in answer.stderr) == (2, True)
