"""Every row of one database arrives in the other, and numbers are not given twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dispatch.adapters.storage.dialect import WRITING
from dispatch.adapters.storage.engine import open_engine
from dispatch.adapters.storage.migrate import migrate
from dispatch.adapters.storage.moving import copy_rows
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import Conflict
from tests.adapters.storage_samples import book, event
from tests.databases import KINDS, SQLITE, Server, all_rows, fill


@dataclass(frozen=True, slots=True)
class Move:
    source: Engine
    target: Engine


@pytest.fixture(params=KINDS)
def move(
    request: pytest.FixtureRequest, server: Callable[[], Server], tmp_path: Path
) -> Iterator[Move]:
    """From the one to the other: SQLite to PostgreSQL, and back."""
    with ExitStack() as opened:
        file = open_engine(tmp_path / "data")
        opened.callback(file.dispose)
        other = open_engine(opened.enter_context(server().fresh()))
        opened.callback(other.dispose)
        move = Move(file, other) if request.param == SQLITE else Move(other, file)
        migrate(move.source)
        yield move


def test_every_row_of_every_table_arrives(move: Move) -> None:
    fill(move.source, 3)
    expected = all_rows(move.source)
    assert {len(rows) for rows in expected.values()} == {3}
    assert copy_rows(move.source, move.target) == dict.fromkeys(metadata.tables, 3)
    assert all_rows(move.target) == expected


def test_a_position_that_was_given_and_purged_is_not_given_again(move: Move) -> None:
    with SqlStore(move.source).writing() as tx:
        book(tx)
        last = tx.add_event(event(1, 1)).position
        tx._connection.exec_driver_sql(f"DELETE FROM events WHERE position = {last}")
    copy_rows(move.source, move.target)
    with SqlStore(move.target).writing() as tx:
        assert tx.add_event(event(1, 1)).position == last + 1


def test_nothing_is_mixed_into_a_database_with_orders(move: Move) -> None:
    fill(move.source, 1)
    copy_rows(move.source, move.target)
    with pytest.raises(Conflict, match="not empty"):
        copy_rows(move.source, move.target)
    assert all_rows(move.target) == all_rows(move.source)


def test_a_copy_that_fails_half_way_leaves_nothing(move: Move) -> None:
    fill(move.source, 2)
    migrate(move.target)
    with move.target.connect().execution_options(**{WRITING: True}) as raw, raw.begin():
        raw.exec_driver_sql("DROP TABLE facts")
    with pytest.raises(Exception, match="facts"):
        copy_rows(move.source, move.target)
    with move.target.connect().execution_options(**{WRITING: True}) as raw, raw.begin():
        metadata.tables["facts"].create(raw)
    assert not any(all_rows(move.target).values())
