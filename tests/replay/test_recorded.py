"""What of a lived day is written down to be lived again, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dispatch.core.places import Place
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.operations.weather import say_wet, take_back_wet
from dispatch.orders.quotes import Doorstep
from dispatch.replay.day import Day, Origin
from dispatch.replay.day_file import day_of, day_text
from dispatch.replay.recorded import recorded_day
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house, near
from tests.fakes.road import live

TUESDAY = date(2026, 11, 24)
BAKER = "m_maison_lisiere"


def booked(ports: Ports, mode: Mode = Mode.EXPRESS, nth: int = 0, note: str = "") -> Booked:
    """Ask, think for a minute, book the *nth* option of *mode*."""
    request = an_order(ports, BAKER)
    door = Doorstep(request.deliver_to.place, "12 Rue schématique 1, 47200 Marmande", note)
    given = quote(replace(request, deliver_to=door), SHOP, ports)
    clock_of(ports).advance(minutes=1)
    option = [o for o in given.options if o.mode is mode and o.offered][nth]
    return book(BookRequest(given.quote_id, option.option_id, CUSTOMER), SHOP, ports)


def test_an_order_is_kept_as_it_came() -> None:
    ports = house()
    asked_at = ports.clock.now()
    booked(ports)
    day = recorded_day(TUESDAY, ports)
    (order,) = day.orders
    assert day.origin is Origin.RECORDED
    assert order.asked_at == asked_at
    assert order.place == near(ports.territory.merchant(BAKER).place)
    assert [(line.merchant_id, line.weight_g) for line in order.lines] == [(BAKER, 1000)]
    assert (order.wants_at, order.flat, order.absent) == (None, False, False)


def test_nothing_says_who_it_was() -> None:
    ports = house()
    booked(ports, note="2e étage, code 4711")
    text = day_text(recorded_day(TUESDAY, ports))
    for secret in ("Camille", "0042", "example.org", "schématique", "étage", "4711"):
        assert secret not in text
    assert recorded_day(TUESDAY, ports).orders[0].flat


def test_a_chosen_window_is_what_the_customer_wants() -> None:
    ports = house()
    made = booked(ports, nth=2)
    (order,) = recorded_day(TUESDAY, ports).orders
    assert order.wants_at == made.shipments[0].promise.window.opens_at


def test_a_late_shop_is_late_again() -> None:
    ports = house()
    (shipment,) = booked(ports).shipments
    ready_at = shipment.promise.ready_at
    assert ready_at is not None
    clock_of(ports).move_to(ready_at)
    clock_of(ports).advance(minutes=7)
    act(Act.READY, shipment.shipment_id, shipment.merchant_id, ports)
    assert recorded_day(TUESDAY, ports).orders[0].lines[0].late_s == 7 * 60


def test_only_what_a_courier_was_to_bring_is_kept() -> None:
    ports = house()
    booked(ports, Mode.COLLECT)
    cancelled = booked(ports)
    cancel(cancelled.booking.booking_id, SHOP, ports)
    assert recorded_day(TUESDAY, ports).orders == ()
    assert recorded_day(date(2026, 11, 25), ports).orders == ()


def test_it_rains_where_a_planner_said_so_and_on_that_day_alone() -> None:
    ports = house()
    booked(ports)
    say_wet(TUESDAY + timedelta(days=1), ports)
    assert not recorded_day(TUESDAY, ports).rain

    say_wet(TUESDAY, ports)
    assert recorded_day(TUESDAY, ports).rain
    take_back_wet(TUESDAY, ports)
    assert not recorded_day(TUESDAY, ports).rain


def test_a_recorded_day_comes_back_from_its_file() -> None:
    ports = house()
    for _ in range(2):
        booked(ports)
    live(ports, minutes=90)
    day: Day = recorded_day(TUESDAY, ports)
    assert [order.number for order in day.orders] == [1, 2]
    read = day_of(day_text(day))
    assert [order.lines for order in read.orders] == [order.lines for order in day.orders]
    assert all(isinstance(order.place, Place) and not order.place.label for order in read.orders)
