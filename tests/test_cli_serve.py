"""A whole installation, as real processes: it serves, runs its waves, and leaves nobody behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from dispatch.adapters.clock import PacedClock, load_clock, save_clock, starting_now
from dispatch.adapters.storage.engine import DATABASE_FILE
from dispatch.adapters.storage.store import SqlStore, open_store
from dispatch.app import CLOCK_FILE, SECRET_FILE, SETTINGS_FILE, open_house
from dispatch.cli import main
from dispatch.core.civil import parse_instant
from dispatch.core.errors import Unauthorised
from dispatch.operations.access import fingerprint, open_link
from dispatch.server import listen
from tests.installation import (
    A_DOOR,
    MERCHANT,
    PATIENCE_S,
    Served,
    a_key,
    book_express,
    ended_without_a_word,
    is_gone,
    serving,
    told,
    wait_for,
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """One installation for the tests that leave it as it is: 09:30, a minute lasts two seconds."""
    data_dir = tmp_path_factory.mktemp("town")
    data_dir.chmod(0o755)  # as an operator made it
    with serving(data_dir, "--show-links", "--clock", "2026-11-24T09:30:00+01:00x30") as served:
        yield served, data_dir


def test_a_booking_is_on_a_couriers_tour_after_the_next_wave(town: tuple[Served, Path]) -> None:
    served, data_dir = town
    key = a_key(data_dir)
    with httpx.Client(
        base_url=served.url, headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S
    ) as shop:
        booking = book_express(shop)
        wait_for(lambda: "orders=1" in served.errors.read_text(), "the next wave")
        (shipment,) = booking["shipments"]
        tours = shop.get("/v1/tours", params={"day": "2026-11-24"})
        assert shipment["id"] in tours.text
        told = shop.get(f"/v1/shipments/{shipment['id']}").json()
        assert told["state"] in ("assigned", "to_pickup")  # given to a courier
    logged = served.errors.read_text()
    for personal in ("Camille", "39980042", str(A_DOOR["lat"]), key):
        assert personal not in logged


def test_the_links_shown_at_the_start_open_pages(town: tuple[Served, Path]) -> None:
    served, _ = town
    links = [word for word in served.welcome.split() if "/l/" in word]
    assert len(links) == 7  # the planner, three couriers, three merchants
    assert f"{served.url}/docs" in served.welcome
    docs = httpx.get(f"{served.url}/docs")
    assert docs.status_code == 200
    assert docs.headers.get_list("Server") == ["dispatch"]  # neither whose server nor its version
    for url in (links[0], links[1], links[-1]):
        with httpx.Client(timeout=PATIENCE_S) as browser:
            token = browser.get(url).text.split('name="csrf_token" value="')[1].split('"')[0]
            body = {"csrf_token": token}
            assert browser.post(url, data=body, follow_redirects=True).status_code == 200
        assert httpx.get(url).status_code == 401  # spent


def test_what_the_server_writes_is_readable_by_its_owner_only(town: tuple[Served, Path]) -> None:
    served, data_dir = town
    wait_for(lambda: "jobs_started" in served.errors.read_text(), "the jobs process")
    ours = {SETTINGS_FILE, served.errors.name}  # written by the test itself
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in data_dir.iterdir()
        if path.name not in ours
    }
    assert {DATABASE_FILE, f"{DATABASE_FILE}-wal", CLOCK_FILE, SECRET_FILE} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


def test_a_revoked_key_is_refused_by_the_running_server_and_keeps_its_line_in_the_list(
    town: tuple[Served, Path],
) -> None:
    served, data_dir = town
    lost, kept = a_key(data_dir), a_key(data_dir)
    name = fingerprint(lost)[:8]

    def status(key: str) -> int:
        header, day = {"Authorization": f"Bearer {key}"}, {"day": "2026-11-24"}
        return httpx.get(f"{served.url}/v1/tours", headers=header, params=day).status_code

    assert (status(lost), status(kept)) == (200, 200)
    said = told("keys", "revoke", name, "--data-dir", str(data_dir))
    assert said.startswith(f"{name} of storefront: revoked since 2026-11-24T")
    assert (status(lost), status(kept)) == (401, 200)
    listed = told("keys", "list", "--data-dir", str(data_dir))
    (line,) = [line for line in listed.splitlines() if line.startswith(name)]
    assert line.count("2026-11-24T") == 3  # made, revoked, used
    assert lost not in listed
    assert fingerprint(lost) not in listed


def test_a_proxy_on_this_machine_is_believed_that_the_visit_is_https(
    town: tuple[Served, Path],
) -> None:
    served, data_dir = town
    options = ["--data-dir", str(data_dir), "--base-url", served.url, "--json"]
    link = json.loads(told("links", *options))["links"][0]["url"]
    for proto, secure in (("https", True), ("http", False)):
        answer = httpx.get(link, headers={"X-Forwarded-Proto": proto})
        assert ("Secure" in answer.headers["set-cookie"]) is secure


def test_the_clock_is_kept_for_the_other_commands(town: tuple[Served, Path]) -> None:
    served, data_dir = town
    assert "town clock: 2026-11-24T09:3" in served.welcome
    clock = load_clock(data_dir / CLOCK_FILE)
    assert isinstance(clock, PacedClock)
    assert clock.pace == 30


def test_a_second_start_is_on_real_time_and_sigterm_ends_it_all(tmp_path: Path) -> None:
    save_clock(starting_now(parse_instant("2026-11-24T09:00+01:00"), 60), tmp_path / CLOCK_FILE)
    a_key(tmp_path)  # the first opening makes the database
    with serving(tmp_path) as served:
        assert not (tmp_path / CLOCK_FILE).exists()  # no --clock: the real time again
        # Nobody at a terminal: no link is made, none is left in a journal.
        assert "/l/" not in served.welcome
        assert f"dispatch links --data-dir {tmp_path} --base-url {served.url}" in served.welcome
        with open_store(tmp_path).reading() as tx:
            assert tx.links() == ()
        wait_for(lambda: "jobs_started" in served.errors.read_text(), "the jobs process")
        ended_without_a_word(served, signal.SIGTERM)
        assert "jobs_ended" in served.errors.read_text()  # asked, not killed


def test_ctrl_c_at_the_very_start_ends_everything_as_well(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        ended_without_a_word(served, signal.SIGINT)


def test_a_killed_jobs_process_is_started_again_and_a_killed_server_leaves_nobody(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as served:
        first = wait_for(lambda: served.jobs_pid, "the jobs process")
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: (served.jobs_pid or first) != first, "another jobs process")
        assert "jobs_died" in served.errors.read_text()
        assert httpx.get(f"{served.url}/v1/health").status_code == 200
        wait_for(lambda: "jobs_started" in served.errors.read_text(), "its start")
        children = served.children
        assert len(children) == 2
        served.process.kill()
        wait_for(lambda: all(is_gone(pid) for pid in children), "the end of the children")


def test_a_port_in_use_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        data_dir = tmp_path / "new"
        answer = CliRunner().invoke(main, ["serve", "--port", port, "--data-dir", str(data_dir)])
    assert answer.exit_code == 2
    assert f"port {port} on 127.0.0.1 is in use" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert not data_dir.exists()


def test_a_key_is_printed_alone_or_as_an_object(tmp_path: Path) -> None:
    assert a_key(tmp_path).startswith("dk_")
    options = ["--scopes", "quotes", "--storefront", "La Boutique", "--json"]
    answer = CliRunner().invoke(main, ["keys", "create", "--data-dir", str(tmp_path), *options])
    told = json.loads(answer.stdout)
    assert (told["storefront"], told["scopes"]) == ("La Boutique", ["quotes"])
    assert told["key"] != a_key(tmp_path)


def test_an_unknown_scope_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    options = ["--data-dir", str(tmp_path), "--scopes", "quotes,everything"]
    answer = CliRunner().invoke(main, ["keys", "create", *options])
    assert answer.exit_code == 2
    assert "'everything'; known: quotes, bookings" in answer.stderr


def test_links_are_for_everybody_and_new_each_time(tmp_path: Path) -> None:
    options = ["--data-dir", str(tmp_path), "--base-url", "https://exemple.fr/", "--json"]
    first, second = (
        json.loads(CliRunner().invoke(main, ["links", *options]).stdout)["links"] for _ in range(2)
    )
    assert [link["kind"] for link in first].count("planner") == 1
    assert {"c_lea", "c_malik", "c_jeanne", MERCHANT} <= {link["id"] for link in first}
    assert all(link["url"].startswith("https://exemple.fr/l/") for link in first)
    assert not {link["url"] for link in first} & {link["url"] for link in second}


WELCOMES_ONLY = """
from dispatch import server
from dispatch.cli import main

