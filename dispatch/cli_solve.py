"""``dispatch solve``: any problem file through the same solvers and the same checker.

Decides what is read from where, what is printed and how it exits.  The formats are
``routing.formats``' business; docs/solve.md describes them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from dispatch.cli_parts import (
    json_option,
    make_ready,
    make_streets_ready,
    say_columns,
    say_json,
)
from dispatch.core.errors import Invalid

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

    from dispatch.routing.formats.question import Question
    from dispatch.routing.plan import Plan

#: The name that means standard input.
STANDARD_INPUT = Path("-")


def _a_number(
    context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    if value is not None and not isfinite(value):  # NaN is in no range and out of none
        raise click.BadParameter(f"{value} is not a number", context, parameter)
    return value


def _say_schema(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from dispatch.routing.formats.house_words import PLAN, PROBLEM, PlanSaid, ProblemSaid

    say_json({PROBLEM: ProblemSaid.model_json_schema(), PLAN: PlanSaid.model_json_schema()})
    context.exit()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
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
    help="ruin_recreate, ortools or greedy.  [default: ruin_recreate]",
)
@click.option(
    "--prove",
    "prove_s",
    type=click.FloatRange(0, 3600),
    callback=_a_number,
    default=0,
    show_default=True,
    help="Seconds to prove afterwards how far the plan can be from the best one; 0: no proof.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["auto", "textbook", "vroom", "dispatch"]),
    default="auto",
    show_default=True,
    help="What FILE is; auto looks into it.",
)
@click.option(
    "--straight-line",
    "kmh",
    metavar="KMH",
    type=click.FloatRange(1, 200),
    callback=_a_number,
    help="For VROOM's JSON without matrices: travel as the crow flies at this speed.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write the JSON answer to this file as well.",
)
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_schema,
    help="Print the JSON Schemas of the house's own formats, and stop.",
)
@json_option
def solve(
    file: Path,
    limit_s: float,
    seed: int,
    name: str | None,
    prove_s: float,
    format_name: str,
    kmh: float | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Solve the problem in FILE and check the answer; "-" reads standard input.

    FILE is a Li & Lim or Sartori & Buriol pickup-and-delivery instance, a problem in
    VROOM's JSON or one in the house's own; the answer is told in the same words.  Exits
    with 1 when the answer breaks a rule, and says which; with 2 when FILE is not
    understood, and says where.
    """
    from dispatch.adapters.clock import WallClock
    from dispatch.routing.formats.question import HOUSE, TEXTBOOK, VROOM, asked, format_of
    from dispatch.routing.solvers import DEFAULT_ENGINE, engine

    name = name or DEFAULT_ENGINE
    if output is not None and not output.parent.is_dir():
        raise Invalid(f"there is no directory {output.parent}", field="output")
    text, title = _read(file)
    chosen = format_of(text) if format_name == "auto" else format_name
    with _refused_in_its_words(as_json and chosen == VROOM):
        question = asked(text, title, chosen, kmh=kmh)
        solver = engine(name)
        if name == DEFAULT_ENGINE or prove_s:
            make_ready(name, proofs=prove_s > 0)
        stopwatch_s = WallClock().stopwatch_s
        with _progress(limit_s):
            started_s = stopwatch_s()
            plan = solver(question.problem, budget_s=limit_s, seed=seed, start=question.start)
            seconds = round(stopwatch_s() - started_s, 3)
    _refuse_broken(question, plan, seconds, as_json)
    told = question.tell(plan, seconds)
    if prove_s:
        told["certificate"] = _proven(question, plan, prove_s)
    if output is not None:
        output.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        say_json(told)
    elif question.format == TEXTBOOK:
        _say_textbook(told)
    elif question.format == VROOM:
        _say_vroom(question.name, told)
    else:
        _say_house(question.name, told)
    if "certificate" in told and not as_json:
        _say_proof(told["certificate"], own_prices=question.format == HOUSE)


@click.command("warm-up")
def warm_up() -> None:
    """Compile the street and tour engines and what proves plans, once on this machine.

    Everything does so by itself when it is first needed; this is for who prefers to
    choose the moment.  The embedded town's streets are prepared as well.
    """
    from dispatch.routing.solvers import DEFAULT_ENGINE
    from dispatch.settings import DEFAULT_TOWN

    seconds = make_streets_ready(DEFAULT_TOWN) + make_ready(DEFAULT_ENGINE, proofs=True)
    click.echo(f"ready, after {seconds:.0f} s")


