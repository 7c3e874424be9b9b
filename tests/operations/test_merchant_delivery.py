"""A shop that delivers itself: where it goes, for how much, and from when it is free."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.operations.enquire import Enquiry, Item, enquire
from dispatch.operations.ports import Candidate, Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Option, OrderRequest
from dispatch.slots.service_levels import Mode
from tests.fakes.house import SHOP, an_order, house, near

#: Delivers itself, 6 km round it and for 4 EUR.
CAVE = "m_cave_du_bouvreuil"
MARMANDE, TONNEINS = "47157", "47310"
#: Some 30 km to the east of the town: Agen, which nobody here serves.
AGEN = Place(44.2049, 0.6212, "1 Boulevard de la République 47000 Agen")
AGEN_INSEE = "47001"


def terms(
    *communes: str, radius_m: int | None = None, free_from: int | None = None, fee: int = 400
) -> Ports:
    """A house whose cellar delivers on these terms."""
    ports = house()
    cave = ports.territory.merchant(CAVE)
    assert cave.shop.own_delivery is not None
    own = replace(cave.shop.own_delivery, radius_m=radius_m, communes=frozenset(communes))
    cave = replace(
        cave,
        shop=replace(cave.shop, own_delivery=own),
        own_delivery_fee_cents=fee,
        own_delivery_free_from_cents=free_from,
    )
    merchants = {**ports.territory.merchants, cave.merchant_id: cave}
    return replace(ports, territory=replace(ports.territory, merchants=merchants))


def order(ports: Ports, *, insee: str = "", value_cents: int = 3000) -> OrderRequest:
    asked = an_order(ports, CAVE)
    return replace(
        asked,
        lines=(replace(asked.lines[0], items_value_cents=value_cents),),
        deliver_to=replace(asked.deliver_to, insee=insee),
    )


def own(request: OrderRequest, ports: Ports, refusal: Refusal | None = None) -> Option:
    answer = quote(request, SHOP, ports, hold=False, refusal=refusal)
    (option,) = (option for option in answer.options if option.mode is Mode.MERCHANT)
    return option


def test_a_shop_goes_to_its_communes_and_to_no_other() -> None:
    ports = terms(MARMANDE)
    assert own(order(ports, insee=MARMANDE), ports).offered
    (refusal,) = own(order(ports, insee=TONNEINS), ports).refusals
    assert (refusal.code, refusal.binding) == ("merchant_out_of_radius", ("merchant.communes",))


def test_a_shop_with_both_goes_wherever_one_of_them_allows() -> None:
    ports = terms(TONNEINS, radius_m=1000)
    assert own(order(ports, insee=MARMANDE), ports).offered  # 300 m away
    far = order(ports, insee=TONNEINS)
    away = near(far.deliver_to.place, north=0.05)
    far = replace(far, deliver_to=replace(far.deliver_to, place=away))
    assert own(far, ports).offered
    elsewhere = replace(far, deliver_to=replace(far.deliver_to, insee=MARMANDE))
    assert own(elsewhere, ports).refusals[0].binding == ("merchant.radius_m",)


class _OneDoor:
    """A geocoder that knows one door, of one commune."""

    def __init__(self, door: Candidate) -> None:
        self._door = door

    def find(self, text: str) -> list[Candidate]:
        return [self._door]

    def nearest(self, place: Place, within_m: float) -> Candidate:
        return self._door


def test_a_point_without_an_address_lies_in_the_commune_of_the_door_beside_it() -> None:
    ports = terms(MARMANDE)
    door = Candidate(AGEN, "", 1.0, "housenumber", insee=MARMANDE)
    assert own(order(ports), replace(ports, geocoder=_OneDoor(door))).offered
    other = replace(door, insee=TONNEINS)
    assert not own(order(ports), replace(ports, geocoder=_OneDoor(other))).offered


@pytest.mark.parametrize(
    ("value_cents", "price_cents"), [(0, 400), (4999, 400), (5000, 0), (9000, 0)]
)
def test_its_delivery_is_free_from_a_basket_of_that_value(
    value_cents: int, price_cents: int
) -> None:
    ports = terms(MARMANDE, free_from=5000)
    price = own(order(ports, insee=MARMANDE, value_cents=value_cents), ports).price
    assert price is not None
    assert price.amount_cents == price_cents


def test_without_such_a_value_it_is_never_free() -> None:
    ports = terms(MARMANDE)
    price = own(order(ports, insee=MARMANDE, value_cents=1_000_000), ports).price
    assert price is not None
    assert price.amount_cents == 400


def test_a_shop_s_own_van_may_go_where_no_courier_of_ours_does() -> None:
    ports = terms(AGEN_INSEE)
    door = Candidate(AGEN, AGEN.label, 1.0, "housenumber", insee=AGEN_INSEE)
    ports = replace(ports, geocoder=_OneDoor(door))
    answer = enquire(Enquiry((Item(CAVE),), address=AGEN.label), SHOP, ports, hold=False)
    offered = {option.mode for option in answer.options if option.offered}
    assert Mode.MERCHANT in offered
    assert Mode.EXPRESS not in offered
    assert answer.request.deliver_to.insee == AGEN_INSEE
    ports = replace(terms(MARMANDE, radius_m=100_000), geocoder=_OneDoor(door))
    answer = enquire(Enquiry((Item(CAVE),), address=AGEN.label), SHOP, ports, hold=False)
    (option,) = (option for option in answer.options if option.mode is Mode.MERCHANT)
    assert option.refusals[0].code == "outside_area"


def test_a_door_that_no_street_leads_to_is_refused_to_a_van_too() -> None:
    ports = terms(MARMANDE)
    request = order(ports, insee=MARMANDE)
    option = own(request, ports, Refusal("unreachable", binding=("deliver_to",)))
    assert option.refusals[0].code == "unreachable"
