"""What generated days have in common, and what changes from one to the next."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from statistics import mean, median

import pytest

from dispatch.core.civil import PARIS
from dispatch.core.places import Place, crow_m
from dispatch.replay.day import Day
from dispatch.replay.demand import PILOT, Demand
from dispatch.replay.generate import generated_day
from dispatch.streets.area import contains
from geodata import load
from geodata.town import Town

TUESDAY, SATURDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 29)
SEEDS = range(8)


@pytest.fixture(scope="module")
def town() -> Town:
    return load.town("val_de_garonne")


@pytest.fixture(scope="module")
def days(town: Town) -> list[Day]:
    return [generated_day(town, TUESDAY, seed=seed, orders=60) for seed in SEEDS]


def test_the_same_seed_is_the_same_day_and_another_is_another(town: Town) -> None:
    again = [generated_day(town, TUESDAY, seed=5) for _ in range(2)]
    assert again[0] == again[1]
    assert generated_day(town, TUESDAY, seed=6).orders != again[0].orders
    # The next day is not the same day again.
    assert generated_day(town, date(2026, 11, 25), seed=5).orders != again[0].orders


def test_saturdays_are_busier_than_tuesdays_and_those_than_sundays(town: Town) -> None:
    def usual(day: date) -> float:
        return mean(len(generated_day(town, day, seed=seed).orders) for seed in SEEDS)

    assert usual(SATURDAY) > usual(TUESDAY) > usual(SUNDAY)


def test_rain_brings_orders(town: Town) -> None:
    def usual(rain: bool) -> float:
        days = (generated_day(town, TUESDAY, seed=seed, rain=rain) for seed in SEEDS)
        return mean(len(day.orders) for day in days)

    assert usual(True) > usual(False)
    drawn = [generated_day(town, TUESDAY, seed=seed).rain for seed in range(40)]
    assert 4 <= sum(drawn) <= 20  # three days in ten


def test_more_is_ordered_before_lunch_than_after(days: list[Day]) -> None:
    hours = Counter(o.asked_at.astimezone(PARIS).hour for day in days for o in day.orders)
    assert hours[11] > hours[13]
    assert min(hours) >= 9 and max(hours) <= 18


def test_a_burst_draws_orders_together(town: Town) -> None:
    rushed = replace(PILOT, bursts=3.0, burst_share=0.3, burst_min=5.0)

    def fullest(demand: Demand) -> float:
        days = (generated_day(town, TUESDAY, seed=s, orders=60, demand=demand) for s in SEEDS)
        return mean(
            max(Counter(o.asked_at.timestamp() // 300 for o in day.orders).values()) for day in days
        )

    assert fullest(rushed) > 2 * fullest(replace(PILOT, bursts=0.0))


def test_doors_are_where_we_deliver_and_in_both_towns(town: Town, days: list[Day]) -> None:
    doors = [order.place for day in days for order in day.orders]
    assert all(contains(town.area, door) for door in doors)
    centres = {c.name: Place(c.lat_deg, c.lon_deg) for c in town.communes}
    near = {
        name: sum(crow_m(door, centres[name]) < 5_000 for door in doors) / len(doors)
        for name in ("Marmande", "Tonneins")
    }
    assert near["Marmande"] > near["Tonneins"] > 0.1


def test_nobody_lives_where_we_do_not_deliver(town: Town) -> None:
    only = tuple(replace(c, served=c.name == "Tonneins") for c in town.communes)
    day = generated_day(replace(town, communes=only), TUESDAY, seed=1, orders=30)
    (centre,) = (Place(c.lat_deg, c.lon_deg) for c in town.communes if c.name == "Tonneins")
    assert all(crow_m(order.place, centre) < 8_000 for order in day.orders)


def test_people_buy_near_home_though_not_always(town: Town, days: list[Day]) -> None:
    shops = {m.id: Place(m.lat_deg, m.lon_deg) for m in town.merchants}
    away_m = [crow_m(o.place, shops[o.lines[0].merchant_id]) for day in days for o in day.orders]
    assert median(away_m) < 2_500
    assert max(away_m) > 10_000


def test_some_shops_are_popular_and_some_often_late(days: list[Day]) -> None:
    bought = Counter(line.merchant_id for day in days for o in day.orders for line in o.lines)
    assert bought.most_common(1)[0][1] > 2.5 * median(bought.values())
    late = [line.late_s > 0 for day in days for o in day.orders for line in o.lines]
    assert 0.06 < mean(late) < 0.2


def test_customers_differ_in_what_they_want(days: list[Day]) -> None:
    orders = [order for day in days for order in day.orders]
    assert 0.1 < mean(o.wants_at is not None for o in orders) < 0.35
    assert all(o.wants_at > o.asked_at for o in orders if o.wants_at is not None)
    assert {o.otherwise for o in orders} == set(PILOT.otherwise)
    assert 0.05 < mean(len(o.lines) > 1 for o in orders) < 0.25


def test_shares_beyond_all_are_refused() -> None:
    with pytest.raises(ValueError, match="absent is out of 0 to 1"):
        replace(PILOT, absent=1.2)
    with pytest.raises(ValueError, match="seven days"):
        replace(PILOT, by_weekday=(1.0,))
