"""A day is lived, ages, and is forgotten: the database's files name nobody any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from dispatch.adapters.geocoder.composed import TownGeocoder
from dispatch.adapters.storage.door_pins import StoredDoorPins
from dispatch.adapters.storage.store import SqlStore, open_store
from dispatch.core.civil import local_day
from dispatch.core.ids import CourierId, MerchantId, OptionId, QuoteId
from dispatch.core.places import Place
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.door_pins import DoorTap, corrections, keep_door
from dispatch.operations.manifest import courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.progress import Report, record
from dispatch.operations.quote import quote
from dispatch.operations.report import day_report
from dispatch.operations.retention import Purged, purge
from dispatch.operations.retention_rules import Retention
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.bookings import Customer
from dispatch.orders.quotes import Doorstep
from dispatch.orders.shipments import Shipment
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind, Tour
from dispatch.tracking.waiting import Waiting
from tests.fakes.house import SHOP, an_order, clock_of, embedded_town, house, near
from tests.fakes.town import express_shops

#: Each of these received something that day; a fifth only asked.
PEOPLE = tuple(
    Customer(f"Zoé Témoin-{n}", f"+3363998004{n}", f"temoin{n}@example.org") for n in range(4)
)
#: Where a courier's phone said it was: six decimals nobody else writes.
SEEN_AT = Place(44.501237, 0.164321)


def doorstep(n: int, shop: Place) -> Doorstep:
    place = near(shop, north=0.001234 + n / 10_000, east=0.001321)
    labelled = Place(place.lat_deg, place.lon_deg, f"{n} impasse des Glycines Bleues")
    return Doorstep(labelled, f"{n} impasse des Glycines Bleues", f"digicode 90{n}7", "47157")


def traces(shop: Place) -> list[str]:
    """Whatever may not be found in the files."""
    words = [
        SEEN_AT.lat_deg,
        SEEN_AT.lon_deg,
        "Glycines",
        "digicode",
        "Témoin",
        "example.org",
        "Cousin",
    ]
    words += [said for person in PEOPLE for said in (person.name, person.phone)]
    words += [doorstep(n, shop).place.lat_deg for n in range(5)]
    return [str(word) for word in words]


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def found_in(folder: Path, words: list[str]) -> list[str]:
    text = files_of(folder)
    return [word for word in words if word.encode() in text or ascii(word)[1:-1].encode() in text]


class Day:
    """One Tuesday on a database of its own: five receivers, one who only asked."""

    def __init__(self, folder: Path, retention: Retention) -> None:
        self.folder = folder
        calm = house()
        store = open_store(folder)
        self.ports: Ports = replace(
            calm,
            store=store,
            geocoder=TownGeocoder(embedded_town().geocoder, pins=StoredDoorPins(store)),
            parameters=replace(calm.parameters, retention=retention),
        )
        self.shop_id = express_shops(self.ports)[0]
        self.shop = self.ports.territory.merchant(self.shop_id).place
        self.day = local_day(self.ports.clock.now())
        self.booked: list[Booked] = []

    def ask(self, n: int, mode: Mode = Mode.EXPRESS) -> tuple[QuoteId, OptionId]:
        asked = replace(
            an_order(self.ports, self.shop_id),
            deliver_to=doorstep(n, self.shop),
            external_ref=f"R-{n}",
        )
        offer = quote(asked, SHOP, self.ports)
        option = next(o for o in offer.options if o.mode is mode and o.offered)
        return offer.quote_id, option.option_id

    def live(self, *, doors_put_right: bool = False) -> None:
        for n, mode in enumerate((Mode.EXPRESS, Mode.EXPRESS, Mode.EXPRESS, Mode.COLLECT)):
            wanted = BookRequest(*self.ask(n, mode), PEOPLE[n], idempotency_key=f"key-{n}")
            self.booked.append(book(wanted, SHOP, self.ports))
        cancel(self.booked[2].booking.booking_id, SHOP, self.ports)
        clock_of(self.ports).advance(minutes=30)
        wave_by_hand(self.ports)
        for courier_id in self.ports.territory.couriers:
            for item in courier_day(courier_id, self.ports).open_stops:
                clock_of(self.ports).advance(minutes=4)
                if item.stop.kind is StopKind.DROP and doors_put_right:
                    self._put_right(item.tour_id, item.stop.stop_id, courier_id)
                fact = f"{item.stop.stop_id}/done"
                now = self.ports.clock.now()
                told = Report(
                    fact, item.tour_id, item.stop.stop_id, FactKind.DONE, now, None, SEEN_AT
                )
                record(told, courier_id, self.ports)
        self.ask(4)  # and never booked: its hold stays in a tour

    def wait(self) -> None:
        """Everybody was told to wait at the shop, as if somebody had nothing to do."""
        word = Waiting(MerchantId(self.shop_id), self.shop, self.ports.clock.now(), 60)
        with self.ports.store.writing() as tx:
            for tour in tx.tours(self.day):
                tx.put_tour(replace(tour, waiting=word))

    def collect(self, parcel: Shipment) -> None:
        """Somebody else comes for the parcel; and it has a label, as if the post had it."""
        for what, code, by in (
            (Act.READY, None, ""),
            (Act.COLLECTED, parcel.handover_code, "Yves Cousin-Témoin"),
        ):
            act(what, parcel.shipment_id, parcel.merchant_id, self.ports, code=code, by=by)
        with self.ports.store.writing() as tx:
            tx.put_label(parcel.shipment_id, b"%PDF Yves Cousin-Label", self.ports.clock.now())

    def _put_right(self, tour_id: str, stop_id: str, courier_id: CourierId) -> None:
        door = Place(round(self.shop.lat_deg + 0.0012, 6), self.shop.lon_deg)
        at = self.ports.clock.now()
        keep_door(
            DoorTap(f"tap-{stop_id}", tour_id, stop_id, door, 8.0, at), courier_id, self.ports
        )

    def tours(self) -> Sequence[Tour]:
        with self.ports.store.reading() as tx:
            return tx.tours(self.day)

    def age(self, days: float) -> None:
        now = self.ports.clock.now()
        clock_of(self.ports).move_to(now + timedelta(days=days))

    def purge(self, **how: bool) -> Purged:
        return purge(self.ports, **how)

    def close(self) -> None:
        assert isinstance(self.ports.store, SqlStore)
        self.ports.store.close()


@pytest.fixture
def day(tmp_path: Path) -> Day:
    day = Day(tmp_path, Retention(names_days=300))
    day.live()
    return day


def test_after_the_purge_the_files_hold_no_name_no_phone_no_address_and_no_position(
    day: Day,
) -> None:
    day.collect(day.booked[3].shipments[0])
    words = traces(day.shop)
    assert found_in(day.folder, words) == words  # or the test would look for the wrong thing
    day.age(310)  # the collect order ended some days after the others
    assert day.purge().anything
    # A reader or a killed process may leave the log behind: it is empty by now.
    assert [p.stat().st_size for p in day.folder.iterdir() if p.suffix.endswith("-wal")] == [0]
    assert found_in(day.folder, words) == []
    day.close()
    assert found_in(day.folder, words) == []


def test_what_counts_remains(day: Day) -> None:
    day.age(310)
    before = day_report(day.day, day.ports)
    with day.ports.store.reading() as tx:
        events = [tx.events_of(s.shipment_id) for b in day.booked for s in b.shipments]
    day.purge()
    assert day_report(day.day, day.ports) == before
    with day.ports.store.reading() as tx:
        for booked in day.booked:
            kept = tx.booking(booked.booking.booking_id)
            assert (kept.price, kept.external_ref) == (
                booked.booking.price,
                booked.booking.external_ref,
            )
            assert kept.deliver_to.insee == "47157"
            assert kept.deliver_to.place.lat_deg == pytest.approx(
                booked.booking.deliver_to.place.lat_deg, abs=0.005
            )
        assert events == [tx.events_of(s.shipment_id) for b in day.booked for s in b.shipments]


def test_each_thing_is_forgotten_in_its_own_time(day: Day) -> None:
    assert day.purge() == Purged()
    day.age(2.5)
    assert day.purge() == Purged(keys=4)
    day.age(29)
    done = day.purge()
    assert (done.quotes, done.tours) == (1, 1)  # who only asked, and the place held for them
    day.age(30)
    assert any(tour.seen for tour in day.tours())  # decoded, and remembered by its version
    day.wait()
    assert day.purge().positions > 0
    assert not any(tour.seen or tour.seen_at or tour.waiting for tour in day.tours())
    day.age(250)
    assert day.purge().bookings == 4
    assert day.purge() == Purged()


def test_a_dry_run_counts_the_same_and_forgets_nothing(day: Day) -> None:
    day.age(301)
    told = day.purge(dry_run=True)
    assert found_in(day.folder, ["Témoin", str(SEEN_AT.lat_deg)])
    assert told == day.purge()


def test_an_order_counts_from_its_end_and_not_from_its_making(day: Day) -> None:
    """The collect order was booked on Tuesday; its promise ends days later."""
    with day.ports.store.reading() as tx:
        (collected,) = tx.shipments_of(day.booked[3].booking.booking_id)
    late = collected.promise.window.closes_at - timedelta(hours=1)
    assert late > day.ports.clock.now() + timedelta(days=1)
    clock_of(day.ports).move_to(late + timedelta(days=300))
    day.purge()
    with day.ports.store.reading() as tx:
        names = [tx.booking(b.booking.booking_id).customer.name for b in day.booked]
    assert names == ["", "", "", PEOPLE[3].name]


def test_a_door_put_right_stays_put_right_and_forgets_whose_it_was(tmp_path: Path) -> None:
    day = Day(tmp_path, Retention(names_days=300))
    day.live(doors_put_right=True)
    before = [(one.pin.pin_id, one.pin.place, one.wins) for one in corrections(day.ports)]
    assert len(before) == 2
    day.age(310)
    assert day.purge().pins == 2
    after = corrections(day.ports)
    assert [(one.pin.pin_id, one.pin.place, one.wins) for one in after] == before
    assert {(one.pin.quote_id, one.pin.tour_id, one.courier) for one in after} == {(None, None, "")}


def test_the_command_writes_the_file_anew(tmp_path: Path) -> None:
    """What a program without ``secure_delete`` left in free pages goes too."""
    day = Day(tmp_path, Retention(names_days=300))
    day.live()
    assert isinstance(day.ports.store, SqlStore)
    with day.ports.store._engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for line in (
            "PRAGMA query_only = OFF",
            "PRAGMA secure_delete = OFF",
            "CREATE TABLE gone (words TEXT)",
            "INSERT INTO gone VALUES ('Odile Ancienne')",
            "DROP TABLE gone",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        ):
            raw.execute(line).fetchall()
    assert found_in(tmp_path, ["Odile Ancienne"])
    day.purge(thorough=True)
    assert not found_in(tmp_path, ["Odile Ancienne"])


def test_a_hundred_days_of_orders_are_forgotten_a_few_at_a_time(ports: Ports) -> None:
    """More bookings than one transaction takes: none is left behind, none counted twice."""
    draw = Random(3)
    shop = express_shops(ports)[0]
    for _ in range(60):
        offer = quote(an_order(ports, shop), SHOP, ports)
        option = next(o for o in offer.options if o.mode is Mode.COLLECT)
        book(BookRequest(offer.quote_id, option.option_id, PEOPLE[draw.randrange(4)]), SHOP, ports)
    clock_of(ports).move_to("2028-01-01T10:00+01:00")
    assert purge(ports).bookings == 60
