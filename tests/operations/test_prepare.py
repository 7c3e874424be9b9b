from __future__ import annotations

import pytest

from dispatch.core.errors import Forbidden, Invalid, InvalidTransition
from dispatch.core.ids import MerchantId
from dispatch.operations.board import merchant_board
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order
from tests.fakes.town import express_shops
from tests.operations.test_run_wave import order, state


def order_by(mode: Mode, shop: str, ports: Ports) -> Booked:
    offer = quote(an_order(ports, shop), SHOP, ports)
    option = next(o for o in offer.options if o.mode is mode and o.offered)
    return book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)


def test_a_parcel_goes_from_to_prepare_to_prepared_to_gone(ports: Ports) -> None:
    shop = MerchantId(express_shops(ports)[0])
    booked = order_by(Mode.COLLECT, shop, ports)
    shipment = booked.shipments[0]
    (line,) = merchant_board(shop, ports).to_prepare
    assert line.prepare_by == shipment.promise.window.opens_at
    act(Act.PREPARE, shipment.shipment_id, shop, ports)
    act(Act.READY, shipment.shipment_id, shop, ports)
    assert [item.shipment.shipment_id for item in merchant_board(shop, ports).prepared] == [
        shipment.shipment_id
    ]
    act(Act.COLLECTED, shipment.shipment_id, shop, ports, code=shipment.handover_code)
    board = merchant_board(shop, ports)
    assert (board.to_prepare, board.prepared) == ((), ())
    assert [item.shipment.state for item in board.gone] == [State.COLLECTED]


def test_a_parcel_is_not_handed_to_someone_without_its_code(ports: Ports) -> None:
    shop = MerchantId(express_shops(ports)[0])
    booked = order_by(Mode.COLLECT, shop, ports)
    act(Act.READY, booked.shipments[0].shipment_id, shop, ports)
    with pytest.raises(Invalid, match="code"):
        act(Act.COLLECTED, booked.shipments[0].shipment_id, shop, ports, code="none")
    assert state(booked, ports) is State.READY


def test_another_shop_s_parcel_cannot_be_touched(ports: Ports) -> None:
    one, other = express_shops(ports)[:2]
    booked = order_by(Mode.COLLECT, one, ports)
    with pytest.raises(Forbidden):
        act(Act.READY, booked.shipments[0].shipment_id, MerchantId(other), ports)


def test_ready_pressed_after_the_courier_was_sent_keeps_the_courier_s_state(
    ports: Ports,
) -> None:
    booked = order(ports)
    shop = booked.shipments[0].merchant_id
    wave_by_hand(ports)
    before = state(booked, ports)
    assert before in (State.ASSIGNED, State.TO_PICKUP)
    first = act(Act.READY, booked.shipments[0].shipment_id, shop, ports)
    again = act(Act.READY, booked.shipments[0].shipment_id, shop, ports)
    assert state(booked, ports) is before
    assert first.prepared_at == again.prepared_at == ports.clock.now()


def test_the_board_tells_who_comes_and_when(ports: Ports) -> None:
    booked = order(ports)
    shop = booked.shipments[0].merchant_id
    (line,) = merchant_board(shop, ports).to_prepare
    assert (line.courier, line.fetch_at) == (None, None)
    wave_by_hand(ports)
    (line,) = merchant_board(shop, ports).to_prepare
    assert line.courier in {c.name for c in ports.territory.couriers.values()}
    assert line.fetch_at is not None


def test_an_express_parcel_cannot_be_posted(ports: Ports) -> None:
    booked = order(ports)
    with pytest.raises(InvalidTransition, match="express"):
        act(Act.POSTED, booked.shipments[0].shipment_id, booked.shipments[0].merchant_id, ports)
