"""Commands about notices to customers: what was told, what failed, a trial of the services.

Decides what an operator reads: never an address or a number.  Who is told what is
``operations.notify``'s business, what is sent again ``operations.send_notices``'.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from dispatch.cli_parts import data_dir_option, json_option, say_columns, say_json

if TYPE_CHECKING:
    from dispatch.operations.notices import Notice
    from dispatch.operations.ports import Ports

_STATES = ("waiting", "claimed", "sent", "skipped", "failed")


@click.group()
def notices() -> None:
    """Notices: customers are told by e-mail and text what happens to their orders.

    May be used beside a running server.
    """


@notices.command("list")
@data_dir_option
@click.option("--state", type=click.Choice(_STATES), help="Only those; default: all.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
def list_notices(data_dir: Path, state: str | None, limit: int, as_json: bool) -> None:
    """What customers were told, or are to be told, the latest first."""
    from dispatch.operations.notices import NoticeState

    wanted = list(NoticeState) if state is None else [NoticeState(state)]
    with _ports(data_dir).store.reading() as tx:
        found = tx.notices(wanted, limit)
    rows = [_row(notice) for notice in found]
    if as_json:
        say_json({"notices": rows})
        return
    head = ("notice", "kind", "channel", "state", "since", "tries", "why")
    say_columns(head, [[row[name] for name in head] for row in rows])


@notices.command("retry")
@click.argument("notice")
@data_dir_option
@json_option
def retry(notice: str, data_dir: Path, as_json: bool) -> None:
    """Let a failed NOTICE be sent again, as long as it is of use.

    One that was cut off, or whose service gave no answer, may have arrived: look there first.
    """
    from dispatch.operations.send_notices import retry_notice

    again = retry_notice(notice, _ports(data_dir))
    if as_json:
        say_json(_row(again))
    else:
        click.echo(f"{again.notice_id}: waits to be sent")


@notices.command("test")
@click.argument("contact")
@data_dir_option
@json_option
def trial(contact: str, data_dir: Path, as_json: bool) -> None:
    """Send a trial to CONTACT now, an address or a number, and say what came of it.

    Exits with 1 unless the service took it.
    """
    from dispatch.operations.notices import Channel, Outcome
    from dispatch.operations.send_notices import notifier_of

    channel = Channel.EMAIL if "@" in contact else Channel.SMS
    sent = notifier_of(_ports(data_dir)).try_out(channel, contact)
    if as_json:
        say_json({"channel": channel.value, "outcome": sent.outcome.value, "why": sent.why})
    else:
        click.echo(f"{channel.value}: {sent.outcome.value} {sent.why}".rstrip())
    if sent.outcome is not Outcome.SENT:
        raise Exit(1)


def _ports(data_dir: Path) -> Ports:
    from dispatch.app import open_house

    return open_house(data_dir).ports


def _row(notice: Notice) -> dict[str, Any]:
    from dispatch.core.civil import local_text

    return {
        "notice": notice.notice_id,
        "booking": notice.booking_id,
        "kind": notice.kind.value,
        "channel": notice.channel.value,
        "state": notice.state.value,
        "since": local_text(notice.changed_at),
        "due_at": local_text(notice.due_at),
        "tries": notice.tries,
        "why": notice.why,
    }
