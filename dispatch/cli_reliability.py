"""``dispatch reliability``: were the chances true that express promises were sold with?

Decides how the table reads in a terminal.  What judges a chance is ``operations.statements``'.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.statements import Reliability
    from dispatch.operations.straying import Source


@click.command()
@data_dir_option
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True)
@json_option
def reliability(data_dir: Path, days: int, as_json: bool) -> None:
    """Set the stated chance of express promises against how many were kept.

    Says which of the errors behind the chances were learnt here, and which are first guesses.
    """
    from dispatch.app import open_house
    from dispatch.operations.statements import stated_and_kept

    told = stated_and_kept(open_house(data_dir).ports, days)
    if as_json:
        say_json(_row(told))
    else:
        _say(told)


def _row(told: Reliability) -> dict[str, Any]:
    return {
        "first_day": told.first_day.isoformat(),
        "last_day": told.last_day.isoformat(),
        "days": "recorded",
        "judged": told.judged,
        "left_out": dict(told.left_out),
        "bands": [{**asdict(b), "off_points": b.off_points} for b in told.bands],
        "sources": [asdict(source) for source in told.sources],
    }


def _say(told: Reliability) -> None:
    click.echo(f"{told.first_day} to {told.last_day}, recorded: {told.judged} promises judged")
    if told.left_out:
        why = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in told.left_out.items())
        click.echo(f"left out: {why}")
    if told.bands:
        say_columns(
            ("stated", "promises", "mean stated", "kept", "with 95 %", "off by"),
            [
                (
                    f"{100 * b.least:.0f}-{100 * b.most:.0f} %",
                    b.count,
                    f"{100 * b.stated:.1f} %",
                    f"{100 * b.kept:.1f} %",
                    f"{100 * b.low:.0f}-{100 * b.high:.0f} %",
                    f"{b.off_points:+.1f} points" + ("" if b.agrees else " !"),
                )
                for b in told.bands
            ],
        )
    for source in told.sources:
        click.echo(_source(source))


def _source(source: Source) -> str:
    if not source.learnt:
        return f"{source.subject.value}: a first guess, nothing learnt and applied"
    guessed = f", a first guess for {source.guessed} more" if source.guessed else ""
    return f"{source.subject.value}: learnt from {source.facts} facts on {source.learnt}{guessed}"
