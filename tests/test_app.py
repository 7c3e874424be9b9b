from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.adapters.clock import PacedClock, WallClock, save_clock
from dispatch.adapters.storage.engine import DATABASE_FILE
from dispatch.api.doors import root_url
from dispatch.app import (
    CLOCK_FILE,
    SECRET_FILE,
    SETTINGS_FILE,
    TOWNS_FOLDER,
    create_app,
    lazy_solver,
    open_house,
    secret_key,
)
from dispatch.core.civil import parse_instant
from dispatch.core.errors import Broken, DispatchError, Invalid, StorageError
from dispatch.operations.access import authenticate, create_key
from dispatch.routing.problem import Problem
from geodata import load
from tests.fakes.plugs import DrawnTown, StoppedClock


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_house_is_made_where_there_was_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "var" / "dispatch"
    house = open_house(data_dir)
    assert (data_dir / DATABASE_FILE).is_file()
    assert isinstance(house.ports.clock, WallClock)
    assert len(house.ports.territory.merchants) == 39
    assert house.ports.parameters == house.settings.parameters


def test_customers_names_are_for_nobody_else_on_the_machine(tmp_path: Path) -> None:
    open_house(tmp_path / "new")
    assert mode(tmp_path / "new") == 0o700


def test_a_house_opened_again_remembers(tmp_path: Path) -> None:
    secret = create_key("market", ["quotes"], open_house(tmp_path).ports)
    again = open_house(tmp_path)
    assert authenticate(secret, "quotes", again.ports).storefront_id == "market"


def test_the_planner_s_file_is_read_when_the_house_opens(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text("[quotes]\nlife_min = 20")
    assert open_house(tmp_path).ports.parameters.quote_life_min == 20


def test_threads_of_a_process_take_turns_unless_they_wait_for_a_routing_server(
    tmp_path: Path,
) -> None:
    turn = open_house(tmp_path).ports.thinking
    with turn, pytest.raises(Broken), turn:
        pass
    server = '[streets]\nengine = "osrm"\nurl = "http://127.0.0.1:9"'
    (tmp_path / SETTINGS_FILE).write_text(server)
    waiting = open_house(tmp_path).ports.thinking
    with waiting, waiting:
        pass


def test_a_misspelt_setting_keeps_the_house_shut(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text("[quote]\nlife_min = 20")
    with pytest.raises(Invalid, match=f"{SETTINGS_FILE}.*did you mean 'quotes'"):
        open_house(tmp_path)


def test_every_process_reads_the_same_saved_clock(tmp_path: Path) -> None:
    saved = PacedClock(
        parse_instant("2026-11-24T09:00+01:00"), parse_instant("2026-01-01T00:00Z"), 60
    )
    save_clock(saved, tmp_path / CLOCK_FILE)
    assert open_house(tmp_path).ports.clock == saved


def test_a_clock_given_in_hand_goes_before_the_saved_one(tmp_path: Path) -> None:
    stopped = StoppedClock("2026-11-24T09:00+01:00")
    assert open_house(tmp_path, stopped).ports.clock is stopped


def test_a_damaged_town_keeps_the_house_shut_and_names_the_file(
    tmp_path: Path,
) -> None:
    towns = tmp_path / TOWNS_FOLDER
    (towns / "val_de_garonne").mkdir(parents=True)
    for file in (load.TOWNS / "val_de_garonne").iterdir():
        (towns / "val_de_garonne" / file.name).write_bytes(file.read_bytes())
    with (towns / "val_de_garonne" / "couriers.toml").open("a") as couriers:
        couriers.write("\n# one line more\n")
    with pytest.raises(Invalid, match=r"val_de_garonne: couriers\.toml is damaged") as why:
        open_house(tmp_path)
    assert why.value.field == "town"


def test_a_town_nobody_drew_lists_those_there_are(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('town = "atlantis"')
    with pytest.raises(Invalid, match="no town 'atlantis'; known: val_de_garonne"):
        open_house(tmp_path)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_data_directory_that_is_a_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("I was here first")
    with pytest.raises(DispatchError, match=r"cannot make the data directory .*/file"):
        open_house(tmp_path / name)
    assert (tmp_path / "file").read_text() == "I was here first"


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_text("not a database, " * 100)
    with pytest.raises(StorageError, match="not a database"):
        open_house(tmp_path)


def test_the_session_key_is_made_once_and_is_ours_only(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) == 32
    assert secret_key(tmp_path) == first
    assert mode(tmp_path / SECRET_FILE) == 0o600


def test_two_processes_starting_at_once_sign_with_the_same_key(tmp_path: Path) -> None:
    """Each is held just before it looks, and let go by the same line of input."""
    script = (
        "import sys, pathlib; from dispatch.app import secret_key;"
        "print('ready', flush=True); sys.stdin.readline();"
        "print(secret_key(pathlib.Path(sys.argv[1])).hex())"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=120)[0].strip() for process in both}
    assert keys == {(tmp_path / SECRET_FILE).read_bytes().hex()}
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


def test_the_one_that_comes_second_takes_the_first_one_s_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst moment: it looked, saw nothing, and then the other was quicker."""
    theirs = secret_key(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert secret_key(tmp_path) == theirs
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


def test_the_web_application_answers(tmp_path: Path) -> None:
    app = create_app(open_house(tmp_path))
    assert app.test_client().get("/").status_code in (200, 302)
    assert app.secret_key == (tmp_path / SECRET_FILE).read_bytes()


def test_an_unknown_engine_is_refused_when_it_is_first_needed() -> None:
    solve = lazy_solver("abacus")
    matrix = DrawnTown("A").durations_s([DrawnTown("A")["A"]], "bike")
    with pytest.raises(Invalid, match="abacus"):
        solve(Problem((matrix,), (), ()), budget_s=1)


def test_a_tile_server_is_configured_in_the_environment_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(tmp_path)
    assert "MAP_TILES_URL" not in create_app(house).config
    monkeypatch.setenv("DISPATCH_MAP_TILES_URL", "https://tiles.example.org/{z}/{x}/{y}.png")
    page = create_app(house).test_client().get("/")
    assert (
        "img-src 'self' data: https://tiles.example.org" in page.headers["Content-Security-Policy"]
    )


def test_the_api_counts_calls_as_the_installation_says(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text("[api]\nquota_per_min = 1\n")
    house = open_house(tmp_path)
    client = create_app(house).test_client()
    key = {"Authorization": f"Bearer {create_key('market', ['quotes'], house.ports)}"}
    answers = [client.get("/v1/merchants", headers=key).status_code for _ in range(2)]
    assert answers == [200, 429]


def test_links_begin_with_the_public_address_whatever_a_request_says(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text('[server]\npublic_url = "https://tours.example/"\n')
    house = open_house(tmp_path)
    app = create_app(house)
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert root_url() == "https://tours.example/"
    key = {"Authorization": f"Bearer {create_key('market', ['quotes'], house.ports)}"}
    forged = app.test_client().get("/v1/merchants", headers={**key, "Host": "evil.example"})
    assert (forged.status_code, forged.mimetype) == (400, "application/problem+json")
    assert "merchants" not in forged.text
