"""Parcels with the post: labelled, posted, followed; and nothing lost while it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.parcels.codes import CODES
from dispatch.core.errors import CarrierRefused, CarrierUnavailable
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.lookup import follow
from dispatch.operations.parcels import BATCH, Asked, follow_parcels, label_of, make_labels
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.orders.parcels import LOOK_EVERY, Parcel
from dispatch.orders.shipments import EventType, Shipment, State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house
from tests.fakes.post import ToldPost

#: Offers every mode.
CAVE = "m_cave_du_bouvreuil"
SILENCE = CarrierUnavailable("the post is busy or down")


@pytest.fixture
def post() -> ToldPost:
    return ToldPost()


@pytest.fixture
def ports(post: ToldPost) -> Ports:
    return replace(house(), carrier=post)


def packed(ports: Ports, address: str = "12 Rue Neuve, 47200 Marmande") -> Shipment:
    request = an_order(ports, CAVE)
    request = replace(request, deliver_to=replace(request.deliver_to, address=address))
    offer = quote(request, SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.STANDARD and o.offered)
    booked = book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    return act(Act.READY, booked.shipments[0].shipment_id, MerchantId(CAVE), ports)


def labelled(ports: Ports) -> tuple[Shipment, str]:
    shipment = packed(ports)
    assert make_labels(ports) == Asked(labels=1)
    number = parcel_of(shipment, ports).tracking_number
    assert number is not None
    return shipment, number


def test_a_shipment_shows_the_post_s_number_from_its_label_on(ports: Ports, post: ToldPost) -> None:
    shipment = packed(ports)
    assert follow(shipment.shipment_id, SHOP, ports).tracking_number is None
    make_labels(ports)
    number = parcel_of(shipment, ports).tracking_number
    assert number is not None
    assert follow(shipment.shipment_id, SHOP, ports).tracking_number == number


def parcel_of(shipment: Shipment, ports: Ports) -> Parcel:
    with ports.store.reading() as tx:
        parcel = tx.parcel(shipment.shipment_id)
    assert parcel is not None
    return parcel


def now(shipment: Shipment, ports: Ports) -> Shipment:
    with ports.store.reading() as tx:
        return tx.shipment(shipment.shipment_id)


def path(shipment: Shipment, ports: Ports) -> list[State]:
    with ports.store.reading() as tx:
        log = tx.events_of(shipment.shipment_id)
    return [event.state for event in log if event.type is EventType.STATE]


def heard(shipment: Shipment, number: str, codes: Sequence[str], ports: Ports) -> State:
    """Let the post say *codes*, one a look, and return where the shipment is then."""
    assert isinstance(ports.carrier, ToldPost)
    for code in codes:
        clock_of(ports).advance(minutes=LOOK_EVERY / timedelta(minutes=1))
        ports.carrier.tell(number, code, ports.clock.now())
        follow_parcels(ports)
    return now(shipment, ports).state


def test_a_packed_parcel_gets_its_label_once_and_the_storefront_its_number(
    ports: Ports, post: ToldPost
) -> None:
    shipment, number = labelled(ports)
    assert make_labels(ports) == Asked()
    (wanted,) = post.wanted
    assert (wanted.addressee.street, wanted.addressee.postcode) == ("12 Rue Neuve", "47200")
    assert (wanted.addressee.person, wanted.weight_g) == (CUSTOMER.name, 1000)
    assert wanted.sender.company == ports.territory.merchant(CAVE).name
    assert label_of(shipment.shipment_id, CAVE, ports) == b"%PDF-1.4 of a test"
    with ports.store.reading() as tx:
        told = tx.events_of(shipment.shipment_id)[-1]
    assert (told.type, told.data) == (EventType.LABEL, {"tracking_number": number})


def test_another_shop_does_not_get_the_label(ports: Ports) -> None:
    shipment, _ = labelled(ports)
    assert label_of(shipment.shipment_id, "m_maison_lisiere", ports) is None


def test_while_the_post_is_silent_labels_wait_and_are_then_made(
    ports: Ports, post: ToldPost
) -> None:
    shipments = [packed(ports) for _ in range(3)]
    post.trouble = SILENCE
    assert make_labels(ports) == Asked(unanswered=1)  # the others are spared
    assert len(post.wanted) == 1
    post.trouble = None
    assert make_labels(ports) == Asked(labels=2)
    clock_of(ports).advance(minutes=1)
    assert make_labels(ports) == Asked(labels=1)
    assert all(parcel_of(one, ports).tracking_number for one in shipments)


def test_an_address_that_cannot_be_read_holds_nobody_else_up(ports: Ports, post: ToldPost) -> None:
    unreadable = packed(ports, address="au bout du chemin, après 47200")
    others = [packed(ports) for _ in range(2)]
    assert make_labels(ports) == Asked(labels=2, unanswered=1)
    assert parcel_of(unreadable, ports).trouble == "carrier_refused"
    assert all(parcel_of(one, ports).tracking_number for one in others)
    assert make_labels(ports) == Asked()


def test_a_label_that_the_post_refuses_is_asked_for_again_next_day(
    ports: Ports, post: ToldPost
) -> None:
    packed(ports)
    post.trouble = CarrierRefused("30109")
    make_labels(ports)
    clock_of(ports).advance(minutes=23 * 60)
    assert make_labels(ports) == Asked()
    post.trouble = None
    clock_of(ports).advance(minutes=60)
    assert make_labels(ports) == Asked(labels=1)


def test_a_shop_may_post_without_a_label_and_is_then_asked_for_none(
    ports: Ports, post: ToldPost
) -> None:
    shipment = packed(ports)
    act(Act.POSTED, shipment.shipment_id, MerchantId(CAVE), ports)
    assert make_labels(ports) == Asked()
    assert post.wanted == []


def test_a_parcel_cancelled_while_its_label_was_made_keeps_the_number(
    ports: Ports, post: ToldPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment = packed(ports)
    real = post.label

    def slow(wanted: object) -> object:
        cancel(shipment.booking_id, SHOP, ports)
        return real(wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(post, "label", slow)
    assert make_labels(ports) == Asked(labels=1)
    assert now(shipment, ports).state is State.CANCELLED
    assert parcel_of(shipment, ports).tracking_number == "6A00000000001"


def test_a_parcel_is_followed_from_the_counter_to_the_letter_box(ports: Ports) -> None:
    shipment, number = labelled(ports)
    act(Act.POSTED, shipment.shipment_id, MerchantId(CAVE), ports)
    assert heard(shipment, number, ["DR1", "PC1", "ET1", "MD2", "DI1"], ports) is State.DELIVERED
    assert path(shipment, ports) == [
        State.BOOKED, State.READY, State.TO_DROPOFF, State.DELIVERED,
    ]  # fmt: skip
    assert parcel_of(shipment, ports).next_at is None
    assert now(shipment, ports).ended_at == ports.clock.now()


def test_a_parcel_that_the_post_has_was_posted_whoever_forgot_to_say_so(ports: Ports) -> None:
    shipment, number = labelled(ports)
    assert heard(shipment, number, ["DI1"], ports) is State.DELIVERED
    assert path(shipment, ports)[-2:] == [State.TO_DROPOFF, State.DELIVERED]


@pytest.mark.parametrize(
    ("codes", "ends"),
    [
        ("PC1 ND1 MD2 DI1", [State.TO_DROPOFF, State.ATTEMPTED, State.TO_DROPOFF, State.DELIVERED]),
        ("PC1 AG1 DI1", [State.TO_DROPOFF, State.HELD_FOR_PICKUP, State.COLLECTED]),
        ("PC1 ND1 DI2", [State.TO_DROPOFF, State.ATTEMPTED, State.RETURNING, State.RETURNED]),
        ("PC1 AG1 RE1 DI2", [
            State.TO_DROPOFF, State.HELD_FOR_PICKUP, State.RETURNING, State.RETURNED,
        ]),
        ("PC1 PB1 PB2 DI3 XX9", [State.TO_DROPOFF]),
    ],
)  # fmt: skip
def test_each_way_of_a_parcel_is_told_without_detours(
    codes: str, ends: list[State], ports: Ports
) -> None:
    shipment, number = labelled(ports)
    heard(shipment, number, codes.split(), ports)
    assert path(shipment, ports)[2:] == ends


def test_the_same_news_heard_twice_move_nothing_twice(ports: Ports, post: ToldPost) -> None:
    shipment, number = labelled(ports)
    heard(shipment, number, ["PC1"], ports)
    before = now(shipment, ports)
    clock_of(ports).advance(minutes=120)
    assert follow_parcels(ports) == Asked(news=0)
    assert now(shipment, ports) == before
    assert len(post.asked) == 2


def test_what_the_post_learns_late_does_not_move_a_parcel_back(
    ports: Ports, post: ToldPost
) -> None:
    shipment, number = labelled(ports)
    clock_of(ports).advance(minutes=120)
    post.tell(number, "ND1", ports.clock.now())
    follow_parcels(ports)
    clock_of(ports).advance(minutes=120)
    post.tell(number, "ET1", ports.clock.now() - timedelta(hours=3))
    assert follow_parcels(ports) == Asked(news=0)
    assert now(shipment, ports).state is State.ATTEMPTED


def test_a_silence_loses_no_news(ports: Ports, post: ToldPost) -> None:
    shipment, number = labelled(ports)
    clock_of(ports).advance(minutes=120)
    post.tell(number, "PC1", ports.clock.now())
    post.trouble = SILENCE
    assert follow_parcels(ports) == Asked(unanswered=1)
    assert follow_parcels(ports) == Asked()  # not again at once
    assert parcel_of(shipment, ports).trouble == "carrier_unavailable"
    post.trouble = None
    clock_of(ports).advance(minutes=1)
    assert follow_parcels(ports) == Asked(news=1)
    assert now(shipment, ports).state is State.TO_DROPOFF


def test_the_post_is_asked_of_ten_parcels_at_once_and_of_each_every_two_hours(
    ports: Ports, post: ToldPost
) -> None:
    for _ in range(BATCH + 1):
        packed(ports)
    make_labels(ports)
    make_labels(ports)
    clock_of(ports).advance(minutes=119)
    assert follow_parcels(ports) == Asked()
    assert post.asked == []
    clock_of(ports).advance(minutes=1)
    for _ in range(4):
        follow_parcels(ports)
    assert [len(numbers) for numbers in post.asked] == [BATCH, 1]


def test_a_house_without_a_carrier_asks_nobody() -> None:
    ports = house()
    packed(ports)
    assert make_labels(ports) == follow_parcels(ports) == Asked()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(CODES)), max_size=12))
def test_whatever_the_post_says_every_step_is_one_that_may_follow(codes: list[str]) -> None:
    ports = replace(house(), carrier=ToldPost())
    shipment = packed(ports)
    make_labels(ports)
    number = parcel_of(shipment, ports).tracking_number
    assert number is not None
    heard(shipment, number, codes, ports)
    states = path(shipment, ports)
    for before, after in pairwise(states):
        assert replace(shipment, state=before).may_become(after)
    assert len(states) == len(set(states)) or State.ATTEMPTED in states
