"""Parcels, labels and handovers are found by whoever has to do something about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.ids import ShipmentId
from dispatch.orders.collecting import Handover
from dispatch.orders.parcels import Parcel
from dispatch.orders.shipments import EventType, State
from dispatch.slots.service_levels import Mode
from tests.adapters.storage_samples import NOON, book, event, minutes, shipment


@pytest.fixture
def store(store: SqlStore) -> SqlStore:
    """Four orders are packed: two to be posted, one to be collected, one for a courier."""
    with store.writing() as tx:
        for n, mode in enumerate(
            (Mode.STANDARD, Mode.STANDARD, Mode.COLLECT, Mode.EXPRESS), start=1
        ):
            book(tx, n)
            tx.put_shipment(shipment(n, State.READY, mode))
    return store


def parcel(n: int, **changes: object) -> Parcel:
    new = Parcel(ShipmentId(f"s{n}"), NOON, NOON + minutes(n))
    return replace(new, **changes)  # type: ignore[arg-type]


def test_what_was_never_asked_for_is_asked_for_before_what_was_refused(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.put_parcel(parcel(1, tries=1, trouble="carrier_refused"))
        later = NOON + minutes(1)
        assert [s.shipment_id for s in tx.shipments_to_label(NOON, 9)] == ["s2"]
        assert [s.shipment_id for s in tx.shipments_to_label(later, 9)] == ["s2", "s1"]
        assert [s.shipment_id for s in tx.shipments_to_label(later, 1)] == ["s2"]


def test_a_labelled_parcel_is_followed_when_it_is_due_those_that_wait_longest_first(
    store: SqlStore,
) -> None:
    with store.writing() as tx:
        tx.put_parcel(parcel(2, tracking_number="6A00000000002"))
        tx.put_parcel(parcel(1, tracking_number="6A00000000001"))
        assert tx.shipments_to_label(NOON + minutes(9), 9) == ()
        assert tx.parcels_to_follow(NOON, 9) == ()
        due = tx.parcels_to_follow(NOON + minutes(2), 9)
        assert [one.shipment_id for one in due] == ["s1", "s2"]
        tx.put_parcel(parcel(1, tracking_number="6A00000000001", next_at=None))
        assert len(tx.parcels_to_follow(NOON + minutes(9), 9)) == 1


def test_a_parcel_is_under_way_until_its_shipment_has_ended(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.put_parcel(parcel(1))
        assert tx.parcels_under_way() == (parcel(1),)
        tx.put_shipment(replace(shipment(1, State.DELIVERED), ended_at=NOON))
        assert tx.parcels_under_way() == ()


def test_a_label_is_kept_byte_by_byte_and_the_last_one_counts(store: SqlStore) -> None:
    with store.writing() as tx:
        assert tx.label("s1") is None
        tx.put_label("s1", b"first", NOON)
        tx.put_label("s1", bytes(range(256)), NOON)
        assert tx.label("s1") == bytes(range(256))


def test_only_what_a_customer_comes_for_waits_at_the_counter(store: SqlStore) -> None:
    with store.reading() as tx:
        assert [one.shipment_id for one in tx.waiting_at_counters()] == ["s3"]
    with store.writing() as tx:
        tx.put_shipment(shipment(1, State.HELD_FOR_PICKUP, Mode.STANDARD))  # at the post office
        tx.put_shipment(shipment(4, State.HELD_FOR_PICKUP, Mode.EXPRESS))
        assert [one.shipment_id for one in tx.waiting_at_counters()] == ["s3", "s4"]


def test_a_handover_is_written_over_not_twice(store: SqlStore) -> None:
    first = Handover(ShipmentId("s3"), wrong_codes=2)
    with store.writing() as tx:
        assert tx.handover("s3") is None
        tx.put_handover(first)
        tx.put_handover(first.handed_to("Odile"))
        assert tx.handover("s3") == Handover(ShipmentId("s3"), received_by="Odile")


def test_a_settlement_reads_what_it_asks_for_and_the_end_is_not_in_it(store: SqlStore) -> None:
    with store.writing() as tx:
        for seq, (kind, at) in enumerate(
            (
                (EventType.COMPLETED, NOON),
                (EventType.REMINDED, NOON),
                (EventType.CORRECTED, NOON + minutes(1)),
            ),
            start=1,
        ):
            tx.add_event(replace(event(1, seq), type=kind, at_server=at, data={"lines": []}))
        found = tx.settlement_events(NOON, NOON + minutes(1))
        assert [one.type for one in found] == [EventType.COMPLETED]
        assert len(tx.settlement_events(NOON, NOON + minutes(2))) == 2
