"""Many at once: threads, stores and processes on one database, and one that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dispatch.adapters.storage.store import SqlStore, memory_store
from dispatch.core.errors import NotFound
from dispatch.core.ids import BookingId, QuoteId, WaveId
from tests.adapters.storage_samples import MARKET, NOON, booking, minutes, quote, tour, wave

EIGHT = range(8)

#: Books orders 1 to 3, says so after each, and is never done with the fourth.
BOOK_AND_HANG = """
import sys, time
from dispatch.adapters.storage.store import open_store
from tests.adapters.storage_samples import book
store = open_store(sys.argv[1])
for n in (1, 2, 3):
    with store.writing() as tx:
        book(tx, n)
    print(n, flush=True)
with store.writing() as tx:
    book(tx, 4)
    print("inside", flush=True)
    time.sleep(60)
"""


Opener = Callable[[], SqlStore]


def all_at_once(act: Callable[[SqlStore, int], object], opener: Opener) -> list[object]:
    """Run *act* in eight threads, half on one store and half on another, as two processes would."""
    return in_eight_threads(act, [opener(), opener()])


def in_eight_threads(
    act: Callable[[SqlStore, int], object], stores: Sequence[SqlStore]
) -> list[object]:
    """Return what *act* answered in each thread, or raised; thread *n* gets a store in turn."""
    gate = threading.Barrier(len(EIGHT))
    answers: list[object] = []

    def run(n: int) -> None:
        gate.wait(10)
        try:
            answers.append(act(stores[n % len(stores)], n))
        except Exception as error:
            answers.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in EIGHT]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_eight_threads_book_one_quote_and_one_wins(open_database: Opener) -> None:
    with open_database().writing() as tx:
        tx.add_quote(quote())

    def use(store: SqlStore, n: int) -> bool:
        with store.writing() as tx:
            return tx.use_quote(QuoteId("q1"), BookingId(f"b{n}"))

    assert sorted(map(str, all_at_once(use, open_database))) == ["False"] * 7 + ["True"]


def test_eight_threads_take_one_wave_and_one_has_it(open_database: Opener) -> None:
    with open_database().writing() as tx:
        tx.ensure_wave(wave())

    def take(store: SqlStore, n: int) -> bool:
        with store.writing() as tx:
            return tx.claim_wave(WaveId("w1"), NOON, NOON + minutes(n + 1))

    assert sorted(map(str, all_at_once(take, open_database))) == ["False"] * 7 + ["True"]


def test_eight_equal_calls_make_one_booking_and_all_get_it(open_database: Opener) -> None:
    with open_database().writing() as tx:
        tx.add_quote(quote())

    def call(store: SqlStore, n: int) -> str:
        with store.writing() as tx:
            if made := tx.claim_key(MARKET, "k", "body", BookingId("b1"), NOON):
                return made
            tx.add_booking(booking())
            return "new"

    assert sorted(map(str, all_at_once(call, open_database))) == ["b1"] * 7 + ["new"]


def test_eight_threads_change_one_tour_and_no_change_is_lost(open_database: Opener) -> None:
    with open_database().writing() as tx:
        tx.put_tour(tour())

    def change(store: SqlStore, n: int) -> int:
        with store.writing() as tx:
            return tx.put_tour(tx.tour("t1")).version

    assert sorted(map(str, all_at_once(change, open_database))) == list("23456789")


def test_eight_threads_share_a_store_in_memory() -> None:
    def write_and_read(store: SqlStore, n: int) -> str:
        for k in range(5):
            with store.writing() as tx:
                tx.put_wave(wave(10 * n + k))
            with store.reading() as tx:
                tx.wave(f"w{10 * n + k}")
        return "fine"

    assert in_eight_threads(write_and_read, [memory_store()]) == ["fine"] * 8


def test_a_killed_writer_loses_nothing_it_said_and_leaves_nothing_half_done(
    database: Path | str, open_database: Opener
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BOOK_AND_HANG, str(database)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(4)]
        process.send_signal(signal.SIGKILL)
    assert said == ["1", "2", "3", "inside"]
    with open_database().writing() as tx:  # its lock died with it
        for n in (1, 2, 3):
            assert tx.booking(f"b{n}") == booking(n)
            assert len(tx.events_of(f"s{n}")) == 1
        for read in (lambda: tx.quote("q4"), lambda: tx.booking("b4"), lambda: tx.shipment("s4")):
            with pytest.raises(NotFound):
                read()
        if isinstance(database, Path):
            assert tx._connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
