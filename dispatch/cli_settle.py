"""``dispatch settle``: a month's statements for merchants, and for those who recommend.

Decides how they read in a terminal and in a spreadsheet.  What counts, and how much, is
``operations.settle``'s.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json
from dispatch.core.civil import local_text

if TYPE_CHECKING:
    from dispatch.operations.settle import Month
    from dispatch.orders.settlement import Settled, Statement

#: The columns of the CSV.  Amounts are in euros with a comma and fields are parted by
#: semicolons, as French spreadsheets read them.
HEAD: Final = (
    *("month", "storefront", "statement_of", "subject", "entry", "at", "order", "shipment"),
    *("merchant", "items_value", "commission_base", "base_derived", "commission_bp"),
    *("commission", "reward"),
)
#: A spreadsheet takes a text that begins so for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@click.command()
@data_dir_option
@click.option("--month", required=True, help="Which month, as 2026-11, by the town's calendar.")
@click.option("--merchant", help="Id of one merchant; default: all.")
@click.option("--csv", "as_csv", is_flag=True, help="Every line as CSV on standard output.")
@json_option
def settle(data_dir: Path, month: str, merchant: str | None, as_csv: bool, as_json: bool) -> None:
    """Print what a month's completed orders owe: commission by merchant, rewards by recommender.

    An order counts in the month in which its last parcel ended, and only what was received;
    what comes back later is taken back in the month when it does.
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json do not go together")
    from dispatch.app import open_house
    from dispatch.operations import settle as operations

    told = operations.settle(month, open_house(data_dir).ports, merchant_id=merchant)
    if as_csv:
        click.echo(csv_of(told), nl=False)
    elif as_json:
        say_json(_document(told))
    else:
        _say(told)


def csv_of(told: Month) -> str:
    """Return every line of every statement as CSV: first the merchants', then the recommenders'.

    Texts that others sent are made safe for spreadsheets by a leading apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    month = f"{told.first_day:%Y-%m}"
    for of, statements in _kinds(told):
        for statement in statements:
            writer.writerows(_cells(month, of, statement, settled) for settled in statement.lines)
    return out.getvalue()


def _kinds(told: Month) -> Iterable[tuple[str, Sequence[Statement]]]:
    return (("merchant", told.merchants), ("recommender", told.recommenders))


def _cells(month: str, of: str, statement: Statement, settled: Settled) -> tuple[str, ...]:
    line = settled.line
    to_recommender = of == "recommender"
    return (
        month,
        harmless(statement.storefront_id),
        of,
        harmless(statement.subject),
        settled.entry.value,
        local_text(settled.at),
        # Whoever recommends is not told what was ordered where, only what it earns.
        "" if to_recommender else harmless(settled.order_ref),
        "" if to_recommender else line.shipment_id,
        "" if to_recommender else line.merchant_id,
        "" if to_recommender else euros(line.items_value_cents),
        euros(line.base_cents),
        "yes" if line.base_derived else "no",
        "" if to_recommender else str(line.commission_bp),
        "" if to_recommender else euros(line.commission_cents),
        euros(line.reward_cents) if to_recommender else "",
    )


def euros(cents: int) -> str:
    """Return *cents* as euros with a comma: ``-12,05``."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100},{abs(cents) % 100:02d}"


def harmless(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _document(told: Month) -> dict[str, Any]:
    return {
        "month": f"{told.first_day:%Y-%m}",
        "merchants": [_sums(statement) for statement in told.merchants],
        "recommenders": [_sums(statement) for statement in told.recommenders],
    }


def _sums(statement: Statement) -> dict[str, Any]:
    return {
        "storefront": statement.storefront_id,
        "subject": statement.subject,
        "items_value": statement.items_value_cents,
        "commission_base": statement.base_cents,
        "derived": statement.derived,
        "commission": statement.commission_cents,
        "reward": statement.reward_cents,
        "lines": [
            {"at": local_text(settled.at), "entry": settled.entry.value, **asdict(settled.line)}
            for settled in statement.lines
        ],
    }


def _say(told: Month) -> None:
    month = f"{told.first_day:%Y-%m}"
    if not told.merchants:
        click.echo(f"{month}: no order was completed")
        return
    say_columns(
        ("merchant", "lines", "goods", "before tax", "derived", "commission"),
        [
            (
                statement.subject,
                len(statement.lines),
                euros(statement.items_value_cents),
                euros(statement.base_cents),
                statement.derived or "-",
                euros(statement.commission_cents),
            )
            for statement in told.merchants
        ],
    )
    for statement in told.recommenders:
        click.echo(
            f"{statement.subject}: {euros(statement.reward_cents)} EUR "
            f"for {len(statement.lines)} lines"
        )
