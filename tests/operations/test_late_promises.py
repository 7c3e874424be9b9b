"""A promise that will not be kept is told once, with what could be had instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dispatch.core.civil import local_day, parse_instant
from dispatch.core.reasons import Refusal
from dispatch.operations.amend import Amendment, amend
from dispatch.operations.book import Booked
from dispatch.operations.late_promises import tell_of_late_promises
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.track import track
from dispatch.operations.waves import LooseOrder
from dispatch.orders.shipments import Event, EventType
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from tests.fakes.house import SHOP, an_order, clock_of
from tests.fakes.town import express_shops
from tests.operations.test_at_risk import kept_for_hours
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


def notices(booked: Booked, ports: Ports) -> list[Event]:
    with ports.store.reading() as tx:
        events = tx.events_of(booked.shipments[0].shipment_id)
    return [event for event in events if event.type is EventType.LATE]


def said(booked: Booked, ports: Ports) -> dict[str, Any]:
    (notice,) = notices(booked, ports)
    assert notice.data is not None
    return dict(notice.data)


def test_while_the_promise_will_probably_be_kept_nobody_is_told_anything(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    for _ in range(4):
        clock_of(ports).advance(minutes=10)  # the forecast moves, within the promise
        assert tell_of_late_promises(ports) == 0
    while tour.next_stop is not None:
        tour = report(tour, ports)
    clock_of(ports).advance(minutes=400)
    assert tell_of_late_promises(ports) == 0
    assert notices(booked, ports) == []


def test_a_promise_more_likely_broken_than_kept_is_told_once_with_ways_that_were_tried(
    ports: Ports,
) -> None:
    orders = [order(ports), order(ports)]
    kept_for_hours(given_tour(ports), ports)

    assert tell_of_late_promises(ports) == 2
    assert tell_of_late_promises(ports) == 0
    for booked in orders:
        told = said(booked, ports)
        ends_at = booked.shipments[0].promise.window.closes_at
        assert told["why"] == "late"
        assert parse_instant(told["promised_until"]) == ends_at
        assert parse_instant(told["expected"]["end"]) > ends_at
        modes = [one["mode"] for one in told["instead"]]
        assert modes[0] == "collect"
        assert len(modes) == len(set(modes)) >= 2
        for one in told["instead"]:
            assert one["price_cents"] >= 0
            assert ports.clock.now() <= parse_instant(one["end"])


def test_the_ways_told_are_those_a_quote_would_offer(ports: Ports) -> None:
    booked = order(ports)
    kept_for_hours(given_tour(ports), ports)
    tell_of_late_promises(ports)

    offered = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports, hold=False).options
    price = {o.mode: o.price.amount_cents for o in offered if o.offered and o.price is not None}
    for one in said(booked, ports)["instead"]:
        assert one["price_cents"] == price[Mode(one["mode"])]


def test_a_courier_who_has_the_parcel_brings_it_and_nothing_is_offered_instead(
    ports: Ports,
) -> None:
    booked = order(ports)
    report(given_tour(ports), ports)
    clock_of(ports).advance(minutes=260)

    assert tell_of_late_promises(ports) == 1
    assert said(booked, ports)["instead"] == []


def test_an_order_whose_pickup_failed_for_good_is_told_with_its_reason(ports: Ports) -> None:
    booked = order(ports)
    report(given_tour(ports), ports, FactKind.FAILED, "item_missing")

    assert tell_of_late_promises(ports) == 1
    told = said(booked, ports)
    assert told["why"] == "pickup_failed"
    assert "expected" not in told
    assert "collect" in [one["mode"] for one in told["instead"]]


def test_an_order_that_the_next_wave_tries_again_is_told_when_no_time_is_left(
    ports: Ports,
) -> None:
    booked = order(ports)
    set_aside(booked, ports)
    assert tell_of_late_promises(ports) == 0
    clock_of(ports).move_to(booked.shipments[0].promise.window.closes_at - timedelta(minutes=20))
    assert tell_of_late_promises(ports) == 1


def test_a_promise_that_was_moved_is_told_anew_when_it_will_not_be_kept_either(
    ports: Ports,
) -> None:
    booked = order(ports)
    set_aside(booked, ports)
    clock_of(ports).move_to(booked.shipments[0].promise.window.closes_at - timedelta(minutes=20))
    assert tell_of_late_promises(ports) == 1
    until = moved_later(booked, ports)
    assert tell_of_late_promises(ports) == 0
    set_aside(booked, ports)
    clock_of(ports).move_to(until - timedelta(minutes=20))
    assert tell_of_late_promises(ports) == 1
    assert len(notices(booked, ports)) == 2


def test_the_customer_s_page_says_it_until_the_order_is_there(ports: Ports) -> None:
    booked = order(ports)
    tour = kept_for_hours(given_tour(ports), ports)
    token = booked.booking.tracking_token
    assert not track(token, ports).late
    tell_of_late_promises(ports)

    seen = track(token, ports)
    assert seen.late
    assert Mode.COLLECT in [other.mode for other in seen.instead]
    while tour.next_stop is not None:
        tour = report(tour, ports)
    assert (track(token, ports).late, track(token, ports).instead) == (False, ())


def set_aside(booked: Booked, ports: Ports) -> None:
    """Take the order out of its tour, as a wave does that finds no place for it."""
    quote_id = booked.booking.quote_id
    with ports.store.writing() as tx:
        for tour in tx.tours(local_day(ports.clock.now())):
            stops = tuple(stop for stop in tour.stops if stop.quote_id == quote_id)
            if stops:
                tx.put_tour(tour.without_order(quote_id))
                full = Refusal("no_feasible_insertion")
                now = ports.clock.now()
                tx.put_loose(LooseOrder(quote_id, tour.day, stops, full, now))


def moved_later(booked: Booked, ports: Ports) -> datetime:
    """Amend the booking to the last window of today; return when that ends."""
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports, hold=False)
    windows = [
        o.window for o in answer.options if o.mode is Mode.EXPRESS and o.offered and o.window
    ]
    change = Amendment(window_from=windows[-1].opens_at)
    _, shipments = amend(booked.booking.booking_id, change, SHOP, ports)
    return shipments[0].promise.window.closes_at
