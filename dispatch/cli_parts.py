"""What the commands share: their common options, columns of text, one JSON object.

Decides how answers are laid out, that nobody waits for a compiler unwarned, and what a new
town is said to lack.  Knows no command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dispatch.operations.territory import Territory

data_dir_option = click.option(
    "--data-dir",
    "--dir",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    envvar="DISPATCH_DATA_DIR",
    show_envvar=True,
    help="The installation: its database, clock, parameters.toml and own towns.",
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else."
)


def make_ready(engine: str, *, proofs: bool) -> float:
    """Load what *engine* needs, or compile it, saying so: that takes a minute or two, once."""
    from dispatch.routing.solvers.warmth import is_compiled, warm_up

    if not is_compiled():
        click.echo("Compiling the tour engine, once on this machine: a minute or two ...", err=True)
    return warm_up(engine, proofs=proofs)


def make_streets_ready(town: str) -> float:
    """Compile what travel times need, and prepare *town* for its couriers, saying so.

    Ten seconds each, once; returns how many it were.
    """
    from dispatch.adapters.town import open_town
    from dispatch.slots.calendar import Calendar
    from dispatch.streets.warmth import is_compiled, warm_up

    if not is_compiled():
        click.echo("Compiling the street engine, once on this machine: ten seconds ...", err=True)
    started_s = monotonic()
    warm_up()
    open_town(town, Calendar())
    return monotonic() - started_s


def who_is_missing(territory: Territory, data_dir: Path) -> list[str]:
    """Return a sentence for each file that a new town's owner has still to fill in."""
    home = data_dir / "towns" / territory.name
    return [
        f"{territory.title} has no {what} yet: fill in {home / what}.toml"
        for what, there in (("merchants", territory.merchants), ("couriers", territory.couriers))
        if not there
    ]


def say_json(answer: object) -> None:
    """Print *answer* as the one JSON object of this run."""
    click.echo(json.dumps(answer, ensure_ascii=False))


def say_columns(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under their heads, each column as wide as its widest entry.

    The last column is never padded, so that long sentences wrap and nothing is cut.
    """
    lines = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[c]) for line in lines) for c in range(len(head))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def toml_of(document: Mapping[str, Any], path: str = "") -> str:
    """Write *document* as TOML: texts, numbers, true and false, lists of texts, tables."""
    plain = {key: value for key, value in document.items() if not isinstance(value, Mapping)}
    # What JSON writes for these is TOML as well.
    text = "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in plain.items())
    if path and plain:
        text = f"\n[{path}]\n{text}"
    for key, value in document.items():
        if isinstance(value, Mapping):
            text += toml_of(value, f"{path}.{key}" if path else key)
    return text
