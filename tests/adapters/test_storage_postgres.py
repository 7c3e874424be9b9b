"""What only PostgreSQL can do to us: restart, hang, forget, speak French."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from sqlalchemy import Connection, Dialect, Engine, select
from sqlalchemy.dialects import postgresql, sqlite  # noqa: TID251  # to read what each is told

from dispatch.adapters.storage import postgres
from dispatch.adapters.storage import store as storage
from dispatch.adapters.storage.dialect import by_code_point
from dispatch.adapters.storage.engine import open_engine
from dispatch.adapters.storage.schema import tours
from dispatch.adapters.storage.store import SqlStore, open_store
from dispatch.core.errors import Busy, Invalid, NotFound, StorageError
from tests.adapters.storage_samples import DAY, book, booking, wave
from tests.databases import Server, own_cluster, text_of
from tests.installation import wait_for


@pytest.fixture
def url(server: Callable[[], Server]) -> Iterator[str]:
    with server().fresh() as url:
        yield url


@pytest.fixture
def pair(url: str) -> Iterator[tuple[SqlStore, SqlStore]]:
    """Two stores on one database, as two processes have them."""
    both = open_store(url), open_store(url)
    yield both
    for store in both:
        store.close()


def said_to_session(store: SqlStore, statement: str) -> None:
    """Say *statement* to the one connection of *store*, which keeps it."""
    with store._engine.connect() as connection:
        connection.exec_driver_sql(statement)
        connection.commit()


def test_a_killed_server_is_out_of_reach_and_back_with_all_it_acknowledged() -> None:
    with own_cluster() as cluster:
        store = open_store(text_of(cluster.url()))
        with store.writing() as tx:
            book(tx)
        with pytest.raises(StorageError), store.writing() as tx:
            book(tx, 2)
            cluster.end(signal.SIGQUIT)  # at once, as after a power cut
        with pytest.raises(StorageError, match="connection"), store.reading() as tx:
            tx.bookings(DAY)
        cluster.start()
        with store.writing() as tx:
            assert tx.bookings(DAY) == (booking(),)
            book(tx, 2)
        store.close()


def test_a_connection_that_lay_idle_while_the_server_was_started_again_is_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "IDLE_UNASKED_S", 0.0)
    with own_cluster() as cluster:
        store = open_store(text_of(cluster.url()))
        with store.writing() as tx:
            book(tx)
        cluster.end(signal.SIGINT)
        cluster.start()
        with store.reading() as tx:
            assert tx.bookings(DAY) == (booking(),)
        store.close()


def test_who_writes_at_the_same_time_waits_for_a_slow_disk_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight have given the lock back before any of them waits for the disk, of 100 ms here."""
    met = Barrier(8)

    def together(connection: Connection) -> None:
        met.wait(30)
        postgres.flush(connection)

    monkeypatch.setattr(storage, "flush", together)
    with own_cluster(durable=True) as cluster:
        url = text_of(cluster.url())
        with psycopg.connect(url, autocommit=True) as admin:
            for name, value in (("commit_delay", 100_000), ("commit_siblings", 0)):
                admin.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
            admin.execute("SELECT pg_reload_conf()")
            open_store(url).close()
            before = synced(admin)
            store = open_store(url)

            def order(n: int) -> None:
                with store.writing() as tx:
                    book(tx, n)

            with ThreadPoolExecutor(8) as threads:
                list(threads.map(order, range(8)))
            store.close()  # a session tells what it did when it ends
            assert 0 < synced(admin) - before < 8
            assert admin.execute("SELECT count(*) FROM bookings").fetchone() == (8,)


def synced(admin: psycopg.Connection) -> int:
    """How often sessions synced the server's log to the disk, once all but *admin* are over."""
    others = b"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dispatch'"
    wait_for(lambda: admin.execute(others).fetchone() == (0,), "the end of all sessions")
    if admin.info.server_version >= 180_000:
        query = b"SELECT coalesce(sum(fsyncs), 0)::int FROM pg_stat_io"
        query += b" WHERE object = 'wal' AND backend_type = 'client backend'"
    else:
        query = b"SELECT wal_sync::int FROM pg_stat_wal"
    found = admin.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def test_a_writer_that_waits_too_long_says_that_the_database_is_busy(
    pair: tuple[SqlStore, SqlStore],
) -> None:
    first, second = pair
    said_to_session(second, "SET lock_timeout = '50ms'")
    told = "the database stayed busy for 10 s"
    with first.writing(), pytest.raises(Busy, match=told), second.writing():
        pass
    with second.writing() as tx:
        tx.put_wave(wave())


def test_a_writer_that_hangs_loses_the_lock_and_its_work(pair: tuple[SqlStore, SqlStore]) -> None:
    first, second = pair
    said_to_session(first, "SET idle_in_transaction_session_timeout = '50ms'")
    with pytest.raises(StorageError), first.writing() as hung:
        hung.put_wave(wave(1))
        with second.writing() as tx:  # waits until the server has ended the first
            tx.put_wave(wave(2))
    with second.reading() as tx:
        assert tx.waves(DAY) == (wave(2),)


def test_limits_of_time_are_set_in_every_connection(url: str) -> None:
    engine = open_engine(url)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            found = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
            assert found == ["10s", "30s", "1min"]
    engine.dispose()


def test_a_forgetful_server_is_told_to_remember_what_was_acknowledged(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        try:
            assert set_by(url, "synchronous_commit") == "on"
            admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
            assert set_by(url, "synchronous_commit") == "remote_apply"
        finally:
            admin.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


def set_by(url: str, name: str) -> str:
    engine: Engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
    engine.dispose()
    return str(found)


def test_a_database_that_cannot_hold_every_name_is_refused(server: Callable[[], Server]) -> None:
    latin = server().bare(encoding="LATIN1")
    with pytest.raises(Invalid, match=r"ENCODING 'UTF8'"):
        open_engine(latin)


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Invalid, match=r"pip install 'tournees\[postgres\]'"):
        open_engine("postgresql://db/town")


def test_a_server_that_does_not_let_us_in_is_one_line_without_the_password() -> None:
    with pytest.raises(StorageError, match=r"cannot open the database town: .*127\.0") as caught:
        open_engine("postgresql://odile:secret@127.0.0.1:1/town")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("odd", ["\0", "b1\0", "\udc80"])
def test_an_id_that_no_database_can_hold_names_nothing(store: SqlStore, odd: str) -> None:
    with store.writing() as tx:
        book(tx)
    with store.reading() as tx:
        for look in (tx.quote, tx.booking, tx.shipment, tx.tour, tx.wave, tx.booking_by_token):
            with pytest.raises(NotFound):
                look(odd)
        assert tx.booking("b1") == booking()


def test_tours_are_in_one_order_whatever_language_a_server_speaks() -> None:
    query = select(tours.c.tour_id).order_by(by_code_point(tours.c.tour_id))
    dialects: dict[Dialect, str] = {
        postgresql.dialect(): 'ORDER BY tours.tour_id COLLATE "C"',  # type: ignore[no-untyped-call]
        sqlite.dialect(): "ORDER BY tours.tour_id",
    }
    for dialect, ending in dialects.items():
        assert str(query.compile(dialect=dialect)).endswith(ending)


def test_rollback_leaves_the_lock_free(pair: tuple[SqlStore, SqlStore]) -> None:
    first, second = pair
    with pytest.raises(ZeroDivisionError), first.writing() as tx:
        tx.put_wave(wave())
        raise ZeroDivisionError
    with second.writing() as tx:
        assert tx.waves(DAY) == ()
