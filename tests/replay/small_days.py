"""Small days of the embedded town; waves are greedy, so that no search is compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dispatch.core.places import Place
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.parameters import Parameters, WaveParameters
from dispatch.operations.second_chance_rules import SecondChanceRules
from dispatch.replay.day import Day, DayLine, DayOrder
from dispatch.replay.generate import generated_day
from dispatch.replay.policies import parameters_under, policy
from dispatch.replay.run import Lived, live
from dispatch.replay.world import Habits
from geodata import load
from tests.fakes.house import embedded_town

TUESDAY = date(2026, 11, 24)
#: Greedy waves, and nobody moved for a quote: neither needs the compiled search.
PLAIN = replace(
    Parameters(),
    waves=WaveParameters(engine="greedy"),
    dispatching=DispatchRules(policy="waves"),
    second_chance=SecondChanceRules(steps=0),
)


def small_day(seed: int = 1, orders: int = 12, *, rain: bool = False) -> Day:
    return generated_day(load.town("val_de_garonne"), TUESDAY, seed=seed, orders=orders, rain=rain)


def lived(day: Day, name: str = "waves", habits: Habits | None = None) -> Lived:
    parameters = parameters_under(name, PLAIN)
    return live(day, embedded_town(), parameters, policy(name), habits=habits)


def one_order(shop: str, *, late_s: int = 0, absent: bool = False) -> Day:
    """A day with one order, asked at 10:05, from *shop* to a door some 300 m away."""
    place = embedded_town().territory.merchant(shop).place
    order = DayOrder(
        number=1,
        asked_at=datetime(2026, 11, 24, 9, 5, tzinfo=UTC),
        place=Place(place.lat_deg + 0.002, place.lon_deg + 0.002),
        lines=(DayLine(shop, 3_000, 1_000, 8_000, late_s=late_s),),
        absent=absent,
    )
    return Day(TUESDAY, "val_de_garonne", (order,))


def two_orders(shop: str) -> Day:
    """Two neighbours some 2 km from *shop*, who ask half a minute after each other."""
    day = one_order(shop)
    near = day.orders[0].place
    first = replace(day.orders[0], place=Place(near.lat_deg - 0.015, near.lon_deg))
    second = replace(
        first,
        number=2,
        asked_at=first.asked_at + timedelta(seconds=30),
        place=Place(first.place.lat_deg + 0.0002, first.place.lon_deg),
    )
    return replace(day, orders=(first, second))


def kinds(some: Lived) -> Sequence[str]:
    """What couriers did, in order of time."""
    return [f"{visit.kind} {visit.order}" for visit in some.visits]
