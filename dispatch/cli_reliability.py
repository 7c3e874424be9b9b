"""``dispatch reliability``: were the chances true that express promises were sold with?

Decides how the table reads in a terminal.  What judges a chance is ``operations.statements``',
what made-up days teach ``tracking.lived_again``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json, toml_of

if TYPE_CHECKING:
    from dispatch.operations.statements import Reliability
    from dispatch.operations.straying import Source
    from dispatch.tracking.reliability import Band

_STUDY = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("studies", metavar="[STUDY]...", nargs=-1, type=_STUDY)
@click.option("--learn-from", multiple=True, type=_STUDY, help="A study to learn [chances] from.")
@data_dir_option
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True)
@json_option
def reliability(
    studies: tuple[Path, ...],
    learn_from: tuple[Path, ...],
    data_dir: Path,
    days: int,
    as_json: bool,
) -> None:
    """Set the stated chance of express promises against how many were kept.

    Says which of the errors behind the chances were learnt here, and which are first guesses.
    With STUDY, which ``dispatch replay --json`` wrote: the promises of those replayed days, as
    this installation would state them.  With --learn-from: as what those days teach would.
    What made-up days taught is printed as [chances], for parameters.toml.
    """
    if studies or learn_from:
        _replayed(studies, learn_from, data_dir, as_json)
        return
    from dispatch.app import open_house
    from dispatch.operations.statements import stated_and_kept

    told = stated_and_kept(open_house(data_dir).ports, days)
    if as_json:
        say_json(_row(told))
    else:
        _say(told)


def _replayed(
    studies: Sequence[Path], learn_from: Sequence[Path], data_dir: Path, as_json: bool
) -> None:
    """Judge promises of *studies* as this installation, or what was learnt, would state them."""
    from dispatch.adapters.clock import WallClock
    from dispatch.app import open_house
    from dispatch.core.civil import local_day
    from dispatch.operations.learnt import as_learnt
    from dispatch.operations.straying import Straying
    from dispatch.replay.chances import learnt_from, read_sold
    from dispatch.tracking.reliability import Statement, reliability

    if learn_from:
        today = local_day(WallClock().now())
        taught = learnt_from([read_sold(one) for one in learn_from], today)
        errors = Straying(None, taught)
    else:
        ports = as_learnt(open_house(data_dir).ports)
        taught = ports.parameters.chances
        errors = Straying(ports.learnt, taught)
    found = [one for study in studies for one in read_sold(study).sold]
    bands = reliability(Statement(errors.sold.of(one.p, one.spare_s), one.kept) for one in found)
    if as_json:
        told = {"days": "replayed", "judged": len(found), "bands": _bands_json(bands)}
        say_json({**told, "chances": asdict(taught)})
        return
    click.echo(f"replayed days, all made up: {len(found)} promises judged")
    _say_bands(bands)
    click.echo(toml_of({"chances": asdict(taught)}), nl=False)


def _row(told: Reliability) -> dict[str, Any]:
    return {
        "first_day": told.first_day.isoformat(),
        "last_day": told.last_day.isoformat(),
        "days": "recorded",
        "judged": told.judged,
        "left_out": dict(told.left_out),
        "bands": _bands_json(told.bands),
        "sources": [asdict(source) for source in told.sources],
    }


def _bands_json(bands: Sequence[Band]) -> list[dict[str, Any]]:
    return [{**asdict(band), "off_points": band.off_points} for band in bands]


def _say(told: Reliability) -> None:
    click.echo(f"{told.first_day} to {told.last_day}, recorded: {told.judged} promises judged")
    if told.left_out:
        why = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in told.left_out.items())
        click.echo(f"left out: {why}")
    _say_bands(told.bands)
    for source in told.sources:
        click.echo(_source(source))


def _say_bands(bands: Sequence[Band]) -> None:
    if not bands:
        return
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
            for b in bands
        ],
    )


def _source(source: Source) -> str:
    name = source.subject.value
    beside = f"synthetic, from {source.made_up}" if source.made_up else "a first guess"
    if not source.learnt:
        return f"{name}: {beside}, nothing learnt and applied"
    if source.made_up:
        return f"{name}: learnt from {source.facts} facts, beside {beside}"
    guessed = f", a first guess for {source.guessed} more" if source.guessed else ""
    return f"{name}: learnt from {source.facts} facts on {source.learnt}{guessed}"
