"""``addresses``: the national address base's file becomes a town's index of doors.

Decides what is said on the way and where the index is kept.  How a file is read is
``geodata.recipes.ban``'s business; what an index answers, the geocoder's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import json_option, say_json

if TYPE_CHECKING:
    from geodata.addresses import Addresses
    from geodata.town import Town


@click.command("addresses")
@click.option(
    "--ban",
    "files",
    required=True,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="adresses-47.csv.gz of the Base Adresse Nationale, compressed or not; again for "
    "lieux-dits-47-beta.csv.gz or a neighbouring department.",
)
@click.option("--town", "name", required=True, help="The town whose communes are kept.")
@click.option(
    "--dir",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    envvar="DISPATCH_DATA_DIR",
    show_envvar=True,
    help="The installation that will use the index.",
)
@json_option
def addresses(files: tuple[Path, ...], name: str, data_dir: Path, as_json: bool) -> None:
    """Index the doors of a town, so that addresses are found with no network.

    The old index stays in use until the new one is whole; it is read when the
    processes start.
    """
    from dispatch.adapters.town import addresses_file, read_town
    from dispatch.app import TOWNS_FOLDER
    from dispatch.core.errors import Invalid
    from geodata.addresses import write_addresses
    from geodata.recipes.ban import BadAddressFile, read_ban

    towns = data_dir / TOWNS_FOLDER
    town = read_town(name, towns)
    with _progress(files) as progress:
        try:
            found = read_ban(files, [commune.insee for commune in town.communes], progress=progress)
        except BadAddressFile as why:
            raise Invalid(str(why)) from why
    path = addresses_file(name, towns)
    write_addresses(path, found)
    report = _report(found, town, path)
    if as_json:
        say_json(report)
    else:
        _say(report)


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Callable[[int], None]]:
    """Show how much of *files* was read, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        total = sum(path.stat().st_size for path in files)
        task = bar.add_task("Reading addresses", total=total)
        yield lambda size: bar.advance(task, size)


def _report(found: Addresses, town: Town, path: Path) -> dict[str, Any]:
    without = [c.name for c in town.communes if c.insee not in found.insee]
    return {
        "file": str(path),
        "town": town.name,
        "doors": int((found.number > 0).sum()),
        "streets": len(found.names),
        "communes": len(found.insee),
        "communes_without": without,
        "sources": [
            {
                "file": source.file,
                "date": source.date,
                "sha256": source.sha256,
                "licence": source.licence,
                "kept": source.kept,
                "dropped": dict(source.dropped),
            }
            for source in found.sources
        ],
    }


def _say(report: dict[str, Any]) -> None:
    for source in report["sources"]:
        left_out = ", ".join(f"{count} {why}" for why, count in source["dropped"].items())
        click.echo(
            f"{source['file']} of {source['date']} ({source['licence']}): {source['kept']} kept"
            + (f"; left out: {left_out}" if left_out else "")
        )
    click.echo(
        f"{report['town']}: {report['doors']} doors on {report['streets']} streets and places "
        f"in {report['communes']} communes"
    )
    if report["communes_without"]:
        click.echo(f"no address at all in: {', '.join(report['communes_without'])}")
    click.echo(f"written to {report['file']}; it is read when the processes start again")
