from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dispatch.core.civil import parse_instant
from dispatch.core.errors import Invalid, NoLongerFeasible, NotFound, TooLate
from dispatch.core.ids import MerchantId, StorefrontId
from dispatch.operations.amend import Amendment, amend
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.manifest import courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import tours_of
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.orders.shipments import EventType, State
from dispatch.slots.service_levels import Mode, service_levels
from dispatch.tracking.tours import Stop, StopKind
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.fakes.road import live
from tests.operations.drawn import TEN, TOWN, at, tours_today
from tests.operations.test_holds import ask, express, ports_with

TO_NOON = Amendment(window_from=at(60))  # eleven o'clock


def booked(ports: Ports, *, to: str = "x", option: str = "opt_1") -> Booked:
    return book(BookRequest(ask(ports, to=to).quote_id, option, CUSTOMER), SHOP, ports)


def stops(made: Booked, ports: Ports) -> list[Stop]:
    mine = made.booking.quote_id
    return [s for tour in tours_today(ports) for s in tour.stops if s.quote_id == mine]


def start(made: Booked, change: Amendment, ports: Ports, *, dry_run: bool = False) -> datetime:
    _, (shipment,) = amend(made.booking.booking_id, change, SHOP, ports, dry_run=dry_run)
    return shipment.promise.window.opens_at


def test_another_window_is_another_promise_in_the_tour() -> None:
    ports = ports_with()
    made = booked(ports)
    assert start(made, TO_NOON, ports) == at(60)
    *_, drop = stops(made, ports)
    assert drop.promised_until == at(120)
    assert drop.shipment_ids == made.booking.shipment_ids
    live(ports, minutes=150)
    with ports.store.reading() as tx:
        (shipment,) = tx.shipments_of(made.booking.booking_id)
    assert shipment.state is State.DELIVERED
    assert shipment.ended_at is not None
    assert at(60) <= shipment.ended_at <= at(120)


def test_a_courier_who_had_it_is_sent_anew_by_the_next_wave() -> None:
    ports = ports_with(shift="Mo-Su 10:30-19:00")
    made = booked(ports)
    wave_by_hand(ports)
    assert all(stop.published_at for stop in stops(made, ports))
    start(made, TO_NOON, ports)
    assert not any(stop.published_at for stop in stops(made, ports))
    wave_by_hand(ports)
    with ports.store.reading() as tx:
        (shipment,) = tx.shipments_of(made.booking.booking_id)
        events = tx.events_of(shipment.shipment_id)
    assert shipment.state is State.ASSIGNED
    assert [event.seq for event in events] == list(range(len(events)))
    (told,) = [event for event in events if event.type is EventType.AMENDED]
    assert told.data is not None
    assert told.data["changed"] == ["window"]


def test_a_window_that_is_full_keeps_the_old_place() -> None:
    ports = ports_with()
    made = booked(ports, option="opt_5")
    while True:
        option = next(o for o in express(ask(ports)) if o.window and o.window.opens_at == at(120))
        if not option.offered:
            break
        other = booked(ports)
        try:
            start(other, Amendment(window_from=at(120)), ports)
        except NoLongerFeasible:
            break
    before = stops(made, ports)
    with pytest.raises(NoLongerFeasible) as why:
        start(made, Amendment(window_from=at(120)), ports)
    assert why.value.facts["reason"] == "no_feasible_insertion"
    assert stops(made, ports) == before


def test_a_rehearsed_change_changes_nothing() -> None:
    ports = ports_with()
    made = booked(ports)
    before = stops(made, ports)
    assert start(made, TO_NOON, ports, dry_run=True) == at(60)
    assert stops(made, ports) == before


def test_once_the_courier_has_left_the_window_stays_and_the_note_still_changes() -> None:
    ports = ports_with()
    made = booked(ports)
    live(ports, minutes=2)
    with pytest.raises(TooLate):
        start(made, TO_NOON, ports)
    booking, _ = amend(
        made.booking.booking_id, Amendment(phone="+33639980099", note="3e"), SHOP, ports
    )
    assert (booking.customer.phone, booking.note) == ("+33639980099", "3e")


def test_the_courier_reads_the_new_note_and_calls_the_new_number() -> None:
    ports = ports_with()
    made = booked(ports)
    wave_by_hand(ports)
    change = Amendment(phone="+33639980099", note="code 12")
    amend(made.booking.booking_id, change, SHOP, ports)
    (tour,) = tours_today(ports)
    seen = courier_day(tour.courier_id, ports).stops[-1]
    assert (seen.phone, seen.note) == ("+33639980099", "code 12")
    with ports.store.reading() as tx:
        events = tx.events_of(made.shipments[0].shipment_id)
    assert "+33639980099" not in str(events)
    assert "code 12" not in str(events)


def test_what_is_over_or_has_no_window_is_not_changed() -> None:
    ports = ports_with()
    made = booked(ports)
    with pytest.raises(Invalid, match="those that do: 2026-11-24T10:00"):
        start(made, Amendment(window_from=at(61)), ports)
    with pytest.raises(NotFound):
        amend(made.booking.booking_id, TO_NOON, StorefrontId("sf_other"), ports)
    cancel(made.booking.booking_id, SHOP, ports)
    with pytest.raises(TooLate):
        amend(made.booking.booking_id, Amendment(note="x"), SHOP, ports)
    offer = ask(ports)
    option = next(o for o in offer.options if o.mode is Mode.COLLECT)
    kept = book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    with pytest.raises(Invalid, match="by collect"):
        start(kept, TO_NOON, ports)


