"""Who falls behind is relieved by the dispatch itself, when nothing waits to be given out.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops, x: a door

It is ten.  Anna has two orders, from B to twelve cells east and from F to six cells west of the
depot, within the hour; Ben has nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.falling_behind import can_change, helps
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.relieve import Cause, come_back, relieve
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.tick import tick
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers.ruin_recreate import solve_in_steps
from dispatch.slots.service_levels import Mode, service_levels
from dispatch.tracking.news import What, Why
from dispatch.tracking.tours import Tour
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.fakes.road import live
from tests.operations.drawn import (
    at,
    courier,
    drawn_house,
    order,
    territory,
    tours_today,
    with_stops,
)

SILENT_MIN = 30


class Search:
    """The town's search, counted."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(
        self,
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        del budget_s
        self.asked += 1
        return solve_in_steps(problem, steps=300, seed=seed, start=start)


def bring(ports: Ports, shop: str, cells: int) -> Booked:
    door = Doorstep(Place(44.5, 0.16 + cells / 1000))
    offer = quote(
        OrderRequest((Line(MerchantId(shop), 3000, 1000, 8000),), door, None), SHOP, ports
    )
    option = next(o for o in offer.options if o.offered and o.mode is Mode.EXPRESS)
    return book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)


@pytest.fixture
def ports() -> Ports:
    ports = drawn_house(territory(courier("anna"), courier("ben")))
    hour = service_levels("within_4h", {"express": {"max_lead_min": 60}})
    rules = DispatchRules(policy="rolling")
    ports = replace(
        ports,
        solver=Search(),
        parameters=replace(ports.parameters, levels=hour, dispatching=rules),
    )
    relieve("ben", Cause.OTHER, ports)
    bring(ports, "B", 12)
    bring(ports, "F", -6)
    wave_by_hand(ports)
    come_back("ben", ports)
    assert len(ahead("anna", ports)) == 4
    return ports


def tour_of(name: str, ports: Ports) -> Tour:
    return next(tour for tour in tours_today(ports) if tour.courier_id == name)


def ahead(name: str, ports: Ports) -> list[str]:
    return [stop.stop_id for stop in tour_of(name, ports).stops if not stop.over]


def asked(ports: Ports) -> int:
    assert isinstance(ports.solver, Search)
    return ports.solver.asked


def silent(ports: Ports, minutes: int) -> None:
    """Nobody says a word, and the house looks every minute."""
    for _ in range(minutes):
        clock_of(ports).advance(minutes=1)
        tick(ports)


def test_who_falls_behind_is_relieved_of_what_nobody_has_left_for(ports: Ports) -> None:
    fetch, *rest = ahead("anna", ports)
    first = fetch.partition(":")[0]
    assert ahead("ben", ports) == []
    silent(ports, SILENT_MIN)
    mine, his = ahead("anna", ports), ahead("ben", ports)
    assert mine == [fetch, *(name for name in rest if name.startswith(first))]
    assert sorted(his) == sorted(name for name in rest if not name.startswith(first))
    news = tour_of("ben", ports).unread
    assert news is not None
    assert (news.what, news.why, news.stop_id) == (What.FIRST_STOP, Why.BEHIND, his[0])


def test_who_is_relieved_by_it_is_on_time(ports: Ports) -> None:
    silent(ports, SILENT_MIN)
    moved = set(ahead("ben", ports))
    live(ports, minutes=60)
    drops = [s for t in tours_today(ports) for s in t.stops if s.stop_id in moved and s.due_at]
    assert drops
    assert all(s.due_at and s.ended_at and s.promised_until for s in drops)
    assert all(s.ended_at <= s.promised_until for s in drops if s.ended_at and s.promised_until)


def test_where_everybody_is_in_time_nothing_is_searched(ports: Ports) -> None:
    before = asked(ports)
    live(ports, minutes=60)
    assert asked(ports) == before
    assert not ahead("anna", ports)


def test_what_did_not_help_is_not_tried_again_until_something_changes(ports: Ports) -> None:
    """Ben is called off: nobody can relieve Anna, and every ten minutes that is enough to know."""
    relieve("ben", Cause.ILL, ports)
    tour, before = tour_of("anna", ports), asked(ports)
    silent(ports, SILENT_MIN)
    searches = asked(ports) - before
    assert 1 <= searches <= SILENT_MIN // 10
    assert [s.stop_id for s in tour_of("anna", ports).stops] == [s.stop_id for s in tour.stops]
    assert tour_of("anna", ports).unread == tour.unread


def test_a_plan_helps_that_takes_off_what_promises_lack_and_adds_nowhere() -> None:
    assert helps({"a": 900, "b": 0}, {"a": 0, "b": 0})
    assert helps({"a": 900, "b": 60}, {"a": 500, "b": 60})
    assert not helps({"a": 900, "b": 0}, {"a": 0, "b": 1})
    assert not helps({"a": 900, "b": 60}, {"a": 800, "b": 0})
    assert not helps({"a": 900, "b": 0}, {"b": 0})


def test_who_has_left_for_the_last_stop_can_be_given_nothing_else() -> None:
    house = drawn_house()
    (anna,) = tours_today(house)
    fetch, bring_it = order("paid", "B", due=60, published=0)
    assert can_change([with_stops(anna, (fetch, bring_it))])
    left = replace(bring_it, departed_at=at(10))
    assert not can_change([with_stops(anna, (left,))])
    unpromised = replace(bring_it, due_at=None)
    assert not can_change([with_stops(anna, (fetch, unpromised))])
