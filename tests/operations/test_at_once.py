"""Compiled code answers a quote as plain code does: the same places, the same reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Conflict
from dispatch.core.places import METRES_PER_DEGREE
from dispatch.core.reasons import Refusal
from dispatch.operations import express
from dispatch.operations.at_once import Order, all_at_once, which_fit, which_take
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.fit import NO_ROOMY_TOUR, Fit
from dispatch.operations.parameters import ServiceTimes
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Quote
from dispatch.routing import one_more
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Tour
from tests.fakes.house import CUSTOMER, SHOP, an_order, house, near
from tests.fakes.road import live
from tests.fakes.town import express_shops
from tests.operations.drawn import (
    at,
    courier,
    drawn_house,
    order,
    territory,
    tours_today,
    with_stops,
)

#: A house or so.
_STEP = 40 / METRES_PER_DEGREE


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    one_more.load()


class Both:
    """``all_at_once``, checked against the plain way each time, and what was answered."""

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()

    def __call__(
        self, orders: Sequence[Order], tours: Sequence[Tour], at: datetime, ports: Ports
    ) -> list[Fit | Refusal] | None:
        found = all_at_once(orders, tours, at, ports)
        if found is None:
            self.told["left"] += 1
            assert which_fit(orders, tours, at, ports) is None
            return None
        assert found == express.one_by_one(orders, tours, at, ports)
        fits = [isinstance(one, Fit) for one in found]
        assert which_fit(orders, tours, at, ports) == fits
        take = which_take(orders[0], tours, tours, at, ports)
        alone = (express.one_by_one(orders[:1], [tour], at, ports) for tour in tours)
        assert take == [isinstance(one, Fit) for (one,) in alone]
        for until in _expiries(tours)[:3]:
            freer = [tour.without_expired_holds(until) for tour in tours]
            assert which_fit(orders, tours, at, ports, freed_at=until) == which_fit(
                orders, freer, at, ports
            )
            assert which_take(orders[0], tours, tours, at, ports, freed_at=until) == which_take(
                orders[0], freer, tours, at, ports
            )
            self.told["freer"] += freer != list(tours)
        self.told.update("fit" if isinstance(one, Fit) else str(one.binding) for one in found)
        return found


def _expiries(tours: Sequence[Tour]) -> list[datetime]:
    held = (stop.held_until for tour in tours for stop in tour.stops)
    return sorted({until for until in held if until is not None})


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    checked = Both()
    monkeypatch.setattr(express, "all_at_once", checked)
    yield checked


acts = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "ask", "cancel", "wait"]),
        st.lists(st.integers(0, 999), min_size=1, max_size=4),
        st.integers(-9, 9),
        st.integers(-9, 9),
    ),
    min_size=4,
    max_size=12,
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(acts, st.sampled_from([60, 900]))
def test_random_days_are_answered_alike(
    both: Both, day: list[tuple[str, list[int], int, int]], setup_s: int
) -> None:
    """Orders of one to four shops, couriers under way, short days and full ones."""
    ports = house("2026-11-24T10:35+01:00")
    times = ServiceTimes(120, 180, setup_s)
    ports = replace(ports, parameters=replace(ports.parameters, service_times=times))
    booked: list[str] = []
    for what, numbers, north, east in day:
        if what == "wait":
            live(ports, minutes=1 + numbers[0] % 40)
        elif what == "cancel" and booked:
            with suppress(Conflict):  # on board already
                cancel(booked.pop(), SHOP, ports)
        else:
            answer = _asked(ports, numbers, north * _STEP, east * _STEP)
            option = next((o for o in answer.options if o.mode is Mode.EXPRESS and o.offered), None)
            if what == "book" and option is not None:
                request = BookRequest(answer.quote_id, option.option_id, CUSTOMER)
                booked.append(book(request, SHOP, ports).booking.booking_id)


def _asked(ports: Ports, numbers: Sequence[int], north: float, east: float) -> Quote:
    shops = express_shops(ports)
    chosen = dict.fromkeys(shops[n % len(shops)] for n in numbers)
    door = near(ports.territory.merchant(shops[0]).place, north=north, east=east)
    return quote(an_order(ports, *chosen, to=door), SHOP, ports)


def test_a_full_day_is_refused_for_the_same_reasons(both: Both) -> None:
    """Half an hour a stop: a few orders fill three couriers' four hours."""
    ports = house("2026-11-24T10:05+01:00")
    times = ServiceTimes(1200, 1200, 600)
    ports = replace(ports, parameters=replace(ports.parameters, service_times=times))
    for n in range(12):
        _asked(ports, [n, 7 * n] if n % 3 == 0 else [n], 0.001, 0.0)
    assert both.told["fit"] and sum(both.told.values()) > both.told["fit"]
    assert both.told["freer"]
    assert not both.told["left"]


def test_what_no_vehicle_can_ever_bring_is_refused_as_such(both: Both) -> None:
    """A piano: the binding word comes with another code."""
    ports = house("2026-11-24T10:05+01:00")
    light = an_order(ports, express_shops(ports)[0])
    (line,) = light.lines
    answer = quote(replace(light, lines=(replace(line, weight_g=400_000),)), SHOP, ports)
    assert answer.options[0].refusals[0].code == "too_heavy"
    assert set(both.told) == {"('capacity.weight_g',)"}


def test_a_tour_in_which_an_order_falls_takes_nothing_and_the_others_do(both: Both) -> None:
    """B is 2 minutes away and shuts in one: Anna's order falls, Ben has the whole day."""
    ports = drawn_house(territory(courier("anna"), courier("ben")))
    anna, ben = tours_today(ports)
    late = with_stops(anna, order("late", "B"))
    shut = tuple(
        replace(stop, windows=(replace(stop.windows[0], closes_at=at(1)),)) for stop in late.stops
    )
    falls, asked = replace(late, stops=shut), [order("asked", "B")]
    answer = both(asked, [falls, ben], at(0.5), ports)
    assert answer is not None
    (found,) = answer
    assert isinstance(found, Fit)
    assert found.tour.tour_id == ben.tour_id
    assert both(asked, [falls], at(0.5), ports) == [NO_ROOMY_TOUR]
    assert not both.told["left"]


def test_what_was_not_loaded_is_not_compiled_within_a_quote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = drawn_house()
    monkeypatch.setattr(one_more, "_loaded", False)
    assert all_at_once([order("asked", "B")], tours_today(ports), at(0), ports) is None


def test_a_tour_is_laid_out_anew_when_a_stop_of_it_changes() -> None:
    """The same tour, but its customer may now be late: the next order goes in before."""
    ports = drawn_house()
    (tour,) = tours_today(ports)
    first = with_stops(tour, order("first", "B"))
    asked = [order("asked", "B")]
    before = all_at_once(asked, [first], at(0), ports)
    *others, drop = first.stops
    hurried = replace(first, stops=(*others, replace(drop, due_at=at(0) + timedelta(minutes=1))))
    assert all_at_once(asked, [hurried], at(0), ports) != before
    assert all_at_once(asked, [first], at(0), ports) == before
