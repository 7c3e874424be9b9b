"""Doors put right are kept, found by their address, and counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.adapters.storage.door_pins import StoredDoorPins
from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import Broken, NotFound
from dispatch.core.ids import QuoteId
from dispatch.operations.ports import DoorPins, Pin
from dispatch.tracking.door_pins import DoorPin, PinState
from tests.adapters.storage_samples import quote, tour
from tests.tracking.test_door_pins import NOON, north, pin

KEY = "12 rue paix 47200"


@pytest.fixture
def store(store: SqlStore) -> SqlStore:
    """An empty store but for the tour and the quote that pins refer to."""
    with store.writing() as tx:
        tx.add_quote(quote())
        tx.put_tour(tour())
    return store


def keep(store: SqlStore, *pins: DoorPin) -> None:
    with store.writing() as tx:
        assert all(tx.add_door_pin(each) for each in pins)


def test_a_pin_comes_back_as_it_went_in(store: SqlStore) -> None:
    kept = pin(decided_at=NOON)
    keep(store, kept)
    with store.reading() as tx:
        assert tx.door_pin("p1") == kept
        with pytest.raises(NotFound, match="no pin p9"):
            tx.door_pin("p9")


def test_a_pin_told_twice_is_kept_once(store: SqlStore) -> None:
    keep(store, pin())
    with store.writing() as tx:
        assert not tx.add_door_pin(pin(place=north(200)))
        assert tx.door_pin("p1").place == north(80)


def test_an_address_finds_its_last_kept_door(store: SqlStore) -> None:
    pins: DoorPins = StoredDoorPins(store)
    assert pins.pin_for(KEY) is None
    keep(
        store,
        pin(),
        pin("p2", at_min=5, place=north(90)),
        pin("p3", at_min=9, address_key="9 rue lune"),
    )
    found = pins.pin_for(KEY)
    assert found == Pin(north(90), pin().courier_id, NOON + timedelta(minutes=5), 8.0)
    with store.writing() as tx:
        tx.put_door_pin(tx.door_pin("p2").decided(PinState.UNDONE, NOON))
    before = pins.pin_for(KEY)
    assert before is not None and before.place == north(80)


def test_the_latest_are_listed_first(store: SqlStore) -> None:
    keep(store, *(pin(f"p{n}", at_min=-n) for n in range(5)))
    with store.reading() as tx:
        assert [each.pin_id for each in tx.door_pins(3)] == ["p4", "p3", "p2"]


def test_a_pin_of_no_order_is_a_bug(store: SqlStore) -> None:
    with pytest.raises(Broken), store.writing() as tx:
        tx.add_door_pin(replace(pin(), quote_id=QuoteId("q9")))
