"""Commands that keep an installation safe: what is forgotten, who came in, who changed what.

Decides how that is laid out in a terminal.  What is forgotten when is
``operations.retention``'s; who may open what is ``operations.access``'.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.devices import Device

_PURGED = {
    "positions": "places where a courier was",
    "bookings": "receivers, with their addresses and telephones",
    "tours": "tours with their doorsteps, or places held for nobody",
    "quotes": "quotes that nobody booked",
    "keys": "idempotency keys",
    "pins": "doors, cut off from who taught them",
    "waves": "words about failed waves",
    "events": "events of old shipments",
}


@click.group()
def devices() -> None:
    """Phones and computers that came in by a link, and stay in."""


@devices.command("list")
@data_dir_option
@json_option
def list_devices(data_dir: Path, as_json: bool) -> None:
    """List the devices that are let in: name, whose, what, since when, last seen."""
    from dispatch.app import open_house
    from dispatch.operations import devices as operation

    rows = [_device_row(device) for device in operation.devices(open_house(data_dir).ports)]
    if as_json:
        say_json({"devices": rows})
    else:
        heads = ("name", "kind", "subject", "platform", "since", "last seen")
        say_columns(heads, [tuple(value or "-" for value in row.values()) for row in rows])


@devices.command("revoke")
@click.argument("name")
@data_dir_option
@json_option
def revoke_device(name: str, data_dir: Path, as_json: bool) -> None:
    """Shut out the device called NAME in `dispatch devices list`, at once."""
    from dispatch.app import open_house
    from dispatch.operations import devices as operation

    row = _device_row(operation.shut_out(name, open_house(data_dir).ports))
    if as_json:
        say_json(row)
    else:
        click.echo(f"{row['name']} of {row['kind']} {row['subject']}: shut out")


@devices.command("lost")
@click.argument("kind", type=click.Choice(["courier", "merchant", "planner"]))
@click.argument("subject", default="")
@data_dir_option
@json_option
def lost(kind: str, subject: str, data_dir: Path, as_json: bool) -> None:
    """Shut out every device of one reader, and every link of theirs not yet opened."""
    from dispatch.app import open_house
    from dispatch.operations import devices as operation
    from dispatch.operations.access import PageKind

    count = operation.lost(PageKind(kind), subject, open_house(data_dir).ports)
    if as_json:
        say_json({"kind": kind, "subject": subject, "devices": count})
    else:
        click.echo(f"devices shut out: {count}")


def _device_row(device: Device) -> dict[str, str]:
    from dispatch.core.civil import local_text

    return {
        "name": device.name,
        "kind": device.kind.value,
        "subject": device.subject,
        "platform": device.platform,
        "since": local_text(device.created_at),
        "last_seen": local_text(device.last_seen_at),
    }


@click.command()
@data_dir_option
@click.option("--dry-run", is_flag=True, help="Only count what would be forgotten.")
@json_option
def purge(data_dir: Path, dry_run: bool, as_json: bool) -> None:
    """Forget who received what and where couriers were, once [retention] says so.

    The jobs process does it every hour by itself.  This command also writes the whole
    database file anew, so that nothing older programs left behind remains in it: a running
    server waits meanwhile.
    """
    from dispatch.app import open_house
    from dispatch.operations import retention

    ports = open_house(data_dir).ports
    done = asdict(retention.purge(ports, dry_run=dry_run, thorough=True))
    if as_json:
        say_json({"dry_run": dry_run, "forgotten": done})
        return
    head = "would be forgotten" if dry_run else "forgotten"
    say_columns((head, "what"), [(done[name], what) for name, what in _PURGED.items()])
