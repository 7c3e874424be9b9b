"""For every room: an empty store on each of the two databases, and no stopwatch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from dispatch.adapters.storage.store import SqlStore, open_store
from tests.databases import KINDS, SQLITE, Server, a_server, fresh_store

# How long an example takes says how busy the machine is; speed is claimed in benchmarks/.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Whatever the developer's shell works on, tests do not.
os.environ.pop("DISPATCH_DATABASE_URL", None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the whole run; the first test that asks starts it."""
    with a_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database: the test runs once on each."""
    found: str = request.param
    return found


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Callable[[], Server]:
    """The PostgreSQL server, started only when it is called for (or skipped, where none is)."""

    def get() -> Server:
        found: Server = request.getfixturevalue("postgres")
        return found

    return get


@pytest.fixture
def store(kind: str, server: Callable[[], Server]) -> Iterator[SqlStore]:
    """An empty store: in memory, and on PostgreSQL."""
    with fresh_store(kind, server) as store:
        yield store


@pytest.fixture
def database(kind: str, server: Callable[[], Server], tmp_path: Path) -> Iterator[Path | str]:
    """What ``open_store`` takes to open an empty database: a folder, and a PostgreSQL URL."""
    if kind == SQLITE:
        yield tmp_path / "data"
    else:
        with server().fresh() as url:
            yield url


@pytest.fixture
def open_database(database: Path | str) -> Iterator[Callable[[], SqlStore]]:
    """Opens the test's database, each time anew; all are closed behind the test."""
    with ExitStack() as opened:

        def opener() -> SqlStore:
            store = open_store(database)
            opened.callback(store.close)
            return store

        yield opener
