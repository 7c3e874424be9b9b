"""``dispatch solve``: a textbook instance through the same solvers and the same checker.

Decides what is printed.  The file's format is ``routing.instances``' business.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from dispatch.cli_parts import json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.routing.instances import Instance
    from dispatch.routing.plan import Plan


def _a_number(context: click.Context, parameter: click.Parameter, value: float) -> float:
    if not isfinite(value):  # NaN is in no range and out of none
        raise click.BadParameter(f"{value} is not a number of seconds", context, parameter)
    return value


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--time-limit",
    "limit_s",
    type=click.FloatRange(0.1, 3600),
    callback=_a_number,
    default=5,
    show_default=True,
    help="Seconds the solver may think.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    show_default=True,
    help="Another seed, another search.",
)
@click.option(
    "--engine",
    "name",
    default="ortools",
    show_default=True,
    help="ortools, ruin_recreate (compiles itself once, about half a minute) or greedy.",
)
@json_option
def solve(file: Path, limit_s: float, seed: int, name: str, as_json: bool) -> None:
    """Solve a Li & Lim or Sartori & Buriol pickup-and-delivery FILE, and check the answer.

    Fewest vehicles first, then least travel.  Exits with 1 when the answer breaks a
    rule, and says which.
    """
    from dispatch.adapters.clock import WallClock
    from dispatch.routing.instances import answer, read
    from dispatch.routing.solvers import engine

    instance = read(file)
    solver = engine(name)
    stopwatch_s = WallClock().stopwatch_s
    with _progress(limit_s):
        started_s = stopwatch_s()
        plan = solver(instance.problem, budget_s=limit_s, seed=seed)
        seconds = stopwatch_s() - started_s
    _refuse_broken(instance, plan, as_json)
    told = answer(instance, plan, round(seconds, 3), plan.engine)
    if as_json:
        say_json(told)
    else:
        _say(told)


def _refuse_broken(instance: Instance, plan: Plan, as_json: bool) -> None:
    from dispatch.routing.check import violations

    broken = [f"{v.rule}: {v.subject} by {v.by}" for v in violations(instance.problem, plan)]
    if not broken:
        return
    if as_json:
        told = {"instance": instance.name, "engine": plan.engine, "checked": False}
        say_json({**told, "broken": broken})
    for line in broken:
        click.echo(f"dispatch: {instance.name}: the plan breaks {line}", err=True)
    raise Exit(1)


def _say(told: dict[str, Any]) -> None:
    click.echo(
        f"{told['instance']}: {told['vehicles']} vehicles, cost {told['cost']:.2f}, "
        f"{len(told['unserved'])} tasks unserved; "
        f"{told['engine']}, {told['seconds']:.1f} s, checked"
    )
    rows = [
        (n, len(route), " ".join(str(node) for node in route))
        for n, route in enumerate(told["routes"], start=1)
    ]
    say_columns(("tour", "tasks", "route"), rows)
    if told["unserved"]:
        click.echo(f"unserved: {' '.join(str(node) for node in told['unserved'])}")


@contextmanager
def _progress(limit_s: float) -> Iterator[None]:
    """A bar on standard error while the solver thinks, when a person is looking."""
    if not sys.stderr.isatty():
        yield
        return
    # OR-Tools keeps the interpreter to itself while it searches: a thread could not draw.
    context = get_context("fork")
    done = context.Event()
    painter = context.Process(target=_paint, args=(limit_s, done), daemon=True)
    painter.start()
    try:
        yield
    finally:
        done.set()
        painter.join(2)


def _paint(limit_s: float, done: Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("solving"), BarColumn(), TimeElapsedColumn())
    step_s = 0.1
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("solving", total=limit_s)
        while not done.wait(step_s):
            bar.advance(task, step_s)
