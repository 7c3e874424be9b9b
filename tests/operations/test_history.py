"""A town's own past, read from its store: what counts, and that the purge changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

from dispatch.operations.cancel import cancel
from dispatch.operations.history import StoredHistory
from dispatch.operations.past_orders import DayKind, Past
from dispatch.operations.ports import Ports
from dispatch.operations.retention import purge
from tests.fakes.house import SHOP, clock_of
from tests.fakes.town import express_shops
from tests.operations.test_amend import booked_for, house_ahead
from tests.operations.test_run_wave import order

TUESDAY = date(2026, 11, 24)


def before(day: date, ports: Ports, weeks: int = 8) -> Past:
    return StoredHistory(ports.store, ports.parameters.calendar, weeks=weeks).before(day)


def test_a_day_is_no_part_of_its_own_past(ports: Ports) -> None:
    order(ports)

    assert before(TUESDAY, ports) == Past()
    assert before(TUESDAY + timedelta(days=1), ports).days == {DayKind.WEEKDAY: 1}


def test_orders_are_counted_by_shop_and_hour_and_cancelled_ones_were_asked_for_too(
    ports: Ports,
) -> None:
    shop = express_shops(ports)[0]
    order(ports, shop)
    cancel(order(ports, shop).booking.booking_id, SHOP, ports)

    past = before(TUESDAY + timedelta(days=1), ports)

    assert past.orders == {((shop,), DayKind.WEEKDAY, 10): 2}
    assert sum(past.doors.values()) == 2


def test_what_was_asked_for_another_day_is_no_order_of_that_hour() -> None:
    ports = house_ahead()
    booked_for(TUESDAY + timedelta(days=1), 24 * 60, ports)

    assert before(TUESDAY + timedelta(days=1), ports) == Past()


def test_weeks_ago_is_forgotten(ports: Ports) -> None:
    order(ports)

    assert before(TUESDAY + timedelta(weeks=1), ports, weeks=1).orders
    assert before(TUESDAY + timedelta(weeks=1, days=1), ports, weeks=1) == Past()


def test_it_is_the_same_before_and_after_every_door_is_forgotten(ports: Ports) -> None:
    order(ports)
    later = TUESDAY + timedelta(days=400)
    known = before(later, ports, weeks=60)
    clock_of(ports).advance(minutes=400 * 24 * 60)
    assert purge(ports).bookings == 1

    assert known.orders
    assert before(later, ports, weeks=60) == known


def test_it_is_read_once_a_day(ports: Ports) -> None:
    history = StoredHistory(ports.store, ports.parameters.calendar, weeks=1)
    first = history.before(TUESDAY)
    order(ports)

    assert history.before(TUESDAY) is first
    assert history.before(TUESDAY + timedelta(days=1)).orders
