"""The ``Store`` port on a database: transactions that happen whole or not at all.

Decides who may read and write when.  What is written is each noun's own module;
how each database is opened and locked is ``sqlite`` and ``postgres``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from weakref import finalize

from sqlalchemy import Connection, Engine, event

from dispatch.adapters.storage.access import AccessRows
from dispatch.adapters.storage.audit import AuditRows
from dispatch.adapters.storage.calibrations import CalibrationRows
from dispatch.adapters.storage.closures import ClosureRows
from dispatch.adapters.storage.dialect import POSTGRESQL, WRITING
from dispatch.adapters.storage.door_pins import DoorPinRows
from dispatch.adapters.storage.engine import memory_engine, open_engine
from dispatch.adapters.storage.failures import storage_errors
from dispatch.adapters.storage.migrate import migrate
from dispatch.adapters.storage.notices import NoticeRows
from dispatch.adapters.storage.orders import OrderRows
from dispatch.adapters.storage.parcels import ParcelRows
from dispatch.adapters.storage.postgres import FLUSHED_LATER, flush
from dispatch.adapters.storage.proofs import ProofRows
from dispatch.adapters.storage.remembered import RememberedTours
from dispatch.adapters.storage.retention import RetentionRows, scrub
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.settlement import SettlementRows
from dispatch.adapters.storage.shipments import ShipmentRows
from dispatch.adapters.storage.sqlite import is_shared
from dispatch.adapters.storage.tours import TourRows
from dispatch.adapters.storage.turn import Turn
from dispatch.adapters.storage.waves import WaveRows
from dispatch.adapters.storage.webhooks import WebhookRows
from dispatch.adapters.storage.wet_days import WetDayRows


class SqlTransaction(
    OrderRows,
    ShipmentRows,
    TourRows,
    DoorPinRows,
    WaveRows,
    AccessRows,
    CalibrationRows,
    ClosureRows,
    ParcelRows,
    ProofRows,
    SettlementRows,
    WebhookRows,
    NoticeRows,
    RetentionRows,
    AuditRows,
    WetDayRows,
):
    """One open transaction; every word of the ``Transaction`` port."""

    def __init__(self, connection: Connection, remembered: RememberedTours) -> None:
        super().__init__(connection, remembered)
        self._afterwards: list[Callable[[], None]] = []

    def once_committed(self, act: Callable[[], None]) -> None:
        """Do *act* when others can see what is written here; the disk may not have it yet."""
        self._afterwards.append(act)

    def committed(self) -> None:
        super().committed()
        for act in self._afterwards:
            act()


class SqlStore:
    """A ``Store`` on *engine*, whose database has our tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite would make a second writer poll until its turn, which is neither quick nor
        # fair: at 50 clients a lock halves the slowest answers.  PostgreSQL queues fairly, but
        # each one that waits there keeps a connection busy.  Other processes still wait in the
        # database, for as long.
        self._writer = Turn("the database")
        self._one_by_one = is_shared(engine)
        if not self._one_by_one:
            # A command that has done its work does not leave the server with open connections.
            finalize(self, engine.dispose)
        self._tours = remembered = RememberedTours()
        if engine.dialect.name == POSTGRESQL:
            # A server that died may have lost a commit that was not flushed yet, and its version
            # be written anew; whoever talks to it again had to connect again.
            event.listen(engine, "connect", lambda *_: remembered.forget())

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A consistent view; never waits for a writer.

        In memory there is only one connection, so there it does.  Raises ``Broken``
        when something inside writes.
        """
        with (
            self._writer if self._one_by_one else nullcontext(),
            self._connected(writing=False) as connection,
            self._transaction(connection) as tx,
        ):
            yield tx

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """The write lock from the first statement; commit on success, nothing on any error.

        What was written is on the disk when this ends.  Raises ``Busy`` when the lock
        stays taken for ten seconds, and ``StorageError`` when the disk may not have it.
        """
        with ExitStack() as turn:
            turn.enter_context(self._writer)
            with self._connected(writing=FLUSHED_LATER) as connection:
                with self._transaction(connection) as tx:
                    yield tx
                if not self._one_by_one:
                    turn.close()  # others write while the disk is waited for
                flush(connection)

    @contextmanager
    def _connected(self, *, writing: object) -> Iterator[Connection]:
        with storage_errors(reading=not writing), self._engine.connect() as connection:
            yield connection.execution_options(**{WRITING: writing})

    @contextmanager
    def _transaction(self, connection: Connection) -> Iterator[SqlTransaction]:
        transaction = SqlTransaction(connection, self._tours)
        with connection.begin():
            yield transaction
        transaction.committed()

    def scrub(self, *, thorough: bool) -> bool:
        """Overwrite what the files still hold of values that are gone: ``FiledStore``'s word."""
        with self._writer, storage_errors("cannot overwrite what was forgotten"):
            return scrub(self._engine, thorough=thorough)

    def close(self) -> None:
        """Let go of the database's files and connections."""
        self._engine.dispose()


def open_store(where: Path | str) -> SqlStore:
    """Open the store in a data directory or at a URL, its tables brought up to date.

    Raises ``StorageError`` when it cannot be opened, or is newer than this program.
    """
    engine = open_engine(where)
    migrate(engine)
    return SqlStore(engine)


def memory_store() -> SqlStore:
    """Return an empty store in memory, for tests and replays: gone with the process."""
    engine = memory_engine()
    with storage_errors():
        connection = engine.connect().execution_options(**{WRITING: True})
        with connection, connection.begin():
            metadata.create_all(connection, checkfirst=False)
    return SqlStore(engine)
