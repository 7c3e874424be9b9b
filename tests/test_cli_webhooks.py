"""Webhooks on the command line, and the process that sends them: a real process, real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.adapters.clock import save_clock, starting_now
from dispatch.adapters.storage.engine import DATABASE_FILE
from dispatch.adapters.storage.store import SqlStore
from dispatch.adapters.webhook_key import KEY_FILE
from dispatch.app import CLOCK_FILE, SETTINGS_FILE, open_house
from dispatch.cli import main
from dispatch.core.civil import parse_instant
from dispatch.operations.access import fingerprint
from dispatch.operations.letters import signature
from dispatch.operations.retell import dead_letters
from dispatch.operations.webhooks import list_endpoints
from tests.adapters.storage_samples import book
from tests.fakes.shop_server import Received, ShopServer, say, shop_server
from tests.installation import wait_for

HOOK = "https://shop.example/hook"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    settings = '[waves]\nengine = "greedy"\nproof_s = 0\n[webhooks]\nprivate_addresses = true\n'
    (tmp_path / SETTINGS_FILE).write_text(settings)
    save_clock(starting_now(parse_instant("2026-11-24T12:00+01:00"), 1.0), tmp_path / CLOCK_FILE)
    return tmp_path


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    with shop_server() as shop:
        yield shop


def run(data_dir: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["webhooks", *arguments, "--data-dir", str(data_dir)])


def told(data_dir: Path, *arguments: str) -> Any:
    """What a command that succeeds answers, as JSON."""
    answer = run(data_dir, *arguments, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def booked(data_dir: Path, *numbers: int) -> None:
    """The storage samples' orders, of the storefront ``market``."""
    store = open_house(data_dir).ports.store
    assert isinstance(store, SqlStore)
    with store.writing() as tx:
        for n in numbers:
            book(tx, n)
    store.close()


#: The jobs process without its waves: those would have to be compiled for.
JOBS = """
import sys
from pathlib import Path
from dispatch.app import open_house
from dispatch.jobs.ending import Ending
from dispatch.jobs.scheduler import run_jobs
from dispatch.operations.chores import CHORES
house = open_house(Path(sys.argv[1]))
ending = Ending()
ending.listen()
print("there", flush=True)
run_jobs(house.ports, ending.wait, [chore for chore in CHORES if chore.name == "webhooks"])
"""


