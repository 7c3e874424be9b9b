from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.routing.check import violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Job, Problem, Weights
from dispatch.routing.solvers import ENGINES, engine, greedy, with_ortools
from dispatch.routing.solvers.complete import completed, total_cost
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, days, errand, halt, street, town

QUICK_S = 0.12
everyone = pytest.mark.parametrize("name", sorted(ENGINES))
few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def sequences_of(problem: Problem, plan: Plan) -> list[tuple[int, ...]]:
    nodes = {tour.vehicle: tour.nodes for tour in plan.tours}
    return [nodes.get(v, ()) for v in range(len(problem.vehicles))]


@everyone
@few
@given(problem=days())
def test_every_engine_keeps_every_rule_on_every_day(name: str, problem: Problem) -> None:
    plan = engine(name)(problem, budget_s=QUICK_S)
    assert violations(problem, plan) == []
    assert plan.engine == name
    assert all(tour.stops for tour in plan.tours)


@everyone
@few
@given(problem=days(max_vehicles=2))
def test_no_job_is_left_out_while_a_vehicle_could_take_it(name: str, problem: Problem) -> None:
    _nobody_could_take_more(problem, engine(name)(problem, budget_s=QUICK_S))


@everyone
@few
@given(problem=special_days())
def test_no_job_is_left_out_on_special_days_either(name: str, problem: Problem) -> None:
    """Breaks, stacks, time on board, pins, a published plan, fair shares."""
    plan = engine(name)(problem, budget_s=QUICK_S)
    assert violations(problem, plan) == []
    _nobody_could_take_more(problem, plan)


def _nobody_could_take_more(problem: Problem, plan: Plan) -> None:
    """Every job left out has no place on time, and none late that costs less than leaving it."""
    left_out = {item.job_id for item in plan.unserved}
    sequences = sequences_of(problem, plan)
    for j, job in enumerate(problem.jobs):
        if job.job_id in left_out:
            assert cheapest_insertion(problem, sequences, j) is None
            late = cheapest_insertion(problem, sequences, j, may_be_late=True)
            assert late is None or late.added_cost >= problem.weights.unserved * job.priority


@everyone
@few
@given(problem=days(max_vehicles=2) | special_days(), seeds=st.tuples(*[st.integers(0, 9)] * 2))
def test_an_unchanged_problem_keeps_its_plan(
    name: str, problem: Problem, seeds: tuple[int, int]
) -> None:
    """Solved again from its own plan: stop for stop the same, unless it is cheaper now."""
    solve = engine(name)
    plan = solve(problem, budget_s=QUICK_S, seed=seeds[0])
    kept = sequences_of(problem, plan)
    again = solve(problem, budget_s=QUICK_S, seed=seeds[1], start=kept)
    assert sequences_of(problem, again) == kept or again.cost.total < plan.cost.total


@everyone
@few
@given(problem=days(max_vehicles=2))
def test_a_published_plan_is_kept_where_moving_has_a_price(name: str, problem: Problem) -> None:
    """Churn makes other plans dearer, and the published one no dearer than it was."""
    solve = engine(name)
    plan = solve(problem, budget_s=QUICK_S)
    kept = sequences_of(problem, plan)
    weights = replace(problem.weights, churn_per_stop=500)
    seen = replace(problem, published=tuple(kept), weights=weights)
    again = solve(seen, budget_s=QUICK_S, seed=1, start=kept)
    assert again.cost.total <= plan.cost.total
    if sequences_of(seen, again) == kept:
        assert again.cost.churn == 0
    else:
        assert again.cost.total < plan.cost.total


@everyone
def test_of_two_plans_that_cost_the_same_the_present_one_stays(name: str) -> None:
    """Lea and Tom are twins in all but name, and either way round the street is as long."""
    around = town(
        errand("left", halt(10), halt(5)),
        errand("right", halt(10), halt(15)),
        vehicles=(courier("lea", start=10, end=10), courier("tom", start=10, end=10)),
    )
    for start in ([(0, 1, 2, 3), ()], [(), (2, 3, 0, 1)], [(0, 1), (2, 3)], [(2, 3), (0, 1)]):
        plan = engine(name)(around, budget_s=QUICK_S, start=start)
        assert (plan.cost.total, sequences_of(around, plan)) == (20, start)


@few
@given(problem=days(), seed=st.integers(0, 3))
def test_a_warm_start_never_makes_the_answer_dearer(problem: Problem, seed: int) -> None:
    greedy_plan = greedy.solve(problem, budget_s=QUICK_S)
    start = sequences_of(problem, greedy_plan)
    again = with_ortools.solve(problem, budget_s=QUICK_S, seed=seed, start=start)
    assert violations(problem, again) == []
    assert again.cost.total <= greedy_plan.cost.total


@few
@given(problem=days())
def test_ortools_is_never_dearer_than_greedy(problem: Problem) -> None:
    best = with_ortools.solve(problem, budget_s=QUICK_S)
    assert best.cost.total <= greedy.solve(problem, budget_s=QUICK_S).cost.total


@everyone
def test_what_a_start_leaves_out_is_put_in(name: str) -> None:
    problem = town(errand("bread", halt(3), halt(8)), errand("flowers", halt(5), halt(10)))
    plan = engine(name)(problem, budget_s=QUICK_S, start=[(0, 1)])
    assert (plan.unserved, plan.cost.total) == ((), 10)


