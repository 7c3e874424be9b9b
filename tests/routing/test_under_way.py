from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.routing.check import violations
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import engine
from dispatch.routing.solvers.complete import total_cost
from dispatch.routing.under_way import ahead
from dispatch.routing.work import Break, Job
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, errand, halt, town

"""
0 . 2 . 4 . . . 8       a from 2 to 8, b from 4 to 6
"""
A = errand("a", halt(2, load=3, service=1), halt(8, load=3))
B = errand("b", halt(4), halt(6))


def test_what_frozen_stops_fetched_is_on_board_where_they_end() -> None:
    rest = ahead(replace(town(A, B), frozen=((0,),)))
    (lea,) = rest.problem.vehicles
    assert (lea.start, lea.from_s) == (2, 3)
    assert rest.problem.jobs[0] == Job("a", (), A.drop, frozenset({0}))
    assert rest.behind == (1, 2, 3)
    assert rest.lifted([(1, 2, 0)]) == ((0, 2, 3, 1),)
    assert rest.lowered([(0, 2, 3, 1)]) == ((1, 2, 0),)


def test_half_an_order_fetched_takes_its_place_until_its_drop() -> None:
    both = Job("both", (halt(2, load=3), halt(5, load=2)), halt(8, load=5))
    rest = ahead(replace(town(both), frozen=((0,),)))
    (half,) = rest.problem.jobs
    assert (half.pickups, half.drop.load) == ((both.pickups[1],), (5,))
    assert rest.problem.aboard(0) == half.aboard == (3,)
    assert rest.problem.vehicles[0].capacity == (10,)  # weighed once, by the job


def test_time_on_board_goes_on_counting() -> None:
    ice = replace(A, max_aboard_s=10)
    rest = ahead(replace(town(ice), frozen=((0,),)))
    assert rest.problem.jobs[0].drop.windows == ((0, 13),)


def test_frozen_stops_that_nobody_can_drive_are_refused_by_name() -> None:
    with pytest.raises(Invalid, match="frozen stops break served_wrongly for a"):
        ahead(replace(town(A), frozen=((1,),)))
    late = errand("late", halt(2, windows=((0, 1),)), halt(3))
    with pytest.raises(Invalid, match="frozen stops of vehicle lea"):
        ahead(replace(town(late), frozen=((0,),)))


def test_the_rest_of_the_tour_is_planned_after_what_is_frozen() -> None:
    two = replace(town(A, B, vehicles=(courier("lea"), courier("tom"))), frozen=((), (2,)))
    plan = engine("greedy")(two, budget_s=1)
    assert {tour.vehicle: tour.nodes[:1] for tour in plan.tours}[1] == (2,)
    assert plan.unserved == ()
    assert violations(two, plan) == []


def test_frozen_stops_that_break_a_rule_are_refused_with_its_name() -> None:
    two = town(A, B, vehicles=(courier("lea"), courier("tom")))
    both = Job("both", (halt(2), halt(5)), halt(8, load=2))
    cases = (
        (replace(two, frozen=((0,), (1,))), "split for a"),
        (replace(town(B), frozen=((1, 0),)), "dropped_before_pickup for b"),
        (replace(town(both), frozen=((0, 2),)), "served_wrongly for both"),
        (replace(town(A, vehicles=(courier(capacity=2),)), frozen=((0,),)), "overload for a"),
        (
            replace(two, jobs=(replace(A, vehicles=frozenset({1})), B), frozen=((0,), ())),
            "wrong_vehicle for a",
        ),
    )
    for problem, rule in cases:
        with pytest.raises(Invalid, match=f"frozen stops break {rule}"):
            ahead(problem)


def test_orders_shared_out_among_frozen_tours_are_refused() -> None:
    both = Job("both", (halt(2), halt(5)), halt(8, load=2))
    shared = town(both, vehicles=(courier("lea"), courier("tom")))
    with pytest.raises(Invalid, match="frozen stops break split for both"):
        engine("greedy")(replace(shared, frozen=((0,), (1,))), budget_s=1)