@contextmanager
def jobs(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that tells what is to be told, once it is there."""
    with (
        (data_dir / "stderr.txt").open("a") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", JOBS, str(data_dir)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "there\n", (data_dir / "stderr.txt").read_text()
            yield process
        finally:
            process.kill()


def test_a_secret_is_printed_once_and_is_in_no_file(data_dir: Path) -> None:
    answer = run(data_dir, "add", HOOK, "--storefront", "market", "--types", "order.completed")
    assert answer.exit_code == 0, answer.stderr
    head, secret = answer.stdout.splitlines()
    assert head.endswith(f"tells market at {HOOK}; its secret, shown once:")
    assert secret.startswith("whsec_")
    listed = told(data_dir, "list")["webhooks"]
    assert [(row["url"], row["types"]) for row in listed] == [(HOOK, ["order.completed"])]
    assert listed[0]["secret_mark"] == fingerprint(secret)[:8]
    for file in data_dir.rglob("*"):
        if file.is_file():
            assert secret.removeprefix("whsec_").encode() not in file.read_bytes(), file
    assert (data_dir / KEY_FILE).stat().st_mode & 0o077 == 0
    assert (data_dir / DATABASE_FILE).exists()


def test_the_storefront_may_be_named_by_its_key(data_dir: Path) -> None:
    options = ["--storefront", "fair", "--scopes", "bookings", "--data-dir", str(data_dir)]
    key = CliRunner().invoke(main, ["keys", "create", *options]).stdout.strip()
    added = told(data_dir, "add", HOOK, "--key", fingerprint(key)[:8])
    assert added["storefront"] == "fair"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["add", HOOK], "either --storefront or --key"),
        (["add", HOOK, "--storefront", "a", "--key", "b"], "either --storefront or --key"),
        (["add", HOOK, "--storefront", " "], "--storefront or --key is empty"),
        (["add", HOOK, "--key", "0123abcd"], "no living key is called 0123abcd"),
        (["add", "shop.example", "--storefront", "a"], "url: write a URL that begins with"),
        (["add", HOOK, "--storefront", "a", "--types", "lost"], "types: no event is a 'lost'"),
        (["remove", "wh_1"], "no endpoint wh_1"),
        (["replay"], "either a message's id or --since"),
        (["replay", "evt_s1_0", "--since", "2026-11-24T12:00Z"], "either a message's id"),
        (["replay", "evt_s1_0"], "no event evt_s1_0"),
        (["replay", "--since", "yesterday"], "'yesterday' is no instant"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments: list[str], why: str, data_dir: Path) -> None:
    answer = run(data_dir, *arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert why in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_trial_says_what_the_shop_answers(data_dir: Path, shop: ShopServer) -> None:
    added = told(data_dir, "add", shop.url, "--storefront", "market")
    assert run(data_dir, "test", added["endpoint"]).stdout == "arrived: 204\n"
    (got,) = shop.received
    stamp_s, message = int(got.headers["webhook-timestamp"]), got.headers["webhook-id"]
    signed = signature(added["secret"], message, stamp_s, got.body)
    assert got.headers["webhook-signature"] == signed
    shop.answer = lambda request: say(request, 401)
    refused = run(data_dir, "test", added["endpoint"])
    assert (refused.exit_code, refused.stdout) == (1, "did not arrive: 401\n")


def test_a_new_secret_signs_beside_the_old_one(data_dir: Path, shop: ShopServer) -> None:
    added = told(data_dir, "add", shop.url, "--storefront", "market")
    answer = run(data_dir, "rotate", added["endpoint"], "--grace-hours", "2")
    assert answer.stdout.startswith("the secret before it signs until 2026-11-24T14:00:")
    told(data_dir, "test", added["endpoint"])
    (got,) = shop.received
    new = answer.stdout.splitlines()[1]
    stamp_s, message = int(got.headers["webhook-timestamp"]), got.headers["webhook-id"]
    assert got.headers["webhook-signature"].split(" ") == [
        signature(secret, message, stamp_s, got.body) for secret in (new, added["secret"])
    ]


def message_ids(received: list[Received]) -> list[str]:
    return [each.headers["webhook-id"] for each in received]


def test_jobs_tell_the_shop_and_what_it_refused_to_the_last_is_replayed(
    data_dir: Path, shop: ShopServer
) -> None:
    with (data_dir / SETTINGS_FILE).open("a") as settings:
        settings.write("retry_after_s = [0, 1]\n")
    added = told(data_dir, "add", shop.url, "--storefront", "market")
    shop.answer = lambda request: say(request, 500 if len(shop.received) <= 2 else 200)
    with jobs(data_dir):
        booked(data_dir, 1)
        ports = open_house(data_dir).ports
        wait_for(lambda: dead_letters(ports), "the last try")
        (given_up,) = told(data_dir, "dead")["dead"]
        assert (given_up["message"], given_up["tries"]) == ("evt_s1_0", 2)
        assert run(data_dir, "dead").stdout.splitlines()[1].startswith("evt_s1_0 ")
        assert run(data_dir, "replay", "evt_s1_0").stdout == "to be told again: 1\n"
        wait_for(lambda: len(shop.received) == 3, "the replay")
        wait_for(lambda: list_endpoints(ports)[0][1].waiting == 0, "a receipt")
    assert message_ids(shop.received) == ["evt_s1_0"] * 3
    assert "24T12:0" in run(data_dir, "list").stdout, "when it was last told"
    assert run(data_dir, "replay", "--since", "2026-11-24T00:00+01:00").stdout.endswith(" 1\n")
    gone = run(data_dir, "remove", added["endpoint"]).stdout
    assert gone == f"{added['endpoint']} of market: removed\n"
    assert told(data_dir, "list") == {"webhooks": []}


def test_jobs_killed_while_a_letter_is_on_its_way_send_it_again_and_lose_nothing(
    data_dir: Path, shop: ShopServer
) -> None:
    told(data_dir, "add", shop.url, "--storefront", "market")

    def slow(request: BaseHTTPRequestHandler) -> None:
        sleep(1)  # the shop has it; whoever sent it is dead before it can know
        say(request, 200)

    shop.answer = slow
    booked(data_dir, 1, 2)
    with jobs(data_dir) as first:
        wait_for(lambda: shop.received, "the first letter")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    shop.answer = None
    with jobs(data_dir):
        wait_for(lambda: len(shop.received) == 3, "both letters")
    assert message_ids(shop.received) == ["evt_s1_0", "evt_s1_0", "evt_s2_0"]
    assert shop.received[0].body == shop.received[1].body
    logged = (data_dir / "stderr.txt").read_text()
    for personal in ("Odile", "+3350", "1 rue Neuve", "whsec"):
        assert personal not in logged


def test_a_shop_that_hangs_does_not_keep_the_process_from_ending(
    data_dir: Path, shop: ShopServer
) -> None:
    told(data_dir, "add", shop.url, "--storefront", "market")
    shop.answer = lambda request: sleep(8)
    booked(data_dir, 1)
    with jobs(data_dir) as process:
        wait_for(lambda: shop.received, "the letter")
        process.terminate()
        assert process.wait(timeout=5) == 0
    assert (data_dir / "stderr.txt").read_text() == ""