"""
x . . . . y . . . . D . . . . F . . . . B      D at 10; both parcels wait at D
"""
SWAP = town(
    errand("a", halt(10), halt(0)),
    errand("b", halt(10), halt(5)),
    errand("c", halt(10), halt(15)),
    errand("d", halt(10), halt(20)),
    vehicles=(courier("lea", start=10, end=10), courier("tom", start=10, end=10)),
)


def test_ortools_finds_the_best_of_a_day_done_in_the_head() -> None:
    plan = with_ortools.solve(SWAP, budget_s=QUICK_S)
    assert plan.cost.total == 40  # to one end and back, to the other and back


def test_ortools_repairs_a_bad_start() -> None:
    problem = replace(SWAP, vehicles=tuple(replace(v, capacity=(4,)) for v in SWAP.vehicles))
    start = [(0, 1, 4, 5, 2, 3, 6, 7), ()]
    assert total_cost(problem, start) > 40
    plan = with_ortools.solve(problem, budget_s=QUICK_S, start=start)
    assert plan.cost.total == 40


def test_an_order_from_three_shops_moves_to_the_vehicle_that_passes_them() -> None:
    shops = Job("basket", (halt(18), halt(19), halt(20)), halt(20, load=3))
    bread = errand("bread", halt(1), halt(2))
    two = (courier("west", start=0), courier("east", start=20))
    problem = town(shops, bread, vehicles=two)
    plan = with_ortools.solve(problem, budget_s=QUICK_S, start=[(4, 5, 0, 1, 2, 3), ()])
    assert [tour.vehicle for tour in plan.tours] == [0, 1]
    assert plan.cost.total == 2 + 4


def test_lateness_is_accepted_rather_than_leaving_an_order_out() -> None:
    due_too_early = errand("late", halt(3), halt(8, due=6))
    for name in ENGINES:
        plan = engine(name)(town(due_too_early), budget_s=QUICK_S)
        assert (plan.unserved, plan.cost.late) == ((), 200)


def test_what_cannot_be_done_is_left_out_with_its_reason() -> None:
    missed = errand("missed", halt(3), halt(8, windows=((0, 7),)))
    for name in ENGINES:
        (item,) = engine(name)(town(missed), budget_s=QUICK_S).unserved
        assert (item.refusal.code, item.refusal.binding) == (
            "no_feasible_insertion",
            ("promise.end",),
        )


def test_the_dearer_order_is_the_one_kept() -> None:
    """One of two fits before both doors close; the one of priority 5 is served."""
    left = Job("left", (halt(10),), halt(0, windows=((0, 12),)), priority=1)
    right = Job("right", (halt(10),), halt(20, windows=((0, 12),)), priority=5)
    for name in ENGINES:
        problem = town(left, right, vehicles=(courier(start=10),))
        plan = engine(name)(problem, budget_s=QUICK_S)
        assert [item.job_id for item in plan.unserved] == ["left"]


def test_fewer_vehicles_are_used_when_a_vehicle_costs_more_than_the_way() -> None:
    dear = replace(SWAP, weights=Weights(vehicle_used=1000))
    assert len(with_ortools.solve(dear, budget_s=QUICK_S).tours) == 1


def test_the_same_seed_gives_the_same_plan() -> None:
    first = with_ortools.solve(SWAP, budget_s=QUICK_S, seed=3)
    assert with_ortools.solve(SWAP, budget_s=QUICK_S, seed=3) == first


@everyone
def test_a_day_without_jobs_or_without_couriers_is_answered(name: str) -> None:
    assert engine(name)(town(), budget_s=QUICK_S).tours == ()
    nobody = town(errand("bread", halt(3), halt(8)), vehicles=())
    plan = engine(name)(nobody, budget_s=QUICK_S)
    assert [item.refusal.code for item in plan.unserved] == ["no_courier_on_shift"]


def test_the_budget_is_kept() -> None:
    jobs = [errand(f"j{j}", halt(j % 19, service=1), halt((7 * j) % 20)) for j in range(30)]
    problem = town(*jobs, vehicles=(courier("a"), courier("b")), travel=(street(),))
    started = monotonic()
    with_ortools.solve(problem, budget_s=0.6)
    assert 0.3 < monotonic() - started < 0.9


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([], "start has 0 sequences for 2 vehicles"),
        ([(0, 99), ()], "start.0 has an unknown node: 99"),
        ([(-1,), ()], "start.0 has an unknown node: -1"),
        ([(1, 0), ()], "start breaks dropped_before_pickup for a"),
        ([(0,), (1,)], "start breaks split for a|start breaks served_wrongly for a"),
    ],
)
@everyone
def test_a_start_that_breaks_a_rule_is_refused(
    name: str, start: list[tuple[int, ...]], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        engine(name)(SWAP, budget_s=QUICK_S, start=start)


def test_a_start_that_misses_a_window_is_refused() -> None:
    missed = town(errand("missed", halt(3), halt(8, windows=((0, 7),))))
    with pytest.raises(Invalid, match=r"start\.0 misses a window"):
        greedy.solve(missed, budget_s=QUICK_S, start=[(0, 1)])


def test_an_unknown_engine_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(Invalid, match="unknown engine 'gurobi'; known: greedy, ortools"):
        engine("gurobi")


def test_greedy_needs_no_ortools() -> None:
    code = (
        "import sys; from dispatch.routing.solvers import engine; engine('greedy'); "
        "sys.exit('ortools' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_completing_leaves_what_is_there_in_order() -> None:
    sequences = completed(SWAP, [(0, 1), ()])
    position = {node: i for i, node in enumerate(sequences[0])}
    assert position[0] < position[1]
