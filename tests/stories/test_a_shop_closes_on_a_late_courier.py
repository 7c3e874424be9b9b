"""Anna is kept at B until F has closed: what F has packed for her customer still gets there.

D . B . F . . x        one cell = one minute
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.ids import CourierId, MerchantId
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.manifest import courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.operations.drawn import TOWN, at, drawn_house, territory

ANNA = CourierId("anna")


def morning(grace_s: int) -> Ports:
    """Ten o'clock; F closes at noon for the day."""
    ports = drawn_house(territory(hours={"F": "Mo-Su 09:00-12:00"}))
    times = replace(ports.parameters.service_times, grace_s=grace_s)
    return replace(ports, parameters=replace(ports.parameters, service_times=times))


def booked(shop: str, ports: Ports) -> Booked:
    request = OrderRequest((Line(MerchantId(shop)),), Doorstep(TOWN["x"]))
    answer = quote(request, SHOP, ports)
    option = next(o for o in answer.options if o.mode is Mode.EXPRESS and o.offered)
    return book(BookRequest(answer.quote_id, option.option_id, CUSTOMER), SHOP, ports)


def tell(kind: FactKind, ports: Ports) -> None:
    """Anna tells of the stop she is at, or goes to, now."""
    item = courier_day(ANNA, ports).open_stops[0]
    now = ports.clock.now()
    stop_id = item.stop.stop_id
    record(Report(f"{stop_id}/{kind}", item.tour_id, stop_id, kind, now), ANNA, ports)


def state(made: Booked, ports: Ports) -> State:
    with ports.store.reading() as tx:
        return tx.shipments_of(made.booking.booking_id)[0].state


def held_up_at_b_until_noon(ports: Ports) -> Booked:
    """Both shops' parcels are Anna's; a queue at B keeps her until 12:00:30, half a minute late."""
    clock_of(ports).move_to(at(70))
    booked("B", ports)
    made = booked("F", ports)
    wave_by_hand(ports)
    stops = courier_day(ANNA, ports).open_stops
    assert [item.stop.merchant_id for item in stops][:2] == ["B", "F"]
    clock_of(ports).move_to(at(75))
    tell(FactKind.ARRIVED, ports)
    clock_of(ports).move_to(at(120.5))
    wave_by_hand(ports)
    return made


def test_a_booked_parcel_outlives_its_shop_s_closing_by_a_courier_s_delay() -> None:
    ports = morning(grace_s=600)
    made = held_up_at_b_until_noon(ports)
    assert state(made, ports) is State.ASSIGNED
    while courier_day(ANNA, ports).open_stops:
        tell(FactKind.DONE, ports)
        clock_of(ports).advance(minutes=4)
    assert state(made, ports) is State.DELIVERED


@pytest.mark.parametrize("grace_s", [0, 60])
def test_beyond_the_grace_the_planner_has_it(grace_s: int) -> None:
    """F is two minutes from B, and a minute to park: three and a half after its closing."""
    ports = morning(grace_s)
    made = held_up_at_b_until_noon(ports)
    assert state(made, ports) in (State.BOOKED, State.READY)
    with ports.store.reading() as tx:
        (loose,) = tx.loose_orders(at(0).date())
    assert (loose.quote_id, loose.refusal.code) == (made.booking.quote_id, "merchant_closed")
