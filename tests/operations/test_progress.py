from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, Forbidden, Invalid, NotFound
from dispatch.core.ids import CourierId
from dispatch.operations.depart import announce_departures
from dispatch.operations.manifest import courier_day
from dispatch.operations.overview import planner_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.report import day_report
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.shipments import State
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind, Tour
from tests.fakes.house import clock_of
from tests.fakes.town import express_shops
from tests.operations.test_run_wave import order, state


def given_tour(ports: Ports) -> Tour:
    """The first tour that was handed out, late enough for its courier to leave at once."""
    clock_of(ports).advance(minutes=30)
    wave_by_hand(ports)
    with ports.store.reading() as tx:
        return next(t for t in tx.tours(local_day(ports.clock.now())) if t.manifest)


def report(
    tour: Tour,
    ports: Ports,
    kind: FactKind = FactKind.DONE,
    reason: str | None = None,
    fact_id: str | None = None,
) -> Tour:
    stop = tour.next_stop
    assert stop is not None
    name = fact_id or f"{stop.stop_id}/{kind}"
    what = Report(name, tour.tour_id, stop.stop_id, kind, ports.clock.now(), reason)
    return record(what, tour.courier_id, ports)


def test_each_report_moves_the_shipment(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    assert state(booked, ports) is State.TO_PICKUP
    for kind, then in (
        (FactKind.ARRIVED, State.AT_PICKUP),
        (FactKind.DONE, State.TO_DROPOFF),
        (FactKind.ARRIVED, State.AT_DROPOFF),
        (FactKind.DONE, State.DELIVERED),
    ):
        clock_of(ports).advance(minutes=5)
        tour = report(tour, ports, kind)
        assert state(booked, ports) is then


def test_a_report_sent_twice_counts_once(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    after = report(tour, ports, fact_id="phone-1")
    assert report(tour, ports, fact_id="phone-1") == after
    with ports.store.reading() as tx:
        assert len(tx.facts(tour.tour_id)) == 1
        assert len(tx.events_of(booked.shipments[0].shipment_id)) == 5


def test_a_phone_whose_clock_runs_ahead_has_not_seen_the_future(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    stop = tour.next_stop
    assert stop is not None
    ahead = ports.clock.now() + timedelta(hours=2)
    what = Report("f", tour.tour_id, stop.stop_id, FactKind.DONE, ahead)
    after = record(what, tour.courier_id, ports)
    assert after.stops[0].ended_at == ports.clock.now()


def test_a_courier_late_at_one_stop_is_forecast_late_at_the_next(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    planned = {stop.stop_id: stop.eta_at for stop in tour.manifest}
    clock_of(ports).advance(minutes=60)
    after = report(tour, ports)
    drop = after.next_stop
    assert drop is not None
    assert drop.eta_at is not None
    assert drop.eta_at > (planned[drop.stop_id] or drop.eta_at)
    assert drop.target_at == planned[drop.stop_id]  # what was meant does not move


def test_another_courier_s_tour_is_not_yours_to_report(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    other = next(c for c in ports.territory.couriers if c != tour.courier_id)
    what = Report("f", tour.tour_id, tour.manifest[0].stop_id, FactKind.DONE, ports.clock.now())
    with pytest.raises(Forbidden):
        record(what, CourierId(other), ports)


def test_a_stop_that_was_not_handed_out_cannot_be_reported(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    what = Report("f", tour.tour_id, "qte_nobody:0", FactKind.DONE, ports.clock.now())
    with pytest.raises(NotFound):
        record(what, tour.courier_id, ports)


def test_done_is_not_undone_by_failed(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    stop_id = tour.manifest[0].stop_id
    report(tour, ports)
    late = Report(
        "f2", tour.tour_id, stop_id, FactKind.FAILED, ports.clock.now(), "merchant_closed"
    )
    with pytest.raises(Conflict, match="already done"):
        record(late, tour.courier_id, ports)


def test_a_reason_must_be_one_that_can_happen_there(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    with pytest.raises(Invalid, match=r"not_at_home.*pickup.*merchant_closed"):
        report(tour, ports, FactKind.FAILED, "not_at_home")


def test_a_customer_who_is_out_is_explained(ports: Ports) -> None:
    booked = order(ports)
    tour = report(given_tour(ports), ports)
    report(tour, ports, FactKind.FAILED, "not_at_home")
    assert state(booked, ports) is State.ATTEMPTED
    (line,) = day_report(local_day(ports.clock.now()), ports).lines
    assert (line.outcome, line.why) == ("failed", "not_at_home")


def test_a_parcel_that_was_not_ready_is_fetched_by_the_next_wave(ports: Ports) -> None:
    booked = order(ports)
    tour = report(given_tour(ports), ports, FactKind.FAILED, "not_ready")
    assert [stop for stop in tour.stops if not stop.over] == []
    view = planner_day(local_day(ports.clock.now()), ports)
    assert [item.order.refusal.binding for item in view.loose] == [("not_ready",)]
    clock_of(ports).advance(minutes=20)
    wave_by_hand(ports)
    assert state(booked, ports) in (State.ASSIGNED, State.TO_PICKUP)
    assert not planner_day(local_day(ports.clock.now()), ports).loose
    with ports.store.reading() as tx:
        tour = next(t for t in tx.tours(local_day(ports.clock.now())) if t.next_stop)
    report(report(tour, ports), ports)
    assert state(booked, ports) is State.DELIVERED


def test_two_shops_that_fail_are_both_on_the_planner_s_list(ports: Ports) -> None:
    booked = order(ports, *express_shops(ports)[:2])
    tour = given_tour(ports)
    for _ in range(2):
        tour = report(tour, ports, FactKind.FAILED, "not_ready")
    (item,) = planner_day(local_day(ports.clock.now()), ports).loose
    *pickups, drop = item.order.stops
    assert {s.merchant_id for s in pickups} == {s.merchant_id for s in booked.shipments}
    assert set(drop.shipment_ids) == {s.shipment_id for s in booked.shipments}


def test_a_wave_asked_for_by_a_person_sends_out_the_missing_half(ports: Ports) -> None:
    """Not before the first half is at the door: the two must not cross."""
    booked = order(ports, *express_shops(ports)[:2])
    tour = report(given_tour(ports), ports, FactKind.FAILED, "not_ready")
    wave_by_hand(ports)
    assert len(planner_day(local_day(ports.clock.now()), ports).loose) == 1
    with ports.store.reading() as tx:
        tour = tx.tour(tour.tour_id)
    while tour.next_stop is not None:
        clock_of(ports).advance(minutes=10)
        tour = report(tour, ports)
    wave_by_hand(ports)
    assert not planner_day(local_day(ports.clock.now()), ports).loose
    with ports.store.reading() as tx:
        tour = next(t for t in tx.tours(local_day(ports.clock.now())) if t.next_stop)
    while tour.next_stop is not None:
        clock_of(ports).advance(minutes=10)
        tour = report(tour, ports)
    with ports.store.reading() as tx:
        assert {tx.shipment(s.shipment_id).state for s in booked.shipments} == {State.DELIVERED}


def test_one_shop_of_two_failing_leaves_the_other_parcel_on_its_way(ports: Ports) -> None:
    booked = order(ports, *express_shops(ports)[:2])
    tour = report(given_tour(ports), ports, FactKind.FAILED, "item_missing")
    while tour.next_stop is not None:
        clock_of(ports).advance(minutes=10)
        tour = report(tour, ports)
    with ports.store.reading() as tx:
        states = {tx.shipment(s.shipment_id).state for s in booked.shipments}
    assert states == {State.DELIVERED, State.PICKUP_FAILED}
    lines = day_report(local_day(ports.clock.now()), ports).lines
    assert {(line.outcome, line.why) for line in lines} == {
        ("delivered", ""),
        ("failed", "item_missing"),
    }


def test_a_customer_s_name_and_address_leave_the_courier_s_page_once_delivered(
    ports: Ports,
) -> None:
    order(ports)
    tour = given_tour(ports)
    ahead = courier_day(tour.courier_id, ports).stops
    assert {item.who for item in ahead if item.stop.kind is StopKind.DROP} == {"Camille Essai"}
    report(report(tour, ports), ports)
    after = courier_day(tour.courier_id, ports).stops
    drop = next(item for item in after if item.stop.kind is StopKind.DROP)
    assert (drop.who, drop.phone, drop.address, drop.note) == ("", "", "", "")


def test_a_courier_who_need_not_leave_yet_is_told_when_and_can_still_be_sent_elsewhere(
    ports: Ports,
) -> None:
    """Ordered at ten, packed at twenty past: until it is time to ride, nothing is frozen."""
    booked = order(ports)
    wave_by_hand(ports)
    day = next(d for c in ports.territory.couriers if (d := courier_day(CourierId(c), ports)).stops)
    assert day.leave_at is not None
    assert day.leave_at > ports.clock.now()
    assert state(booked, ports) is State.ASSIGNED
    clock_of(ports).move_to(day.leave_at)
    assert announce_departures(ports) == 1
    assert state(booked, ports) is State.TO_PICKUP
    assert courier_day(day.courier.courier_id, ports).leave_at is None
