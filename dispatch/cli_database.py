"""Commands about where orders are kept: which database, its copies, the way from one to another.

Decides that nothing is moved or put back under a running server.  What a database, a copy
and a move are is ``dispatch.adapters.storage``'s business.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from dispatch.cli_parts import data_dir_option, json_option, say_json
from dispatch.core.errors import Conflict, Invalid

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def database() -> None:
    """Which database keeps the orders: a SQLite file (as it comes) or a PostgreSQL."""


@database.command("show")
@data_dir_option
@json_option
def show(data_dir: Path, as_json: bool) -> None:
    """Say which database the installation uses, who said so, and how far its tables are.

    A password is never shown.
    """
    from dispatch.adapters.storage.chosen import chosen_database
    from dispatch.adapters.storage.engine import open_engine
    from dispatch.adapters.storage.migrate import revision, revisions

    chosen = chosen_database(data_dir)
    engine = open_engine(chosen.where)
    try:
        answer = {
            "database": chosen.shown,
            "chosen_by": chosen.by,
            "revision": revision(engine),
            "newest_revision": revisions()[-1],
        }
    finally:
        engine.dispose()
    if as_json:
        say_json(answer)
        return
    click.echo(f"{answer['database']} (chosen by {answer['chosen_by']})")
    click.echo(f"tables at revision {answer['revision'] or 'none'} of {answer['newest_revision']}")


@database.command("use")
@click.argument("url")
@data_dir_option
@json_option
def use(url: str, data_dir: Path, as_json: bool) -> None:
    """Keep the orders in the database at URL, from the next start on.

    URL: postgresql://user:password@host/name; `-` reads it from standard input, so that no
    password stays in the shell's history; `sqlite` goes back to the file in the data directory.
    Its tables are made or brought up to date now.  Orders are not moved: `dispatch database copy`
    does that.
    """
    from dispatch.adapters.storage import chosen
    from dispatch.adapters.storage.store import open_store

    said = _said(url)
    with _at_rest(data_dir):
        open_store(data_dir if said is None else said).close()  # or it is refused here
        chosen.choose_database(data_dir, said)
    now = chosen.chosen_database(data_dir)
    if as_json:
        say_json({"database": now.shown, "chosen_by": now.by})
        return
    click.echo(f"{now.shown} (chosen by {now.by})")
    if now.by == "environment":
        click.echo(f"{chosen.VARIABLE} is set here and goes before what was written down", err=True)


@database.command("copy")
@click.argument("url")
@data_dir_option
@json_option
def copy(url: str, data_dir: Path, as_json: bool) -> None:
    """Copy everything in the installation's database into the empty one at URL.

    All of it arrives or nothing does.  The installation goes on using its old one until
    `dispatch database use URL`.  `-` reads URL from standard input.
    """
    from dispatch.adapters.storage.chosen import chosen_database
    from dispatch.adapters.storage.engine import open_engine
    from dispatch.adapters.storage.moving import copy_rows

    target_is, here = _said(url), chosen_database(data_dir).where
    with _at_rest(data_dir), ExitStack() as opened:
        source = open_engine(here)
        opened.callback(source.dispose)
        target = open_engine(data_dir if target_is is None else target_is)
        opened.callback(target.dispose)
        if source.url == target.url:
            raise Invalid("this is the database in use", field="url")
        rows = copy_rows(source, target)
    if as_json:
        say_json({"rows": rows})
        return
    click.echo(f"{sum(rows.values())} rows copied, {rows['bookings']} of them bookings")
    click.echo("To use it from the next start on: dispatch database use")


@click.command()
@click.argument("file", type=_FILE)
@data_dir_option
@json_option
def backup(file: Path, data_dir: Path, as_json: bool) -> None:
    """Copy the database into FILE, while everything goes on.

    Whatever was acknowledged before this began is in it.  parameters.toml, secret.key,
    webhooks.key and towns/ are files of their own: keep copies of them too.
    """
    from dispatch.adapters.storage.backup import back_up, kind_of
    from dispatch.adapters.storage.chosen import chosen_database

    back_up(chosen_database(data_dir).where, file)
    answer = {"file": str(file), "kind": kind_of(file), "bytes": file.stat().st_size}
    if as_json:
        say_json(answer)
    else:
        click.echo(f"{answer['file']}: {answer['bytes']} bytes, of {answer['kind']}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_dir_option
@click.option(
    "--replace",
    is_flag=True,
    help="Also where there are orders already; those are backed up into the data directory first.",
)
@json_option
def restore(file: Path, data_dir: Path, replace: bool, as_json: bool) -> None:
    """Put what `dispatch backup` wrote into FILE back into the installation's database.

    A copy of an older version is brought up to date.  Stop `dispatch serve` first.
    """
    from dispatch.adapters.storage import backup as copies
    from dispatch.adapters.storage.chosen import chosen_database

    where = chosen_database(data_dir).where
    with _at_rest(data_dir):
        copies.kind_of(file)
        kept = None
        if replace and any(copies.rows_if_it_reads(where).values()):
            kept = _free_name(data_dir)
            copies.back_up(where, kept)
            click.echo(f"What was there is in {kept}", err=True)
        rows = copies.restore(where, file, replace=replace)
    if as_json:
        say_json({"rows": rows, "replaced": None if kept is None else str(kept)})
        return
    click.echo(f"{sum(rows.values())} rows restored, {rows['bookings']} of them bookings")


def _said(url: str) -> str | None:
    """Return the URL that was typed or piped in; None for `sqlite`, the installation's own file."""
    text = sys.stdin.readline().strip() if url == "-" else url
    return None if text == "sqlite" else _checked(text)


def _checked(text: str) -> str:
    from dispatch.adapters.storage.engine import database_url

    return database_url(text).render_as_string(hide_password=False)


def _free_name(data_dir: Path) -> Path:
    number = 1
    while (name := data_dir / f"before-restore-{number}.backup").exists():
        number += 1
    return name


@contextmanager
def _at_rest(data_dir: Path) -> Iterator[None]:
    """See that no `serve` and no `jobs` of *data_dir* is at work; neither starts its work inside.

    Raises ``Conflict`` when one is.  Servers of other machines are not seen.
    """
    from dispatch.jobs.lease import LOCK_FILE
    from dispatch.server import SERVE_LOCK

    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        for name in (SERVE_LOCK, LOCK_FILE):
            handle = os.open(data_dir / name, os.O_RDWR | os.O_CREAT, 0o600)
            held.callback(os.close, handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    f"`dispatch serve` or `dispatch jobs` is at work on {data_dir}; stop it first"
                ) from None
        yield
