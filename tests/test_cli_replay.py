"""``dispatch replay`` on the command line: days, files, parameters, comparisons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dispatch.app import SETTINGS_FILE, open_house
from dispatch.cli import main
from dispatch.replay.chances import read_sold
from dispatch.replay.day_file import read_day
from tests.fakes.house import CUSTOMER, SHOP, an_order, embedded_town

PLAIN = ("--set", "waves.engine=greedy", "--set", "second_chance.steps=0")


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Greedy needs no search: nothing is compiled for these tests, and the town is read once."""
    monkeypatch.setattr("dispatch.cli_replay.make_ready", lambda engine, proofs: 0.0)
    monkeypatch.setattr("dispatch.cli_replay._town", lambda settings, data_dir: embedded_town())
    monkeypatch.setattr("dispatch.replay.hindsight.STEPS", 500)


def run(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments, "--data-dir", str(tmp_path)])


def told(tmp_path: Path, *arguments: str) -> Any:
    result = run(tmp_path, *arguments, *PLAIN, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_generated_day_is_one_json_object_and_the_same_each_time(tmp_path: Path) -> None:
    asked = ("2026-11-24", "--orders", "3", "--seed", "3", "--dry")
    one, other = told(tmp_path, *asked), told(tmp_path, *asked)
    assert one == other
    (day,) = one["runs"][0]["days"]
    assert (day["asked"], day["seed"], day["rain"], day["silent_changes"]) == (3, 3, False, 0)
    assert one["town"] == "val_de_garonne"


def test_anticipating_looks_at_a_past_that_nobody_has_to_bring(tmp_path: Path) -> None:
    asked = ("2026-11-24", "--orders", "4", "--seed", "3", "--set", "dispatching.history_weeks=1")
    found = told(tmp_path, *asked, "--policy", "rolling", "--compare", "anticipating")

    assert [run["policy"] for run in found["runs"]] == ["rolling", "anticipating"]
    without = told(tmp_path, *asked, "--policy", "anticipating", "--set", "dispatching.futures=0")
    digests = [run["days"][0]["digest"] for run in (*found["runs"], *without["runs"])]
    assert digests[0] == digests[2] != digests[1]


def test_nothing_is_written_where_nobody_asked(tmp_path: Path) -> None:
    told(tmp_path, "2026-11-24", "--orders", "2")
    assert list(tmp_path.iterdir()) == []


def test_a_written_day_is_lived_as_the_generated_one(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    wrote = run(tmp_path, "2026-11-24", "--orders", "3", "--seed", "2", "--write", str(file))
    assert wrote.exit_code == 0 and len(read_day(file).orders) == 3
    generated = told(tmp_path, "2026-11-24", "--orders", "3", "--seed", "2")
    assert told(tmp_path, str(file)) == generated


def test_other_seeds_of_a_file_are_the_same_orders_with_other_luck(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    run(tmp_path, "2026-11-24", "--orders", "3", "--write", str(file))
    days = told(tmp_path, str(file), "--seeds", "2")["runs"][0]["days"]
    assert [day["asked"] for day in days] == [3, 3]
    assert days[0]["digest"] != days[1]["digest"]


def test_two_ways_are_compared_in_a_table(tmp_path: Path) -> None:
    journal = tmp_path / "journal.txt"
    asked = ("2026-11-24", "--orders", "3", "--compare", "one-by-one", "--hindsight")
    result = run(tmp_path, *asked, *PLAIN, "--journal", str(journal))
    assert result.exit_code == 0, result.output
    assert "one-by-one" in result.stdout and "difference" in result.stdout
    assert "possible were" in result.stdout
    assert " takes order=1 " in journal.read_text()


def test_a_parameter_can_be_the_difference(tmp_path: Path) -> None:
    asked = ("2026-11-24", "--orders", "3", "--policy", "waves")
    other = ("--compare-set", 'waves.cut_offs=["18:30"]')
    runs = told(tmp_path, *asked, *other)["runs"]
    assert [run["policy"] for run in runs] == ["waves", "waves"]
    # One wave at the end of the day brings nothing in four hours.
    assert runs[0]["mean"]["express"]["mean"] > runs[1]["mean"]["express"]["mean"]


def test_as_planned_nobody_waits_for_a_slow_road(tmp_path: Path) -> None:
    asked = ("2026-11-24", "--orders", "3", "--seed", "2")
    planned, made_up = told(tmp_path, *asked, "--as-planned"), told(tmp_path, *asked)
    days = [one["runs"][0]["days"][0] for one in (planned, made_up)]
    assert days[0]["digest"] != days[1]["digest"]
    assert days[0]["late"] == 0


def test_the_installations_own_parameters_count(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text("[levels.express]\nenabled = false\n")
    (day,) = told(tmp_path, "2026-11-24", "--orders", "3")["runs"][0]["days"]
    assert (day["express"], day["refused"]) == (0, {"mode_disabled": 3})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tomorrow",), "is no day: write it as 2026-11-24"),
        (
            ("2026-11-24", "--policy", "luck"),
            "unknown policy 'luck'; known: anticipating, one-by-one, rolling, waves",
        ),
        (("2026-11-24", "--set", "waves.budgets_s=3"), "did you mean 'budget_s'?"),
        (("2026-11-24", "--set", "waves"), "write table.key=value"),
        (("2026-11-24", "--seeds", "2", "--write", "day.jsonl"), "a file is one day"),
        (("2026-11-24", "--set", "town.name=x", "--set", "town=y"), "town"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(tmp_path, *arguments, "--orders", "1")
    assert result.exit_code == 2
    assert said in result.output and "Traceback" not in result.output


def test_a_day_of_the_store_is_exported_without_names(tmp_path: Path) -> None:
    from dispatch.adapters.clock import save_clock, starting_now
    from dispatch.adapters.storage.store import SqlStore
    from dispatch.app import CLOCK_FILE
    from dispatch.core.civil import parse_instant
    from dispatch.operations.book import BookRequest, book
    from dispatch.operations.quote import quote

    save_clock(starting_now(parse_instant("2026-11-24T10:00+01:00"), 1.0), tmp_path / CLOCK_FILE)
    ports = open_house(tmp_path).ports
    given = quote(an_order(ports, "m_maison_lisiere"), SHOP, ports)
    book(BookRequest(given.quote_id, given.options[0].option_id, CUSTOMER), SHOP, ports)
    assert isinstance(ports.store, SqlStore)
    ports.store.close()
    result = run(tmp_path, "2026-11-24", "--export")
    assert result.exit_code == 0
    head, order = result.stdout.splitlines()
    assert json.loads(head)["origin"] == "recorded"
    assert json.loads(order)["lines"][0]["merchant_id"] == "m_maison_lisiere"
    assert CUSTOMER.name not in result.stdout
    file = tmp_path / "day.jsonl"
    file.write_text(result.stdout, encoding="utf-8")
    (run_again,) = told(tmp_path, str(file), "--policy", "anticipating")["runs"]
    assert run_again["policy"] == "anticipating"  # by what this installation lived before


def test_a_week_is_lived_with_a_courier_less(tmp_path: Path) -> None:
    asked = ("2026-11-24", "2026-11-28", "--orders", "3", "--couriers", "2")
    days = told(tmp_path, *asked)["runs"][0]["days"]
    assert [day["day"] for day in days] == ["2026-11-24", "2026-11-28"]
    three = told(tmp_path, *asked[:-2])["runs"][0]["days"]
    assert days[0]["courier_use_pct"] > three[0]["courier_use_pct"], "the same work, less time"

    result = run(tmp_path, "2026-11-24", "--couriers", "9")
    assert result.exit_code == 2 and "val_de_garonne has 3" in result.output


def test_what_was_said_of_promises_can_be_read_back(tmp_path: Path) -> None:
    found = told(tmp_path, "2026-11-24", "2026-11-25", "--orders", "3")
    (tmp_path / "study.json").write_text(json.dumps(found))
    said = read_sold(tmp_path / "study.json").sold
    days = found["runs"][0]["days"]
    judged = sum(day["express"] - day["absent"] for day in days)
    assert len(said) == judged > 0
    assert all(0.5 < one.p < 1 for one in said)


def test_a_day_on_which_things_go_wrong_is_written_and_lived_as_such(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    asked = ("2026-11-24", "--orders", "5", "--seed", "20", "--mishaps")
    assert run(tmp_path, *asked, "--write", str(file)).exit_code == 0
    assert [mishap.kind for mishap in read_day(file).mishaps] == ["offline", "breakdown"]
    assert told(tmp_path, str(file)) == told(tmp_path, *asked)
    refused = run(tmp_path, str(file), "--mishaps")
    assert refused.exit_code == 2 and "not of a file" in refused.output
