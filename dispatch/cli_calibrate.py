"""``dispatch calibrate``: learn from couriers' days, see the error before and after, apply, undo.

Decides how lessons read in a terminal.  What they are is ``operations.calibrate``'s.
"""

from __future__ import annotations

from dataclasses import asdict
from math import exp, hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json
from dispatch.tracking.made_up import Curve
from dispatch.tracking.reliability import Correction

if TYPE_CHECKING:
    from dispatch.operations.calibration import Calibration, Lesson


@click.command()
@data_dir_option
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True)
@click.option("--apply", "apply_it", is_flag=True, help="Put it in force from now on.")
@click.option("--undo", "undo_it", is_flag=True, help="Take back what is in force instead.")
@json_option
def calibrate(data_dir: Path, days: int, apply_it: bool, undo_it: bool, as_json: bool) -> None:
    """Learn travel times and stays from what couriers reported on the last days.

    Shows by how much a typical forecast missed, and would have missed; nothing changes
    without --apply.  A running server uses what is applied from its next act on.
    """
    if apply_it and undo_it:
        raise click.UsageError("--apply and --undo do not go together")
    from dispatch.app import open_house
    from dispatch.operations import calibrate as operations

    ports = open_house(data_dir).ports
    if undo_it:
        told, done = operations.undo(ports), "undone"
    else:
        told, done = operations.learn(ports, days), "proposed"
        if apply_it:
            told, done = operations.apply(told, ports), "applied"
    if as_json:
        say_json(_row(told, done))
    else:
        _say(told, done, ports.parameters.chances)


def _row(told: Calibration, done: str) -> dict[str, Any]:
    return {
        "id": told.calibration_id,
        "done": done,
        "first_day": told.first_day.isoformat(),
        "last_day": told.last_day.isoformat(),
        "deliveries": told.deliveries,
        "lessons": [asdict(lesson) for lesson in told.lessons],
    }


def _say(told: Calibration, done: str, made_up: Curve) -> None:
    span = f"{told.first_day} to {told.last_day}"
    click.echo(f"{done}: {span}, {told.deliveries} deliveries, {told.facts} facts")
    if not told.lessons:
        click.echo("nothing to learn from: no courier reported arrivals and handovers")
        return
    say_columns(
        ("about", "which", "facts", "factor", "error before", "error after", "strays"),
        [_cells(lesson, made_up) for lesson in told.lessons],
    )
    if done == "proposed":
        click.echo("put it in force with --apply")


def _cells(lesson: Lesson, made_up: Curve) -> tuple[object, ...]:
    errors = (
        "-" if one is None else f"{one:.0f} %" for one in (lesson.before_pct, lesson.after_pct)
    )
    factor = f"{lesson.factor:.2f}" if lesson.factor != 1 or lesson.before_pct is not None else "-"
    return (
        lesson.subject.value,
        lesson.key,
        lesson.facts,
        factor,
        *errors,
        _strays(lesson, made_up),
    )


def _strays(lesson: Lesson, made_up: Curve) -> str:
    """How far two in three lie from what is expected."""
    if lesson.subject == "chance":
        here = Correction(lesson.shift, lesson.slope)
        return f"99 % become {100 * here.of(made_up.of(0.99)):.1f} %"
    if lesson.spread is None:
        return "-"
    if lesson.subject == "ready":
        return f"{lesson.late_s / 60:+.0f} min, give or take {lesson.spread / 60:.0f}"
    return f"{100 * (exp(hypot(lesson.spread, lesson.shared)) - 1):.0f} %"
