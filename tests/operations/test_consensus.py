"""What most futures agree on, in a town of one street.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops,
    . . . . . . . y        x, y: doors
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dispatch.operations.consensus import Agreed, agreed
from dispatch.operations.foreseen import NOTHING
from dispatch.operations.past_orders import Past
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, standing
from dispatch.operations.wave_problem import wave_problem
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy
from dispatch.tracking.tours import Stop, StopState
from tests.operations.drawn import at, order, tours_today, with_stops
from tests.operations.test_futures import busy, house


@dataclass
class Asked:
    """Greedy, which remembers what it was asked."""

    budgets_s: list[float]
    problems: list[Problem]

    def __call__(self, problem: Problem, *, budget_s: float, **more: Any) -> Plan:
        self.budgets_s.append(budget_s)
        self.problems.append(problem)
        return greedy.solve(problem, budget_s=budget_s, **more)


def agreement(
    past: Past | None, *orders: Sequence[Stop], **rules: object
) -> tuple[Agreed, Asked, Standing]:
    solver = Asked([], [])
    ports: Ports = replace(house(past, **rules), solver=solver)
    tour = with_stops(tours_today(ports)[0], *(tuple(stops) for stops in orders))
    day = standing([tour], ports.clock.now(), ports)
    return agreed(day, wave_problem(day), (), ports, budget_s=1.0), solver, day


def test_where_nothing_is_likely_it_is_the_solvers_own_plan_from_the_whole_budget() -> None:
    found, solver, day = agreement(Past(), order("o", "B", due=200))

    assert found.foreseen is NOTHING
    assert solver.budgets_s == [1.0]
    assert found.plan == greedy.solve(wave_problem(day), budget_s=1.0, start=day.sequences)


def test_futures_share_one_half_of_the_budget_between_them() -> None:
    _, solver, day = agreement(busy(), order("o", "B", due=200), futures=4)

    assert solver.budgets_s == [0.5, 0.125, 0.125, 0.125, 0.125]
    # Each knows what is known, and has more behind it.
    known = len(day.problem.jobs)
    assert all(problem.jobs[:known] == day.problem.jobs for problem in solver.problems)
    assert all(len(problem.jobs) > known for problem in solver.problems[1:])


def test_an_order_of_the_shop_that_everybody_orders_from_is_joined_in_nearly_all() -> None:
    """Twenty more from B within the hour, to the same door: one way for several of them."""
    found, _, _ = agreement(busy(), order("o", "B", due=230), futures=6)

    assert found.foreseen.joined["o"] > 0.8  # type: ignore[index]
    assert {fetch.merchant_id for fetch in found.foreseen.fetches} == {"B"}


def test_an_order_that_has_to_go_now_is_joined_in_none() -> None:
    """Who waits for what is ordered in an hour is late for this one."""
    found, _, _ = agreement(busy(hours=(10,)), order("o", "F", due=9), futures=6)

    assert found.foreseen.joined["o"] == 0  # type: ignore[index]


def test_the_plan_it_gives_has_nothing_in_it_that_nobody_ordered() -> None:
    stops = [order(name, "B", to=to, due=200) for name, to in (("o", "x"), ("p", "y"))]
    found, _, day = agreement(busy(), *stops)

    nodes = [node for tour in found.plan.tours for node in tour.nodes]
    assert sorted(nodes) == list(range(len(day.stops)))
    assert found.plan.cost.late == 0


def test_a_courier_who_has_left_meanwhile_leaves_the_known_plan_to_itself() -> None:
    """Anna is five minutes further than when the day was read."""
    solver, ports = Asked([], []), house(busy())
    stops = order("o", "B", due=200, published=-30)
    before = standing([with_stops(tours_today(ports)[0], stops)], ports.clock.now(), ports)
    gone = (replace(stops[0], state=StopState.DONE, ended_at=at(0)), stops[1])
    day = replace(before, tours=(with_stops(tours_today(ports)[0], gone),))

    found = agreed(day, wave_problem(day), (), replace(ports, solver=solver), budget_s=1.0)

    assert found.foreseen is NOTHING
    assert solver.budgets_s == [1.0]
