"""Commands about webhooks: who is told what happens, what could not be told, telling it again.

Decides what an operator reads.  Who may be told is ``operations.webhooks``' business, what is
told again ``operations.retell``'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.ports import Ports
    from dispatch.operations.retell import DeadLetter
    from dispatch.operations.webhooks import Backlog, Endpoint

_ENDPOINT_HELP = "An endpoint, by its id in `dispatch webhooks list`."


class InstantText(click.ParamType[datetime]):
    """``2026-11-24T09:00+01:00``."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        from dispatch.core.civil import parse_instant

        try:
            return parse_instant(str(value))
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no instant; write it as 2026-11-24T09:00+01:00", param, ctx)


@click.group()
def webhooks() -> None:
    """Webhooks: shops are told by themselves what happens to their shipments.

    May be used beside a running server.
    """


@webhooks.command("add")
@click.argument("url")
@data_dir_option
@click.option("--storefront", help="Whose shipments, as it was given to `dispatch keys create`.")
@click.option("--key", "key_name", help="The same, by the name of one of its keys.")
@click.option(
    "--types",
    default="",
    help="Only events of these types, separated by commas, such as order.completed.  "
    "[default: all]",
)
@json_option
def add(
    url: str,
    data_dir: Path,
    storefront: str | None,
    key_name: str | None,
    types: str,
    as_json: bool,
) -> None:
    """Tell a storefront at URL from now on, and print the secret, the only time it is seen.

    The shop needs it to know that what it receives comes from here.
    """
    if (storefront is None) == (key_name is None):
        raise click.UsageError("say whose shipments: either --storefront or --key")
    from dispatch.core.ids import StorefrontId
    from dispatch.operations.webhooks import add_endpoint, storefront_of_key

    ports = _ports(data_dir)
    whose = storefront_of_key(key_name, ports) if key_name else StorefrontId(storefront or "")
    if not whose.strip():
        raise click.UsageError("--storefront or --key is empty")
    wanted = [word.strip() for word in types.split(",") if word.strip()]
    endpoint, secret = add_endpoint(whose, url, wanted, ports)
    if as_json:
        say_json({**_row(endpoint), "secret": secret})
    else:
        click.echo(f"{endpoint.endpoint_id} tells {whose} at {url}; its secret, shown once:")
        click.echo(secret)


@webhooks.command("list")
@data_dir_option
@json_option
def list_all(data_dir: Path, as_json: bool) -> None:
    """List the endpoints, and what each has not had yet."""
    from dispatch.operations.webhooks import list_endpoints

    rows = [_row(endpoint, backlog) for endpoint, backlog in list_endpoints(_ports(data_dir))]
    if as_json:
        say_json({"webhooks": rows})
        return
    head = ("endpoint", "storefront", "waiting", "failing", "dead", "last told", "secret", "url")
    keys = ("endpoint", "storefront", "waiting", "failing", "dead", "last_told_at", "secret_mark")
    say_columns(
        head,
        [
            (
                *("-" if row[key] is None else row[key] for key in keys),
                " ".join((row["url"], *row["types"])),
            )
            for row in rows
        ],
    )


@webhooks.command("dead")
@data_dir_option
@json_option
def dead(data_dir: Path, as_json: bool) -> None:
    """List what was given up after the last try; `replay` tells it again."""
    from dispatch.operations.retell import dead_letters

    rows = [_dead_row(letter) for letter in dead_letters(_ports(data_dir))]
    if as_json:
        say_json({"dead": rows})
        return
    head = ("message", "endpoint", "type", "state", "given up", "tries", "last answer")
    say_columns(head, [tuple(row.values()) for row in rows])


