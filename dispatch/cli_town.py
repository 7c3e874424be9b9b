"""Commands about towns: import streets from OpenStreetMap, judge them, list what is on board.

Decides what is said while an import works, and how its report is shown.  What makes a town
is ``geodata.recipes``' business, imported only by the command that needs it: nothing here
runs while an installation serves.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json
from dispatch.core.errors import Invalid

if TYPE_CHECKING:
    from geodata.recipes.openstreetmap.importing import Imported, Request

#: Called at each step, and inside a step with what is going on.
Tell = Callable[[str], None]


@click.group()
def town() -> None:
    """Towns: import one from OpenStreetMap, judge its streets, list those on board."""


@town.command("import")
@click.option(
    "--osm",
    type=click.Path(path_type=Path),
    help="The extract: .osm.pbf, .osm, .osm.gz or .osm.bz2.  A whole region will do.",
)
@click.option(
    "--boundary",
    type=click.Path(path_type=Path),
    help="GeoJSON with the polygons that are served.",
)
@click.option(
    "--insee",
    help="Communes that are served, by code: 47157,47310.  Their outlines come from the extract, "
    "or are the features of --boundary with these codes.",
)
@click.option(
    "--place",
    default="",
    help="A place by name: a boundary of the extract; without --osm, downloaded.",
)
@click.option("--name", required=True, help="The town's name in parameters.toml and in DIR/towns.")
@click.option("--title", default="", help="What pages call it.  [default: from its commune]")
@click.option(
    "--overrides",
    type=click.Path(path_type=Path),
    help="Corrections by way id (TOML).  [default: those of the town's last import]",
)
@click.option(
    "--buffer-km",
    type=click.FloatRange(0, 50),
    default=4.0,
    show_default=True,
    help="Streets so far outside are kept too, for ways that leave the town and come back.",
)
@data_dir_option
@json_option
def import_command(
    osm: Path | None,
    boundary: Path | None,
    insee: str | None,
    place: str,
    name: str,
    title: str,
    overrides: Path | None,
    buffer_km: float,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Make a town of real streets: cars, cargo bikes and walkers, with a health report.

    Without --boundary, --insee and --place the whole extract is the town.  The old town of
    that name stays in use until the new one is whole; its merchants.toml, couriers.toml,
    people.toml, overrides.toml, addresses and any file of yours are kept.
    """
    from geodata.recipes.openstreetmap.notes import ImportRefused

    towns = data_dir / "towns"
    if osm is None and not place:
        raise Invalid("say what to import: --osm FILE, or --place NAME to download it")
    codes = tuple(code.strip() for code in (insee or "").split(",") if code.strip())
    try:
        with TemporaryDirectory() as folder:
            if osm is None:
                from geodata.recipes.openstreetmap.download import download

                click.echo(f"Asking OpenStreetMap for {place} ...", err=True)
                osm, boundary = download(place, Path(folder), buffer_km)
                title, place = title or place.partition(",")[0], ""
            done = _import(
                _request(
                    osm=osm,
                    boundary=boundary,
                    insee=codes,
                    place=place,
                    name=name,
                    title=title,
                    overrides=overrides,
                    buffer_km=buffer_km,
                    towns=towns,
                )
            )
    except ImportRefused as why:
        raise Invalid(str(why)) from why
    except KeyboardInterrupt:
        click.echo(f"interrupted: {towns} is as it was", err=True)
        raise
    _prepare(name, towns)
    if as_json:
        say_json({"town": name, "folder": str(done.folder), "health": done.health})
        return
    _say_health(done.health)
    click.echo(f"\nImported into {done.folder}.  To serve it:")
    click.echo(f"  write   town = {json.dumps(name)}   in {data_dir / 'parameters.toml'}")
    click.echo("  fill in its merchants.toml and couriers.toml")
    click.echo(f"  index its doors:   dispatch town addresses --ban FILE.csv.gz --town {name}")


def _request(**asked: Any) -> Request:
    from dispatch.adapters.clock import WallClock
    from geodata.recipes.openstreetmap.importing import Request

    return Request(today=WallClock().now().date(), **asked)


def _import(asked: Request) -> Imported:
    from geodata.recipes.openstreetmap.importing import STEPS, import_town

    with _progress(STEPS) as (tell, step):
        return import_town(asked, tell, step)


def _prepare(name: str, towns: Path) -> None:
    """Build what travel times need, for every vehicle: the first start would wait for it."""
    from dispatch.adapters.town import far_homes, read_town, street_network, territory_of
    from dispatch.slots.calendar import Calendar
    from dispatch.streets.profiles import PROFILES
    from dispatch.streets.warmth import is_compiled, warm_up

    if not is_compiled():
        click.echo("compiling the street engine, once on this machine ...", err=True)
        warm_up()
    town = read_town(name, towns)
    for vehicle in PROFILES:
        click.echo(f"preparing travel times: {vehicle} ...", err=True)
        # Streets of its own, so that one vehicle's memory is free before the next one's.
        street_network(town).make_ready([vehicle])
    try:
        far = far_homes(territory_of(town, Calendar()), street_network(town))
    except Invalid as why:
        # The town is there, and right; its shops were written for the old one.
        click.echo(f"warning: {why}", err=True)
        return
    for owner, away_m in far.items():
        click.echo(f"warning: {owner} is {away_m} m from the nearest street", err=True)


