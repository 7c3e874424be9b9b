"""Quotes and waves from the command line, on a data directory of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.adapters.clock import save_clock, starting_now
from dispatch.adapters.storage.store import SqlStore, open_store
from dispatch.app import CLOCK_FILE, SETTINGS_FILE, House, open_house
from dispatch.cli import main
from dispatch.core.civil import parse_instant
from dispatch.operations import run_wave
from dispatch.operations.book import BookRequest, book
from dispatch.operations.quote import quote
from dispatch.routing.plan import Cost
from tests.fakes.house import CUSTOMER, SHOP, an_order

MERCHANT = "m_maison_lisiere"
TUESDAY_AT_TEN = parse_instant("2026-11-24T10:00+01:00")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An installation at ten on a Tuesday, with a quick solver."""
    (tmp_path / SETTINGS_FILE).write_text('[waves]\nengine = "greedy"\n')
    save_clock(starting_now(TUESDAY_AT_TEN, 1.0), tmp_path / CLOCK_FILE)
    return tmp_path


@pytest.fixture
def house(data_dir: Path) -> Iterator[House]:
    house = open_house(data_dir)
    yield house
    assert isinstance(house.ports.store, SqlStore)
    house.ports.store.close()


def run(data_dir: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, [*arguments, "--data-dir", str(data_dir)])


def a_door(house: House) -> list[str]:
    place = an_order(house.ports, MERCHANT).deliver_to.place
    return ["--lat", str(place.lat_deg), "--lon", str(place.lon_deg)]


def a_booking(house: House) -> None:
    given = quote(an_order(house.ports, MERCHANT), SHOP, house.ports)
    book(BookRequest(given.quote_id, given.options[0].option_id, CUSTOMER), SHOP, house.ports)


def test_a_quote_browses_every_mode_and_writes_nothing(data_dir: Path, house: House) -> None:
    answer = run(data_dir, "quote", "--merchant", MERCHANT, *a_door(house), "--json")
    assert answer.exit_code == 0
    options = json.loads(answer.stdout)["options"]
    assert {option["mode"] for option in options} == {
        "collect",
        "express",
        "standard",
        "merchant",
    }
    assert options[0]["offered"] is True
    assert options[0]["price"]["amount"] == 490
    with house.ports.store.reading() as tx:
        assert not any(tour.stops for tour in tx.tours(TUESDAY_AT_TEN.date()))


def test_a_quote_s_help_says_what_it_does_to_a_missing_installation(tmp_path: Path) -> None:
    told = " ".join(CliRunner().invoke(main, ["quote", "--help"]).stdout.split())
    assert "An installation that is missing is made, empty" in told
    new = tmp_path / "new"
    door = ["--lat", "44.507", "--lon", "0.1644"]
    run(new, "quote", "--merchant", MERCHANT, *door)
    with open_store(new).reading() as tx:
        assert (tx.keys(), tx.links(), tx.bookings(TUESDAY_AT_TEN.date())) == ((), (), ())


def test_a_quote_in_words_says_what_is_offered_and_why_not(data_dir: Path, house: House) -> None:
    answer = run(data_dir, "quote", "--merchant", MERCHANT, *a_door(house))
    lines = answer.stdout.splitlines()
    assert any("express" in line and "yes" in line and "4.90 EUR" in line for line in lines)
    (merchant,) = [line for line in lines if line.startswith("merchant")]
    assert "This shop does not offer this mode. (mode_disabled)" in merchant


def test_a_door_far_away_is_refused_with_its_reason(data_dir: Path) -> None:
    answer = run(data_dir, "quote", "--merchant", MERCHANT, "--lat", "48.85", "--lon", "2.35")
    assert answer.exit_code == 0  # it can still be collected or posted
    assert "outside_area" in answer.stdout


def test_when_nothing_is_offered_the_exit_code_says_so(data_dir: Path) -> None:
    off = "".join(f"[levels.{m}]\nenabled = false\n" for m in ("collect", "standard", "express"))
    (data_dir / SETTINGS_FILE).write_text(off)
    answer = run(data_dir, "quote", "--merchant", MERCHANT, "--lat", "44.5", "--lon", "0.165")
    assert answer.exit_code == 1
    assert "yes" not in answer.stdout


def test_an_unknown_merchant_is_bad_input(data_dir: Path) -> None:
    answer = run(data_dir, "quote", "--merchant", "m_nobody", "--address", "x")
    assert answer.exit_code == 2
    assert "no merchant m_nobody" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_parcel_too_heavy_for_any_vehicle_is_refused(data_dir: Path, house: House) -> None:
    door = a_door(house)
    answer = run(data_dir, "quote", "--merchant", MERCHANT, *door, "--weight-g", "999999")
    assert "too_heavy" in answer.stdout


def test_a_wave_by_hand_gives_the_booked_order_to_a_courier(data_dir: Path, house: House) -> None:
    a_booking(house)
    told = json.loads(run(data_dir, "wave", "run", "--json").stdout)
    assert (told["state"], told["orders"], told["tours"]) == ("published", 1, 1)
    assert told["unserved_orders"] == []
    assert set(told["cost"]) == set(Cost().by_term())
    with house.ports.store.reading() as tx:
        tours = tx.tours(TUESDAY_AT_TEN.date())
    given = [stop for tour in tours for stop in tour.stops if stop.published_at is not None]
    assert len(given) == 2  # the shop and the door


def test_a_wave_in_words_says_how_many_and_at_what_cost(data_dir: Path, house: House) -> None:
    a_booking(house)
    answer = run(data_dir, "wave", "run")
    assert answer.exit_code == 0
    assert "orders 1, tours 1, unserved 0 (greedy" in answer.stdout
    assert "travel" in answer.stdout


def test_what_fails_after_the_tours_are_out_is_not_said_to_have_kept_them(
    data_dir: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_booking(house)
    monkeypatch.setattr(run_wave, "after_wave", lambda done, *_: replace(done, error="no memory"))
    answer = run(data_dir, "wave", "run")
    assert answer.exit_code == 1
    assert "handed out the tours, but then: no memory" in answer.stderr


def test_the_list_has_the_timetable_and_the_wave_by_hand(data_dir: Path) -> None:
    run(data_dir, "wave", "run")
    told = json.loads(run(data_dir, "wave", "list", "--json").stdout)
    assert told["day"] == "2026-11-24"
    states = [wave["state"] for wave in told["waves"]]
    assert states == ["published"]  # while the dispatch rolls nobody knows the next one
    (data_dir / SETTINGS_FILE).write_text('[dispatching]\npolicy = "waves"\n')
    told = json.loads(run(data_dir, "wave", "list", "--json").stdout)
    states = [wave["state"] for wave in told["waves"]]
    assert states.count("open") == 20  # every half hour, 9:00 to 18:30


def test_another_day_has_its_own_waves(data_dir: Path) -> None:
    (data_dir / SETTINGS_FILE).write_text('[dispatching]\npolicy = "waves"\n')
    answer = run(data_dir, "wave", "list", "--day", "2026-11-25")
    assert answer.exit_code == 0
    assert "w_20261125_0900" in answer.stdout
    assert "w_20261124" not in answer.stdout


def test_the_saved_clock_is_the_commands_clock(data_dir: Path) -> None:
    save_clock(starting_now(parse_instant("2031-03-03T10:00+01:00"), 1.0), data_dir / CLOCK_FILE)
    assert json.loads(run(data_dir, "wave", "list", "--json").stdout)["day"] == "2031-03-03"
