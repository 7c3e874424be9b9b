"""A shop is late: the courier comes later, or another does; the promise stays what it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, Forbidden, Invalid
from dispatch.core.ids import ShipmentId
from dispatch.operations.board import merchant_board
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.progress import Report, record
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.shop_late import shop_late
from dispatch.orders.shipments import Shipment, State
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import Stop, StopKind, Tour
from tests.fakes.house import clock_of, house
from tests.fakes.road import live
from tests.operations.test_relieve import orders, states, tours


def one_parcel(ports: Ports) -> Shipment:
    with ports.store.reading() as tx:
        day = local_day(ports.clock.now())
        (found,) = [s for b in tx.bookings(day) for s in tx.shipments_of(b.booking_id)]
    return found


def pickup_of(ports: Ports, shipment_id: ShipmentId) -> tuple[Tour, Stop]:
    return next(
        (tour, stop)
        for tour in tours(ports)
        for stop in tour.stops
        if stop.kind is StopKind.PICKUP and shipment_id in stop.shipment_ids
    )


@pytest.fixture
def ports() -> Ports:
    """One order booked at five past nine and given to its courier."""
    ports = house("2026-11-24T09:05+01:00")
    orders(ports, 1)
    wave_by_hand(ports)
    return ports


def test_the_courier_comes_when_it_is_ready_and_the_customer_gets_it(ports: Ports) -> None:
    parcel = one_parcel(ports)
    _, before = pickup_of(ports, parcel.shipment_id)
    ready_at = ports.clock.now() + timedelta(minutes=70)
    delay = shop_late(parcel.shipment_id, ready_at, ports)
    assert delay.moved is not None and delay.moved.late_s == 0
    _, stop = pickup_of(ports, parcel.shipment_id)
    assert stop.eta_at is not None and before.eta_at is not None
    assert stop.eta_at >= ready_at > before.eta_at
    live(ports, minutes=6 * 60)
    assert states(ports) == {State.DELIVERED}
    assert one_parcel(ports).promise == parcel.promise


def test_the_shop_reads_the_new_time_on_its_board(ports: Ports) -> None:
    parcel = one_parcel(ports)
    ready_at = ports.clock.now() + timedelta(minutes=70)
    shop_late(parcel.shipment_id, ready_at, ports, merchant_id=parcel.merchant_id)
    (line,) = merchant_board(parcel.merchant_id, ports).to_prepare
    assert line.prepare_by >= ready_at


def test_too_late_for_the_promise_it_is_still_brought_and_the_lateness_is_told(
    ports: Ports,
) -> None:
    parcel = one_parcel(ports)
    ready_at = parcel.promise.window.closes_at + timedelta(minutes=10)
    delay = shop_late(parcel.shipment_id, ready_at, ports)
    assert delay.moved is not None
    assert delay.moved.late_s > 10 * 60
    live(ports, minutes=8 * 60)
    assert states(ports) == {State.DELIVERED}


def test_after_the_last_shift_nobody_can_and_it_waits_for_the_planner(ports: Ports) -> None:
    parcel = one_parcel(ports)
    ready_at = ports.clock.now().replace(hour=21, minute=30)
    delay = shop_late(parcel.shipment_id, ready_at, ports)
    assert delay.moved is None and delay.unplaced is not None
    with ports.store.reading() as tx:
        (loose,) = tx.loose_orders(local_day(ports.clock.now()))
    assert loose.quote_id == delay.unplaced.quote_id
    # And the shop may find that it is sooner after all: the next wave has the new time.
    sooner = ports.clock.now() + timedelta(minutes=60)
    shop_late(parcel.shipment_id, sooner, ports)
    live(ports, minutes=6 * 60)
    assert states(ports) == {State.DELIVERED}


def test_a_courier_who_stands_in_the_shop_waits_there(ports: Ports) -> None:
    parcel = one_parcel(ports)
    tour, stop = pickup_of(ports, parcel.shipment_id)
    clock_of(ports).advance(minutes=70)
    there = Report("f1", tour.tour_id, stop.stop_id, FactKind.ARRIVED, ports.clock.now())
    record(there, tour.courier_id, ports)
    ready_at = ports.clock.now() + timedelta(minutes=20)
    delay = shop_late(parcel.shipment_id, ready_at, ports)
    assert delay.moved is not None and delay.moved.courier_id == tour.courier_id
    after, same = pickup_of(ports, parcel.shipment_id)
    assert after.tour_id == tour.tour_id
    assert same.eta_at == ready_at


def test_a_rehearsal_tells_the_same_and_changes_nothing(ports: Ports) -> None:
    parcel, before = one_parcel(ports), tours(ports)
    ready_at = ports.clock.now() + timedelta(minutes=70)
    said = shop_late(parcel.shipment_id, ready_at, ports, dry_run=True)
    assert tours(ports) == before
    assert shop_late(parcel.shipment_id, ready_at, ports) == said


def test_what_makes_no_sense_is_refused_by_name(ports: Ports) -> None:
    parcel, now = one_parcel(ports), ports.clock.now()
    with pytest.raises(Invalid, match="past"):
        shop_late(parcel.shipment_id, now, ports)
    with pytest.raises(Invalid, match="another day"):
        shop_late(parcel.shipment_id, now + timedelta(days=1), ports)
    with pytest.raises(Forbidden):
        shop_late(parcel.shipment_id, now + timedelta(hours=1), ports, merchant_id="m_other")
    act(Act.READY, parcel.shipment_id, parcel.merchant_id, ports)
    with pytest.raises(Conflict, match="packed"):
        shop_late(parcel.shipment_id, now + timedelta(hours=1), ports)
