"""A transaction happens whole or not at all; a database out of reach says so in one line."""

from __future__ import annotations

import re
import sqlite3
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.adapters.storage import turn as turn_module
from dispatch.adapters.storage.engine import DATABASE_FILE, open_engine
from dispatch.adapters.storage.store import SqlStore, memory_store, open_store
from dispatch.core.errors import Broken, Busy, Invalid, NotFound, StorageError
from dispatch.operations.ports import Store, Transaction
from tests.adapters.storage_samples import DAY, book, booking, quote, shipment, tour, wave


@pytest.fixture
def store(open_database: Callable[[], SqlStore]) -> SqlStore:
    """A file, not memory: there, readers do wait."""
    return open_database()


def test_the_store_has_every_word_of_the_port() -> None:
    store: Store = memory_store()
    with store.reading() as tx:
        words: Transaction = tx
        assert words.bookings(DAY) == ()


def test_an_error_inside_leaves_no_trace(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        book(tx)
        raise ZeroDivisionError
    with store.reading() as tx, pytest.raises(NotFound):
        tx.quote("q1")
    with store.writing() as tx:
        book(tx)  # not even an id is taken


def test_a_shipment_of_no_booking_is_refused_at_commit_and_the_store_goes_on(
    store: SqlStore,
) -> None:
    told = r"FOREIGN KEY constraint failed|fk_shipments_booking_id$"
    with pytest.raises(Broken, match=told), store.writing() as tx:
        tx.put_shipment(shipment())
    with store.writing() as tx:
        book(tx)
        assert tx.shipments_of("b1") == (shipment(),)


def test_rows_may_be_written_in_any_order_within_a_transaction(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.put_shipment(shipment())
        tx.add_booking(booking())
        tx.add_quote(quote())
    with store.reading() as tx:
        assert tx.shipment("s1") == shipment()


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_of_its_work(
    store: SqlStore,
) -> None:
    with store.writing() as writer:
        book(writer)
        with store.reading() as reader:  # the same thread: waiting would be for ever
            assert reader.bookings(DAY) == ()
    with store.reading() as reader:
        assert len(reader.bookings(DAY)) == 1


def test_a_reader_sees_one_moment_throughout(store: SqlStore) -> None:
    with store.reading() as reader:
        assert reader.tours(DAY) == ()
        with store.writing() as writer:
            writer.put_tour(tour())
        assert reader.tours(DAY) == ()


def test_a_reader_that_writes_is_told(store: SqlStore) -> None:
    told = "a reading transaction tried to write"
    for each in (store, memory_store()):
        with pytest.raises(Broken, match=told), each.reading() as tx:
            tx.put_wave(wave())
        with each.writing() as tx:
            tx.put_wave(wave())


def test_what_waits_for_a_commit_is_done_once_others_see_it_and_not_at_all_without_one(
    store: SqlStore,
) -> None:
    seen: list[int] = []

    def look() -> None:
        with store.reading() as reader:
            seen.append(len(reader.bookings(DAY)))

    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        tx.once_committed(look)
        raise ZeroDivisionError
    with store.writing() as tx:
        tx.once_committed(look)
        book(tx)
        assert seen == []
    assert seen == [1]


def test_a_writer_inside_a_writer_is_told_instead_of_waiting_for_itself(store: SqlStore) -> None:
    told = "this thread has the database already"
    with store.writing(), pytest.raises(Broken, match=told), store.writing():
        pass
    with store.writing() as tx:
        tx.put_wave(wave())


def test_a_writer_gives_up_when_its_turn_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_module, "PATIENCE_S", 0.01)
    turn, taken, over = turn_module.Turn("the database"), threading.Event(), threading.Event()

    def hold() -> None:
        with turn:
            taken.set()
            over.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(60)
    with pytest.raises(Busy, match=r"busy for 0\.01 s"), turn:
        pass
    over.set()
    holder.join()


def test_what_was_written_is_there_when_the_store_is_opened_again(
    open_database: Callable[[], SqlStore],
) -> None:
    first = open_database()
    with first.writing() as tx:
        book(tx)
    first.close()
    with open_database().reading() as tx:
        assert tx.booking("b1") == booking()


def test_a_data_directory_is_made_on_the_way(tmp_path: Path) -> None:
    open_store(tmp_path / "made" / "on the way").close()
    assert (tmp_path / "made" / "on the way" / DATABASE_FILE).exists()


def test_two_stores_in_memory_know_nothing_of_each_other() -> None:
    with memory_store().writing() as tx:
        book(tx)
    with memory_store().reading() as tx:
        assert tx.bookings(DAY) == ()


def test_a_url_opens_the_same_file_as_its_directory(tmp_path: Path) -> None:
    with open_store(tmp_path).writing() as tx:
        book(tx)
    with open_store(f"sqlite:///{tmp_path / DATABASE_FILE}").reading() as tx:
        assert tx.booking("b1") == booking()


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    odd = tmp_path / "50 % d'été ? #1"
    with open_store(odd).writing() as tx:
        book(tx)
    assert (odd / DATABASE_FILE).exists()


def test_a_commit_is_on_the_disk_before_it_is_answered(tmp_path: Path) -> None:
    with open_store(tmp_path).writing() as tx:
        settings = [
            tx._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    full = 2
    assert settings == ["wal", full, 1, 10_000]


def test_personal_data_is_nobody_elses_to_read(tmp_path: Path) -> None:
    open_store(tmp_path / "data")
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"cannot make the data directory .*/data: Not a dir"):
        open_engine(tmp_path / "file" / "data")


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).mkdir()
    with pytest.raises(StorageError, match=f"{DATABASE_FILE}: unable to open database file"):
        open_engine(tmp_path)


