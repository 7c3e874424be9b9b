"""Whatever the tables could know of somebody has a rule, and the rule is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, NewType, Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, MetaData, String, Table

from dispatch.adapters.proofs.disk import DiskProofs
from dispatch.adapters.storage.columns import Instant
from dispatch.adapters.storage.personal import PERSONAL, Kept
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.store import SqlStore
from dispatch.core.reasons import Refusal
from dispatch.operations.access import ApiKey, PageLink
from dispatch.operations.audit import Entry
from dispatch.operations.calibration import Calibration
from dispatch.operations.closures import close
from dispatch.operations.devices import Device
from dispatch.operations.notices import Notice
from dispatch.operations.proofs import Brought, keep_proof
from dispatch.operations.retention_rules import Retention
from dispatch.operations.waves import LooseOrder, Wave
from dispatch.operations.webhooks import Delivery, Endpoint
from dispatch.orders.bookings import Booking
from dispatch.orders.collecting import Handover
from dispatch.orders.parcels import Parcel
from dispatch.orders.quotes import Quote
from dispatch.orders.shipments import Event, Shipment
from dispatch.slots.closures import Closure
from dispatch.streets.wet_days import WetDay
from dispatch.tracking.door_pins import DoorPin
from dispatch.tracking.facts import Fact
from dispatch.tracking.proofs import Proof, ProofKind
from dispatch.tracking.tours import Tour
from tests.databases import all_rows
from tests.operations.test_retention import Day
from tests.tracking.pictures import jpeg

#: What the rows of each table are; the two that are not here have their columns and no more.
KINDS: Final[Mapping[str, type]] = {
    "api_keys": ApiKey,
    "audit": Entry,
    "bookings": Booking,
    "calibrations": Calibration,
    "closures": Closure,
    "devices": Device,
    "door_pins": DoorPin,
    "events": Event,
    "facts": Fact,
    "handovers": Handover,
    "loose_orders": LooseOrder,
    "notices": Notice,
    "page_links": PageLink,
    "parcels": Parcel,
    "proofs": Proof,
    "quotes": Quote,
    "shipments": Shipment,
    "tours": Tour,
    "waves": Wave,
    "webhook_deliveries": Delivery,
    "webhook_endpoints": Endpoint,
    "wet_days": WetDay,
}
#: A booking's customer is three columns, and not in its document.
_IN_COLUMNS: Final = "bookings.doc.customer."
_NAMELESS: Final = (Enum, bool, int, datetime, date, NoneType)
#: Phones put no label on where they are, a door that was found has no doubts, and a call of
#: these tests no fingerprint.  Who waits waits at a shop, whose place is everybody's.
_NEVER_TOLD: Final = {
    *("facts.position.label", "tours.seen.label", "idempotency_keys.fingerprint"),
    *("bookings.deliver_to.doubts[].code", "quotes.request.deliver_to.doubts[].code"),
    *(f"tours.waiting.place.{part}" for part in ("lat_deg", "lon_deg", "label")),
}
#: Rules that are a number of days.
_FORGOTTEN: Final = {Kept.POSITIONS, Kept.NAMES, Kept.KEYS, Kept.PROOFS}


def places_of(table: Table, kind: type | None) -> Iterator[str]:
    """Every place of *table* that could name somebody."""
    hints = {} if kind is None else get_type_hints(kind)
    for name, hint in hints.items():
        where = name if name in table.columns else f"doc.{name}"
        yield from leaves(hint, f"{table.name}.{where}")
    for column in table.columns:
        if column.name not in hints and column.name != "doc" and may_name(column):
            yield f"{table.name}.{column.name}"


def may_name(column: Column[Any]) -> bool:
    return not isinstance(column.type, Integer | Boolean | Date | Instant)


def leaves(hint: Any, place: str) -> Iterator[str]:
    """The places of a document that are neither numbers, instants, known words nor our ids."""
    origin, parts = get_origin(hint), get_args(hint)
    if isinstance(hint, NewType) or origin is Literal:
        return
    if origin in (Union, UnionType):
        for part in parts:
            yield from leaves(part, place)
    elif origin is tuple:
        for part in dict.fromkeys(part for part in parts if part is not Ellipsis):
            yield from leaves(part, f"{place}[]")
    elif is_dataclass(hint):
        hints = get_type_hints(hint)
        for field in fields(hint):
            yield from leaves(hints[field.name], f"{place}.{field.name}")
    elif not (isinstance(hint, type) and issubclass(hint, _NAMELESS)):
        yield place


def test_every_place_that_could_name_somebody_has_a_rule_and_every_rule_a_place() -> None:
    places = {
        place
        for table in metadata.sorted_tables
        for place in places_of(table, KINDS.get(table.name))
        if not place.startswith(_IN_COLUMNS)
    }
    assert places - set(PERSONAL) == set(), "say in personal.py when this is forgotten"
    assert set(PERSONAL) - places == set(), "this is not in the schema any more"


def test_a_new_column_and_a_new_field_of_a_document_are_noticed() -> None:
    wider = Table("bookings", MetaData(), Column("nickname", String), Column("born", Date))
    assert list(places_of(wider, None)) == ["bookings.nickname"]
    assert "bookings.deliver_to.address" in places_of(metadata.tables["bookings"], Booking)


def test_rules_are_those_of_the_settings() -> None:
    assert {field.name for field in fields(Retention)} >= _FORGOTTEN


@pytest.fixture
def lived(tmp_path: Path) -> Day:
    """A day in which everything happens that may name somebody."""
    day = Day(tmp_path, Retention())
    day.live(doors_put_right=True)
    day.collect(day.booked[3].shipments[0])
    proven(day, tmp_path / "pictures")
    close(day.shop_id, day.day, day.day, "Mme Zoé Témoin est malade", day.ports)
    (order, *_) = (tour.stops for tour in day.tours() if tour.stops)
    booking = day.booked[2].booking
    why = Refusal("no_feasible_insertion")
    with day.ports.store.writing() as tx:
        (wave, *_) = tx.waves(day.day)
        tx.put_wave(replace(wave, error="Broken: the order of Zoé Témoin"))
        tx.put_loose(LooseOrder(booking.quote_id, day.day, order, why, wave.cut_off_at))
        tx.put_booking(replace(booking, note="chez Témoin"))
    return day


def proven(day: Day, pictures: Path) -> None:
    """A courier writes who took a parcel, and takes a photo of it."""
    day.ports = replace(day.ports, proofs=DiskProofs(pictures))
    tour, stop = next((t, s) for t in day.tours() for s in t.stops if s.over)
    for kind, name, picture in (
        (ProofKind.NAME, "Mme Témoin-Mère", None),
        (ProofKind.PHOTO, None, jpeg()),
    ):
        now = day.ports.clock.now()
        brought = Brought(f"{kind}", tour.tour_id, stop.stop_id, kind, now, name, picture)
        keep_proof(brought, tour.courier_id, day.ports)


def told(day: Day) -> dict[str, set[str]]:
    """What the database says at each place."""
    assert isinstance(day.ports.store, SqlStore)
    rows = all_rows(day.ports.store._engine)
    said: dict[str, set[str]] = {}
    for place in PERSONAL:
        table, *way = place.replace("[]", ".[]").split(".")
        said[place] = {str(word) for row in rows[table] for word in words(row, way)}
    return said


def words(node: Any, way: list[str]) -> Iterator[Any]:
    if node in (None, ""):
        return
    if not way:
        yield node
    elif way[0] == "[]":
        for each in node:
            yield from words(each, way[1:])
    else:
        yield from words(node.get(way[0]), way[1:])


def known_to_all(day: Day) -> set[str]:
    """Where shops are, and where couriers begin."""
    land = day.ports.territory
    places = [m.place for m in land.merchants.values()]
    places += [p for c in land.couriers.values() for p in (c.start, c.end) if p is not None]
    return {str(word) for p in places for word in (p.lat_deg, p.lon_deg, p.label)}


def test_each_place_is_empty_when_its_time_has_come(lived: Day) -> None:
    before = told(lived)
    forgotten = {place for place, rule in PERSONAL.items() if rule in _FORGOTTEN}
    unseen = {place for place in forgotten if not before[place] - known_to_all(lived)}
    assert unseen == _NEVER_TOLD, "this day says nothing there: the test could not fail"
    lived.age(400)
    lived.purge()
    after = told(lived)
    kept = {
        place: after[place] & before[place] - known_to_all(lived)
        for place in forgotten
        if after[place] & before[place] - known_to_all(lived)
    }
    assert kept == {}
