"""Commands that keep an installation safe: keys, devices, what is forgotten, who changed what.

Decides how that is laid out in a terminal.  What is forgotten when is
``operations.retention``'s; who may open what is ``operations.access``'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.access import ApiKey
    from dispatch.operations.devices import Device

_PURGED = {
    "positions": "places where a courier was",
    "bookings": "receivers, with their addresses and telephones",
    "tours": "tours with their doorsteps, or places held for nobody",
    "quotes": "quotes that nobody booked",
    "keys": "idempotency keys",
    "pins": "doors, cut off from who taught them",
    "waves": "words about failed waves",
    "closures": "words about why a shop was closed",
    "events": "events of old shipments",
}


@click.group()
def keys() -> None:
    """Keys with which web shops call the API."""


@keys.command("list")
@data_dir_option
@json_option
def list_keys(data_dir: Path, as_json: bool) -> None:
    """List the keys: name, storefront, scopes, when made, revoked, over, and last used.

    A key's name is the beginning of its hash; the key itself is stored nowhere.
    """
    from dispatch.app import open_house

    with open_house(data_dir).ports.store.reading() as tx:
        made = tx.keys()
    rows = [_key_row(key) for key in made]
    if as_json:
        say_json({"keys": rows})
        return
    say_columns(
        ("name", "storefront", "created", "revoked", "expires", "last used", "scopes"),
        [
            (
                *(row["name"], row["storefront"], row["created_at"]),
                *(row[f"{what}_at"] or "-" for what in ("revoked", "expires", "last_used")),
                ",".join(row["scopes"]),
            )
            for row in rows
        ],
    )


@keys.command("revoke")
@click.argument("name")
@data_dir_option
@json_option
def revoke_key(name: str, data_dir: Path, as_json: bool) -> None:
    """Revoke the key called NAME in `dispatch keys list`: from now on it opens nothing.

    A running server refuses it at once.
    """
    from dispatch.app import open_house
    from dispatch.operations import access

    row = _key_row(access.revoke_key(name, open_house(data_dir).ports))
    if as_json:
        say_json(row)
    else:
        click.echo(f"{row['name']} of {row['storefront']}: revoked since {row['revoked_at']}")


@keys.command("rotate")
@click.argument("name")
@data_dir_option
@click.option(
    "--grace-h",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    help="Hours in which the old key still works.",
)
@json_option
def rotate_key(name: str, data_dir: Path, grace_h: int, as_json: bool) -> None:
    """Make the successor of the key called NAME and print it, the only time it is seen.

    Same storefront, same scopes.  The old key goes on for a while, so that no call is lost.
    """
    from dispatch.app import open_house
    from dispatch.operations import access

    grace = timedelta(hours=grace_h)
    fresh, secret = access.rotate_key(name, open_house(data_dir).ports, grace=grace)
    if as_json:
        say_json({"key": secret, **_key_row(fresh)})
    else:
        click.echo(secret)


@keys.command("create")
@data_dir_option
@click.option(
    "--scopes",
    required=True,
    help="What it may do, separated by commas: quotes, bookings, tours:read, tours:write, "
    "parameters, admin.",
)
@click.option(
    "--storefront",
    default="storefront",
    show_default=True,
    help="Whose key it is.  Keys of one storefront see the same bookings.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help="How long it opens anything.  [default: until it is revoked or rotated]",
)
@json_option
def create_key(
    data_dir: Path, scopes: str, storefront: str, days: int | None, as_json: bool
) -> None:
    """Make a key and print it, the only time it is seen.

    May be run beside a running server.
    """
    from dispatch.app import open_house
    from dispatch.operations import access

    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    life = None if days is None else timedelta(days=days)
    key = access.create_key(storefront, wanted, open_house(data_dir).ports, life=life)
    if as_json:
        say_json({"key": key, "storefront": storefront, "scopes": wanted})
    else:
        click.echo(key)


def _key_row(key: ApiKey) -> dict[str, Any]:
    from dispatch.core.civil import local_text

    def told(at: datetime | None) -> str | None:
        return None if at is None else local_text(at)

    return {
        "name": key.name,
        "storefront": key.storefront_id,
        "scopes": list(key.scopes),
        "created_at": local_text(key.created_at),
        "revoked_at": told(key.revoked_at),
        "expires_at": told(key.expires_at),
        "last_used_at": told(key.last_used_at),
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
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day shown, in the town's time.  [default: the last 30 days]",
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="At most."
)
@json_option
def audit(data_dir: Path, since: datetime | None, limit: int, as_json: bool) -> None:
    """Tell who changed what: keys, links, devices, doors, learnt times, waves, parameters."""
    from dispatch.app import open_house
    from dispatch.core.civil import day_window, local_text
    from dispatch.operations.audit import trail

    ports = open_house(data_dir).ports
    month_ago = ports.clock.now() - timedelta(days=30)
    first = month_ago if since is None else day_window(since.date()).opens_at
    rows = [
        {
            "number": entry.number,
            "at": local_text(entry.at),
            "actor": entry.actor,
            "act": entry.act.value,
            "subject": entry.subject,
            "before": _side(entry.before, entry.difference[0]),
            "after": _side(entry.after, entry.difference[1]),
        }
        for entry in trail(first, limit, ports)
    ]
    if as_json:
        say_json({"changes": rows})
        return
    say_columns(
        ("at", "actor", "act", "subject", "change"),
        [
            (*(row[key] or "-" for key in ("at", "actor", "act", "subject")), _arrow(row))
            for row in rows
        ],
    )


def _side(said: Mapping[str, object] | None, different: Mapping[str, object]) -> Any:
    """What one side says otherwise than the other; None where it says nothing at all."""
    return None if said is None else dict(different)


def _arrow(row: dict[str, Any]) -> str:
    sides = [
        " ".join(f"{key}={value}" for key, value in (row[side] or {}).items())
        for side in ("before", "after")
    ]
    return " -> ".join(side or "-" for side in sides) if any(sides) else ""


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
