"""Shipments are found by whoever works on them; their log only grows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import Broken, NotFound, Stale
from dispatch.core.ids import MerchantId, ShipmentId, StorefrontId
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from tests.adapters.storage_samples import (
    BAKERY,
    MARKET,
    NOON,
    book,
    booking,
    event,
    minutes,
    quote,
    shipment,
)


@pytest.fixture
def store(store: SqlStore) -> SqlStore:
    """One order is booked."""
    with store.writing() as tx:
        book(tx)
    return store


def test_a_shipment_is_written_over_not_twice(store: SqlStore) -> None:
    ready = shipment().becomes(State.READY, NOON)
    with store.writing() as tx:
        tx.put_shipment(ready)
        assert tx.shipments_of("b1") == (ready,)
        with pytest.raises(NotFound, match="no shipment s9"):
            tx.shipment("s9")


def test_shipments_are_moved_together_unless_one_has_moved_since(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx, 2)
        seen = tx.shipments({ShipmentId("s1"), ShipmentId("s2"), ShipmentId("s9")})
        assert seen == (shipment(1), shipment(2))
        moved = [(one.becomes(State.ASSIGNED, NOON), one.seq) for one in seen]
        tx.put_shipment(shipment(2).packed(NOON))
        tx.move_shipments(moved)
        assert tx.shipment("s2") == replace(moved[1][0], prepared_at=NOON)
    again = [(one.becomes(State.TO_PICKUP, NOON), one.seq) for one, _ in moved]
    late = (again[1][0], 0)
    with pytest.raises(Stale), store.writing() as tx:
        tx.move_shipments([again[0], late])
    with store.reading() as tx:
        assert [tx.shipment(name).state for name in ("s1", "s2")] == [State.ASSIGNED] * 2


def test_shipments_of_a_booking_keep_the_order_of_writing(store: SqlStore) -> None:
    second = replace(shipment(), shipment_id=ShipmentId("a-later-one"))
    with store.writing() as tx:
        tx.put_shipment(second)
        tx.put_shipment(shipment().becomes(State.READY, NOON))
        assert [s.shipment_id for s in tx.shipments_of("b1")] == ["s1", "a-later-one"]


@pytest.mark.parametrize(
    ("state", "mode", "to_do"),
    [
        (State.BOOKED, Mode.EXPRESS, True),
        (State.AT_PICKUP, Mode.EXPRESS, True),
        (State.HELD_FOR_PICKUP, Mode.EXPRESS, True),
        (State.RETURNING, Mode.EXPRESS, True),
        (State.PICKED_UP, Mode.EXPRESS, False),
        (State.TO_DROPOFF, Mode.STANDARD, False),
        (State.TO_DROPOFF, Mode.MERCHANT, True),
    ],
)
def test_a_merchant_sees_what_is_still_its_to_do(
    store: SqlStore, state: State, mode: Mode, to_do: bool
) -> None:
    with store.writing() as tx:
        tx.put_shipment(shipment(state=state, mode=mode))
        assert len(tx.merchant_shipments(BAKERY, NOON)) == to_do


def test_a_merchant_sees_what_ended_after_the_moment_asked_and_nobody_elses(
    store: SqlStore,
) -> None:
    ended = replace(shipment(state=State.DELIVERED), ended_at=NOON)
    with store.writing() as tx:
        tx.put_shipment(ended)
        assert tx.merchant_shipments(BAKERY, NOON - minutes(1)) == (ended,)
        assert tx.merchant_shipments(BAKERY, NOON) == ()
        assert tx.merchant_shipments(MerchantId("fishmonger"), NOON - minutes(1)) == ()


def test_an_event_happens_once(store: SqlStore) -> None:
    twice = r"UNIQUE constraint failed: events\.shipment_id|uq_events_shipment_id_seq$"
    with pytest.raises(Broken, match=twice), store.writing() as tx:
        tx.add_event(event())


def test_the_log_is_read_on_from_where_one_stopped(store: SqlStore) -> None:
    with store.writing() as tx:
        ready = tx.add_event(event(1, 1, State.READY))
        gone = tx.add_event(event(1, 2, State.ASSIGNED))
        assert [e.seq for e in tx.events_of("s1")] == [0, 1, 2]
        assert tx.events_after(0, 2, MARKET)[-1] == ready
        assert tx.events_after(ready.position, 10, MARKET) == (gone,)
        assert tx.events_after(gone.position, 10, MARKET) == ()


def test_a_storefront_reads_its_own_log_only(store: SqlStore) -> None:
    fair = StorefrontId("fair")
    with store.writing() as tx:
        tx.add_quote(replace(quote(2), storefront_id=fair))
        tx.add_booking(replace(booking(2), storefront_id=fair))
        tx.put_shipment(replace(shipment(2), storefront_id=fair))
        tx.add_event(event(2))
        assert [e.shipment_id for e in tx.events_after(0, 10, MARKET)] == ["s1"]
        assert [e.shipment_id for e in tx.events_after(0, 10, fair)] == ["s2"]


def test_a_position_is_never_given_twice_even_when_the_last_event_is_purged(
    store: SqlStore,
) -> None:
    with store.writing() as tx:
        last = tx.add_event(event(1, 1, State.READY))
        tx._connection.exec_driver_sql(f"DELETE FROM events WHERE position = {last.position}")
        assert tx.add_event(event(1, 2, State.ASSIGNED)).position == last.position + 1
