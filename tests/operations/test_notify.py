"""What happens becomes notices: each occasion once, to whoever can be told, by what is set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.civil import parse_instant
from dispatch.core.ids import MerchantId
from dispatch.operations.amend import Amendment, amend
from dispatch.operations.collecting import look_at_counters
from dispatch.operations.notice_rules import NoticeRules
from dispatch.operations.notices import Channel, Kind, Notice, NoticeState
from dispatch.operations.notify import note_events
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from tests.fakes.house import SHOP, an_order, clock_of, house
from tests.fakes.interrupted import InterruptedStore
from tests.fakes.outbox import Outbox, writing
from tests.fakes.town import express_shops
from tests.operations.test_prepare import order_by
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order

EVERYTHING = tuple(Kind)


@pytest.fixture
def told(ports: Ports) -> Ports:
    """A house that writes to customers from now on, by both channels."""
    ports = writing(ports, Outbox())
    note_events(ports)
    return ports


def noted(ports: Ports) -> list[Notice]:
    while note_events(ports):
        pass
    with ports.store.reading() as tx:
        every = tx.notices(list(NoticeState), 1000)
    return sorted(every, key=lambda notice: (notice.position, notice.notice_id))


def kinds(ports: Ports, channel: Channel = Channel.EMAIL) -> list[Kind]:
    return [notice.kind for notice in noted(ports) if notice.channel is channel]


def test_a_house_without_a_service_writes_nothing_down(ports: Ports) -> None:
    order(ports)
    assert (note_events(ports), noted(ports)) == (0, [])


def test_what_happened_before_the_first_look_is_told_to_nobody(ports: Ports) -> None:
    order(ports)
    ports = writing(ports, Outbox())
    assert noted(ports) == []
    order(ports)
    assert kinds(ports) == [Kind.BOOKED]


def test_an_express_order_is_told_of_from_the_booking_to_the_door(told: Ports) -> None:
    order(told)
    tour = given_tour(told)
    while tour.next_stop is not None:
        clock_of(told).advance(minutes=4)
        tour = report(tour, told)
    assert kinds(told) == [Kind.BOOKED, Kind.ON_THE_WAY, Kind.NEXT_STOP, Kind.DELIVERED]
    assert kinds(told, Channel.SMS) == [Kind.NEXT_STOP]


def test_an_order_of_two_shops_is_told_of_once(told: Ports) -> None:
    order(told, *express_shops(told)[:2])
    tour = given_tour(told)
    while tour.next_stop is not None:
        clock_of(told).advance(minutes=4)
        tour = report(tour, told)
    assert kinds(told) == [Kind.BOOKED, Kind.ON_THE_WAY, Kind.NEXT_STOP, Kind.DELIVERED]


def test_a_door_that_stays_shut_is_told_by_both_channels(told: Ports) -> None:
    order(told)
    tour = report(given_tour(told), told)
    report(tour, told, FactKind.FAILED, reason="not_at_home")
    assert [(n.kind, n.channel) for n in noted(told)][-2:] == [
        (Kind.NOT_DELIVERED, Channel.EMAIL),
        (Kind.NOT_DELIVERED, Channel.SMS),
    ]


def test_a_parcel_to_collect_is_ready_once_and_reminded_of_once(told: Ports) -> None:
    shop = MerchantId(express_shops(told)[0])
    (parcel,) = order_by(Mode.COLLECT, shop, told).shipments
    act(Act.READY, parcel.shipment_id, shop, told)
    assert kinds(told) == [Kind.BOOKED, Kind.READY]
    clock_of(told).advance(minutes=3 * 24 * 60)
    look_at_counters(told)
    look_at_counters(told)
    assert kinds(told) == [Kind.BOOKED, Kind.READY, Kind.REMINDER]


def test_a_new_window_is_told_and_a_new_note_is_not(told: Ports) -> None:
    booking = order(told).booking
    amend(booking.booking_id, Amendment(note="sonner deux fois"), SHOP, told)
    assert kinds(told) == [Kind.BOOKED]
    offer = quote(an_order(told, *express_shops(told)[:1]), SHOP, told)
    later = [o for o in offer.options if o.mode is Mode.EXPRESS and o.offered][-1]
    window_from = later.parts[0].promise.window.opens_at
    amend(booking.booking_id, Amendment(window_from=window_from), SHOP, told)
    assert kinds(told) == [Kind.BOOKED, Kind.MOVED]


def test_what_is_not_set_is_not_told(told: Ports) -> None:
    rules = NoticeRules(email_kinds=("delivered",), sms_kinds=("booked",))
    told = replace(told, parameters=replace(told.parameters, notify=rules))
    order(told)
    assert [(n.kind, n.channel) for n in noted(told)] == [(Kind.BOOKED, Channel.SMS)]


def test_who_gave_no_address_is_told_by_text_alone(told: Ports) -> None:
    rules = NoticeRules(sms_kinds=EVERYTHING)
    told = replace(told, parameters=replace(told.parameters, notify=rules))
    booked = order(told).booking
    with told.store.writing() as tx:
        tx.put_booking(replace(booked, customer=replace(booked.customer, email=None)))
    assert [n.channel for n in noted(told)] == [Channel.SMS]


def test_a_booking_at_night_is_told_in_the_morning() -> None:
    ports = writing(house("2026-11-24T22:30+01:00"), Outbox())
    note_events(ports)
    order_by(Mode.COLLECT, express_shops(ports)[0], ports)
    (notice,) = noted(ports)
    assert notice.due_at == parse_instant("2026-11-25T08:00+01:00")


def test_a_courier_who_comes_late_at_night_is_announced_at_once(told: Ports) -> None:
    never = NoticeRules(quiet_from="00:01", quiet_to="00:00")  # quiet all day but a minute
    told = replace(told, parameters=replace(told.parameters, notify=never))
    order(told)
    tour = report(given_tour(told), told)
    assert tour.next_stop is not None
    due = {notice.kind: notice.due_at - told.clock.now() for notice in noted(told)}
    assert due[Kind.ON_THE_WAY] == due[Kind.NEXT_STOP] == timedelta()
    assert Kind.BOOKED not in due  # it would be of no use by midnight


def test_what_would_be_of_no_use_by_the_morning_is_not_written_down() -> None:
    """A booking of 19:30, looked at after nine, would wait until eight: too late by 7:30."""
    ports = writing(house("2026-11-24T19:30+01:00"), Outbox())
    note_events(ports)
    shop = MerchantId(express_shops(ports)[0])
    order_by(Mode.COLLECT, shop, ports)
    clock_of(ports).advance(minutes=110)
    assert noted(ports) == []


def test_a_look_after_a_long_pause_tells_only_what_is_still_of_use(told: Ports) -> None:
    order(told)
    clock_of(told).advance(minutes=13 * 60)
    assert noted(told) == []
    assert note_events(told) == 0


def test_all_that_happened_is_looked_at_however_much_it_is(
    told: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.operations.notify._AT_ONCE", 2)
    for _ in range(3):
        order(told)
    assert note_events(told) == 2
    assert kinds(told) == [Kind.BOOKED] * 3


def test_of_two_processes_one_writes_it_down(told: Ports) -> None:
    order(told)
    store = InterruptedStore(told.store)
    with store.meanwhile(lambda: _look(told)):
        assert note_events(replace(told, store=store)) == 0
    assert kinds(told) == [Kind.BOOKED]


def _look(ports: Ports) -> None:
    note_events(ports)


def test_a_notice_names_nobody(told: Ports) -> None:
    booked = order(told).booking
    (notice,) = noted(told)
    said = repr(notice)
    for secret in (booked.customer.name, booked.customer.phone, booked.customer.email):
        assert secret is not None and secret not in said


def test_each_kind_is_of_use_for_a_while(told: Ports) -> None:
    order(told)
    (notice,) = noted(told)
    assert notice.useful_until - notice.due_at == timedelta(hours=12)
