"""Whatever is written comes back equal, and every instant in it is UTC itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.storage.documents import Document
from dispatch.adapters.storage.rows import Shelf
from dispatch.adapters.storage.schema import page_links
from dispatch.adapters.storage.store import SqlStore
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
    Chance,
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
from tests.databases import KINDS, fresh_store

T = TypeVar("T")


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """One store of each kind for all examples: none of them leaves anything behind."""
    with fresh_store(request.param, lambda: request.getfixturevalue("postgres")) as store:
        yield store


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


# Without NUL, which PostgreSQL cannot keep: the API lets no control character in.
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


def built(kind: type[T], /, *given: Any, **named: Any) -> st.SearchStrategy[T]:
    """Like ``st.builds``, but every text in it is one of our words."""
    texts = {name: words for name, hint in get_type_hints(kind).items() if _is_text(hint)}
    for name in list(get_type_hints(kind))[: len(given)]:
        texts.pop(name, None)
    return st.builds(kind, *given, **(texts | named))


def _is_text(hint: object) -> bool:
    return hint is str or getattr(hint, "__supertype__", None) is str


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
places = built(Place, st.floats(-90, 90), st.floats(-180, 180), words)
ways = (
    built(Way, st.sampled_from(["later_window", "ready_by", "retry_at"]), at=instants)
    | built(Way, st.just("courier"), vehicle=words)
    | built(Way, st.just("other_mode"), mode=words)
)
refusals = built(
    Refusal,
    st.sampled_from(sorted(SENTENCES)),
    several(words),
    st.dictionaries(words, words, max_size=2) | st.just(MappingProxyType({"add": "courier"})),
    ways=several(ways),
)
promises = windows.flatmap(
    lambda window: built(
        Promise,
        window=st.just(window),
        ready_at=maybe(st.just(window.opens_at)),
        pickups=several(built(Pickup, windows=st.just((window,)))),
    )
)
prices = built(Price, counts, breakdown=several(st.tuples(words, counts)))
doorsteps = built(Doorstep, places, words, words, insee=words)
lines = built(Line, words, counts, counts, counts, st.booleans(), maybe(instants))
offered = built(
    Option,
    window=maybe(windows),
    parts=st.tuples(built(Part, promise=promises)),
    price=maybe(prices),
    witness=maybe(built(Witness, tour_version=counts)),
    ghg_g=maybe(counts),
    chance=maybe(built(Chance, st.floats(0, 1), st.floats(0, 1), maybe(st.floats(-3600, 1800)))),
    waiting=maybe(built(Waiting, words, counts, instants)),
    splits=several(
        built(Split, st.just((("a",), ("b", "c"))), st.tuples(promises, promises), counts, counts)
    ),
)
refused = built(Option, refusals=st.tuples(refusals))
quotes = built(
    Quote,
    request=built(OrderRequest, st.tuples(lines), doorsteps, maybe(words), maybe(words)),
    created_at=st.just(NOON),
    expires_at=st.just(NOON + timedelta(minutes=15)),
    options=several(offered | refused),
    booking_id=maybe(words),
    split_of=maybe(words),
    held_back=st.booleans(),
)
bookings = built(
    Booking,
    external_ref=maybe(words),
    price=prices,
    deliver_to=doorsteps,
    customer=built(Customer, words, words, maybe(words)),
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
shipments = built(
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
events = built(
    Event,
    seq=counts,
    at_device=instants,
    at_server=instants,
    reason=maybe(words),
    type=st.sampled_from(EventType),
    data=maybe(st.dictionaries(words, words | counts | several(words).map(list), max_size=2)),
)
stops = built(
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
tours = built(
    Tour,
    shift=windows,
    start=places,
    stops=several(stops),
    version=st.just(0),
    seen=maybe(places),
    seen_at=maybe(instants),
)
loose_orders = built(LooseOrder, stops=several(stops), refusal=refusals, since=instants)
facts = built(
    Fact,
    kind=st.sampled_from((FactKind.ARRIVED, FactKind.DONE)),
    at_device=instants,
    at_server=instants,
    reason=st.none(),
    position=maybe(places),
)
results = built(
    WaveResult, counts, counts, counts, several(st.tuples(words, counts)), words, st.floats(0, 60)
)
waves = built(
    Wave,
    cut_off_at=instants,
    state=st.sampled_from(WaveState),
    leased_until=maybe(instants),
    result=maybe(results),
    error=maybe(words),
)
keys = built(ApiKey, scopes=several(words), created_at=instants, revoked_at=maybe(instants))
links = built(PageLink, created_at=instants, revoked_at=maybe(instants))

few = settings(max_examples=12, deadline=None)


class _Undone(Exception):
    """Leaves a transaction with nothing written."""


def comes_back(
    store: SqlStore,
    write: Callable[[Transaction], object],
    read: Callable[[Transaction], object],
    expected: object,
) -> None:
    with pytest.raises(_Undone), store.writing() as tx:
        write(tx)
        assert read(tx) == expected
        raise _Undone


@few
@given(quotes)
def test_a_quote_comes_back_as_it_was(store: SqlStore, quote: Quote) -> None:
    comes_back(store, lambda tx: tx.add_quote(quote), lambda tx: tx.quote(quote.quote_id), quote)


@few
@given(bookings)
def test_a_booking_comes_back_as_it_was(store: SqlStore, booking: Booking) -> None:
    comes_back(
        store,
        lambda tx: tx.add_booking(booking),
        lambda tx: tx.booking(booking.booking_id),
        booking,
    )


@few
@given(shipments)
def test_a_shipment_comes_back_as_it_was(store: SqlStore, shipment: Shipment) -> None:
    comes_back(
        store,
        lambda tx: tx.put_shipment(shipment),
        lambda tx: tx.shipment(shipment.shipment_id),
        shipment,
    )


@few
@given(events)
def test_an_event_comes_back_with_its_position(store: SqlStore, event: Event) -> None:
    with pytest.raises(_Undone), store.writing() as tx:
        written = tx.add_event(event)
        assert written == replace(event, position=written.position)
        assert written.position > 0
        assert tx.events_of(event.shipment_id) == (written,)
        raise _Undone


@few
@given(tours)
def test_a_tour_comes_back_one_version_later(store: SqlStore, tour: Tour) -> None:
    comes_back(
        store,
        lambda tx: tx.put_tour(tour),
        lambda tx: tx.tour(tour.tour_id),
        replace(tour, version=1),
    )


@few
@given(loose_orders)
def test_a_loose_order_comes_back_as_it_was(store: SqlStore, order: LooseOrder) -> None:
    comes_back(
        store, lambda tx: tx.put_loose(order), lambda tx: tx.loose_orders(order.day), (order,)
    )


@few
@given(facts)
def test_a_fact_comes_back_as_it_was(store: SqlStore, fact: Fact) -> None:
    comes_back(store, lambda tx: tx.add_fact(fact), lambda tx: tx.facts(fact.tour_id), (fact,))


@few
@given(waves)
def test_a_wave_comes_back_as_it_was(store: SqlStore, wave: Wave) -> None:
    comes_back(store, lambda tx: tx.put_wave(wave), lambda tx: tx.wave(wave.wave_id), wave)


@few
@given(keys, links)
def test_a_key_and_a_link_come_back_as_they_were(
    store: SqlStore, key: ApiKey, link: PageLink
) -> None:
    comes_back(store, lambda tx: tx.add_key(key), lambda tx: tx.key(key.key_hash), key)
    comes_back(store, lambda tx: tx.add_link(link), lambda tx: tx.link(link.token_hash), link)


def test_every_instant_read_is_utc_itself_in_a_column_and_in_a_document(store: SqlStore) -> None:
    in_paris = NOON.astimezone(PARIS)
    there = replace(tour(), seen_at=in_paris, stops=(replace(tour().stops[0], eta_at=in_paris),))
    with store.writing() as tx:
        tx.put_tour(there)
    with store.reading() as tx:
        back = tx.tour("t1")
    instants_read = (back.seen_at, back.stops[0].eta_at, back.shift.opens_at)
    assert instants_read == (NOON, NOON, NOON)
    assert [at and at.tzinfo for at in instants_read] == [UTC, UTC, UTC]
    assert all(at is not None and at.tzinfo is UTC for at in instants_read)


def test_an_instant_without_an_offset_is_refused_in_a_document_and_in_a_column(
    store: SqlStore,
) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(Broken, match="without a UTC offset: 2026-11-24"), store.writing() as tx:
        tx.add_link(PageLink("h", PageKind.PLANNER, "", naive))
    with pytest.raises(Broken, match="without a UTC offset: 2026-11-24"), store.reading() as tx:
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
