"""A wave keeps what couriers have been given, unless moving it pays, and can share fairly."""

from __future__ import annotations

from dataclasses import replace

from dispatch.operations.book import BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import Standing, standing, tours_of
from dispatch.operations.wave_problem import wave_problem
from dispatch.routing.problem import Weights
from dispatch.routing.schedule import cost_of, schedule
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.town import express_shops


def order(ports: Ports, shop: int) -> None:
    offer = quote(an_order(ports, express_shops(ports)[shop]), SHOP, ports)
    book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports)


def today(ports: Ports) -> Standing:
    now = ports.clock.now()
    with ports.store.reading() as tx:
        return standing(tours_of(tx, now.date(), ports), now, ports)


def test_what_a_wave_has_handed_out_is_published_and_what_came_after_is_not(ports: Ports) -> None:
    order(ports, 0)
    wave_by_hand(ports)
    clock_of(ports).move_to("2026-11-24T10:20+01:00")
    order(ports, 1)
    day = today(ports)
    seen = {node for nodes in wave_problem(day).published for node in nodes}
    assert seen == {n for n, stop in enumerate(day.stops) if stop.published_at is not None}
    assert 0 < len(seen) < len(day.stops)


def test_the_plan_as_it_stands_is_no_churn(ports: Ports) -> None:
    order(ports, 0)
    wave_by_hand(ports)
    clock_of(ports).move_to("2026-11-24T10:20+01:00")
    order(ports, 1)
    day = today(ports)
    problem = wave_problem(day)
    tours = [schedule(problem, v, nodes) for v, nodes in enumerate(day.sequences)]
    assert cost_of(problem, [tour for tour in tours if tour is not None]).churn == 0


def test_shares_are_set_only_when_unfairness_has_a_price(ports: Ports) -> None:
    order(ports, 0)
    day = today(ports)
    assert {v.fair_s for v in wave_problem(day).vehicles} == {None}
    priced = replace(day, problem=replace(day.problem, weights=Weights(unfair_per_s=1)))
    crew = wave_problem(priced).vehicles
    work_s = sum(v.fair_s or 0 for v in crew)
    (busy,) = [v for v, nodes in enumerate(day.sequences) if nodes]
    service_s = sum(day.problem.visits[n].service_s for n in day.sequences[busy])
    assert service_s < work_s
    left_s = [v.until_s - v.from_s for v in crew]
    longest, shortest = left_s.index(max(left_s)), left_s.index(min(left_s))
    assert (crew[longest].fair_s or 0) >= (crew[shortest].fair_s or 0)
