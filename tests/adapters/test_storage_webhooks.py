"""The outbox: what happens is written down for whoever is to be told, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import NotFound
from dispatch.core.ids import BookingId, ShipmentId, StorefrontId
from dispatch.operations.ports import Transaction
from dispatch.operations.webhooks import Backlog, Delivery, DeliveryState, Endpoint
from dispatch.orders.shipments import EventType, State
from tests.adapters.storage_samples import MARKET, NOON, book, event, minutes, shipment

FAIR = StorefrontId("fair")


def endpoint(n: int = 1, *types: EventType, whose: StorefrontId = MARKET) -> Endpoint:
    return Endpoint(f"wh_{n}", whose, f"https://shop.example/{n}", types, NOON, "0123abcd")


def due(tx: Transaction, n: int = 1, later: timedelta = timedelta()) -> int | None:
    """The position of what endpoint *n* is to be told next."""
    found = tx.next_delivery(f"wh_{n}", NOON + later)
    return None if found is None else found.position


def test_an_endpoint_comes_back_as_it_was(store: SqlStore) -> None:
    made = replace(
        endpoint(1, EventType.STATE, EventType.COMPLETED), old_until=NOON, arrived_at=NOON
    )
    with store.writing() as tx:
        tx.add_endpoint(made)
        tx.add_endpoint(endpoint(2))
        assert tx.endpoint("wh_1") == made
        assert tx.endpoints() == [made, endpoint(2)]
        tx.put_endpoint(replace(made, secret_version=2))
        assert tx.endpoint("wh_1").secret_version == 2
        tx.remove_endpoint("wh_1")
        tx.put_endpoint(made)
        with pytest.raises(NotFound, match="wh_1"):
            tx.endpoint("wh_1")


def test_an_event_is_written_down_for_the_endpoints_of_its_storefront(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        tx.add_endpoint(endpoint(2, whose=FAIR))
        tx.add_endpoint(endpoint(3))
        book(tx)
    with store.reading() as tx:
        assert tx.endpoints_due(NOON) == ["wh_1", "wh_3"]
        assert tx.next_delivery("wh_1", NOON) == Delivery("wh_1", 1, BookingId("b1"), NOON)


def test_an_endpoint_is_told_only_of_the_types_it_wants(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1, EventType.REMINDED, EventType.COMPLETED))
        book(tx)
        reminded = tx.add_event(replace(event(1, 1), type=EventType.REMINDED))
        tx.add_event(replace(event(1, 2), type=EventType.AMENDED))
        assert tx.backlog("wh_1") == Backlog(waiting=1, failing=0, dead=0)
        assert due(tx) == reminded.position


def test_what_happened_before_an_endpoint_was_there_is_not_told(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx)
        tx.add_endpoint(endpoint(1))
        assert tx.endpoints_due(NOON) == []


def test_a_change_that_is_taken_back_is_told_to_nobody(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
    with pytest.raises(RuntimeError), store.writing() as tx:
        book(tx)
        raise RuntimeError
    with store.reading() as tx:
        assert tx.backlog("wh_1") == Backlog(0, 0, 0)


def test_events_are_due_in_the_order_they_happened_once_they_are(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        book(tx, 1)
        book(tx, 2)
        assert due(tx, later=timedelta(seconds=-1)) is None
        told = []
        while (found := tx.next_delivery("wh_1", NOON)) is not None:
            told.append(found.position)
            tx.arrived(found, NOON + minutes(1))
        assert told == [1, 2]
        assert tx.endpoint("wh_1").arrived_at == NOON + minutes(1)


def test_what_waits_for_another_try_holds_up_its_own_order_only(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        tx.add_endpoint(endpoint(2))
        book(tx, 1)
        tx.add_event(event(1, 1, State.READY))
        book(tx, 2)
        first = tx.next_delivery("wh_1", NOON)
        assert first is not None
        tx.put_delivery(replace(first, tries=1, due_at=NOON + minutes(1), error="500"))
        assert due(tx, 1) == 3, "the other order's"
        assert due(tx, 2) == 1, "the other endpoint"
        assert due(tx, 1, minutes(1)) == 1, "its own, from its first event on"
        tx.put_delivery(replace(first, tries=9, state=DeliveryState.DEAD))
        assert due(tx, 1) == 2, "the dead hold up nobody"
        assert tx.backlog("wh_1") == Backlog(waiting=2, failing=0, dead=1)


def test_a_second_shop_of_an_order_waits_for_the_first_one(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        book(tx, 1)
        tx.put_shipment(replace(shipment(2), booking_id=BookingId("b1")))
        tx.add_event(event(2))
        first = tx.next_delivery("wh_1", NOON)
        assert first is not None
        tx.put_delivery(replace(first, tries=1, due_at=NOON + minutes(1)))
        assert due(tx) is None


def test_what_is_told_again_begins_anew_whatever_became_of_it(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        book(tx)
        found = tx.next_delivery("wh_1", NOON)
        assert found is not None
        tx.put_delivery(replace(found, tries=9, state=DeliveryState.DEAD, error="500"))
        for _ in range(2):
            tx.tell_again("wh_1", tx.event_at(1), NOON + minutes(5))
            again = tx.next_delivery("wh_1", NOON + minutes(5))
            assert again == replace(found, due_at=NOON + minutes(5))
        tx.arrived(found, NOON)
        tx.tell_again("wh_1", tx.event_at(1), NOON)
        assert tx.next_delivery("wh_1", NOON) == found


def test_the_dead_are_listed_longest_dead_first(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        for n, died in ((1, 9), (2, 3)):
            book(tx, n)
            found = next(d for d in (tx.next_delivery("wh_1", NOON),) if d is not None)
            dead = replace(found, state=DeliveryState.DEAD, due_at=NOON + minutes(died))
            tx.put_delivery(dead)
        assert [each.position for each in tx.dead_deliveries()] == [2, 1]


def test_an_endpoint_goes_with_what_it_was_still_to_be_told(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        book(tx)
        found = tx.next_delivery("wh_1", NOON)
        assert found is not None
        tx.remove_endpoint("wh_1")
        tx.arrived(found, NOON)  # it was on its way just then
        tx.put_delivery(found)
        tx.add_event(event(1, 1, State.READY))
    with store.reading() as tx:
        assert (tx.endpoints(), tx.endpoints_due(NOON)) == ([], [])


def test_a_purged_event_is_told_no_more(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        book(tx)
    with store.writing() as tx:
        tx._connection.exec_driver_sql("DELETE FROM events")
    with store.reading() as tx:
        assert tx.backlog("wh_1") == Backlog(0, 0, 0)


def test_a_storefronts_events_are_found_by_when_they_were_learnt(store: SqlStore) -> None:
    with store.writing() as tx:
        book(tx, 1)
        book(tx, 2)
        tx.put_shipment(replace(shipment(2), storefront_id=FAIR))
        later = replace(event(1, 1, State.READY), at_server=NOON + minutes(5))
        tx.add_event(later)
        found = tx.events_since(NOON + minutes(5), MARKET)
        assert [(e.shipment_id, e.seq) for e in found] == [(ShipmentId("s1"), 1)]
        assert [e.seq for e in tx.events_since(NOON, MARKET)] == [0, 1]
        with pytest.raises(NotFound):
            tx.event_at(99)


def test_many_events_at_once_are_written_in_order_and_told_to_whom_each_concerns(
    store: SqlStore,
) -> None:
    with store.writing() as tx:
        tx.add_endpoint(endpoint(1))
        tx.add_endpoint(endpoint(2, whose=FAIR))
        for n, whose in ((1, MARKET), (2, FAIR)):
            book(tx, n)
            tx.put_shipment(replace(shipment(n), storefront_id=whose))
        written = tx.add_events([event(n, seq, State.READY) for seq in (1, 2) for n in (2, 1)])
        assert [(e.shipment_id, e.seq) for e in written] == [
            *(("s2", 1), ("s1", 1), ("s2", 2), ("s1", 2))
        ]
        first = written[0].position
        assert [e.position for e in written] == list(range(first, first + 4))
        assert tx.events_of("s1")[1:] == (written[1], written[3])
        told: dict[int, list[int]] = {1: [], 2: []}
        for n, positions in told.items():
            while (delivery := tx.next_delivery(f"wh_{n}", NOON + minutes(9))) is not None:
                positions.append(delivery.position)
                tx.arrived(delivery, NOON)
        assert told[1][-2:] == [written[1].position, written[3].position]
        assert told[2][-2:] == [written[0].position, written[2].position]
        assert tx.add_events([]) == ()
