from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from dispatch.adapters.town import OpenTown
from dispatch.core.civil import clock_text, local_day
from dispatch.core.places import crow_m
from dispatch.demo.orders import DAY, DemoOrder, Story, orders_of_day
from dispatch.slots.service_levels import Mode
from dispatch.streets.area import contains
from geodata import load
from geodata.town import Town
from tests.fakes.house import embedded_town


@pytest.fixture(scope="module")
def town() -> Town:
    return load.town("val_de_garonne")


@pytest.fixture(scope="module")
def open_town() -> OpenTown:
    return embedded_town()


def communes_of(order: DemoOrder, town: Town) -> set[str]:
    shops = {merchant.id: merchant for merchant in town.merchants}
    return {shops[line.merchant_id].commune for line in order.lines}


def test_the_same_seed_is_the_same_day_and_another_seed_is_another(town: Town) -> None:
    assert orders_of_day(town, seed=7) == orders_of_day(town, seed=7)
    assert orders_of_day(town, seed=7) != orders_of_day(town, seed=8)


@pytest.mark.parametrize("count", [1, 8, 60])
def test_a_day_has_as_many_orders_as_asked_in_order_of_time(town: Town, count: int) -> None:
    orders = orders_of_day(town, count=count)
    assert [order.number for order in orders] == list(range(1, count + 1))
    times = [order.asked_at for order in orders]
    assert times == sorted(times)
    assert {local_day(at) for at in times} == {DAY}


def test_the_first_customer_comes_at_08_56_for_something_a_courier_brings(town: Town) -> None:
    for seed in range(20):
        first = orders_of_day(town, seed=seed, count=8)[0]
        assert clock_text(first.asked_at) == "08:56"
        assert (first.wish, first.story, len(first.lines)) == (Mode.EXPRESS, Story.BOOKS, 1)


@pytest.mark.parametrize("count", [8, 12, 60, 200])
def test_every_story_is_told_from_eight_orders_on_and_most_customers_book(
    town: Town, count: int
) -> None:
    told = Counter(order.story for order in orders_of_day(town, count=count))
    assert set(told) == set(Story)
    assert told[Story.BAD_ADDRESS] == told[Story.TOO_HEAVY] == told[Story.NOT_AT_HOME] == 1
    if count >= 60:
        assert told[Story.BOOKS] > count * 0.75


def test_express_is_wished_most_and_every_mode_is_wished(town: Town) -> None:
    wishes = Counter(order.wish for order in orders_of_day(town, count=200))
    assert set(wishes) == set(Mode)
    assert wishes.most_common(1)[0][0] is Mode.EXPRESS


def test_people_order_before_lunch_and_on_the_way_home(town: Town) -> None:
    hours = Counter(clock_text(o.asked_at)[:2] for o in orders_of_day(town, count=1000))
    assert hours["11"] > 2 * hours["13"]
    assert hours["16"] > 2 * hours["13"]


def test_both_towns_sell_and_some_orders_come_from_two_shops(town: Town) -> None:
    orders = orders_of_day(town)
    assert {c for order in orders for c in communes_of(order, town)} == {"47157", "47310"}
    assert 3 <= sum(len(order.lines) == 2 for order in orders) <= 20
    for order in orders:
        assert len({line.merchant_id for line in order.lines}) == len(order.lines)


def test_shops_offer_what_is_wished_and_their_goods_are_cold_where_they_sell_cold(
    town: Town,
) -> None:
    shops = {merchant.id: merchant for merchant in town.merchants}
    lines = [(o, shops[line.merchant_id], line) for o in orders_of_day(town) for line in o.lines]
    assert all(order.wish in shop.modes for order, shop, _ in lines)
    assert all(line.cold is shop.cold for _, shop, line in lines)
    assert any(line.cold for _, _, line in lines)


def test_customers_live_at_addresses_the_town_knows_inside_the_area(
    town: Town, open_town: OpenTown
) -> None:
    for order in orders_of_day(town, seed=3):
        found = open_town.geocoder.find(order.address)
        if order.story is Story.BAD_ADDRESS:
            assert not found
            continue
        assert found[0].kind == "housenumber" and found[0].score == 1.0, order.address
        assert contains(town.area, found[0].place)
        assert open_town.streets.contains(found[0].place)


def test_most_customers_live_within_three_kilometres_of_their_shop(
    town: Town, open_town: OpenTown
) -> None:
    away_m = []
    for order in orders_of_day(town, count=200):
        if order.story is not Story.BAD_ADDRESS:
            door = open_town.geocoder.find(order.address)[0].place
            shop = open_town.territory.merchant(order.lines[0].merchant_id).place
            away_m.append(crow_m(door, shop))
    assert sum(m < 3_000 for m in away_m) > 0.75 * len(away_m)
    assert max(away_m) > 10_000  # now and then somebody orders from the other town


def test_no_two_customers_of_a_day_share_a_telephone(town: Town) -> None:
    orders = orders_of_day(town, count=200)
    assert len({order.phone for order in orders}) == 200


def test_an_order_from_nobody_and_a_day_of_no_orders_are_refused(town: Town) -> None:
    (order,) = orders_of_day(town, count=1)
    with pytest.raises(ValueError, match="order 1 buys from nobody"):
        replace(order, lines=())
    with pytest.raises(ValueError, match="weight_g is not positive: 0"):
        replace(order.lines[0], weight_g=0)
    with pytest.raises(ValueError, match="at least one order, not 0"):
        orders_of_day(town, count=0)