@webhooks.command("replay")
@click.argument("message", required=False)
@click.option(
    "--since", type=InstantText(), help="Everything learnt of from then on: 2026-11-24T09:00+01:00."
)
@click.option("--endpoint", help=_ENDPOINT_HELP + "  [default: all that want to hear of it]")
@data_dir_option
@json_option
def replay(
    message: str | None, since: datetime | None, endpoint: str | None, data_dir: Path, as_json: bool
) -> None:
    """Tell again: one MESSAGE, by the id it has in `webhooks dead`, or everything since an instant.

    Shops know by the message's id what they have had.
    """
    if (message is None) == (since is None):
        raise click.UsageError("say what: either a message's id or --since")
    from dispatch.operations.retell import replay_event, replay_since

    ports = _ports(data_dir)
    if message is not None:
        told = replay_event(message, ports, only=endpoint)
    else:
        assert since is not None
        told = replay_since(since, ports, only=endpoint)
    if as_json:
        say_json({"replayed": told})
    else:
        click.echo(f"to be told again: {told}")


@webhooks.command("rotate")
@click.argument("endpoint")
@click.option(
    "--grace-hours",
    type=click.IntRange(0, 24 * 30),
    default=24,
    show_default=True,
    help="How long the secret before it signs as well, so that the shop can change in peace.",
)
@data_dir_option
@json_option
def rotate(endpoint: str, grace_hours: int, data_dir: Path, as_json: bool) -> None:
    """Give ENDPOINT a new secret and print it, the only time it is seen."""
    from dispatch.core.civil import local_text
    from dispatch.operations.webhooks import rotate_secret

    rotated, secret = rotate_secret(endpoint, timedelta(hours=grace_hours), _ports(data_dir))
    if as_json:
        say_json({**_row(rotated), "secret": secret})
        return
    assert rotated.old_until is not None
    click.echo(f"the secret before it signs until {local_text(rotated.old_until)}; the new one:")
    click.echo(secret)


@webhooks.command("remove")
@click.argument("endpoint")
@data_dir_option
@json_option
def remove(endpoint: str, data_dir: Path, as_json: bool) -> None:
    """Tell ENDPOINT nothing any more; what it was still to be told is dropped."""
    from dispatch.operations.webhooks import remove_endpoint

    removed = remove_endpoint(endpoint, _ports(data_dir))
    if as_json:
        say_json(_row(removed))
    else:
        click.echo(f"{removed.endpoint_id} of {removed.storefront_id}: removed")


@webhooks.command("test")
@click.argument("endpoint")
@data_dir_option
@json_option
def trial(endpoint: str, data_dir: Path, as_json: bool) -> None:
    """Send ENDPOINT a signed `webhook.test` now, once, and say what it answers.

    Exits with 1 unless that is a status from 200 to 299.
    """
    from dispatch.operations.webhooks import try_endpoint

    answer = try_endpoint(endpoint, _ports(data_dir))
    if as_json:
        say_json({"arrived": answer.arrived, "answer": answer.words})
    else:
        click.echo(f"{'arrived' if answer.arrived else 'did not arrive'}: {answer.words}")
    if not answer.arrived:
        raise Exit(1)


def _ports(data_dir: Path) -> Ports:
    from dispatch.app import open_house

    return open_house(data_dir).ports


def _row(endpoint: Endpoint, backlog: Backlog | None = None) -> dict[str, Any]:
    from dispatch.core.civil import local_text

    told = endpoint.arrived_at
    row: dict[str, Any] = {
        "endpoint": endpoint.endpoint_id,
        "storefront": endpoint.storefront_id,
        "url": endpoint.url,
        "types": [what.value for what in endpoint.types],
        "created_at": local_text(endpoint.created_at),
        "last_told_at": None if told is None else local_text(told),
        "secret_mark": endpoint.secret_mark,
    }
    if backlog is not None:
        row |= {"waiting": backlog.waiting, "failing": backlog.failing, "dead": backlog.dead}
    return row


def _dead_row(letter: DeadLetter) -> dict[str, Any]:
    from dispatch.core.civil import local_text

    return {
        "message": letter.message_id,
        "endpoint": letter.delivery.endpoint_id,
        "type": letter.event.type.value,
        "state": letter.event.state.value,
        "given_up_at": local_text(letter.delivery.due_at),
        "tries": letter.delivery.tries,
        "last_answer": letter.delivery.error,
    }
