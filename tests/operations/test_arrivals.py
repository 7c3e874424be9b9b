"""How sure the day is: from the first hand-out, while facts come in and while time passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dispatch.core.ids import CourierId
from dispatch.core.windows import TimeWindow
from dispatch.operations.arrivals import Outlook, late_arrivals, outlooks, packed_stops
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.tracking.tours import StopKind, Tour
from tests.fakes.house import clock_of
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


def seen(tour: Tour, ports: Ports) -> tuple[Outlook, ...]:
    with ports.store.reading() as tx:
        packed = packed_stops([tour], tx)
    return outlooks(tour, packed, ports.clock.now(), ports)


def width(one: Outlook) -> timedelta:
    return one.late_at - one.early_at


def test_each_open_stop_has_its_chances_and_each_door_that_of_its_promise(ports: Ports) -> None:
    order(ports)
    found = seen(given_tour(ports), ports)

    assert [one.stop.kind for one in found] == [StopKind.PICKUP, StopKind.DROP]
    pickup, drop = found
    assert pickup.p_on_time is None
    assert drop.p_on_time is not None
    assert 0.99 < drop.p_on_time <= 1
    for one in found:
        assert ports.clock.now() <= one.early_at <= one.eta_at <= one.late_at <= one.over_late_at


def test_a_shop_that_says_ready_makes_the_rest_of_the_tour_surer(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    pickup = tour.stops[0]
    later = TimeWindow(ports.clock.now() + timedelta(minutes=10), pickup.windows[0].closes_at)
    tour = tour.with_stop(replace(pickup, windows=(later,)))
    before = seen(tour, ports)[-1]
    (shipment,) = booked.shipments
    act(Act.READY, shipment.shipment_id, shipment.merchant_id, ports)

    assert width(seen(tour, ports)[-1]) < 0.9 * width(before)


def test_facts_make_what_is_left_surer(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    before = seen(tour, ports)
    clock_of(ports).move_to(before[0].eta_at)
    tour = report(tour, ports)

    (drop,) = seen(tour, ports)
    assert width(drop) < 0.9 * width(before[-1])


def test_a_courier_who_is_still_not_there_moves_everything_without_a_fact(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    late_at, chances = [], []
    for _ in range(16):
        drop = seen(tour, ports)[-1]
        assert drop.early_at > ports.clock.now()
        late_at.append(drop.late_at)
        chances.append(drop.p_on_time or 0.0)
        clock_of(ports).advance(minutes=15)
    assert late_at == sorted(late_at)
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.99
    assert chances[-1] < 0.01


def test_tours_are_read_with_the_late_end_of_their_forecasts(ports: Ports) -> None:
    order(ports)
    tour = given_tour(ports)
    found = late_arrivals([tour], ports)

    assert set(found) == {stop.stop_id for stop in tour.stops}
    for stop in tour.stops:
        assert stop.eta_at is not None
        assert found[stop.stop_id] > stop.eta_at


def test_of_a_courier_who_left_the_roster_nothing_is_forecast(ports: Ports) -> None:
    order(ports)
    tour = replace(given_tour(ports), courier_id=CourierId("c_gone"))
    assert late_arrivals([tour], ports) == {}
