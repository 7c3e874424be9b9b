"""Commands that run an installation and let people in: serve, run, jobs, links.

Decides what an operator reads at the start.  How processes live and die is
``dispatch.server``; who may open what is ``operations.access``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch import __version__
from dispatch.cli_parts import (
    data_dir_option,
    json_option,
    make_ready,
    say_columns,
    say_json,
    who_is_missing,
)
from dispatch.core.errors import Invalid

if TYPE_CHECKING:
    from types import ModuleType

    from dispatch.app import House
    from dispatch.operations.ports import Ports

#: Merchants whose links are shown at the start; ``dispatch links`` makes them for all.
MERCHANTS_SHOWN = 3
READERS = {
    "planner": "Planification / planner",
    "courier": "Livreur / courier",
    "merchant": "Commerce / merchant",
}


class ClockText(click.ParamType[tuple[datetime, float]]):
    """``2026-11-24T09:00+01:00``, with ``x60`` behind it to run sixty times as fast."""

    name = "instant[xN]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[datetime, float]:
        from dispatch.adapters.clock import parse_clock

        try:
            return parse_clock(str(value))
        except ValueError as why:
            self.fail(str(why), param, ctx)


@click.command()
@data_dir_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes any free one and says which.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--clock",
    type=ClockText(),
    help="Start the town's clock elsewhere: 2026-11-24T09:00+01:00, or the same with x60 behind "
    "it to run sixty times as fast.  Without it: the real time.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    help="Requests answered at the same time.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Web processes: about one per core.  More than one is for PostgreSQL; SQLite allows it.",
)
@click.option(
    "--jobs/--no-jobs",
    "with_jobs",
    default=True,
    help="Also run the waves (on), or leave that to `dispatch jobs`.",
)
@click.option(
    "--show-links/--no-show-links",
    default=None,
    help="Print fresh one-click links at the start.  [default: on a terminal only, since "
    "they would stay in a service's journal]",
)
def serve(
    data_dir: Path,
    port: int,
    host: str,
    clock: tuple[datetime, float] | None,
    threads: int,
    workers: int,
    with_jobs: bool,
    show_links: bool | None,
) -> int:
    """Run an installation, made if it is missing: the API, everybody's pages, the waves.

    Prints the addresses once it listens; on a terminal, with a one-click link for the
    planner, each courier and some merchants.  Ctrl-C or SIGTERM stops everything within
    3 seconds.
    """
    server = _server()
    # First of all: when the port is taken, nothing has been written yet.
    listener = server.listen(host, port)
    server.log_to()
    base_url = server.address_of(listener)
    with listener, server.with_its_clock(data_dir, clock) as house:
        if show_links is None:
            show_links = sys.stdout.isatty()
        fresh = _fresh_links(house.ports, base_url, merchants=MERCHANTS_SHOWN)
        links = list(fresh) if show_links else []

        def welcome() -> None:
            _say_welcome(house, base_url, links)

        code: int = server.serve(
            house,
            listener,
            threads=threads,
            workers=workers,
            with_jobs=with_jobs,
            when_ready=welcome,
        )
    return code


@click.command()
@data_dir_option
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
def jobs(data_dir: Path, parent: int | None) -> None:
    """Run the waves only, each at its cut-off; `serve` does it already.

    One process per installation does; a second one stands by and takes over when the
    first is gone.
    """
    server = _server()
    server.log_to()
    server.run_jobs_process(data_dir, parent)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port to listen on.  [default: 8000, or the next free one]",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 3600),
    default=60,
    show_default=True,
    help="How many times as fast as a real day.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the day here.  [default: a fresh temporary directory]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another day.")
@click.option(
    "--orders", type=click.IntRange(1, 1000), default=60, show_default=True, help="Orders that day."
)
@click.option("--until-end", is_flag=True, help="Stop when the day is over.")
@json_option
def run(
    port: int | None,
    speed: float,
    data_dir: Path | None,
    seed: int,
    orders: int,
    until_end: bool,
    as_json: bool,
) -> int:
    """Watch a demonstration day: simulated customers, merchants and couriers.

    Everything goes through the real API and pages.  Exits with 1 when a booked order is
    neither delivered nor explained.
    """
    from dispatch.demo.run import run_demo
    from dispatch.routing.solvers import DEFAULT_ENGINE
    from dispatch.routing.solvers.warmth import is_compiled

    if not is_compiled():  # the day's clock does not wait for a compiler
        make_ready(DEFAULT_ENGINE, proofs=True)
    return run_demo(
        port=port,
        data_dir=data_dir,
        speed=speed,
        seed=seed,
        orders=orders,
        until_end=until_end,
        as_json=as_json,
    )


@click.command()
@data_dir_option
@click.option(
    "--base-url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="Where the server answers.",
)
@click.option(
    "--revoke-old",
    is_flag=True,
    help="First revoke every link made before; pages opened with one close at once.",
)
@json_option
def links(data_dir: Path, base_url: str, revoke_old: bool, as_json: bool) -> None:
    """Make links to the pages of the planner, couriers and merchants.

    Each lets one device in, once, within a week; the device stays in as long as it comes
    at least every month.  Links made before stay good, unless they are revoked.
    """
    from dispatch.app import open_house
    from dispatch.operations.access import revoke_links

    ports = open_house(data_dir).ports
    revoked = revoke_links(ports) if revoke_old else 0
    made = list(_fresh_links(ports, base_url.rstrip("/")))
    if as_json:
        say_json({"links": made, "revoked": revoked})
        return
    if revoke_old:
        click.echo(f"Liens révoqués / links revoked: {revoked}\n")
    _say_links(made)


def _server() -> ModuleType:
    """The server's module.  gunicorn needs a Unix system, and says so only by failing."""
    try:
        from dispatch import server
    except ModuleNotFoundError as why:
        if why.name not in ("fcntl", "grp", "pwd", "gunicorn"):
            raise
        raise Invalid(f"gunicorn cannot run here (no {why.name}); use Linux or macOS") from None
    return server