@contextmanager
def _progress(steps: int) -> Iterator[tuple[Tell, Tell]]:
    """Show a bar on a terminal; elsewhere, one line for each step."""
    if not sys.stderr.isatty():
        yield (lambda words: None), (lambda words: click.echo(f"{words} ...", err=True))
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    words_column = TextColumn("{task.description}")
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), words_column)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=steps)
        begun = -1

        def step(words: str) -> None:
            nonlocal begun
            begun += 1
            bar.update(task, completed=begun, description=words)

        yield (lambda words: bar.update(task, description=words)), step


@town.command("health")
@click.argument("name")
@click.option(
    "--keep",
    is_flag=True,
    help="Leave the report in DIR/towns/NAME, for the planner's page (after a restart).",
)
@data_dir_option
@json_option
def health_command(name: str, keep: bool, data_dir: Path, as_json: bool) -> None:
    """Say how far the streets of town NAME can be trusted.

    What hangs together, which bridges nothing replaces, the largest detours; of an imported
    town also what was refused and why, as its last import saw it.
    """
    health = _health(name, data_dir / "towns")
    if keep:
        _keep_health(name, data_dir / "towns", health)
    if as_json:
        say_json({"town": name, "health": health})
    else:
        _say_health(health)


def _health(name: str, towns: Path) -> dict[str, Any]:
    """Measure the streets as they are now, corrections included; add what the import kept."""
    from geodata import load
    from geodata.recipes.health.report import health_of, lines_of
    from geodata.recipes.openstreetmap.importing import HEALTH

    try:
        data = load.town(name, towns)
        kept = load.folder(name, towns) / HEALTH
        imported: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    except (load.UnknownTown, load.DamagedTown) as why:
        raise Invalid(str(why), field="town") from why
    except ValueError as why:
        raise Invalid(f"town {name}: {HEALTH} cannot be read: {why}") from why
    bridges = {int(way): str(bridge) for way, bridge in imported.get("bridge_names", {}).items()}
    return imported | health_of(data.network, data.communes, lines_of(data.river), bridges)


def _keep_health(name: str, towns: Path, health: dict[str, Any]) -> None:
    """Put the report in place at once: whoever reads meanwhile finds the old one."""
    from dispatch.adapters.town_health import health_file

    path = health_file(name, towns)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(health, ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.replace(path)


def _say_health(health: dict[str, Any]) -> None:
    from geodata.recipes.health.words import health_text

    click.echo(health_text(health), nl=False)


@town.command("list")
@data_dir_option
@json_option
def list_towns(data_dir: Path, as_json: bool) -> None:
    """List the towns: communes, merchants, couriers, and where the data comes from.

    Exits with 2 when one of them is damaged, after listing the others.
    """
    from geodata import load

    towns = data_dir / "towns"
    found, damaged = [], []
    for name in load.names(towns):
        try:
            found.append(_town_row(name, towns))
        except load.DamagedTown as why:
            damaged.append(str(why))
    if as_json:
        say_json({"towns": found, "damaged": damaged})
    else:
        _say_towns(found)
    if damaged:
        raise Invalid("; ".join(damaged), field="town")


def _say_towns(found: list[dict[str, Any]]) -> None:
    for row in found:
        kind = "schematic streets" if row["schematic"] else "surveyed streets"
        click.echo(f"{row['name']}: {row['title']} ({kind})")
        for what in ("communes", "merchants", "couriers"):
            names = [one["name"] for one in row[what]]
            click.echo(f"{len(names)} {what}: {', '.join(names)}" if names else f"no {what}")
        click.echo(f"{row['attribution']}")
        rows = [
            (file, seal.get("date", ""), seal.get("licence", ""), seal.get("source", ""))
            for file, seal in row["sources"].items()
        ]
        say_columns(("file", "date", "licence", "source"), rows)


def _town_row(name: str, towns: Path) -> dict[str, Any]:
    from geodata import load

    data = load.town(name, towns)
    sources = tomllib.loads((load.folder(name, towns) / load.SEAL).read_text("utf-8"))
    return {
        "name": data.name,
        "title": data.title,
        "schematic": data.schematic,
        "notice_en": data.notice_en,
        "attribution": data.attribution,
        "communes": [
            {"insee": c.insee, "name": c.name, "postcode": c.postcode, "served": c.served}
            for c in data.communes
        ],
        "merchants": [{"id": m.id, "name": m.name, "sector": m.sector} for m in data.merchants],
        "couriers": [{"id": c.id, "name": c.name, "vehicle": c.vehicle} for c in data.couriers],
        "sources": json.loads(json.dumps(sources, default=str)),
    }
