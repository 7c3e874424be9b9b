"""The shop's outbox: every paid order, written down before anybody is called.

A file of SQLite, which keeps what it has said to keep when the power goes.  Decides
nothing about an order; refuses to write over what another process has written since.
Several processes may share it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from dispatch.client.errors import NotDecided
from dispatch.client.terms import Difference, Terms, nearest
from dispatch.client.words import Booked, Booking, Json, Pending, Quote, Why

BOOKED: Final = "booked"

_PATIENCE_S: Final = 10.0
_SCHEMA: Final = """
create table if not exists orders (
    ref text primary key, state text not null, due_s real not null,
    version integer not null, doc text not null);
create index if not exists orders_by_state on orders (state, due_s);
create table if not exists cursors (name text primary key, position integer not null);
"""


class Moved(NotDecided):
    """Another process wrote this order since it was read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One paid order.

    asked    : the quote and option first paid for: tells this order from another
    key      : the ``Idempotency-Key`` of the call that is to be made, or was made
    tried    : every quote that a call was made with
    basket, customer : bodies to send; empty once they are of no more use, as they name somebody
    paid     : what the customer paid for
    agreed   : what somebody said yes to since; else as ``paid``
    taken    : the terms of the option that is to be booked
    fresh    : the quote that somebody must choose from; None: nobody must
    """

    ref: str
    asked: str
    key: str
    quote_id: str
    option_id: str
    tried: tuple[str, ...]
    basket: Json
    customer: Json
    paid: Terms
    agreed: Terms
    taken: Terms
    state: str = Why.WAITING
    due_s: float = 0.0
    tries: int = 0
    error: str = ""
    fresh: Json | None = None
    booking: Json | None = None
    version: int = 0

    def told(self) -> Booked | Pending:
        """Return where this order is, as the shop reads it."""
        if self.state == BOOKED and self.booking is not None:
            change = None if self.paid == self.taken else Difference(self.paid, self.taken)
            return Booked(self.ref, Booking.of(self.booking), change)
        quote = change = None
        if self.fresh is not None:
            quote = Quote.of(self.fresh)
            stands = nearest(self.agreed, quote)
            change = Difference(self.paid, None if stands is None else Terms.of(stands))
        return Pending(
            external_ref=self.ref,
            why=Why(self.state),
            tries=self.tries,
            due_s=self.due_s,
            error=self.error,
            quote=quote,
            difference=change,
        )

    def forgetting(self) -> Row:
        """Return it without anybody's name, address or number."""
        return replace(self, basket={}, customer={}, fresh=None)


class Outbox:
    """The file at *path*, made when it is missing, for its owner's eyes only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with self._open() as db:
            db.execute("pragma journal_mode=wal")
            db.executescript(_SCHEMA)

    def add(self, row: Row) -> Row:
        """Write *row* and return it; when there is one under its reference, return that one."""
        with self._open() as db:
            db.execute(
                "insert or ignore into orders values (?, ?, ?, 0, ?)",
                (row.ref, row.state, row.due_s, _text(row)),
            )
            return _found(db, row.ref) or row

    def get(self, ref: str) -> Row | None:
        with self._open() as db:
            return _found(db, ref)

    def put(self, row: Row) -> Row:
        """Write *row* over the version it was read at and return it as it is now.

        Raises ``Moved`` when that is not the version that is there.
        """
        new = replace(row, version=row.version + 1)
        with self._open() as db:
            done = db.execute(
                "update orders set state=?, due_s=?, version=?, doc=? where ref=? and version=?",
                (new.state, new.due_s, new.version, _text(new), row.ref, row.version),
            )
            if done.rowcount != 1:
                raise Moved(row.ref)
        return new

    def due(self, now_s: float, limit: int) -> list[Row]:
        """Return what is to be sent by *now_s*, the longest due first."""
        with self._open() as db:
            found = db.execute(
                "select version, doc from orders where state=? and due_s<=? "
                "order by due_s, ref limit ?",
                (Why.WAITING.value, now_s, limit),
            )
            return [_row(*one) for one in found]

    def not_booked(self) -> list[Row]:
        """Return every order that is neither booked nor withdrawn, by reference."""
        with self._open() as db:
            found = db.execute(
                "select version, doc from orders where state not in (?, ?) order by ref",
                (BOOKED, Why.WITHDRAWN.value),
            )
            return [_row(*one) for one in found]

    def cursor(self, name: str) -> int:
        """Return the position kept under *name*; 0 when none is."""
        with self._open() as db:
            found = db.execute("select position from cursors where name=?", (name,)).fetchone()
            return 0 if found is None else int(found[0])

    def move_cursor(self, name: str, position: int) -> None:
        """Keep *position*, unless another process is further on already."""
        with self._open() as db:
            db.execute(
                "insert into cursors values (?, ?) on conflict (name) do update "
                "set position=max(position, excluded.position)",
                (name, position),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # One each time: a connection belongs to its thread, and must not be shared by forks.
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE_S)) as db:
            # Kept means on the disk, not only with the system.
            db.execute("pragma synchronous=full")
            with db:
                yield db


def _text(row: Row) -> str:
    return json.dumps(asdict(row), ensure_ascii=False)


def _row(version: int, text: str) -> Row:
    told = json.loads(text)
    for name in ("paid", "agreed", "taken"):
        told[name] = Terms(**told[name])
    told["tried"] = tuple(told["tried"])
    return replace(Row(**told), version=version)


def _found(db: sqlite3.Connection, ref: str) -> Row | None:
    found = db.execute("select version, doc from orders where ref=?", (ref,)).fetchone()
    return None if found is None else _row(*found)
