"""Commands about addresses: index a town's doors, and try how an address is understood.

Decides what is said on the way and where the index is kept.  How a file is read is
``geodata.recipes.ban``'s business; what an index answers, the geocoder's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.ports import Candidate
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
@data_dir_option
@json_option
def addresses(files: tuple[Path, ...], name: str, data_dir: Path, as_json: bool) -> None:
    """Index the doors of a town, so that addresses are found with no network.

    The old index stays in use until the new one is whole; processes that serve read it
    within a minute.
    """
    from dispatch.adapters.town import addresses_file, read_town
    from dispatch.app import TOWNS_FOLDER
    from dispatch.core.errors import Invalid
    from geodata.addresses import write_addresses
    from geodata.recipes.ban import BadAddressFile, read_ban
    from geodata.recipes.holding import TownsHeld, alone

    towns = data_dir / TOWNS_FOLDER
    path = addresses_file(name, towns)
    try:
        # A town imported meanwhile would keep the doors that are being replaced.
        with alone(towns, name), _progress(files) as progress:
            town = read_town(name, towns)
            served = [commune.insee for commune in town.communes]
            found = read_ban(files, served, progress=progress)
            write_addresses(path, found)
    except (BadAddressFile, TownsHeld) as why:
        raise Invalid(str(why)) from why
    report = _report(found, town, path)
    if as_json:
        say_json(report)
    else:
        _say(report)


@click.command("find")
@click.argument("text")
@data_dir_option
@json_option
@click.pass_context
def find(ctx: click.Context, text: str, data_dir: Path, as_json: bool) -> None:
    """Say how the address TEXT is understood, and whether it is delivered to.

    Warns of a door that is estimated, or far from any street.

    Exits with 1 when it is not.
    """
    from dispatch.app import open_house
    from dispatch.core.reasons import Refusal
    from dispatch.operations.locate import locate

    ports = open_house(data_dir).ports
    rows = [_reading_row(one) for one in ports.geocoder.find(text)]
    verdict = locate(text, None, ports)
    refusal = verdict if isinstance(verdict, Refusal) else None
    doubts = () if isinstance(verdict, Refusal) else verdict.doubts
    if as_json:
        told = [{"code": one.code, "en": one.en, "away_m": one.away_m} for one in doubts]
        say_json({"readings": rows, "refusal": refusal and refusal.code, "warnings": told})
    else:
        say_columns(_HEAD, [tuple(row.values()) for row in rows])
        click.echo("delivered" if refusal is None else f"{refusal.en} ({refusal.code})")
        for one in doubts:
            click.echo(f"warning: {one.en} ({one.code})")
    ctx.exit(0 if refusal is None else 1)


#: What the columns of a reading are called.
_HEAD: Final = ("score", "kind", "sure of the door", "lat", "lon", "commune", "address")


def _reading_row(one: Candidate) -> dict[str, Any]:
    return {
        "score": one.score,
        "kind": one.kind,
        "exact": "pinned" if one.pinned else "yes" if one.exact else "no",
        "lat": round(one.place.lat_deg, 6),
        "lon": round(one.place.lon_deg, 6),
        "insee": one.insee,
        "label": one.label,
    }


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
    click.echo(f"written to {report['file']}; running processes read it within a minute")
