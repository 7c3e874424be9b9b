"""Random days: whoever asks, books or cancels in whatever order, no promise is ever broken.

Couriers do exactly what was planned here, so a promise that breaks was broken
by us: by a later quote, a later booking, a wave or a cancellation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.dispatch_rules import TOWN_POLICIES, DispatchRules
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.report import day_report
from dispatch.operations.standing import forecast_manifest, tours_of
from dispatch.operations.waiting import agree, place_told
from dispatch.orders.quotes import Quote
from dispatch.orders.shipments import State
from dispatch.replay.past import GeneratedHistory
from dispatch.slots.calendar import Calendar
from dispatch.slots.service_levels import Mode
from geodata import load
from tests.databases import POSTGRESQL, Server, fresh_store
from tests.fakes.house import CUSTOMER, SHOP, an_order, house, near
from tests.fakes.road import live
from tests.fakes.town import express_shops

ASK, BOOK_SLOT, PAY_LATE, CANCEL, WAIT = "ask", "book", "pay late", "cancel", "wait"

acts = st.lists(
    st.tuples(
        st.sampled_from([ASK, BOOK_SLOT, BOOK_SLOT, PAY_LATE, CANCEL, WAIT, WAIT]),
        st.integers(0, 999),
        st.integers(0, 999),
        st.floats(-0.003, 0.003),
        st.floats(-0.003, 0.003),
    ),
    min_size=5,
    max_size=25,
)


def nobody_is_let_down(ports: Ports) -> None:
    """Every booked order stands in one tour (or is over), and no open drop is forecast late."""
    now = ports.clock.now()
    day = local_day(now)
    with ports.store.reading() as tx:
        tours = tours_of(tx, day, ports)
        assert not tx.loose_orders(day)
        bookings = tx.bookings(day)
        standing = Counter(s.quote_id for t in tours for s in t.stops if s.held_until is None)
        for booking in bookings:
            if booking.mode is Mode.EXPRESS and booking.cancelled_at is None:
                assert standing[booking.quote_id] == len(booking.shipment_ids) + 1
    for tour in tours:
        for stop, timing in forecast_manifest(tour, now, ports):
            assert stop.due_at is None or timing.begin_at <= stop.due_at, stop.stop_id
        for stop in tour.stops:
            late = stop.due_at is not None and stop.eta_at is not None and stop.eta_at > stop.due_at
            assert not late, stop.stop_id


class Watch:
    """Each courier's next stop, looked at again and again: it never changes without a word."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.next_stops: dict[str, str] = {}

    def look(self) -> None:
        with self.ports.store.reading() as tx:
            tours = tours_of(tx, local_day(self.ports.clock.now()), self.ports)
        for tour in tours:
            was = self.next_stops.get(tour.tour_id)
            now = "" if tour.next_stop is None else tour.next_stop.stop_id
            ended = any(stop.stop_id == was and stop.over for stop in tour.stops)
            if was and was != now and not ended:
                # What it was told to be since may be over as well by the time we look.
                over = {stop.stop_id for stop in tour.stops if stop.over}
                assert any(n.was == was and (n.stop_id or "") in {now, *over} for n in tour.news)
            self.next_stops[tour.tour_id] = now


def whoever_is_told_to_wait_goes(ports: Ports) -> None:
    now = ports.clock.now()
    with ports.store.reading() as tx:
        tours = tours_of(tx, local_day(now), ports)
    for tour in tours:
        if (told := place_told(tour, now)) is not None:
            agree(tour.tour_id, told.near, now, tour.courier_id, ports)


@cache
def past() -> GeneratedHistory:
    return GeneratedHistory(load.town("val_de_garonne"), Calendar(), weeks=2)


Day = list[tuple[str, int, int, float, float]]


@pytest.mark.parametrize("policy", TOWN_POLICIES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(day=acts)
def test_no_later_order_ever_breaks_an_earlier_promise(policy: str, day: Day) -> None:
    ports = house("2026-11-24T09:05+01:00")
    rules = DispatchRules(policy=policy, buffer_s=0, hold_margin_s=0)
    parameters = replace(ports.parameters, dispatching=rules)
    live_through(day, replace(ports, parameters=parameters, history=past()))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(day=acts)
def test_nor_does_it_when_the_orders_are_in_postgresql(
    server: Callable[[], Server], day: Day
) -> None:
    with fresh_store(POSTGRESQL, server) as store:
        live_through(day, house("2026-11-24T09:05+01:00", store=store))


def live_through(day: Day, ports: Ports) -> None:
    """Let everybody do what *day* says; whoever was promised something gets it in time."""
    shops = express_shops(ports)
    booked: list[str] = []
    open_carts: list[Quote] = []
    watch = Watch(ports)
    for what, a, b, north, east in day:
        if what == WAIT:
            live(ports, minutes=1 + a % 25)
            whoever_is_told_to_wait_goes(ports)
        elif what == CANCEL and booked:
            with suppress(Conflict):  # on board already
                cancel(booked.pop(a % len(booked)), SHOP, ports)
        elif what == PAY_LATE and open_carts:
            # A held place is there until the quote expires, whatever happened since.
            offer = open_carts.pop(a % len(open_carts))
            if ports.clock.now() < offer.expires_at:
                ask = BookRequest(offer.quote_id, "opt_1", CUSTOMER)
                booked.append(book(ask, SHOP, ports).booking.booking_id)
        elif what in (ASK, BOOK_SLOT):
            first, other = shops[a % len(shops)], shops[b % len(shops)]
            names = {first, other} if b % 4 == 0 else {first}
            door = near(ports.territory.merchant(other).place, north=north, east=east)
            offer = quote(an_order(ports, *sorted(names), to=door), SHOP, ports)
            offered = [o for o in offer.options if o.mode is Mode.EXPRESS and o.offered]
            if what == BOOK_SLOT and offered:
                option = offered[b % len(offered)]
                ask = BookRequest(offer.quote_id, option.option_id, CUSTOMER)
                booked.append(book(ask, SHOP, ports).booking.booking_id)
            elif offered and offered[0].held:
                open_carts.append(offer)
        nobody_is_let_down(ports)
        watch.look()
    live(ports, minutes=5 * 60)
    report = day_report(local_day(ports.clock.now()), ports)
    express = [line for line in report.lines if line.mode is Mode.EXPRESS]
    assert {line.outcome for line in express} <= {"delivered", "cancelled"}
    assert all(line.state in (State.DELIVERED, State.CANCELLED) for line in express)
