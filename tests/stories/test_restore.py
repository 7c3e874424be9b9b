"""A backup made while shops book: what was acknowledged before it began is there, whole.

Then the machine is lost.  The copy is restored into another installation, which goes on
selling as if nothing had happened, and gives no number twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

import pytest

from dispatch.adapters.storage.backup import back_up, restore
from dispatch.adapters.storage.store import SqlStore, open_store
from dispatch.core.errors import DispatchError
from dispatch.operations.book import BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.slots.service_levels import Mode
from tests.databases import SQLITE, Server
from tests.fakes.house import CUSTOMER, SHOP, an_order, house
from tests.installation import wait_for


@dataclass
class Shops:
    """Customers who order and pay one after the other, until the shop is told to close."""

    ports: Ports
    acknowledged: list[str] = field(default_factory=list)
    errors: list[DispatchError] = field(default_factory=list)
    closed: Event = field(default_factory=Event)

    def sell(self) -> None:
        while not self.closed.is_set():
            try:
                self.acknowledged.append(collect(self.ports))
            except DispatchError as error:
                self.errors.append(error)
                return


def collect(ports: Ports) -> str:
    """Order one parcel to be collected; return the booking's id."""
    merchant = next(iter(ports.territory.merchants))
    offer = quote(an_order(ports, merchant), SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.COLLECT and o.offered)
    done = book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    return done.booking.booking_id


@pytest.fixture
def elsewhere(kind: str, server: Callable[[], Server], tmp_path: Path) -> Path | str:
    """Another machine's database, with nothing in it yet."""
    return tmp_path / "elsewhere" if kind == SQLITE else server().bare()


def test_what_was_acknowledged_before_a_backup_began_is_there_after_a_restore(
    database: Path | str,
    elsewhere: Path | str,
    open_database: Callable[[], SqlStore],
    tmp_path: Path,
) -> None:
    shops = Shops(house(store=open_database()))
    selling = Thread(target=shops.sell)
    selling.start()
    try:
        wait_for(lambda: len(shops.acknowledged) >= 10 or shops.errors, "ten bookings")
        before = tuple(shops.acknowledged)
        back_up(database, tmp_path / "copy")
        during = tuple(shops.acknowledged)
        wait_for(lambda: len(shops.acknowledged) >= len(during) + 5 or shops.errors, "five more")
    finally:
        shops.closed.set()
        selling.join(20)
    assert not shops.errors, "a backup keeps nobody from booking"

    restore(elsewhere, tmp_path / "copy")
    store = open_store(elsewhere)
    ports = replace(house(store=store), ids=shops.ports.ids)
    with store.reading() as tx:
        there = tuple(b.booking_id for b in tx.bookings(ports.clock.now().date()))
        assert there[: len(before)] == before
        assert set(there) < set(shops.acknowledged)  # of one moment: the last ones came later
        events = [e for b in there for s in tx.shipments_of(b) for e in tx.events_of(s.shipment_id)]
        assert len(events) == len(there)  # none of them half: each with its shipment and event
    last = max(event.position for event in events)
    new = collect(ports)
    with store.reading() as tx:
        (event,) = tx.events_after(last, 10, SHOP)
        assert event.shipment_id == tx.booking(new).shipment_ids[0]
    store.close()
