from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatch.core.civil import local_day, local_text
from dispatch.core.errors import Forbidden, Invalid, NotFound
from dispatch.core.ids import CourierId
from dispatch.operations.cancel import cancel
from dispatch.operations.depart import announce_departures
from dispatch.operations.manifest import courier_day
from dispatch.operations.overview import planner_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.questions import questions
from dispatch.operations.report import day_report
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import tours_of
from dispatch.orders.shipments import EventType, State
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind, StopState, Tour
from dispatch.tracking.unclear import Why
from tests.fakes.house import SHOP, clock_of
from tests.fakes.town import express_shops
from tests.operations.test_run_wave import order, state


def given_tour(ports: Ports) -> Tour:
    """The first tour that was handed out, late enough for its courier to leave at once."""
    clock_of(ports).advance(minutes=30)
    wave_by_hand(ports)
    with ports.store.reading() as tx:
        return next(t for t in tx.tours(local_day(ports.clock.now())) if t.manifest)


def given_at(tour: Tour) -> datetime:
    """When the courier was given the first stop of *tour*."""
    at = tour.manifest[0].published_at
    assert at is not None
    return at


def moved_to_another(tour: Tour, ports: Ports) -> Tour:
    """Give all that *tour* holds to a courier who has nothing yet; return that tour."""
    with ports.store.writing() as tx:
        others = tours_of(tx, tour.day, ports)
        other = next(t for t in others if t.tour_id != tour.tour_id and not t.stops)
        tx.put_tour(replace(tour, stops=()))
        return tx.put_tour(replace(other, stops=tour.stops))


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
    return record(what, tour.courier_id, ports).tour


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
    after = record(what, tour.courier_id, ports).tour
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


