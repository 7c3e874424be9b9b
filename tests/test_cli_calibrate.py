"""What couriers' days teach, on the command line: seen, applied, undone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.adapters.clock import save_clock, starting_now
from dispatch.adapters.storage.store import SqlStore
from dispatch.app import CLOCK_FILE, SETTINGS_FILE, open_house
from dispatch.cli import main
from dispatch.core.civil import parse_instant
from dispatch.operations.book import BookRequest, book
from dispatch.operations.learnt import as_learnt
from dispatch.operations.progress import Report, record
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.tracking.facts import FactKind
from tests.fakes.house import CUSTOMER, SHOP, an_order


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / SETTINGS_FILE).write_text('[waves]\nengine = "greedy"\nproof_s = 0\n')
    save_clock(starting_now(parse_instant("2026-11-24T10:00+01:00"), 1.0), tmp_path / CLOCK_FILE)
    return tmp_path


@pytest.fixture
def driven(data_dir: Path) -> Path:
    """One order handed over: arrived at the shop, left it, arrived at the door, handed over."""
    ports = open_house(data_dir).ports
    given = quote(an_order(ports, "m_maison_lisiere"), SHOP, ports)
    book(BookRequest(given.quote_id, given.options[0].option_id, CUSTOMER), SHOP, ports)
    save_clock(starting_now(parse_instant("2026-11-24T13:00+01:00"), 1.0), data_dir / CLOCK_FILE)
    wave_by_hand(ports)
    ports = open_house(data_dir).ports
    with ports.store.reading() as tx:
        (tour,) = (t for t in tx.tours(given.created_at.date()) if t.manifest)
    pickup, drop = tour.manifest
    for stop, kind, at in (
        (pickup, FactKind.ARRIVED, "11:00"),
        (pickup, FactKind.DONE, "11:04"),
        (drop, FactKind.ARRIVED, "11:10"),
        (drop, FactKind.DONE, "11:16"),
    ):
        instant = parse_instant(f"2026-11-24T{at}+01:00")
        report = Report(f"{stop.stop_id}{kind}", tour.tour_id, stop.stop_id, kind, instant)
        record(report, tour.courier_id, ports)
    assert isinstance(ports.store, SqlStore)
    ports.store.close()
    return data_dir


def run(data_dir: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["calibrate", *arguments, "--data-dir", str(data_dir)])


def test_lessons_are_shown_and_nothing_changes(driven: Path) -> None:
    answer = run(driven)

    assert answer.exit_code == 0, answer.stderr
    assert "proposed" in answer.stdout
    assert "1 deliveries" in answer.stdout
    assert "m_maison_lisiere" in answer.stdout
    assert "--apply" in answer.stdout
    assert as_learnt(open_house(driven).ports).learnt is None


def test_a_shop_that_took_twice_as_long_is_applied_and_undone(driven: Path) -> None:
    applied = json.loads(run(driven, "--apply", "--json").stdout)
    (shop,) = (one for one in applied["lessons"] if one["subject"] == "shop")

    assert (applied["done"], applied["deliveries"]) == ("applied", 1)
    # 240 s where 120 are set, one visit beside a guess worth five: 2 to the power 1/6.
    assert (shop["key"], shop["facts"]) == ("m_maison_lisiere", 1)
    assert shop["factor"] == pytest.approx(2 ** (1 / 6))
    learnt = as_learnt(open_house(driven).ports).learnt
    assert learnt is not None
    assert learnt.calibration_id == applied["id"]

    undone = json.loads(run(driven, "--undo", "--json").stdout)

    assert (undone["done"], undone["id"]) == ("undone", applied["id"])
    assert as_learnt(open_house(driven).ports).learnt is None


def test_nothing_to_learn_from_and_nothing_to_undo_are_said_in_one_line(data_dir: Path) -> None:
    assert "nothing to learn from" in run(data_dir).stdout
    for wrong in ("--apply", "--undo"):
        answer = run(data_dir, wrong)
        assert answer.exit_code in (1, 2)
        assert len(answer.stderr.splitlines()) == 1
    assert "do not go together" in run(data_dir, "--apply", "--undo").stderr
