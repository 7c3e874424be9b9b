"""``dispatch weather``: a day is wet, or is not after all.

Decides how that reads in a terminal.  What it changes is ``operations.weather``'s.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.streets.wet_days import WetDay

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def weather() -> None:
    """Wet days: ways take longer on them.

    A running server obeys from its next answer on.
    """


@weather.command("wet")
@data_dir_option
@click.argument("day", type=_DAY)
@json_option
def wet(data_dir: Path, day: datetime, as_json: bool) -> None:
    """Say that DAY (2026-11-24) is wet: from 28 days ago to 10 days ahead."""
    from dispatch.app import open_house
    from dispatch.operations.weather import say_wet

    said = say_wet(day.date(), open_house(data_dir).ports)
    if as_json:
        say_json(_row(said))
    else:
        click.echo(f"wet: {said.day}")


@weather.command("dry")
@data_dir_option
@click.argument("day", type=_DAY)
@json_option
def dry(data_dir: Path, day: datetime, as_json: bool) -> None:
    """Take back that DAY is wet."""
    from dispatch.app import open_house
    from dispatch.operations.weather import take_back_wet

    gone = take_back_wet(day.date(), open_house(data_dir).ports)
    if as_json:
        say_json({"day": day.date().isoformat(), "wet": False, "was_wet": gone is not None})
    elif gone is None:
        click.echo(f"nobody said that {day.date()} is wet")
    else:
        click.echo(f"not wet after all: {gone.day}")


@weather.command("list")
@data_dir_option
@json_option
def list_wet(data_dir: Path, as_json: bool) -> None:
    """List the days that are said to be wet, of the last 28 and those to come."""
    from dispatch.app import open_house
    from dispatch.operations.weather import wet_days

    known = wet_days(open_house(data_dir).ports)
    if as_json:
        say_json({"days": [_row(one) for one in known]})
    else:
        say_columns(("day", "said"), [(one.day, one.said_at.isoformat()) for one in known])


def _row(said: WetDay) -> dict[str, Any]:
    return {"day": said.day.isoformat(), "wet": True, "said_at": said.said_at.isoformat()}
