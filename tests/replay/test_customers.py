"""What customers take of what is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.windows import TimeWindow
from dispatch.replay.customers import Customers, Taken
from dispatch.replay.day import Day
from dispatch.replay.journal import Journal
from dispatch.replay.plugs import SimulatedClock, replay_ports
from dispatch.slots.service_levels import Mode, service_levels
from tests.fakes.house import embedded_town
from tests.replay.small_days import PLAIN, one_order

SHOP = "m_cave_du_bouvreuil"


def asks(day: Day, **changes: dict[str, object]) -> Taken:
    """What the only customer of *day* takes; *changes*: of the express offer."""
    (order,) = day.orders
    levels = service_levels(changes=changes)
    ports = replay_ports(embedded_town(), replace(PLAIN, levels=levels), order.asked_at)
    assert isinstance(ports.clock, SimulatedClock)
    customers = Customers(day.orders, ports, Journal())
    customers.act()
    assert customers.next_at() is None
    return customers.taken[0]


def with_order(day: Day, **changes: object) -> Day:
    return replace(day, orders=(replace(day.orders[0], **changes),))  # type: ignore[arg-type]


def width(window: TimeWindow | None) -> timedelta:
    assert window is not None
    return window.closes_at - window.opens_at


def test_who_is_in_a_hurry_takes_the_first_there_is() -> None:
    taken = asks(one_order(SHOP))
    assert taken.mode is Mode.EXPRESS and taken.refusals == ()
    assert width(taken.window) > timedelta(hours=3)
    assert [parcel.merchant_id for parcel in taken.parcels] == [SHOP]


@pytest.mark.parametrize("hours", [1, 2, 3])
def test_who_names_an_hour_takes_the_window_nearest_to_it(hours: int) -> None:
    day = one_order(SHOP)
    wants_at = day.orders[0].asked_at + timedelta(hours=hours, minutes=-5)
    taken = asks(with_order(day, wants_at=wants_at))
    assert taken.window == TimeWindow(wants_at, wants_at + timedelta(hours=1))


def test_where_express_is_refused_the_way_out_is_taken_or_none() -> None:
    day = one_order(SHOP)
    off: dict[str, object] = {"enabled": False}
    collected = asks(with_order(day, otherwise=Mode.COLLECT), express=off)
    assert (collected.mode, collected.refusals) == (Mode.COLLECT, ("mode_disabled",))
    assert collected.parcels == ()
    left = asks(day, express=off)
    assert (left.mode, left.refusals) == (None, ("mode_disabled",))


def test_a_door_out_of_the_area_is_refused_by_its_code() -> None:
    day = one_order(SHOP)
    far = replace(day.orders[0].place, lat_deg=day.orders[0].place.lat_deg + 1)
    assert asks(with_order(day, place=far)).refusals == ("outside_area",)
