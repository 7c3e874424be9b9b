"""What a planner's word about rain changes: times of that day, and nobody's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from dispatch.core.errors import Invalid
from dispatch.core.ids import QuoteId
from dispatch.operations.arrivals import late_arrivals
from dispatch.operations.at_risk import RemedyKind, at_risk
from dispatch.operations.audit import Change, trail
from dispatch.operations.book import BookRequest, book
from dispatch.operations.calibration import Subject
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.express import desk
from dispatch.operations.known_ways import known_ways
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import standing, tours_of
from dispatch.operations.tick import tick, tick_due_at
from dispatch.operations.weather import is_wet, say_wet, take_back_wet, wet_days
from dispatch.operations.weather_rules import WeatherRules
from dispatch.orders.quotes import Option
from dispatch.routing.check import violations
from dispatch.routing.problem import IntMatrix
from dispatch.routing.solvers import greedy
from dispatch.slots.service_levels import Mode, service_levels
from dispatch.tracking.tours import Tour
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house, near
from tests.fakes.town import express_shops
from tests.operations.test_learnt import taught

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def ports() -> Ports:
    """A town that rain makes half as slow again: nobody can miss it."""
    plain = house()
    return replace(
        plain, parameters=replace(plain.parameters, weather=WeatherRules(wet_factor=1.5))
    )


def way_s(ports: Ports, at: datetime | None = None) -> int:
    here, there = [m.place for m in ports.territory.merchants.values()][:2]
    return int(as_learnt(ports).streets.durations_s([here], "car", to=[there], at=at)[0, 0])


def express(ports: Ports, *, north: float = 0.01) -> tuple[QuoteId, Option]:
    shop = express_shops(ports)[0]
    door = near(ports.territory.merchant(shop).place, north=north, east=0.01)
    given = quote(an_order(ports, shop, to=door), SHOP, ports)
    return given.quote_id, next(o for o in given.options if o.mode is Mode.EXPRESS)


def bought(ports: Ports, *, north: float = 0.01) -> None:
    quote_id, option = express(ports, north=north)
    book(BookRequest(quote_id, option.option_id, CUSTOMER), SHOP, ports)


def tours(ports: Ports) -> tuple[Tour, ...]:
    with ports.store.reading() as tx:
        return tuple(tour for tour in tours_of(tx, TODAY, ports) if tour.stops)


def etas(ports: Ports) -> dict[str, datetime]:
    return {s.stop_id: s.eta_at for t in tours(ports) for s in t.stops if s.eta_at is not None}


def order_of(ports: Ports) -> list[list[str]]:
    return [[stop.stop_id for stop in tour.stops] for tour in tours(ports)]


def test_ways_of_that_day_take_the_factor_and_those_of_other_days_do_not(ports: Ports) -> None:
    now = ports.clock.now()
    dry_s = way_s(ports, now)

    say_wet(TOMORROW, ports)

    assert way_s(ports, now) == dry_s == way_s(ports)
    assert way_s(ports, now + timedelta(days=1)) == pytest.approx(1.5 * dry_s, abs=1)
    say_wet(TODAY, ports)
    assert way_s(ports, now) == way_s(ports) == pytest.approx(1.5 * dry_s, abs=1)


def test_what_was_learnt_of_wet_days_counts_instead_of_the_setting_beside_the_rest(
    ports: Ports,
) -> None:
    dry_s = way_s(ports)
    with ports.store.writing() as tx:
        tx.add_calibration(taught((Subject.WAYS, "car", 1.2), (Subject.WET, "car", 1.25)))
    assert way_s(ports) == pytest.approx(1.2 * dry_s, abs=1)

    say_wet(TODAY, ports)

    assert way_s(ports) == pytest.approx(1.5 * dry_s, abs=1)


def test_it_is_said_once_taken_back_and_written_down(ports: Ports) -> None:
    before = ports.clock.now()
    said = say_wet(TODAY, ports)
    wet_s = way_s(ports)

    assert say_wet(TODAY, ports) == said
    assert wet_days(ports) == (said,)
    assert take_back_wet(TODAY, ports) is not None
    assert take_back_wet(TODAY, ports) is None

    assert way_s(ports) < wet_s
    assert not is_wet(TODAY, ports)
    acts = [(entry.act, entry.subject) for entry in trail(before, 10, ports)]
    assert acts == [(Change.WET_SAID, "2026-11-24"), (Change.WET_TAKEN_BACK, "2026-11-24")]


@pytest.mark.parametrize("days", [-29, 11])
def test_a_day_too_far_off_is_refused(ports: Ports, days: int) -> None:
    with pytest.raises(Invalid, match="28 days ago"):
        say_wet(TODAY + timedelta(days=days), ports)


def test_ways_known_of_the_dry_day_are_not_told_on_the_wet_one(ports: Ports) -> None:
    places = [m.place for m in ports.territory.merchants.values()][:3]

    def known() -> IntMatrix:
        ways = known_ways(as_learnt(ports).streets, "car", ports.clock.now())
        numbers = ways.numbers(places)
        return ways.there_and_back(numbers, numbers)[0]

    dry = known()
    say_wet(TODAY, ports)
    wet = known()
    take_back_wet(TODAY, ports)

    assert (wet > dry)[~np.eye(3, dtype=bool)].all()
    assert (known() == dry).all()


def test_the_late_end_of_a_forecast_moves_with_the_rain_and_back(ports: Ports) -> None:
    bought(ports)
    wave_by_hand(ports)
    (stop,) = (s for t in tours(ports) for s in t.manifest if s.due_at is not None)

    def late_at() -> datetime:
        return late_arrivals(tours(ports), ports)[stop.stop_id]

    dry = late_at()
    say_wet(TODAY, ports)
    wet = late_at()
    take_back_wet(TODAY, ports)

    assert wet > dry
    assert late_at() == dry


@pytest.fixture
def in_a_hurry(ports: Ports) -> Ports:
    """The same town, express promised within the hour; rain doubles every way."""
    levels = service_levels("within_4h", {"express": {"max_lead_min": 60}})
    rain = WeatherRules(wet_factor=2.0)
    return replace(ports, parameters=replace(ports.parameters, levels=levels, weather=rain))


def test_a_quote_says_that_rain_makes_it_less_sure(in_a_hurry: Ports) -> None:
    rules = replace(in_a_hurry.parameters, weather=WeatherRules(wet_factor=1.5))
    rainy = replace(in_a_hurry, parameters=rules)
    _, dry = express(rainy, north=0.03)
    say_wet(TODAY, rainy)
    _, wet = express(rainy, north=0.03)

    assert dry.chance is not None
    assert wet.chance is not None
    assert wet.chance.as_it_stands < dry.chance.as_it_stands - 0.1
    assert wet.chance.stated < dry.chance.stated - 0.05


def test_what_becomes_late_is_at_risk_with_something_to_do(in_a_hurry: Ports) -> None:
    bought(in_a_hurry, north=0.05)
    wave_by_hand(in_a_hurry)
    assert at_risk(in_a_hurry) == ()

    say_wet(TODAY, in_a_hurry)

    (one,) = at_risk(in_a_hurry)
    assert RemedyKind.EXTEND in {remedy.kind for remedy in one.remedies}
    take_back_wet(TODAY, in_a_hurry)
    assert at_risk(in_a_hurry) == ()


def test_tours_given_out_keep_their_order_and_are_expected_later(ports: Ports) -> None:
    for north in (0.01, -0.012, 0.014):
        bought(ports, north=north)
    wave_by_hand(ports)
    bought(ports, north=0.016)  # given to nobody yet
    dry, stood = etas(ports), order_of(ports)

    say_wet(TODAY, ports)
    wet = etas(ports)

    assert order_of(ports) == stood
    assert set(wet) == set(dry)
    assert all(wet[stop_id] >= at for stop_id, at in dry.items())
    drops = [s.stop_id for t in tours(ports) for s in t.stops if s.due_at is not None]
    assert len(drops) == 4
    assert all(wet[stop_id] > dry[stop_id] for stop_id in drops)
    take_back_wet(TODAY, ports)
    assert order_of(ports) == stood
    assert all(abs(at - dry[i]) < timedelta(seconds=90) for i, at in etas(ports).items())


def test_the_independent_checker_sees_the_same_ways_as_the_plan(ports: Ports) -> None:
    bought(ports)
    say_wet(TODAY, ports)
    seen = as_learnt(ports)
    with ports.store.reading() as tx:
        table = desk(tx, seen)
    wet, dry = (standing(table.tours, ports.clock.now(), one).problem for one in (seen, ports))

    assert not violations(wet, greedy.solve(wet, budget_s=1.0))
    assert violations(wet, greedy.solve(dry, budget_s=1.0))


def test_a_tour_that_waits_is_thought_anew_when_it_rains(ports: Ports) -> None:
    rules = DispatchRules(policy="rolling", buffer_s=0, hold_margin_s=0)
    ports = replace(ports, parameters=replace(ports.parameters, dispatching=rules))
    bought(ports)
    clock_of(ports).advance(minutes=2)
    tick(ports)
    waits_at = tick_due_at(ports)

    say_wet(TODAY, ports)

    due_at = tick_due_at(ports)
    assert waits_at is not None
    assert due_at is not None
    assert due_at < waits_at
