"""A late courier and a door that closes: B is 2 minutes from the depot, and 2 from F.

D . B . F . . x
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.ids import MerchantId
from dispatch.core.windows import TimeWindow
from dispatch.operations.lateness import lateness
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.standing import Standing, standing
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.routing.check import violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Plan
from dispatch.routing.schedule import cost_of, schedule
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop
from tests.fakes.house import SHOP, clock_of
from tests.operations.drawn import TOWN, at, drawn_house, order, territory, tours_today, with_stops


def house(grace_s: int = 600, **hours: str) -> Ports:
    ports = drawn_house(territory(hours=hours))
    times = replace(ports.parameters.service_times, setup_s=0, grace_s=grace_s)
    return replace(ports, parameters=replace(ports.parameters, service_times=times))


def plan(ports: Ports, *orders: tuple[Stop, ...], minute: float = 0) -> Standing:
    return standing([with_stops(tours_today(ports)[0], *orders)], at(minute), ports)


def begins_min(found: Standing) -> dict[str, float]:
    tour = schedule(found.problem, 0, found.sequences[0])
    assert tour is not None
    return {found.stops[stop.node].stop_id: stop.begin_s / 60 for stop in tour.stops}


def test_a_booked_parcel_is_fetched_from_a_shop_that_closed_a_minute_ago() -> None:
    ports = house()
    found = plan(ports, order("q", "B", open_until=1))
    assert found.fallen == ()
    assert begins_min(found)["q:0"] == 2  # closed at 10:01, there at 10:02
    tour = schedule(found.problem, 0, found.sequences[0])
    assert tour is not None
    assert violations(found.problem, Plan((tour,), (), cost_of(found.problem, (tour,)), "")) == []


@pytest.mark.parametrize(("closed_min", "kept"), [(2, True), (-7.9, True), (-8.1, False)])
def test_ten_minutes_after_closing_the_door_stays_shut(closed_min: float, kept: bool) -> None:
    """Anna is there at 10:02."""
    found = plan(house(), order("q", "B", open_until=closed_min))
    assert (found.fallen == ()) is kept


def test_a_lunch_break_gives_way_to_nobody_and_what_waits_for_its_end_does_not_fall() -> None:
    """B is shut from 10:01 to 11:00; Anna, there at 10:02, has it at eleven, and x is late."""
    fetch, bring = order("q", "B", due=30)
    lunch = (TimeWindow(at(-60), at(1)), TimeWindow(at(60), at(540)))
    found = plan(house(), (replace(fetch, windows=lunch), bring))
    assert found.fallen == ()
    assert begins_min(found)["q:0"] == 60
    (late,) = lateness(found, found.sequences).stops.values()
    assert late.late_s == (60 + 1 + 5 - 30) * 60


def test_without_grace_a_closed_door_is_shut() -> None:
    found = plan(house(grace_s=0), order("q", "B", open_until=1))
    ((gone, refusal),) = found.fallen
    assert (gone[0].quote_id, refusal.code) == ("q", "merchant_closed")


def test_a_shop_that_closed_before_the_wave_opens_too() -> None:
    """At 10:05 the door closed at 10:03 is behind; Anna gets there at 10:07."""
    ports = house()
    clock_of(ports).advance(minutes=5)
    found = plan(ports, order("q", "B", open_until=3), minute=5)
    assert begins_min(found) == {"q:0": 2, "q:1": 8}


def test_a_quote_s_hold_has_no_grace() -> None:
    held = tuple(replace(stop, held_until=at(15)) for stop in order("q", "B", open_until=1))
    found = plan(house(), held)
    assert [gone[0].quote_id for gone, _ in found.fallen] == ["q"]


def test_the_door_stays_open_no_longer_than_the_tour_needs() -> None:
    """Anna is at B at 10:02, a minute late; F on the way first would make it later."""
    ports = house()
    late = plan(ports, order("q", "B", open_until=1))
    (pickup,) = late.problem.jobs[0].pickups
    assert pickup.windows[-1][1] == 120
    with_new = standing(late.tours, at(0), ports, extra=[order("new", "F", "B", to="y")])
    job = next(j for j, one in enumerate(with_new.problem.jobs) if one.job_id == "new")
    found = cheapest_insertion(with_new.problem, with_new.sequences, job)
    assert found is not None
    tour = schedule(with_new.problem, 0, found.nodes)
    assert tour is not None
    begun = {with_new.stops[stop.node].stop_id: stop.begin_s for stop in tour.stops}
    assert begun["q:0"] == 120


def test_one_who_is_too_late_anyway_does_not_drag_others_down() -> None:
    """B closed an hour ago, F a minute before Anna would be there without B."""
    found = plan(house(), order("gone", "B", open_until=-59), order("late", "F", open_until=3))
    assert [gone[0].quote_id for gone, _ in found.fallen] == ["gone"]
    assert begins_min(found)["late:0"] == 4


def test_nothing_new_is_promised_on_it() -> None:
    """F closes at 10:06: the next wave's courier would be there within the grace."""
    ports = house(F="Mo-Su 09:00-10:06")
    for letter, offered in (("B", True), ("F", False)):
        request = OrderRequest((Line(MerchantId(letter)),), Doorstep(TOWN["x"]))
        options = quote(request, SHOP, ports).options
        assert next(o.offered for o in options if o.mode is Mode.EXPRESS) is offered


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("BF"), st.integers(-20, 40)), min_size=1, max_size=4))
def test_grace_keeps_more_and_never_less_and_never_beyond_itself(
    asked: list[tuple[str, int]],
) -> None:
    orders = [order(f"q{n}", shop, open_until=closes) for n, (shop, closes) in enumerate(asked)]
    strict, kind = (plan(house(grace_s), *orders) for grace_s in (0, 600))
    assert len(kind.fallen) <= len(strict.fallen)
    begun = begins_min(kind)
    for n, (_, closes) in enumerate(asked):
        assert begun.get(f"q{n}:0", 0) < closes + 10 or f"q{n}:0" not in begun
    tour = schedule(kind.problem, 0, kind.sequences[0])
    assert tour is not None
    moving = (tour,) if tour.stops else ()
    assert violations(kind.problem, Plan(moving, (), cost_of(kind.problem, moving), "")) == []