"""
0 . 2 . 4 . 6 . 8       o on board for 4, a from 2 to 8, b from 4 to 6; only the top comes off
"""
CRATE = Job("o", (), halt(4), frozenset({0}))
STACKING = replace(courier(), lifo=True)


def test_what_was_on_board_first_lies_below_what_frozen_stops_fetched() -> None:
    stacks = replace(town(CRATE, A, vehicles=(STACKING,)), frozen=((1,),))
    plan = engine("greedy")(stacks, budget_s=1)
    assert plan.tours[0].nodes == (1, 2, 0)
    assert violations(stacks, plan) == []


def test_who_is_under_way_does_not_set_out_again() -> None:
    """lea ends at 8, tom waits where c is: nearer, but he is one vehicle more, or one way more."""
    c = errand("c", halt(9), halt(10))
    crew = (courier("lea"), courier("tom", start=9))
    two = replace(town(A, c, vehicles=crew), frozen=((0, 1), ()))
    used = replace(two, weights=replace(two.weights, vehicle_used=50))
    plan = engine("greedy")(used, budget_s=1)
    assert (plan.cost.travel, plan.cost.vehicles) == (10, 50)
    home = replace(two, vehicles=tuple(replace(one, end=10) for one in crew))
    for start in (None, [(0, 1, 2, 3), ()]):
        plan = engine("greedy")(home, budget_s=1, start=start)
        assert plan.cost.travel == 10
        assert violations(home, plan) == []


def test_pins_and_a_stack_are_kept_together() -> None:
    """a fetched, then b: b comes off first; and c is to be fetched before a is dropped."""
    c = errand("c", halt(3), halt(1))
    pinned = replace(town(A, B, c, vehicles=(STACKING,)), frozen=((0, 2),), pinned=((4, 1),))
    plan = engine("greedy")(pinned, budget_s=1)
    assert plan.unserved == ()
    assert violations(pinned, plan) == []


def test_where_pins_and_a_stack_contradict_each_other_the_others_are_served() -> None:
    """b lies on a, but is pinned after it: both can never be dropped."""
    c = errand("c", halt(3), halt(5))
    odd = replace(town(A, B, c, vehicles=(STACKING, courier("tom"))), frozen=((0, 2), ()))
    odd = replace(odd, pinned=((1, 3), ()))
    plan = engine("greedy")(odd, budget_s=1)
    assert "c" not in {item.job_id for item in plan.unserved}
    assert violations(odd, plan) == []


def test_a_break_taken_on_the_frozen_way_leaves_its_namesake_to_be_taken() -> None:
    pauses = (Break("rest", ((0, 1),), 1), Break("rest", ((6, 9),), 1))
    twins = replace(town(A, vehicles=(replace(courier(), breaks=pauses),)), frozen=((0,),))
    assert ahead(twins).problem.vehicles[0].breaks == pauses[1:]


@given(special_days(max_jobs=5), st.integers(1, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_frozen_the_plan_is_allowed_and_never_dearer(
    problem: Problem, count: int
) -> None:
    """Freeze the first stops of a plan and solve again, with and without that plan as a start."""
    before = engine("greedy")(problem, budget_s=1)
    sequences: list[tuple[int, ...]] = [()] * len(problem.vehicles)
    for tour in before.tours:
        sequences[tour.vehicle] = tour.nodes
    frozen = replace(problem, frozen=tuple(nodes[:count] for nodes in sequences))
    assume(_can_be_driven(frozen))
    fresh = engine("greedy")(frozen, budget_s=1)
    assert violations(frozen, fresh) == []
    again = engine("greedy")(frozen, budget_s=1, start=tuple(sequences))
    assert violations(frozen, again) == []
    assert again.cost.total <= total_cost(frozen, sequences)


def _can_be_driven(problem: Problem) -> bool:
    try:
        ahead(problem)
    except Invalid:  # a prefix alone may need a break that the whole tour took elsewhere
        return False
    return True
