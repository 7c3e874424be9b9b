"""A month's statements, as a terminal and a spreadsheet read them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.cli_settle import HEAD, csv_of, euros, harmless
from dispatch.operations.settle import Month
from dispatch.orders.settlement import Entry, Settled, Terms, by_merchant, by_recommender, line_of
from dispatch.orders.shipments import State
from tests.adapters.storage_samples import NOON, booking, shipment
from tests.test_cli_orders import data_dir as data_dir
from tests.test_cli_orders import run


def a_month(ref: str = "R1", by: str = "cityzen-7") -> Month:
    order = replace(booking(), recommended_by=by, commission_bp=550)
    sold = replace(shipment(state=State.DELIVERED), items_value_cents=12_000)
    line = line_of(sold, order, Terms(reward_bp=100))
    lines = [
        Settled(NOON, Entry.COMPLETED, "market", "b1", ref, by, line),
        Settled(NOON, Entry.CORRECTED, "market", "b1", ref, by, line.taken_back()),
    ]
    return Month(date(2026, 11, 1), by_merchant(lines), by_recommender(lines))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_csv_has_a_line_for_each_entry_of_each_statement() -> None:
    rows = rows_of(csv_of(a_month()))
    assert [(row["statement_of"], row["commission"], row["reward"]) for row in rows] == [
        ("merchant", "5,50", ""),
        ("merchant", "-5,50", ""),
        ("recommender", "", "1,00"),
        ("recommender", "", "-1,00"),
    ]
    assert rows[0]["at"] == "2026-11-24T12:00:00+01:00"
    assert (rows[0]["commission_base"], rows[0]["base_derived"]) == ("100,00", "yes")


def test_a_recommender_is_not_told_who_bought_what_where() -> None:
    row = rows_of(csv_of(a_month(ref="R1")))[2]
    assert (row["order"], row["shipment"], row["merchant"], row["items_value"]) == ("",) * 4


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12))
def test_no_text_of_others_is_a_formula_and_all_of_it_is_read_back(ref: str) -> None:
    rows = rows_of(csv_of(a_month(ref=ref)))
    cell = rows[0]["order"]
    assert not cell.startswith(("=", "+", "-", "@", "\t"))
    assert cell.removeprefix("'") == ref.removeprefix("'")
    assert all(set(row) == set(HEAD) for row in rows)


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_formula_is_made_a_text(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0,00"), (5, "0,05"), (-5, "-0,05"), (-1205, "-12,05")]
)
def test_cents_are_read_as_euros(cents: int, text: str) -> None:
    assert euros(cents) == text


def test_a_month_without_orders_says_so(data_dir: Path) -> None:
    said = run(data_dir, "settle", "--month", "2026-11")
    assert (said.exit_code, said.stdout) == (0, "2026-11: no order was completed\n")
    empty = json.loads(run(data_dir, "settle", "--month", "2026-11", "--json").stdout)
    assert empty == {"month": "2026-11", "merchants": [], "recommenders": []}
    assert run(data_dir, "settle", "--month", "2026-11", "--csv").stdout.split(";")[0] == "month"


def test_what_is_no_month_is_bad_input(data_dir: Path) -> None:
    said = run(data_dir, "settle", "--month", "novembre")
    assert said.exit_code == 2
    assert "write it as 2026-11" in said.stderr
