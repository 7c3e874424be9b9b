"""``dispatch closures``: a shop, or the whole town, is closed for some days.

Decides how closings read in a terminal.  What they change is ``operations.closures``'.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.slots.closures import Closure

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def closures() -> None:
    """Exceptional closings: days on which a shop, or every shop, promises nothing.

    A running server obeys from its next answer on.
    """


@closures.command("add")
@data_dir_option
@click.option("--merchant", help="Id of the shop.")
@click.option("--everyone", is_flag=True, help="Every shop of the town, instead.")
@click.option("--from", "first", type=_DAY, required=True, help="First day, as 2026-12-24.")
@click.option("--until", "last", type=_DAY, help="Last day.  [default: the first]")
@click.option("--reason", default="", help="For whoever reads the list.")
@click.option("--dry-run", is_flag=True, help="Close nobody; count what is booked on those days.")
@json_option
def add(
    data_dir: Path,
    merchant: str | None,
    everyone: bool,
    first: datetime,
    last: datetime | None,
    reason: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Close a shop, or everyone.  What is booked already stays booked, and is counted."""
    if (merchant is None) is not everyone:
        raise click.UsageError("say who: --merchant, or --everyone")
    from dispatch.app import open_house
    from dispatch.operations.closures import close, closing, still_due

    ports = open_house(data_dir).ports
    act = closing if dry_run else close
    made = act(merchant, first.date(), (last or first).date(), reason, ports)
    booked = len({due.shipment.booking_id for due in still_due(made, ports)})
    if as_json:
        say_json({**_row(made), "in_force": not dry_run, "booked_orders": booked})
        return
    name = "nobody closed yet:" if dry_run else "closed"
    said = f"{name} {_who(made)} {_days(made.first_day, made.last_day)}"
    click.echo(said if dry_run else f"{said} ({made.closure_id})")
    if booked:
        click.echo(f"warning: booked before, and still due on those days: orders {booked}")


@closures.command("list")
@data_dir_option
@json_option
def list_closures(data_dir: Path, as_json: bool) -> None:
    """List the closings that are not over."""
    from dispatch.app import open_house
    from dispatch.operations.closures import closures_ahead

    ahead = closures_ahead(open_house(data_dir).ports)
    if as_json:
        say_json({"closures": [_row(closure) for closure in ahead]})
        return
    rows = [(c.first_day, c.last_day, _who(c), c.closure_id, c.reason) for c in ahead]
    say_columns(("from", "until", "who", "closing", "reason"), rows)


@closures.command("remove")
@data_dir_option
@click.argument("closure_id", metavar="CLOSING")
@json_option
def remove(data_dir: Path, closure_id: str, as_json: bool) -> None:
    """Take a closing back: the shop keeps its usual hours again."""
    from dispatch.app import open_house
    from dispatch.operations.closures import open_again

    gone = open_again(closure_id, open_house(data_dir).ports)
    if as_json:
        say_json(_row(gone))
    else:
        click.echo(f"open as usual again: {_who(gone)} {_days(gone.first_day, gone.last_day)}")


def _who(closure: Closure) -> str:
    return closure.merchant_id or "everyone"


def _days(first: date, last: date) -> str:
    return f"on {first}" if first == last else f"from {first} to {last}"


def _row(closure: Closure) -> dict[str, Any]:
    return {
        "id": closure.closure_id,
        "merchant_id": closure.merchant_id,
        "first_day": closure.first_day.isoformat(),
        "last_day": closure.last_day.isoformat(),
        "reason": closure.reason,
        "in_force": closure.removed_at is None,
    }