def test_a_file_that_is_not_a_database_is_named(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_text("a shopping list, longer than a header\n" * 100)
    with pytest.raises(StorageError, match=f"{DATABASE_FILE}: file is not a database") as caught:
        open_engine(tmp_path)
    assert caught.value.code == "storage_unavailable"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://odile:secret@db/x", "mysql is not served; write postgresql://"),
        ("odile:secret@://", "not a database URL; write postgresql://"),
    ],
)
def test_a_database_we_do_not_serve_is_refused(url: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        open_engine(url)
    assert caught.value.field == "database"
    assert "secret" not in str(caught.value)


def test_a_damaged_database_is_out_of_reach_not_a_stack_trace(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE_FILE) as raw:
        raw.execute("DROP TABLE waves")
    raw.close()
    store = open_store(tmp_path)
    with pytest.raises(StorageError, match="no such table: waves"), store.reading() as tx:
        tx.waves(DAY)


def test_the_words_a_column_knows_are_checked_by_the_database(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.put_wave(wave())
    told = r"CHECK constraint failed: ck_waves_state|CheckViolation \(23514\) ck_waves_state$"
    with pytest.raises(Broken, match=told), store.writing() as tx:
        tx._connection.exec_driver_sql("UPDATE waves SET state = 'asleep'")


def test_an_error_shows_no_personal_data(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx)
    with pytest.raises(Broken) as caught, store.writing() as tx:
        tx.put_booking(replace(booking(), customer=replace(booking().customer, name=None)))  # type: ignore[arg-type]
    told = "".join(traceback.format_exception(caught.value))
    assert re.search("NOT NULL.*customer_name|NotNullViolation.*customer_name", told)
    assert "+335" not in told  # PostgreSQL repeats the whole row in its message
    assert "in put_booking" in told


def test_a_file_that_another_process_keeps_locked_is_busy(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    engine = open_engine(tmp_path)
    store = SqlStore(engine)
    with store.reading() as tx:
        tx._connection.exec_driver_sql("PRAGMA busy_timeout = 10")  # the pool keeps this one
    other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="busy for 10 s"), store.writing():
        pass
    other.close()
    with store.writing() as tx:
        tx.put_wave(wave())