def _fresh_links(
    ports: Ports, base_url: str, merchants: int | None = None
) -> Iterator[dict[str, str]]:
    """Make a link for the planner, for each courier and for the first *merchants* (None: all)."""
    from dispatch.operations.access import PageKind
    from dispatch.operations.devices import invite

    readers = [
        (PageKind.PLANNER, "", ""),
        *((PageKind.COURIER, c.courier_id, c.name) for c in ports.territory.couriers.values()),
        *(
            (PageKind.MERCHANT, m.merchant_id, m.name)
            for m in list(ports.territory.merchants.values())[:merchants]
        ),
    ]
    for kind, subject, name in readers:
        url = f"{base_url}/l/{invite(kind, subject, ports)}"
        yield {"kind": kind.value, "id": subject, "name": name, "url": url}


def _say_links(made: list[dict[str, str]]) -> None:
    rows = [(READERS[link["kind"]], link["name"], link["url"]) for link in made]
    say_columns(("Page", "Nom / name", "Lien / link"), rows)


def _say_welcome(house: House, base_url: str, made: list[dict[str, str]]) -> None:
    from dispatch.core.civil import local_text

    clock = house.ports.clock
    pace = f" (x{clock.pace:g})" if clock.pace != 1 else ""
    click.echo(f"Dispatch {__version__} · {house.ports.territory.title}")
    click.echo(f"Heure de la ville / town clock: {local_text(clock.now())}{pace}")
    click.echo(f"Adresse / address: {base_url}/")
    click.echo(f"API: {base_url}/docs\n")
    for sentence in who_is_missing(house.ports.territory, house.data_dir):
        click.echo(sentence)
    more = f"dispatch links --data-dir {house.data_dir} --base-url {base_url}"
    if made:
        _say_links(made)
        click.echo(f"\nLiens neufs à chaque démarrage ; tous les commerces : {more}")
        click.echo(f"Each start makes new links; for all merchants: {more}")
    else:
        click.echo(f"Des liens vers les pages de chacun : {more}")
        click.echo(f"Links to everybody's pages: {more}")
    click.echo("Ctrl-C : arrêter / stop")
