"""A courier stops: whoever waits for a parcel still gets it, from somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, NotFound
from dispatch.operations.book import BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.quote import quote
from dispatch.operations.relieve import Cause, Relief, come_back, relieve
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import standing, tours_of
from dispatch.operations.take_over import given_anew, why_left
from dispatch.operations.transfer import is_transfer
from dispatch.orders.shipments import State
from dispatch.tracking.facts import FactKind
from dispatch.tracking.news import What, Why
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house, near
from tests.fakes.road import drive, live
from tests.fakes.town import express_shops
from tests.operations.drawn import (
    at,
    courier,
    drawn_house,
    order,
    territory,
    tours_today,
    with_stops,
)


def orders(ports: Ports, many: int) -> list[str]:
    """Book *many* express orders from several shops; return their quotes."""
    shops = express_shops(ports)
    booked: list[str] = []
    for n in range(many):
        shop = shops[n % len(shops)]
        door = near(ports.territory.merchant(shop).place, north=0.001 * (n + 1))
        offer = quote(an_order(ports, shop, to=door), SHOP, ports)
        option = next(o for o in offer.options if o.offered and o.mode == "express")
        book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
        booked.append(offer.quote_id)
    return booked


def tours(ports: Ports) -> tuple[Tour, ...]:
    with ports.store.reading() as tx:
        return tours_of(tx, local_day(ports.clock.now()), ports)


def busiest(ports: Ports) -> Tour:
    return max(tours(ports), key=lambda tour: sum(not s.over for s in tour.stops))


def open_stops(tour: Tour) -> list[Stop]:
    return [stop for stop in tour.stops if not stop.over]


def until_something_is_on_board(ports: Ports) -> Tour:
    for _ in range(120):
        live(ports, minutes=1)
        for tour in tours(ports):
            fetched = {s.quote_id for s in tour.stops if s.state is StopState.DONE}
            if any(s.quote_id in fetched for s in open_stops(tour)):
                return tour
    raise AssertionError("nothing was ever on board")


def states(ports: Ports) -> set[State]:
    with ports.store.reading() as tx:
        return {
            s.state
            for b in tx.bookings(local_day(ports.clock.now()))
            for s in tx.shipments_of(b.booking_id)
        }


def test_everything_is_delivered_although_its_courier_went_home() -> None:
    ports = house("2026-11-24T09:05+01:00")
    booked = orders(ports, 4)
    wave_by_hand(ports)
    tour = until_something_is_on_board(ports)
    relief = relieve(tour.courier_id, Cause.ILL, ports)
    assert {m.quote_id for m in relief.moved} >= {s.quote_id for s in open_stops(tour)}
    assert not relief.unplaced
    assert {m.quote_id for m in relief.moved} <= set(booked)
    live(ports, minutes=6 * 60)
    assert states(ports) == {State.DELIVERED}


def test_a_parcel_on_board_changes_hands_where_its_courier_was_last_known_to_be() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 1)
    wave_by_hand(ports)
    tour = until_something_is_on_board(ports)
    (fetched,) = [s for s in tour.stops if s.kind is StopKind.PICKUP]
    (moved,) = relieve(tour.courier_id, Cause.VEHICLE_DOWN, ports).moved
    taker = next(t for t in tours(ports) if t.tour_id == moved.to)
    first, drop = open_stops(taker)
    assert is_transfer(first)
    assert (first.place, first.load) == (fetched.place, fetched.load)
    assert (first.shipment_ids, drop.kind) == (drop.shipment_ids, StopKind.DROP)
    assert taker.courier_id != tour.courier_id


def test_who_stops_has_nothing_left_and_gets_nothing_new_today() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 3)
    wave_by_hand(ports)
    tour = busiest(ports)
    clock_of(ports).advance(minutes=1)
    relieve(tour.courier_id, Cause.ILL, ports)
    orders(ports, 3)
    wave_by_hand(ports)
    mine = [t for t in tours(ports) if t.courier_id == tour.courier_id]
    assert [open_stops(t) for t in mine] == [[] for _ in mine]


def test_both_are_told_why_their_next_stop_is_another() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 1)
    wave_by_hand(ports)
    tour = busiest(ports)
    relief = relieve(tour.courier_id, Cause.ILL, ports)
    left = next(t for t in tours(ports) if t.tour_id == tour.tour_id)
    taker = next(t for t in tours(ports) if t.tour_id == relief.moved[0].to)
    assert left.unread is not None and taker.unread is not None
    assert (left.unread.what, left.unread.why) == (What.NOTHING_LEFT, Why.RELIEVED)
    assert (taker.unread.what, taker.unread.why) == (What.FIRST_STOP, Why.TAKEN_OVER)


def test_who_arrives_at_the_new_next_stop_has_read_that_it_is_the_next() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 1)
    wave_by_hand(ports)
    relief = relieve(busiest(ports).courier_id, Cause.ILL, ports)
    taker = next(t for t in tours(ports) if t.tour_id == relief.moved[0].to)
    first = open_stops(taker)[0]
    clock_of(ports).advance(minutes=9)
    there = ports.clock.now()
    report = Report("f1", taker.tour_id, first.stop_id, FactKind.ARRIVED, there)
    after = record(report, taker.courier_id, ports).tour
    assert (after.unread, after.news[-1].read_at) == (None, there)


def test_one_courier_takes_the_whole_rest_in_the_order_it_was_planned() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 3)
    wave_by_hand(ports)
    tour = busiest(ports)
    other = next(t.courier_id for t in tours(ports) if t.courier_id != tour.courier_id)
    relieve(tour.courier_id, Cause.LATE, ports, to=other)
    taker = next(t for t in tours(ports) if t.courier_id == other and t.stops)
    assert [s.stop_id for s in taker.stops] == [s.stop_id for s in open_stops(tour)]


def test_asked_for_a_rehearsal_it_answers_the_same_and_changes_nothing() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 2)
    wave_by_hand(ports)
    tour, before = busiest(ports), tours(ports)
    rehearsal = relieve(tour.courier_id, Cause.ILL, ports, dry_run=True)
    assert tours(ports) == before
    assert relieve(tour.courier_id, Cause.ILL, ports) == rehearsal


def test_what_nobody_can_take_waits_for_the_planner_with_the_reason() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 2)
    wave_by_hand(ports)
    reliefs: list[Relief] = []
    for courier_id in ports.territory.couriers:
        reliefs.append(relieve(courier_id, Cause.ILL, ports))
    last = reliefs[-1]
    assert [order.refusal.code for order in last.unplaced] == ["no_courier_on_shift"] * 2
    with ports.store.reading() as tx:
        assert len(tx.loose_orders(local_day(ports.clock.now()))) == 2
    assert states(ports) == {State.BOOKED}


def test_who_comes_back_has_the_rest_of_the_shift_as_planned() -> None:
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 1)
    wave_by_hand(ports)
    tour = busiest(ports)
    relieve(tour.courier_id, Cause.ILL, ports)
    assert come_back(tour.courier_id, ports) >= 1
    again = next(t for t in tours(ports) if t.tour_id == tour.tour_id)
    assert again.shift == tour.shift
    assert come_back(tour.courier_id, ports) == 0


def test_a_day_that_is_over_is_taken_over_by_nobody() -> None:
    ports = house("2026-11-24T22:30+01:00")
    courier_id = next(iter(ports.territory.couriers))
    with pytest.raises(Conflict):
        relieve(courier_id, Cause.ILL, ports)
    with pytest.raises(NotFound):
        relieve("c_nobody", Cause.ILL, ports)


def test_nobody_takes_over_from_themselves() -> None:
    ports = house("2026-11-24T09:05+01:00")
    courier_id = next(iter(ports.territory.couriers))
    with pytest.raises(Conflict):
        relieve(courier_id, Cause.ILL, ports, to=courier_id)


def test_a_held_place_moves_with_the_rest_and_is_still_there_when_it_is_paid() -> None:
    ports = house("2026-11-24T09:05+01:00")
    shop = express_shops(ports)[0]
    offer = quote(an_order(ports, shop), SHOP, ports)
    holder = next(t for t in tours(ports) if t.stops)
    relief = relieve(holder.courier_id, Cause.ILL, ports)
    assert [m.quote_id for m in relief.moved] == [offer.quote_id]
    option = next(o for o in offer.options if o.held)
    book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    drive(ports)
    live(ports, minutes=6 * 60)
    assert states(ports) == {State.DELIVERED}


def test_room_that_a_hold_left_behind_is_the_next_waves_to_give() -> None:
    """Nobody says why an order fits nowhere that would fit by now."""
    ports = drawn_house()
    paid = order("paid", "B", due=60)
    day = standing(tours_today(ports), at(0), ports, extra=[paid])
    assert why_left(day, day.tours, paid).code == "solver_gave_up"


def test_who_is_given_a_stop_is_given_what_is_to_be_made_before_it() -> None:
    """Else the later stop, alone on the phone, would be the next one."""
    (tour,) = tours_today(drawn_house())
    moved, mine, later = order("moved", "F", published=0), order("mine", "B"), order("later", "B")
    held = tuple(replace(stop, held_until=at(15)) for stop in order("held", "B"))
    mixed = with_stops(tour, held, mine[:1], moved, mine[1:], later)
    given = given_anew(mixed, moved, at(5))
    assert [stop.stop_id for stop in given.manifest] == ["mine:0", "moved:0", "moved:1", "mine:1"]
    assert {stop.published_at for stop in given.manifest} == {at(5)}


def test_a_hold_keeps_its_place_when_what_is_paid_can_be_brought_by_another() -> None:
    """Ben could take either, and is the first to be tried; Dan's bag is too small for the hold."""
    ports = drawn_house(
        territory(courier("anna"), courier("ben"), courier("dan", carries_g=5_000)), at(0)
    )
    anna, *_ = tours_today(ports)
    paid = order("paid", "B", weight_g=3_000, due=14)
    held = order("held", "B", weight_g=9_000, due=14)
    held = tuple(replace(stop, held_until=at(15), release_at=at(2)) for stop in held)
    stops = tuple(replace(stop, shipment_ids=()) for stop in (*paid, *held))
    with ports.store.writing() as tx:
        tx.put_tour(with_stops(anna, stops))
    relief = relieve("anna", Cause.ILL, ports, dry_run=True)
    assert (relief.unplaced, relief.given_up) == ((), ())
    assert {m.quote_id: m.courier_id for m in relief.moved} == {"paid": "dan", "held": "ben"}
    assert all(m.late_s == 0 for m in relief.moved)
