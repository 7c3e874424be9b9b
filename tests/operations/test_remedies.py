"""A remedy is taken as it was read, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.civil import local_day, local_text
from dispatch.core.errors import Conflict, NotFound
from dispatch.operations.at_risk import AtRisk, RemedyKind, at_risk
from dispatch.operations.audit import Change
from dispatch.operations.ports import Ports
from dispatch.operations.remedies import put_off, reassign
from dispatch.operations.standing import tours_of
from dispatch.orders.shipments import EventType
from dispatch.tracking.tours import StopState, Tour
from tests.fakes.house import clock_of
from tests.operations.test_at_risk import kept_for_hours, tour_of, waited_until_at_risk
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


@pytest.fixture
def stuck(ports: Ports) -> AtRisk:
    """Behind another's parcel that keeps its courier for six hours; two have nothing to do."""
    orders = [order(ports), order(ports)]
    tour = kept_for_hours(given_tour(ports), ports)
    mine = next(o.booking.quote_id for o in orders if o.booking.quote_id != tour.stops[0].quote_id)
    return next(one for one in at_risk(ports) if one.quote_id == mine)


def holders(quote_id: str, ports: Ports) -> list[Tour]:
    with ports.store.reading() as tx:
        tours = tours_of(tx, local_day(ports.clock.now()), ports)
    return [tour for tour in tours if any(stop.quote_id == quote_id for stop in tour.stops)]


def entries(ports: Ports) -> list[dict[str, object]]:
    with ports.store.reading() as tx:
        found = tx.entries(ports.clock.now() - timedelta(days=1), 100)
    return [dict(entry.after or {}) for entry in found if entry.act is Change.PROMISE_HELPED]


def test_another_courier_gets_the_order_and_it_is_no_more_at_risk(
    ports: Ports, stuck: AtRisk
) -> None:
    to = stuck.remedies[0].courier_id
    assert to is not None
    taken = reassign(stuck.quote_id, to, ports)

    assert (taken.order_ref, taken.courier_id) == (stuck.order_ref, to)
    (tour,) = holders(stuck.quote_id, ports)
    assert tour.courier_id == to
    assert all(s.published_at for s in tour.stops if s.quote_id == stuck.quote_id)
    assert tour.unread is not None
    assert stuck.quote_id not in [one.quote_id for one in at_risk(ports)]
    assert entries(ports) == [{"remedy": "reassign", "courier": to}]


def test_who_presses_twice_does_it_once(ports: Ports, stuck: AtRisk) -> None:
    to = stuck.remedies[0].courier_id
    assert to is not None
    reassign(stuck.quote_id, to, ports)
    with pytest.raises(Conflict):
        reassign(stuck.quote_id, to, ports)
    assert len(entries(ports)) == 1


def test_a_courier_who_does_not_help_gets_nothing(ports: Ports, stuck: AtRisk) -> None:
    before = holders(stuck.quote_id, ports)
    for nobody in (stuck.courier_id, "c_nobody"):
        with pytest.raises(Conflict, match="does not help"):
            reassign(stuck.quote_id, nobody, ports)
    with pytest.raises(NotFound, match="no courier is to bring qte_none"):
        reassign("qte_none", "c_lea", ports)
    assert holders(stuck.quote_id, ports) == before
    assert entries(ports) == []


def test_what_a_courier_has_stays_with_the_courier(ports: Ports) -> None:
    order(ports)
    tour = report(given_tour(ports), ports)
    found = waited_until_at_risk(ports)
    others = [c for c in ports.territory.couriers if c != tour.courier_id]
    for courier_id in others:
        with pytest.raises(Conflict, match="does not help"):
            reassign(found.quote_id, courier_id, ports)


def test_a_promise_is_put_off_everywhere_and_told(ports: Ports) -> None:
    booked = order(ports)
    tour = report(given_tour(ports), ports)
    found = waited_until_at_risk(ports)
    until = next(r.until for r in found.remedies if r.kind is RemedyKind.EXTEND)
    assert until is not None
    put_off(found.quote_id, found.promised_until, until, ports)

    (stop,) = tour_of(ports, tour.tour_id).manifest[-1:]
    assert stop.promised_until == until
    with ports.store.reading() as tx:
        (shipment,) = tx.shipments_of(booked.booking.booking_id)
        event = tx.events_of(shipment.shipment_id)[-1]
    assert shipment.promise.window.closes_at == until
    assert (event.type, event.actor) == (EventType.AMENDED, "planner")
    assert dict(event.data or {})["changed"] == ["window"]
    assert at_risk(ports) == ()
    assert entries(ports) == [{"remedy": "extend", "until": local_text(until)}]


def test_who_was_at_the_shop_in_vain_has_no_part_in_it(ports: Ports, stuck: AtRisk) -> None:
    """The order stands in that courier's tour, too: as something that is over."""
    (before,) = holders(stuck.quote_id, ports)
    pickup = next(stop for stop in before.stops if stop.quote_id == stuck.quote_id)
    failed = replace(pickup, state=StopState.FAILED, ended_at=ports.clock.now())
    to = stuck.remedies[0].courier_id
    assert to is not None
    reassign(stuck.quote_id, to, ports)
    with ports.store.writing() as tx:
        left = tx.tour(before.tour_id)
        tx.put_tour(replace(left, stops=(failed, *left.stops)))
    first, has_it = holders(stuck.quote_id, ports)
    assert (first.courier_id, has_it.courier_id) == (before.courier_id, to)
    kept_for_hours(has_it, ports)

    found = next(one for one in at_risk(ports) if one.quote_id == stuck.quote_id)
    until = next(r.until for r in found.remedies if r.kind is RemedyKind.EXTEND)
    assert until is not None
    assert put_off(found.quote_id, found.promised_until, until, ports).until == until


def test_a_promise_that_is_another_by_now_or_would_break_again_is_not_put_off(
    ports: Ports,
) -> None:
    order(ports)
    report(given_tour(ports), ports)
    found = waited_until_at_risk(ports)
    until = next(r.until for r in found.remedies if r.until is not None)
    assert until is not None
    was = found.promised_until
    for wrong_was, wrong_until in (
        (was - timedelta(minutes=5), until),  # agreed on meanwhile
        (was, was),  # not later
        (was, until + timedelta(days=1)),  # another day's tours
    ):
        with pytest.raises(Conflict, match="is not put off"):
            put_off(found.quote_id, wrong_was, wrong_until, ports)
    clock_of(ports).advance(minutes=30)
    with pytest.raises(Conflict, match="is not put off"):
        put_off(found.quote_id, was, until, ports)
    assert entries(ports) == []


def test_nobody_else_pays_for_it(
    ports: Ports, stuck: AtRisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that is held for a customer who has not paid yet counts like any other."""
    to = stuck.remedies[0].courier_id
    assert to is not None
    before = holders(stuck.quote_id, ports)
    monkeypatch.setattr("dispatch.operations.remedies.nobody_loses", lambda *_, **__: False)
    with pytest.raises(Conflict, match="others would lose"):
        reassign(stuck.quote_id, to, ports)
    assert holders(stuck.quote_id, ports) == before
