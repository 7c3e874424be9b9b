"""An order counts once, when its last parcel has ended, in the month when it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dispatch.core.errors import Invalid, NotFound
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.settle import settle
from dispatch.operations.steps import step
from dispatch.orders.settlement import Entry, Terms
from dispatch.orders.shipments import Event, EventType, State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.town import express_shops


def ordered(ports: Ports, *shops: str, by: str | None = "cityzen-7") -> Booked:
    """30 EUR of goods from each shop, to collect; 25 before tax, as nobody said otherwise."""
    request = replace(an_order(ports, *shops), recommended_by=by)
    offer = quote(request, SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.COLLECT and o.offered)
    return book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)


def move(booked: Booked, n: int, ports: Ports, *states: State) -> None:
    for state in states:
        with ports.store.writing() as tx:
            shipment = tx.shipment(booked.shipments[n].shipment_id)
            step(shipment, state, tx, ports, actor="merchant")


def told(booked: Booked, ports: Ports) -> list[Event]:
    with ports.store.reading() as tx:
        return [
            event
            for shipment in booked.shipments
            for event in tx.events_of(shipment.shipment_id)
            if event.type is not EventType.STATE
        ]


def test_an_order_of_two_shops_is_told_complete_once_when_the_second_has_ended(
    ports: Ports,
) -> None:
    one, two = express_shops(ports)[:2]
    booked = ordered(ports, one, two)
    move(booked, 0, ports, State.READY, State.COLLECTED)
    assert told(booked, ports) == []
    move(booked, 1, ports, State.READY, State.RETURNING, State.RETURNED)
    (event,) = told(booked, ports)
    assert event.type is EventType.COMPLETED
    assert event.data is not None
    got, lost = (shipment.shipment_id for shipment in booked.shipments)
    assert (event.data["delivered"], event.data["not_delivered"]) == ([got], [lost])
    assert (event.data["items_value"], event.data["commission_base"]) == (3000, 2500)
    assert (event.data["commission"], event.data["recommended_by"]) == (138, "cityzen-7")
    with ports.store.reading() as tx:
        assert tx.booking(booked.booking.booking_id).completed_at == ports.clock.now()


def test_a_cancelled_order_owes_nothing_and_is_not_told_complete(ports: Ports) -> None:
    booked = ordered(ports, express_shops(ports)[0])
    cancel(booked.booking.booking_id, SHOP, ports)
    assert told(booked, ports) == []
    assert settle("2026-11", ports).merchants == ()


def test_what_comes_back_is_taken_back_exactly_whatever_the_terms_are_by_then(
    ports: Ports,
) -> None:
    ports = replace(ports, parameters=replace(ports.parameters, settlement=Terms(550, 200, 2000)))
    booked = ordered(ports, express_shops(ports)[0])
    move(booked, 0, ports, State.READY, State.COLLECTED)
    dearer = replace(ports.parameters, settlement=Terms(900, 900, 550))
    move(booked, 0, replace(ports, parameters=dearer), State.RETURNED)
    assert [event.type for event in told(booked, ports)] == [
        EventType.COMPLETED,
        EventType.CORRECTED,
    ]
    (merchant,) = settle("2026-11", ports).merchants
    assert [one.line.commission_cents for one in merchant.lines] == [138, -138]
    (recommender,) = settle("2026-11", ports).recommenders
    assert [one.line.reward_cents for one in recommender.lines] == [50, -50]
    assert (merchant.commission_cents, recommender.reward_cents) == (0, 0)


def test_a_return_counts_in_the_month_of_the_return_and_the_closed_month_stays(
    ports: Ports,
) -> None:
    clock_of(ports).move_to("2026-11-30T10:00+01:00")
    booked = ordered(ports, express_shops(ports)[0])
    move(booked, 0, ports, State.READY)
    clock_of(ports).move_to("2026-11-30T23:59:59+01:00")
    move(booked, 0, ports, State.COLLECTED)
    november = settle("2026-11", ports)
    clock_of(ports).move_to("2026-12-01T00:00+01:00")
    move(booked, 0, ports, State.RETURNED)
    assert settle("2026-11", ports) == november
    assert november.first_day == date(2026, 11, 1)
    (december,) = settle("2026-12", ports).merchants
    assert [one.entry for one in december.lines] == [Entry.CORRECTED]
    assert settle("2026-10", ports).merchants == settle("2027-01", ports).merchants == ()


def test_one_merchant_s_statement_has_its_lines_only(ports: Ports) -> None:
    one, two = express_shops(ports)[:2]
    booked = ordered(ports, one, two, by=None)
    for n in (0, 1):
        move(booked, n, ports, State.READY, State.COLLECTED)
    assert [s.subject for s in settle("2026-11", ports).merchants] == sorted([one, two])
    mine = settle("2026-11", ports, merchant_id=two)
    assert [s.subject for s in mine.merchants] == [two]
    assert mine.recommenders == ()


@pytest.mark.parametrize("text", ["2026", "2026-13", "26-11", "2026-1", "2026-11-01", "９999-11"])
def test_what_is_no_month_is_refused(text: str, ports: Ports) -> None:
    with pytest.raises(Invalid, match="not a month"):
        settle(text, ports)


def test_an_unknown_merchant_has_no_statement(ports: Ports) -> None:
    with pytest.raises(NotFound):
        settle("2026-11", ports, merchant_id="m_nobody")
