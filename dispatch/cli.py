"""``dispatch``, the command line: its commands, and how a "no" looks in a terminal.

Decides exit codes, that an error is one line, and that what a command writes is for
its owner's eyes.  What the commands do is in ``cli_serve`` (processes, links),
``cli_orders`` (quotes and waves), ``cli_solve`` (problems in files), ``cli_settings``
(parameters), ``cli_security`` (keys, devices, what is forgotten, who changed what),
``cli_database`` (where orders are kept, copies), ``cli_calibrate`` (what couriers' days
teach), ``cli_reliability`` (were chances true), ``cli_replay`` (days lived again),
``cli_settle`` (a month's statements), ``cli_parcels`` (the post), ``cli_weather`` (wet
days), ``cli_closures`` (days off), ``cli_webhooks`` (who is told), ``cli_notices`` (what
customers are told), ``cli_town``
(towns) and ``cli_addresses`` (their doors).

Exit codes: 0 done; 1 an expected refusal or a failed check; 2 wrong usage or bad
input, with one line on standard error.  Nothing slow is imported before the
command that needs it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from dispatch import __version__
from dispatch.cli_addresses import addresses, find
from dispatch.cli_calibrate import calibrate
from dispatch.cli_closures import closures
from dispatch.cli_database import backup, database, restore
from dispatch.cli_notices import notices
from dispatch.cli_orders import quote, wave
from dispatch.cli_parcels import carrier, parcels
from dispatch.cli_reliability import reliability
from dispatch.cli_replay import replay
from dispatch.cli_security import audit, devices, keys, purge
from dispatch.cli_serve import jobs, links, run, serve
from dispatch.cli_settings import config
from dispatch.cli_settle import settle
from dispatch.cli_solve import solve, warm_up
from dispatch.cli_town import town
from dispatch.cli_weather import weather
from dispatch.cli_webhooks import webhooks
from dispatch.core.errors import Broken, Conflict, DispatchError, Invalid

REFUSED, BAD_INPUT, INTERRUPTED = 1, 2, 130


class FrontDoor(click.Group):
    """The group of all commands: nothing expected leaves it as a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run one command line and exit; the parameters are click's."""
        kwargs["standalone_mode"] = False
        try:
            with _for_the_owner_only():
                code = super().main(*args, **kwargs)
        except NoArgsIsHelpError as why:
            click.echo(why.format_message(), err=True)
            code = BAD_INPUT
        except click.UsageError as why:
            where = f" ({why.ctx.command_path} --help)" if why.ctx is not None else ""
            code = _refuse(why.format_message() + where, BAD_INPUT)
        except click.ClickException as why:
            code = _refuse(why.format_message(), BAD_INPUT)
        except click.Abort:
            code = INTERRUPTED
        except DispatchError as why:
            expected = isinstance(why, Conflict | Broken)
            code = _refuse(_named(why), REFUSED if expected else BAD_INPUT)
        except OSError as why:
            code = _refuse(f"{why.filename or 'system'}: {why.strerror}", BAD_INPUT)
        sys.exit(code if isinstance(code, int) else 0)


def _named(why: DispatchError) -> str:
    """The error's message, with the field's name where it does not say it.

    "[waves] has no 'budgets_s'" names ``waves.budgets_s`` well enough.
    """
    text = str(why)
    field = why.field if isinstance(why, Invalid) else None
    if field and field not in text and not all(word in text for word in field.split(".")):
        return f"{field}: {text}"
    return text


@contextmanager
def _for_the_owner_only() -> Iterator[None]:
    """Files made inside are readable by nobody else, in whatever directory they are.

    Names, telephone numbers and what opens pages are in them; child processes inherit it.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _refuse(message: str, code: int) -> int:
    click.echo(f"dispatch: {' '.join(message.split())}", err=True)
    return code


@click.group(cls=FrontDoor, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dispatch", message="%(prog)s %(version)s")
def main() -> None:
    """Delivery promises and courier tours for a small town.

    \b
    First steps:
      dispatch run                            watch a demonstration day
      dispatch serve --data-dir my-town       run an installation, pages and API
      dispatch keys create --data-dir my-town --scopes quotes,bookings
                                              let a web shop ask and book

    Exit codes: 0 done, 1 an expected refusal or a failed check, 2 wrong usage or
    bad input (one line says what).
    """


for command in (addresses, find):
    town.add_command(command)
for command in (
    serve,
    run,
    jobs,
    keys,
    links,
    devices,
    audit,
    purge,
    quote,
    wave,
    calibrate,
    reliability,
    replay,
    closures,
    settle,
    parcels,
    carrier,
    database,
    backup,
    restore,
    solve,
    warm_up,
    town,
    config,
    webhooks,
    weather,
    notices,
):
    main.add_command(command)
