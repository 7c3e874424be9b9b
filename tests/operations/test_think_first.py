from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

from dispatch.adapters.storage.turn import RUSH_S, Turn
from dispatch.core.errors import Broken, NoLongerFeasible, Stale
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.fleet.couriers import Courier
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.hold import hold
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.think_first import TRIES_WITHOUT_LOCK, think_first
from dispatch.operations.waves import LooseOrder
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote
from dispatch.orders.shipments import State
from tests.fakes.house import CUSTOMER, SHOP
from tests.fakes.interrupted import InterruptedStore
from tests.operations.drawn import TOWN, courier, drawn_house, territory, tours_today


class _Watched:
    """A store that knows whether its lock is taken, and streets that mind."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.locked = False
        self.reading = ports.store.reading

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with self._ports.store.writing() as tx:
            self.locked = True
            try:
                yield tx
            finally:
                self.locked = False

    def durations_s(self, *args: Any, **kwargs: Any) -> Any:
        assert not self.locked, "somebody asks for travel times while everybody waits"
        return self._ports.streets.durations_s(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ports.streets, name)


@pytest.fixture
def watched() -> Ports:
    house = drawn_house()
    guard = _Watched(house)
    return replace(house, store=guard, streets=guard)


def test_nobody_waits_while_a_place_is_looked_for(watched: Ports) -> None:
    line = Line(MerchantId("B"), weight_g=1000)
    offer = quote(OrderRequest((line,), Doorstep(TOWN["x"])), SHOP, watched)
    for option in ("opt_2", "opt_1"):  # tried again, and held
        made = book(BookRequest(offer.quote_id, option, CUSTOMER), SHOP, watched, dry_run=True)
    made = book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, watched)
    cancel(made.booking.booking_id, SHOP, watched)


def test_who_is_overtaken_again_and_again_thinks_under_the_lock(watched: Ports) -> None:
    tries: list[bool] = []

    def overtaken(seen: bool, tx: Transaction) -> bool:
        del tx
        tries.append(seen)
        if len(tries) <= TRIES_WITHOUT_LOCK:
            raise Stale("somebody was quicker")
        return seen

    def locked(_: Transaction) -> bool:
        guard = watched.store
        assert isinstance(guard, _Watched)
        return guard.locked

    assert think_first(locked, lambda seen: seen, overtaken, watched)
    assert tries == [False] * TRIES_WITHOUT_LOCK + [True]


def test_threads_of_a_process_think_one_by_one_until_others_see_what_was_written(
    watched: Ports,
) -> None:
    turn = Turn("the tours")
    ports = replace(watched, thinking=turn)
    after: list[str] = []

    def written(thought: str, tx: Transaction) -> None:
        with pytest.raises(Broken, match="has the tours already"), turn:
            pass
        tx.once_committed(lambda: after.append(thought))
        tx.once_committed(lambda: turn.__enter__())  # nobody has it: others may think

    think_first(lambda tx: "seen", lambda seen: "thought", written, ports)
    assert after == ["thought"]


def test_whoever_thinks_sees_that_others_wait() -> None:
    turn, order = Turn("the tours"), ["first"]

    def second() -> None:
        with turn:
            order.append("second")

    waiting = Thread(target=second)
    with turn:
        assert not turn.is_waited_for
        waiting.start()
        until_s = monotonic() + 30
        while not turn.is_waited_for and monotonic() < until_s:
            sleep(0.001)
        assert turn.is_waited_for
        assert turn.is_in_demand
        order.append("first again")
    waiting.join()
    assert order == ["first", "first again", "second"]
    assert not turn.is_waited_for


def test_a_turn_is_in_demand_for_a_while_after_somebody_waited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [100.0]
    monkeypatch.setattr("dispatch.adapters.storage.turn.monotonic", lambda: now_s[0])
    turn = Turn("the tours")
    with turn:
        assert not turn.is_in_demand
        waiting = Thread(target=lambda: turn.__enter__())
        waiting.start()
        until_s = monotonic() + 30
        while not turn.is_waited_for and monotonic() < until_s:
            sleep(0.001)
    waiting.join()
    assert turn.is_in_demand
    now_s[0] += RUSH_S
    assert not turn.is_in_demand


def test_who_fails_gives_the_turn_back(watched: Ports) -> None:
    ports = replace(watched, thinking=Turn("the tours"))

    def lost(thought: object, tx: Transaction) -> None:
        raise NoLongerFeasible("the place is gone")

    for _ in range(2):
        with pytest.raises(NoLongerFeasible):
            think_first(lambda tx: None, lambda seen: seen, lost, ports)


def interrupted(*crew: Courier) -> tuple[Ports, InterruptedStore]:
    house = drawn_house(territory(*crew))
    store = InterruptedStore(house.store)
    return replace(house, store=store), store


def times_in_tours(ports: Ports, quote_id: str) -> int:
    return sum(s.quote_id == quote_id for tour in tours_today(ports) for s in tour.stops) // 2


def test_a_hold_that_moves_in_during_a_booking_is_found_and_not_doubled() -> None:
    """The order was asked for again, so the first quote holds nothing while it is booked.

    Anna rides until noon, when Ben begins: the two windows are in two tours.
    """
    ports, store = interrupted(
        courier("anna", "Mo-Su 09:00-12:00"), courier("ben", "Mo-Su 12:30-19:00")
    )
    line = Line(MerchantId("B"), weight_g=1000)
    first = quote(OrderRequest((line,), Doorstep(TOWN["x"]), "CMD-1"), SHOP, ports)
    quote(first.request, SHOP, ports)
    with store.meanwhile(lambda: _hold(first, "opt_5", ports)):
        book(BookRequest(first.quote_id, "opt_3", CUSTOMER), SHOP, ports)
    assert times_in_tours(ports, first.quote_id) == 1


def _hold(offer: Quote, option_id: str, ports: Ports) -> None:
    hold(offer.quote_id, option_id, SHOP, ports)


def test_an_order_that_a_wave_finds_a_place_while_it_is_cancelled_leaves_the_tour() -> None:
    ports, store = interrupted()
    line = Line(MerchantId("B"), weight_g=1000)
    offer = quote(OrderRequest((line,), Doorstep(TOWN["x"])), SHOP, ports)
    made = book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports).booking
    (tour,) = tours_today(ports)
    loose = LooseOrder(
        offer.quote_id,
        tour.day,
        tour.stops,
        Refusal("no_feasible_insertion"),
        ports.clock.now(),
    )
    with ports.store.writing() as tx:
        tx.put_tour(tour.without_order(offer.quote_id))
        tx.put_loose(loose)
    with store.meanwhile(lambda: _wave(ports)):
        cancel(made.booking_id, SHOP, ports)
    assert times_in_tours(ports, offer.quote_id) == 0


def _wave(ports: Ports) -> None:
    assert wave_by_hand(ports).result is not None
    assert sum(len(tour.stops) for tour in tours_today(ports)) == 2


def test_a_parcel_that_is_packed_while_its_tour_is_thought_out_is_given_with_its_news() -> None:
    ports, store = interrupted()
    line = Line(MerchantId("B"), weight_g=1000)
    offer = quote(OrderRequest((line,), Doorstep(TOWN["x"])), SHOP, ports)
    (parcel,) = book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports).shipments

    def pack() -> None:
        act(Act.READY, parcel.shipment_id, parcel.merchant_id, ports)

    with store.meanwhile(pack, after=2):  # asked for, claimed, and then handed out
        assert wave_by_hand(ports).error is None
    with ports.store.reading() as tx:
        events = tx.events_of(parcel.shipment_id)
        given = tx.shipment(parcel.shipment_id)
    assert [event.state for event in events][:3] == [State.BOOKED, State.READY, State.ASSIGNED]
    assert [event.seq for event in events] == list(range(len(events)))
    assert given.prepared_at is not None