def _proven(question: Question, plan: Plan, budget_s: float) -> dict[str, Any]:
    from dispatch.routing.bound import certificate

    proof = certificate(question.problem, plan, budget_s=budget_s)
    return {
        "cost": plan.cost.total,
        "bound": proof.bound,
        "gap": proof.relative_gap,
        "optimal": proof.optimal,
        "method": proof.method,
        "relaxed": list(proof.relaxed),
        "seconds": round(proof.seconds, 3),
    }


def _say_proof(told: dict[str, Any], *, own_prices: bool) -> None:
    """One line; *own_prices*: the answer itself is priced as the proof is."""
    if told["optimal"]:
        verdict = "proven optimal"
    elif told["gap"] is None:
        verdict = "it costs nothing"
    else:
        verdict = f"at most {told['gap']:.2%} of the price could be saved"
    without = f"; the bound leaves out: {', '.join(told['relaxed'])}" if told["relaxed"] else ""
    priced = "" if own_prices else ", in the search's prices"
    click.echo(
        f"{verdict}: no allowed plan costs less than {told['bound']}, this one {told['cost']}"
        f"{priced} ({told['method']}, {told['seconds']:.1f} s){without}"
    )


def _read(file: Path) -> tuple[str, str]:
    """Return the text of *file* and what to call it."""
    try:
        if file == STANDARD_INPUT:
            return sys.stdin.buffer.read().decode("utf-8-sig"), "standard input"
        # Some editors begin a text with a byte order mark; it says nothing here.
        return file.read_text(encoding="utf-8-sig"), file.stem
    except OSError as error:
        raise Invalid(f"cannot read {file}: {error.strerror}", field="file") from None
    except UnicodeDecodeError:
        raise Invalid(f"{file} is not a text file", field="file") from None


@contextmanager
def _refused_in_its_words(vroom: bool) -> Iterator[None]:
    """Say a refusal on standard output as well, as VROOM does, to who asks in VROOM's words."""
    try:
        yield
    except Invalid as why:
        from dispatch.routing.formats.vroom_answer import refusal

        if vroom:
            say_json(refusal(2, str(why)))
        raise


def _refuse_broken(question: Question, plan: Plan, seconds: float, as_json: bool) -> None:
    from dispatch.routing.check import violations

    broken = [f"{v.rule}: {v.subject} by {v.by}" for v in violations(question.problem, plan)]
    if not broken:
        return
    if as_json:
        say_json(question.broken(plan, seconds, broken))
    for line in broken:
        click.echo(f"dispatch: {question.name}: the plan breaks {line}", err=True)
    raise Exit(1)


def _say_textbook(told: dict[str, Any]) -> None:
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


def _say_vroom(name: str, told: dict[str, Any]) -> None:
    total = told["summary"]
    click.echo(
        f"{name}: {total['routes']} vehicles, cost {total['cost']}, "
        f"{total['unassigned']} tasks unassigned; checked"
    )
    rows = []
    for route in told["routes"]:
        first, *tasks, last = route["steps"]
        said = " ".join(f"{step['type']}:{step['id']}" for step in tasks)
        rows.append((route["vehicle"], route["cost"], first["arrival"], last["arrival"], said))
    say_columns(("vehicle", "cost", "leaves", "ends", "route"), rows)
    for task in told["unassigned"]:
        click.echo(f"unassigned: {task['type']}:{task['id']} ({task['reason']})")


def _say_house(name: str, told: dict[str, Any]) -> None:
    """One line a tour: its jobs in the order it comes to them, ``+`` fetches, ``-`` drops."""
    parts = {term: price for term, price in told["cost"].items() if price}
    total = parts.pop("total", 0)
    terms = ", ".join(f"{term} {price}" for term, price in parts.items())
    click.echo(
        f"{name}: {len(told['tours'])} vehicles, cost {total} ({terms}), "
        f"{len(told['unserved'])} jobs unserved; "
        f"{told['engine']}, {told['seconds']:.1f} s, checked"
    )
    rows = []
    for tour in told["tours"]:
        stops = tour["stops"]
        said = " ".join(("-" if one["kind"] == "drop" else "+") + one["job"] for one in stops)
        rows.append((tour["vehicle"], len(stops), stops[0]["begin_s"], tour["end_s"], said))
    say_columns(("vehicle", "stops", "first", "ends", "route"), rows)
    for job in told["unserved"]:
        click.echo(f"unserved: {job['job']}: {job['sentence']}")


@contextmanager
def _progress(limit_s: float) -> Iterator[None]:
    """A bar on standard error while the solver thinks, when a person is looking."""
    if not sys.stderr.isatty():
        yield
        return
    # OR-Tools keeps the interpreter to itself while it searches: a thread could not draw.
    from multiprocessing import get_context

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