def no_serving(house, listener, *, threads, workers, with_jobs, when_ready):
    listener.close()
    when_ready()
    return 0

server.serve = no_serving
main()
"""


@pytest.mark.parametrize(("option", "shown"), [((), True), (("--no-show-links",), False)])
def test_links_are_shown_on_a_terminal_unless_declined(
    tmp_path: Path, option: tuple[str, ...], shown: bool
) -> None:
    ours, terminal = os.openpty()
    arguments = ["serve", "--port", "0", "--data-dir", str(tmp_path), *option]
    subprocess.run(
        [sys.executable, "-c", WELCOMES_ONLY, *arguments], stdout=terminal, check=True, timeout=120
    )
    os.close(terminal)
    screen = b""
    with suppress(OSError):  # how Linux says that the other side is closed
        while read := os.read(ours, 4096):
            screen += read
    os.close(ours)
    assert b"dispatch links --data-dir" in screen
    assert (screen.count(b"/l/") == 7) is shown
    assert (b"/l/" in screen) is shown


def test_old_links_open_nothing_once_new_ones_replaced_them(tmp_path: Path) -> None:
    options = ["--data-dir", str(tmp_path), "--json"]
    first = json.loads(told("links", *options))
    second = json.loads(told("links", "--revoke-old", *options))
    assert (first["revoked"], second["revoked"]) == (0, len(first["links"]))
    ports = open_house(tmp_path).ports
    for link in first["links"]:
        with pytest.raises(Unauthorised):
            open_link(link["url"].rpartition("/")[2], ports)
    for link in second["links"]:
        assert open_link(link["url"].rpartition("/")[2], ports).subject == link["id"]
    assert isinstance(ports.store, SqlStore)
    ports.store.close()


def test_keys_are_listed_as_objects_without_their_secret(tmp_path: Path) -> None:
    key = a_key(tmp_path)
    listed = told("keys", "list", "--data-dir", str(tmp_path), "--json")
    (row,) = json.loads(listed)["keys"]
    assert row.pop("created_at")
    assert row == {
        "name": fingerprint(key)[:8],
        "storefront": "storefront",
        "scopes": ["quotes", "bookings", "tours:read"],
        "revoked_at": None,
        "expires_at": None,
        "last_used_at": None,
    }
    assert key not in listed


def test_a_name_no_key_has_is_refused_in_one_line(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["keys", "revoke", "00000000", "--data-dir", str(tmp_path)])
    assert answer.exit_code == 2
    assert answer.stderr == "dispatch: no key is called 00000000; see `dispatch keys list`\n"


@pytest.fixture
def demonstrations(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What ``dispatch run`` asked for, instead of a demonstration; each ends with exit code 1."""
    asked: list[dict[str, Any]] = []

    def run_demo(**options: Any) -> int:
        asked.append(options)
        return 1

    stand_in = ModuleType("dispatch.demo.run")
    stand_in.run_demo = run_demo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dispatch.demo.run", stand_in)
    return asked


def test_run_passes_its_options_on_and_the_exit_code_back(
    demonstrations: list[dict[str, Any]], tmp_path: Path
) -> None:
    options = ["--port", "8123", "--speed", "120", "--seed", "7", "--orders", "12", "--until-end"]
    arguments = ["run", *options, "--json", "--data-dir", str(tmp_path)]
    assert CliRunner().invoke(main, arguments).exit_code == 1
    assert demonstrations == [
        {
            "port": 8123,
            "data_dir": tmp_path,
            "speed": 120.0,
            "seed": 7,
            "orders": 12,
            "until_end": True,
            "as_json": True,
        }
    ]


def test_run_without_a_port_leaves_the_choice_to_the_demonstration(
    demonstrations: list[dict[str, Any]],
) -> None:
    CliRunner().invoke(main, ["run"])
    assert demonstrations[0]["port"] is None
    assert demonstrations[0]["data_dir"] is None