def test_a_cancellation_costs_by_how_far_the_order_has_come() -> None:
    ports = ports_with()
    early, late = booked(ports), booked(ports)
    gone, _ = cancel(early.booking.booking_id, SHOP, ports)
    assert gone.fee is None
    live(ports, minutes=2)
    rehearsed, _ = cancel(late.booking.booking_id, SHOP, ports, dry_run=True)
    with ports.store.reading() as tx:
        (shipment,) = tx.shipments_of(late.booking.booking_id)
        assert tx.booking(late.booking.booking_id).cancelled_at is None
    assert shipment.state is State.TO_PICKUP
    assert rehearsed.fee is not None
    assert rehearsed.fee.amount_cents == 250
    clock_of(ports).move_to(ports.clock.now() + timedelta(seconds=1))
    paid, _ = cancel(late.booking.booking_id, SHOP, ports)
    again, _ = cancel(late.booking.booking_id, SHOP, ports)
    assert paid.fee == again.fee == rehearsed.fee


# --- another day ------------------------------------------------------------------------

TUESDAY, WEDNESDAY = TEN.date(), TEN.date() + timedelta(days=1)
A_DAY_MIN = 24 * 60


def house_ahead() -> Ports:
    """Today and the two days after it are sold; Anna works from nine to seven on each."""
    ports = ports_with(share=1.0)
    levels = service_levels("within_4h", {"express": {"days_ahead": 2}})
    return replace(ports, parameters=replace(ports.parameters, levels=levels))


def booked_for(day: date, minute: int, ports: Ports, to: str = "x") -> Booked:
    """Book the window of *day* that begins *minute* minutes after today's ten o'clock."""
    line = Line(MerchantId("B"), weight_g=100)
    offer = quote(OrderRequest((line,), Doorstep(TOWN[to]), day=day), SHOP, ports)
    found = [o for o in offer.options if o.offered and o.window and o.window.opens_at == at(minute)]
    return book(BookRequest(offer.quote_id, found[-1].option_id, CUSTOMER), SHOP, ports)


def stands_on(made: Booked, ports: Ports) -> list[tuple[date, datetime | None]]:
    """The days on which the order has a doorstep in a tour, and until when it is promised."""
    found = []
    with ports.store.reading() as tx:
        for day in (TUESDAY, WEDNESDAY, WEDNESDAY + timedelta(days=1)):
            for tour in tours_of(tx, day, ports):
                mine = (s for s in tour.stops if s.quote_id == made.booking.quote_id)
                found += [(day, s.promised_until) for s in mine if s.kind is StopKind.DROP]
    return found


def test_a_window_of_tomorrow_is_changed_in_tomorrow_s_tour() -> None:
    ports = house_ahead()
    made = booked_for(WEDNESDAY, A_DAY_MIN, ports)
    noon = Amendment(window_from=at(A_DAY_MIN + 120))
    assert start(made, noon, ports) == at(A_DAY_MIN + 120)
    assert stands_on(made, ports) == [(WEDNESDAY, at(A_DAY_MIN + 180))]


def test_a_full_hour_of_tomorrow_is_refused_whatever_room_today_has() -> None:
    ports = house_ahead()
    made = booked_for(WEDNESDAY, A_DAY_MIN, ports)
    before = stands_on(made, ports)
    with pytest.raises(IndexError):  # until no more is offered
        while True:
            booked_for(WEDNESDAY, A_DAY_MIN + 120, ports, to="y")
    with pytest.raises(NoLongerFeasible) as why:
        start(made, Amendment(window_from=at(A_DAY_MIN + 120)), ports)
    assert why.value.facts["reason"] == "no_feasible_insertion"
    assert stands_on(made, ports) == before


@pytest.mark.parametrize(
    ("day", "minute", "to_minute", "to_day"),
    [
        (TUESDAY, 60, A_DAY_MIN + 60, WEDNESDAY),  # put off to tomorrow
        (WEDNESDAY, A_DAY_MIN + 60, 120, TUESDAY),  # brought forward: the shop is ready
        (WEDNESDAY, A_DAY_MIN, 2 * A_DAY_MIN, WEDNESDAY + timedelta(days=1)),
    ],
)
def test_an_order_moves_to_another_day_and_leaves_the_one_before(
    day: date, minute: int, to_minute: int, to_day: date
) -> None:
    ports = house_ahead()
    made = booked_for(day, minute, ports)
    assert start(made, Amendment(window_from=at(to_minute)), ports) == at(to_minute)
    assert stands_on(made, ports) == [(to_day, at(to_minute + 60))]
    # And back again: the promise tells the day, not the quote.
    assert start(made, Amendment(window_from=at(minute)), ports) == at(minute)
    assert stands_on(made, ports) == [(day, at(minute + 60))]


def test_a_day_that_is_not_sold_says_so() -> None:
    ports = house_ahead()
    made = booked_for(WEDNESDAY, A_DAY_MIN, ports)
    with pytest.raises(NoLongerFeasible) as why:
        start(made, Amendment(window_from=at(5 * A_DAY_MIN)), ports)
    assert why.value.facts["reason"] == "not_this_day"


@pytest.mark.parametrize("text", ["9999-12-31T10:00+01:00", "2026-11-23T10:00+01:00"])
def test_a_day_that_nobody_promises_anything_for_is_a_typing_error(text: str) -> None:
    ports = house_ahead()
    made = booked(ports)
    with pytest.raises(Invalid, match="is not one of the 14") as why:
        start(made, Amendment(window_from=parse_instant(text)), ports)
    assert why.value.field == "window.start"


def test_a_courier_who_has_left_for_it_today_keeps_it_today() -> None:
    ports = house_ahead()
    made = booked(ports)
    live(ports, minutes=2)
    with pytest.raises(TooLate):
        start(made, Amendment(window_from=at(A_DAY_MIN + 60)), ports)
