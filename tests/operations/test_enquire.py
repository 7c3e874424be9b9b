"""What a storefront leaves out is filled in with care, and never invented."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dispatch.core.errors import Invalid, NotFound
from dispatch.core.ids import StorefrontId
from dispatch.core.places import Place
from dispatch.operations.enquire import AHEAD, CLOCKS_DIFFER, Enquiry, Item, enquire, enquire_again
from dispatch.operations.ports import Ports
from dispatch.orders.quotes import Option, Quote
from dispatch.slots.service_levels import Mode
from tests.fakes.house import SHOP, clock_of, house, near

CLOTHES, CHEESE = "m_atelier_gariguette", "m_cremerie_rosalba"
PARIS = Place(48.85, 2.35)


@pytest.fixture
def ports() -> Ports:
    return house()


def ask(
    ports: Ports, *items: Item, address: str | None = None, point: Place | None = None
) -> Quote:
    door = point or (None if address else near(ports.territory.merchant(CLOTHES).place))
    return enquire(Enquiry(items or (Item(CLOTHES),), address, door), SHOP, ports)


def offered(quote: Quote) -> set[Mode]:
    return {option.mode for option in quote.options if option.offered}


def first(quote: Quote, mode: Mode) -> Option:
    return next(option for option in quote.options if option.mode is mode)


@pytest.mark.parametrize(
    ("said", "cold"), [(None, (False, True)), (True, (True, True)), (False, (False, False))]
)
def test_goods_travel_cold_as_the_merchant_s_usually_do_unless_said(
    ports: Ports, said: bool | None, cold: tuple[bool, bool]
) -> None:
    quote = ask(ports, Item(CLOTHES, cold=said), Item(CHEESE, cold=said))
    assert tuple(line.cold for line in quote.request.lines) == cold


def test_only_what_needs_no_doorstep_of_ours_is_offered_beyond_the_area(ports: Ports) -> None:
    assert offered(ask(ports, point=PARIS)) == {Mode.COLLECT, Mode.STANDARD}
    posted = {Mode.COLLECT, Mode.STANDARD}  # the post knows more addresses than we do
    assert offered(ask(ports, address="Nulle Part, 75000 Ailleurs")) == posted
    assert offered(ask(ports, address="xyz")) == {Mode.COLLECT}


def test_asking_again_does_not_move_an_unknown_door_to_the_shop(ports: Ports) -> None:
    old = ask(ports, address="Nulle Part, chez personne")
    clock_of(ports).advance(minutes=15)
    fresh = enquire_again(old.quote_id, SHOP, ports)
    assert offered(fresh) == {Mode.COLLECT}
    assert fresh.quote_id != old.quote_id
    assert fresh.expires_at - old.expires_at == timedelta(minutes=15)


def test_asking_again_for_a_served_door_offers_what_can_be_had_now(ports: Ports) -> None:
    old = ask(ports)
    clock_of(ports).advance(minutes=15)
    fresh = enquire_again(old.quote_id, SHOP, ports)
    assert fresh.request == old.request
    assert first(fresh, Mode.EXPRESS).held


def test_another_storefront_cannot_ask_again(ports: Ports) -> None:
    old = ask(ports)
    with pytest.raises(NotFound, match=old.quote_id):
        enquire_again(old.quote_id, StorefrontId("sf_other"), ports)


def test_an_unknown_merchant_is_named_by_its_place_in_the_order(ports: Ports) -> None:
    with pytest.raises(Invalid, match="m_nobody") as refused:
        ask(ports, Item(CLOTHES), Item("m_nobody"))
    assert refused.value.field == "merchants.1.merchant_id"


@pytest.mark.parametrize(
    ("offset", "fine"),
    [
        (-CLOCKS_DIFFER, True),
        (-CLOCKS_DIFFER - timedelta(seconds=1), False),
        (AHEAD, True),
        (AHEAD + timedelta(seconds=1), False),
    ],
)
def test_ready_is_neither_long_past_nor_far_ahead(
    ports: Ports, offset: timedelta, fine: bool
) -> None:
    ready_at: datetime = ports.clock.now() + offset
    if fine:
        ask(ports, Item(CLOTHES, ready_at=ready_at))
        return
    with pytest.raises(Invalid) as refused:
        ask(ports, Item(CLOTHES, ready_at=ready_at))
    assert refused.value.field == "merchants.0.ready_at"


def test_an_enquiry_without_any_door_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="address or a point"):
        Enquiry((Item(CLOTHES),))
