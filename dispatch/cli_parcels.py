"""Commands about parcels: what is with the post, what came back, and a made-up post to try with.

Decides how they read in a terminal.  What the post is asked is ``operations.parcels``'s.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json
from dispatch.core.civil import local_text

if TYPE_CHECKING:
    from dispatch.orders.parcels import Parcel


@click.group()
def parcels() -> None:
    """Parcels with the post, and those that customers bring back."""


@parcels.command("list")
@data_dir_option
@json_option
def list_parcels(data_dir: Path, as_json: bool) -> None:
    """List parcels that have not arrived: their number, the latest news, what is wrong."""
    from dispatch.app import open_house

    with open_house(data_dir).ports.store.reading() as tx:
        found = tx.parcels_under_way()
    if as_json:
        say_json({"parcels": [_row(parcel) for parcel in found]})
    elif not found:
        click.echo("no parcel is with the post, or waits for its label")
    else:
        say_columns(
            ("shipment", "number", "latest", "at", "asked again", "trouble"),
            [_cells(parcel) for parcel in found],
        )


@parcels.command("back")
@click.argument("shipment")
@data_dir_option
def back(shipment: str, data_dir: Path) -> None:
    """Note that a customer brought back what was delivered or collected: SHIPMENT is its id.

    Its commission and its reward are taken back, in the month of today.
    """
    from dispatch.app import open_house
    from dispatch.operations.prepare import Act, act

    ports = open_house(data_dir).ports
    with ports.store.reading() as tx:
        merchant_id = tx.shipment(shipment).merchant_id
    act(Act.TAKEN_BACK, shipment, merchant_id, ports)
    click.echo(f"{shipment} is back at {merchant_id}")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8099, show_default=True)
@click.option(
    "--step-min",
    type=click.FloatRange(min=0, min_open=True),
    default=240.0,
    show_default=True,
    help="Minutes from one event of a parcel to the next, by the clock below.",
)
@click.option(
    "--data-dir",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Live by the clock of this installation; default: the wall clock.",
)
def carrier(port: int, step_min: float, data_dir: Path | None) -> None:
    """Run a made-up post on this machine, in the shapes of La Poste's services.

    For trying and for demonstrations: its labels are worth nothing, and say so.  It forgets
    everything when it ends.
    """
    from werkzeug.serving import make_server

    from dispatch.adapters.clock import WallClock, load_clock
    from dispatch.adapters.parcels.fake import FakePost, fake_carrier
    from dispatch.adapters.parcels.settings import (
        LABELS_KEY,
        LABELS_PATH,
        TRACKING_KEY,
        TRACKING_PATH,
    )
    from dispatch.app import CLOCK_FILE

    clock = WallClock() if data_dir is None else load_clock(data_dir / CLOCK_FILE)
    post = FakePost(clock.now, timedelta(minutes=step_min))
    server = make_server("127.0.0.1", port, fake_carrier(post), threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    click.echo(f"A MADE-UP carrier answers at {url}; in parameters.toml:")
    click.echo('[parcels]\ncarrier = "la_poste"')
    click.echo(f'labels_url = "{url}{LABELS_PATH}"\ntracking_url = "{url}{TRACKING_PATH}"')
    click.echo(f"and in the environment, with any value: {LABELS_KEY}, {TRACKING_KEY}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("The made-up carrier ended.", err=True)
    finally:
        server.server_close()


def _row(parcel: Parcel) -> dict[str, Any]:
    instants = {
        name: None if (at := getattr(parcel, name)) is None else local_text(at)
        for name in ("since", "next_at", "last_at")
    }
    return {**asdict(parcel), **instants}


def _cells(parcel: Parcel) -> tuple[str, ...]:
    row = _row(parcel)
    names = ("shipment_id", "tracking_number", "last_code", "last_at", "next_at", "trouble")
    return tuple(str(row[name] or "-") for name in names)
