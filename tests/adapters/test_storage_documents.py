"""Whatever is written comes back equal, and every instant in it is UTC itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.storage.documents import Document
from dispatch.adapters.storage.rows import Shelf
from dispatch.adapters.storage.schema import page_links
from dispatch.adapters.storage.store import memory_store
from dispatch.core.civil import PARIS
from dispatch.core.errors import Broken
from dispatch.core.money import Price
from dispatch.core.places import Place
from dispatch.core.reasons import SENTENCES, Refusal, Way
from dispatch.core.windows import TimeWindow
from dispatch.operations.access import ApiKey, PageKind, PageLink
from dispatch.operations.ports import Transaction
from dispatch.operations.waves import LooseOrder, Wave, WaveResult, WaveState
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.quotes import (
    Doorstep,
    Line,
    Option,
    OrderRequest,
    Part,
    Quote,
    Split,
    Waiting,
    Witness,
)
from dispatch.orders.shipments import Event, EventType, Shipment, State
from dispatch.slots.promises import Pickup, Promise
from dispatch.tracking.facts import Fact, FactKind
from dispatch.tracking.tours import Stop, StopState, Tour
from tests.adapters.storage_samples import NOON, tour

STORE = memory_store()


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


words = st.text(max_size=5)
counts = st.integers(0, 10**6)
instants = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
windows = st.builds(
    lambda day, length_s: TimeWindow(
        NOON + timedelta(days=day), NOON + timedelta(days=day, seconds=length_s)
    ),
    st.integers(-400, 400),
    st.integers(1, 10**6),
)
places = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180), words)
ways = (
    st.builds(Way, st.sampled_from(["later_window", "ready_by", "retry_at"]), at=instants)
    | st.builds(Way, st.just("courier"), vehicle=words)
    | st.builds(Way, st.just("other_mode"), mode=words)
)
refusals = st.builds(
    Refusal,
    st.sampled_from(sorted(SENTENCES)),
    several(words),
    st.dictionaries(words, words, max_size=2) | st.just(MappingProxyType({"add": "courier"})),
    ways=several(ways),
)
promises = windows.flatmap(
    lambda window: st.builds(
        Promise,
        window=st.just(window),
        ready_at=maybe(st.just(window.opens_at)),
        pickups=several(st.builds(Pickup, windows=st.just((window,)))),
    )
)
prices = st.builds(Price, counts, breakdown=several(st.tuples(words, counts)))
doorsteps = st.builds(Doorstep, places, words, words, insee=words)
lines = st.builds(Line, words, counts, counts, counts, st.booleans(), maybe(instants))
offered = st.builds(
    Option,
    window=maybe(windows),
    parts=st.tuples(st.builds(Part, promise=promises)),
    price=maybe(prices),
    witness=maybe(st.builds(Witness, tour_version=counts)),
    ghg_g=maybe(counts),
    waiting=maybe(st.builds(Waiting, words, counts, instants)),
    splits=several(
        st.builds(
            Split, st.just((("a",), ("b", "c"))), st.tuples(promises, promises), counts, counts
        )
    ),
)
refused = st.builds(Option, refusals=st.tuples(refusals))
quotes = st.builds(
    Quote,
    request=st.builds(OrderRequest, st.tuples(lines), doorsteps, maybe(words), maybe(words)),
    created_at=st.just(NOON),
    expires_at=st.just(NOON + timedelta(minutes=15)),
    options=several(offered | refused),
    booking_id=maybe(words),
    split_of=maybe(words),
    held_back=st.booleans(),
)
bookings = st.builds(
    Booking,
    external_ref=maybe(words),
    price=prices,
    deliver_to=doorsteps,
    customer=st.builds(Customer, words, words, maybe(words)),
    shipment_ids=several(words),
    created_at=instants,
    cancelled_at=maybe(instants),
    recommended_by=maybe(words),
    commission_bp=st.integers(0, 10_000),
    fee=maybe(prices),
    completed_at=maybe(instants),
    tracking_until=maybe(instants),
    note=words,
)
shipments = st.builds(
    Shipment,
    promise=promises,
    drop=places,
    weight_g=counts,
    volume_cm3=counts,
    items_value_cents=counts,
    state=st.sampled_from(State),
    seq=counts,
    prepared_at=maybe(instants),
    ended_at=maybe(instants),
)
events = st.builds(
    Event,
    seq=counts,
    at_device=instants,
    at_server=instants,
    reason=maybe(words),
    type=st.sampled_from(EventType),
    data=maybe(st.dictionaries(words, words | counts | several(words).map(list), max_size=2)),
)
stops = st.builds(
    Stop,
    place=places,
    windows=several(windows),
    service_s=counts,
    load=st.tuples(counts, counts, counts),
    due_at=maybe(instants),
    merchant_id=maybe(words),
    shipment_ids=several(words),
    held_until=maybe(instants),
    published_at=maybe(instants),
    eta_at=maybe(instants),
    state=st.sampled_from(StopState),
)
tours = st.builds(
    Tour,
    shift=windows,
    start=places,
    stops=several(stops),
    version=st.just(0),
    seen=maybe(places),
    seen_at=maybe(instants),
)
loose_orders = st.builds(LooseOrder, stops=several(stops), refusal=refusals, since=instants)
facts = st.builds(
    Fact,
    kind=st.sampled_from((FactKind.ARRIVED, FactKind.DONE)),
    at_device=instants,
    at_server=instants,
    reason=st.none(),
    position=maybe(places),
)
results = st.builds(
    WaveResult, counts, counts, counts, several(st.tuples(words, counts)), words, st.floats(0, 60)
)
waves = st.builds(
    Wave,
    cut_off_at=instants,
    state=st.sampled_from(WaveState),
    leased_until=maybe(instants),
    result=maybe(results),
    error=maybe(words),
)
keys = st.builds(ApiKey, scopes=several(words), created_at=instants, revoked_at=maybe(instants))
links = st.builds(PageLink, created_at=instants, revoked_at=maybe(instants))

few = settings(max_examples=12, deadline=None)


class _Undone(Exception):
    """Leaves a transaction with nothing written."""


def comes_back(
    write: Callable[[Transaction], object], read: Callable[[Transaction], object], expected: object
) -> None:
    with pytest.raises(_Undone), STORE.writing() as tx:
        write(tx)
        assert read(tx) == expected
        raise _Undone


@few
@given(quotes)
def test_a_quote_comes_back_as_it_was(quote: Quote) -> None:
    comes_back(lambda tx: tx.add_quote(quote), lambda tx: tx.quote(quote.quote_id), quote)


@few
@given(bookings)
def test_a_booking_comes_back_as_it_was(booking: Booking) -> None:
    comes_back(
        lambda tx: tx.add_booking(booking), lambda tx: tx.booking(booking.booking_id), booking
    )


@few
@given(shipments)
def test_a_shipment_comes_back_as_it_was(shipment: Shipment) -> None:
    comes_back(
        lambda tx: tx.put_shipment(shipment), lambda tx: tx.shipment(shipment.shipment_id), shipment
    )


@few
@given(events)
def test_an_event_comes_back_with_its_position(event: Event) -> None:
    with pytest.raises(_Undone), STORE.writing() as tx:
        written = tx.add_event(event)
        assert written == replace(event, position=written.position)
        assert written.position > 0
        assert tx.events_of(event.shipment_id) == (written,)
        raise _Undone


@few
@given(tours)
def test_a_tour_comes_back_one_version_later(tour: Tour) -> None:
    comes_back(
        lambda tx: tx.put_tour(tour), lambda tx: tx.tour(tour.tour_id), replace(tour, version=1)
    )


@few
@given(loose_orders)
def test_a_loose_order_comes_back_as_it_was(order: LooseOrder) -> None:
    comes_back(lambda tx: tx.put_loose(order), lambda tx: tx.loose_orders(order.day), (order,))


@few
@given(facts)
def test_a_fact_comes_back_as_it_was(fact: Fact) -> None:
    comes_back(lambda tx: tx.add_fact(fact), lambda tx: tx.facts(fact.tour_id), (fact,))


@few
@given(waves)
def test_a_wave_comes_back_as_it_was(wave: Wave) -> None:
    comes_back(lambda tx: tx.put_wave(wave), lambda tx: tx.wave(wave.wave_id), wave)


@few
@given(keys, links)
def test_a_key_and_a_link_come_back_as_they_were(key: ApiKey, link: PageLink) -> None:
    comes_back(lambda tx: tx.add_key(key), lambda tx: tx.key(key.key_hash), key)
    comes_back(lambda tx: tx.add_link(link), lambda tx: tx.link(link.token_hash), link)


def test_every_instant_read_is_utc_itself_in_a_column_and_in_a_document() -> None:
    in_paris = NOON.astimezone(PARIS)
    there = replace(tour(), seen_at=in_paris, stops=(replace(tour().stops[0], eta_at=in_paris),))
    with STORE.writing() as tx:
        tx.put_tour(there)
    with STORE.reading() as tx:
        back = tx.tour("t1")
    instants_read = (back.seen_at, back.stops[0].eta_at, back.shift.opens_at)
    assert instants_read == (NOON, NOON, NOON)
    assert [at and at.tzinfo for at in instants_read] == [UTC, UTC, UTC]
    assert all(at is not None and at.tzinfo is UTC for at in instants_read)


def test_an_instant_without_an_offset_is_refused_in_a_document_and_in_a_column() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(Broken, match="without a UTC offset: 2026-11-24"), STORE.writing() as tx:
        tx.add_link(PageLink("h", PageKind.PLANNER, "", naive))
    with pytest.raises(Broken, match="without a UTC offset: 2026-11-24"), STORE.reading() as tx:
        tx.merchant_shipments("bakery", naive)


def test_a_document_that_does_not_read_says_where_but_not_what() -> None:
    document = Document(Customer)
    with pytest.raises(Broken, match=r"a stored Customer does not read: phone: .*") as caught:
        document.load({"name": "Odile", "phone": ["+33500000000"]})
    assert "+335" not in str(caught.value)


def test_a_field_without_a_column_needs_a_document() -> None:
    @dataclass(frozen=True, slots=True)
    class Wider:
        token_hash: str
        colour: str

    with pytest.raises(ValueError, match=r"page_links has no column for \['colour'\] and no doc"):
        Shelf(Wider, page_links)