def test_done_is_not_undone_by_failed_and_the_planner_reads_of_it(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    stop_id = tour.manifest[0].stop_id
    report(tour, ports)
    late = Report(
        "f2", tour.tour_id, stop_id, FactKind.FAILED, ports.clock.now(), "merchant_closed"
    )
    noted = record(late, tour.courier_id, ports)
    assert (noted.tour.manifest[0].state, noted.why) == (StopState.DONE, Why.OVERRULED)
    assert state(booked, ports) is State.TO_DROPOFF
    (asked,) = questions(local_day(ports.clock.now()), ports)
    assert (asked.fact.fact_id, asked.why) == ("f2", Why.OVERRULED)


def test_a_door_told_before_its_shop_counts_when_the_shop_is_told(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    shop, door = (stop.stop_id for stop in tour.manifest)
    clock_of(ports).advance(minutes=20)
    early = Report("f2", tour.tour_id, door, FactKind.DONE, ports.clock.now())
    assert record(early, tour.courier_id, ports).why is Why.WAITS
    assert state(booked, ports) is State.TO_PICKUP
    missing = Report("f1", tour.tour_id, shop, FactKind.DONE, given_at(tour))
    noted = record(missing, tour.courier_id, ports)
    assert [stop.state for stop in noted.tour.manifest] == [StopState.DONE] * 2
    assert state(booked, ports) is State.DELIVERED
    assert record(early, tour.courier_id, ports).why is None
    assert questions(local_day(ports.clock.now()), ports) == ()


def test_a_shop_said_to_be_shut_that_gave_the_parcel_after_all_gave_it(ports: Ports) -> None:
    """A wave may retry what failed: what is in the bag is not sent for twice."""
    booked = order(ports)
    tour = given_tour(ports)
    shop = tour.manifest[0].stop_id
    report(tour, ports, FactKind.FAILED, "merchant_closed")
    assert state(booked, ports) is State.PICKUP_FAILED
    given = Report("f2", tour.tour_id, shop, FactKind.DONE, ports.clock.now())
    after = record(given, tour.courier_id, ports).tour
    assert [(s.kind, s.over) for s in after.manifest] == [
        (StopKind.PICKUP, True),
        (StopKind.DROP, False),
    ]
    assert not planner_day(local_day(ports.clock.now()), ports).loose
    assert state(booked, ports) is State.TO_DROPOFF
    report(after, ports)
    assert state(booked, ports) is State.DELIVERED


def test_what_a_courier_has_comes_back_from_whom_a_plan_gave_it_to(ports: Ports) -> None:
    """No signal since the shop; meanwhile its order was given to somebody else."""
    booked = order(ports)
    tour = given_tour(ports)
    other = moved_to_another(tour, ports)
    shop, door = (stop.stop_id for stop in tour.manifest)
    fetched = Report("f1", tour.tour_id, shop, FactKind.DONE, ports.clock.now())
    assert record(fetched, tour.courier_id, ports).why is None
    with ports.store.reading() as tx:
        assert tx.tour(other.tour_id).stops == ()
        assert [s.stop_id for s in tx.tour(tour.tour_id).manifest] == [shop, door]
    handed = Report("f2", tour.tour_id, door, FactKind.DONE, ports.clock.now())
    record(handed, tour.courier_id, ports)
    assert state(booked, ports) is State.DELIVERED


def test_who_got_nothing_takes_no_doorstep_from_who_has_the_parcel(ports: Ports) -> None:
    """The shop was shut for one courier and open for the next."""
    order(ports)
    tour = given_tour(ports)
    door = tour.manifest[1].stop_id
    report(tour, ports, FactKind.FAILED, "merchant_closed")
    with ports.store.writing() as tx:
        (loose,) = tx.loose_orders(tour.day)
        tx.drop_loose(loose.quote_id)
        now = ports.clock.now()
        shop, drop = (replace(stop, published_at=now) for stop in loose.stops)
        fetched = replace(shop, state=StopState.DONE, ended_at=now)
        others = tours_of(tx, tour.day, ports)
        other = next(t for t in others if t.tour_id != tour.tour_id and not t.stops)
        other = tx.put_tour(replace(other, stops=(fetched, drop)))
    said = Report("f2", tour.tour_id, door, FactKind.DONE, now)
    assert record(said, tour.courier_id, ports).why is Why.ELSEWHERE
    with ports.store.reading() as tx:
        assert tx.tour(other.tour_id) == other


def test_who_stood_in_vain_at_a_stop_that_is_another_s_takes_nothing_along(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    other = moved_to_another(tour, ports)
    shop = tour.manifest[0].stop_id
    for number, reason in enumerate((None, "merchant_closed")):
        kind = FactKind.FAILED if reason else FactKind.ARRIVED
        what = Report(f"f{number}", tour.tour_id, shop, kind, ports.clock.now(), reason)
        record(what, tour.courier_id, ports)
    with ports.store.reading() as tx:
        assert tx.tour(other.tour_id).stops == other.stops
        assert len(tx.facts(tour.tour_id)) == 2
    (asked,) = questions(local_day(ports.clock.now()), ports)
    assert (asked.why, asked.fact.reason) == (Why.ELSEWHERE, "merchant_closed")


def test_what_was_cancelled_stays_so_and_the_planner_reads_that_it_was_handed_over(
    ports: Ports,
) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    shop = tour.manifest[0].stop_id
    cancel(booked.booking.booking_id, SHOP, ports)
    fetched = Report("f1", tour.tour_id, shop, FactKind.DONE, ports.clock.now())
    assert record(fetched, tour.courier_id, ports).why is Why.ELSEWHERE
    assert state(booked, ports) is State.CANCELLED
    assert len(questions(local_day(ports.clock.now()), ports)) == 1


def test_an_earlier_word_on_the_same_door_is_told_on_and_nothing_is_rewritten(
    ports: Ports,
) -> None:
    booked = order(ports)
    tour = report(given_tour(ports), ports)
    door = tour.manifest[1].stop_id
    clock_of(ports).advance(minutes=30)
    now = ports.clock.now()
    for name, minutes in (("f2", 5), ("f3", 9)):
        what = Report(name, tour.tour_id, door, FactKind.DONE, now - timedelta(minutes=minutes))
        record(what, tour.courier_id, ports)
    with ports.store.reading() as tx:
        shipment = tx.shipment(booked.shipments[0].shipment_id)
        told = [
            (event.type, event.at_device)
            for event in tx.events_of(shipment.shipment_id)
            if event.state is State.DELIVERED and event.actor == "courier"
        ]
        retold = tx.events_of(shipment.shipment_id)[-1]
    assert told[0] == (EventType.STATE, now - timedelta(minutes=5))
    assert (retold.type, shipment.ended_at) == (EventType.RETOLD, now - timedelta(minutes=9))
    assert retold.data == {"at": local_text(now - timedelta(minutes=9))}


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
