from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.places import UNREACHABLE_S
from dispatch.core.reasons import Refusal
from dispatch.routing.check import Violation, violations
from dispatch.routing.plan import Cost, Plan, PlannedStop, PlannedTour, Unserved
from dispatch.routing.problem import Job, Problem
from dispatch.routing.schedule import cost_of, schedule
from tests.routing.towns import courier, days, errand, halt, street, town

"""
0 . . B . F . . x . y      bread from B (3) to x (8), flowers from F (5) to y (10)
"""
BREAD = errand("bread", halt(3, service=1), halt(8, windows=((5, 40),)))
FLOWERS = errand("flowers", halt(5, load=2), halt(10, load=2))
CAKE = Job("cake", (), halt(12, load=1), vehicles=frozenset({0}))
TOWN = town(
    BREAD, FLOWERS, CAKE, vehicles=(courier("lea", end=0, capacity=4), courier("tom", capacity=4))
)
NOBODY = Refusal("solver_gave_up")
GOOD = (0, 2, 1, 3, 4)


def planned(problem: Problem, *sequences: tuple[int, ...], out: tuple[str, ...] = ()) -> Plan:
    tours = []
    for vehicle, nodes in enumerate(sequences):
        tour = schedule(problem, vehicle, nodes)
        assert tour is not None
        if nodes:
            tours.append(tour)
    unserved = tuple(Unserved(job_id, NOBODY) for job_id in out)
    return Plan(tuple(tours), unserved, cost_of(problem, tours, unserved), "test")


def moved(plan: Plan, number: int, **times: int) -> Plan:
    """Change the times of one stop of the first tour."""
    stops = list(plan.tours[0].stops)
    stops[number] = replace(stops[number], **times)
    return replace(plan, tours=(replace(plan.tours[0], stops=tuple(stops)),))


def test_a_good_plan_breaks_no_rule() -> None:
    assert violations(TOWN, planned(TOWN, GOOD)) == []


def _with_tour(plan: Plan, *tours: PlannedTour) -> Plan:
    return replace(plan, tours=tours)


def _cheaper(plan: Plan) -> Plan:
    return replace(plan, cost=replace(plan.cost, travel=plan.cost.travel - 5))


# Tour of lea: bread 3–4, flowers 6, bread dropped 9, flowers dropped 11, cake 13, home 25.
BROKEN: list[tuple[Callable[[Plan], Plan], Violation]] = [
    (lambda p: moved(p, 1, arrive_s=5, begin_s=6), Violation("too_fast", "flowers", 1)),
    (lambda p: _with_tour(p, replace(p.tours[0], end_s=24)), Violation("too_fast", "lea", 1)),
    (lambda p: moved(p, 1, arrive_s=7), Violation("begun_before_arrival", "flowers", 1)),
    (
        lambda p: moved(p, 2, begin_s=44, leave_s=44),
        Violation("begun_outside_window", "bread", 4),
    ),
    (lambda p: moved(p, 0, leave_s=3), Violation("left_too_soon", "bread", 1)),
    (lambda p: moved(p, 0, arrive_s=-1), Violation("shift", "lea", 1)),
    (
        lambda p: _with_tour(p, replace(p.tours[0], end_s=1002)),
        Violation("shift", "lea", 2),
    ),
    (lambda p: planned(TOWN, (1, 0, 2, 3, 4)), Violation("dropped_before_pickup", "bread")),
    (lambda p: planned(TOWN, (0, 2, 1, 3), (4,)), Violation("wrong_vehicle", "cake")),
    (lambda p: planned(TOWN, (0, 2, 3, 4), (1,)), Violation("split", "bread", 1)),
    (lambda p: planned(TOWN, (0, 2, 3, 4)), Violation("served_wrongly", "bread")),
    (lambda p: planned(TOWN, (0, 2, 1, 1, 3, 4)), Violation("served_wrongly", "bread")),
    (lambda p: planned(TOWN, GOOD, out=("bread",)), Violation("served_wrongly", "bread")),
    (lambda p: planned(TOWN, (2, 3, 4)), Violation("served_wrongly", "bread")),
    (
        lambda p: planned(TOWN, (2, 3, 4), out=("bread", "bread")),
        Violation("served_wrongly", "bread"),
    ),
    (
        lambda p: replace(p, unserved=(Unserved("pizza", NOBODY),)),
        Violation("unknown_node", "pizza"),
    ),
    (lambda p: moved(p, 0, node=9), Violation("unknown_node", "node 9")),
    (lambda p: moved(p, 0, node=-1), Violation("unknown_node", "node -1")),
    (
        lambda p: _with_tour(p, replace(p.tours[0], vehicle=7)),
        Violation("unknown_vehicle", "vehicle 7"),
    ),
    (
        lambda p: _with_tour(p, *p.tours, PlannedTour(0, (), 0)),
        Violation("two_tours", "lea", 1),
    ),
    (_cheaper, Violation("wrong_cost", "travel", 5)),
    (lambda p: replace(p, cost=Cost(late=7, travel=24)), Violation("wrong_cost", "late", 7)),
]


@pytest.mark.parametrize(("spoil", "expected"), BROKEN, ids=[str(v) for _, v in BROKEN])
def test_a_broken_rule_is_named_with_whose_and_by_how_much(
    spoil: Callable[[Plan], Plan], expected: Violation
) -> None:
    assert expected in violations(TOWN, spoil(planned(TOWN, GOOD)))


def test_what_is_on_board_counts_from_the_start() -> None:
    small = replace(TOWN, vehicles=(courier("lea", end=0, capacity=3), courier("tom")))
    assert violations(small, planned(small, GOOD)) == [Violation("overload", "flowers", 1)]
    assert violations(small, planned(small, (4, 0, 2, 1, 3))) == []


def test_each_capacity_is_judged_on_its_own() -> None:
    def two(visit_load: int) -> tuple[int, int]:
        return (visit_load, 5)

    crate = Job(
        "crate",
        (replace(halt(1), load=two(1)),),
        replace(halt(2), load=two(1)),
    )
    problem = town(crate, vehicles=(replace(courier(), capacity=(9, 3)),))
    assert violations(problem, planned(problem, (0, 1))) == [Violation("overload", "crate", 2)]


def test_an_overfull_vehicle_may_still_drop() -> None:
    small = town(CAKE, vehicles=(courier("lea", capacity=0),))
    assert violations(small, planned(small, (0,))) == []


def test_a_leg_without_road_is_named() -> None:
    cut = street()
    cut[3, 8] = cut[8, 0] = UNREACHABLE_S
    problem = town(BREAD, vehicles=(courier("lea", end=0),), travel=(cut,))
    stops = (PlannedStop(0, 3, 3, 4), PlannedStop(1, 9, 9, 9))
    found = violations(problem, Plan((PlannedTour(0, stops, 17),), (), Cost(), "test"))
    assert Violation("unreachable", "bread") in found
    assert Violation("unreachable", "lea") in found


def test_paid_time_and_vehicles_are_recomputed_too() -> None:
    weights = replace(TOWN.weights, paid_per_s=2, vehicle_used=30)
    problem = replace(TOWN, weights=weights)
    plan = planned(problem, GOOD)
    assert violations(problem, plan) == []
    free = replace(plan, cost=replace(plan.cost, paid=0, vehicles=0))
    assert violations(problem, free) == [
        Violation("wrong_cost", "paid", 2 * 25),
        Violation("wrong_cost", "vehicles", 30),
    ]


@settings(max_examples=60, deadline=None)
@given(days(max_jobs=3, max_vehicles=1), st.data())
def test_a_stop_moved_earlier_than_possible_is_always_noticed(
    problem: Problem, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    tour = schedule(problem, 0, order)
    if tour is None or not tour.stops:
        return
    number = data.draw(st.integers(0, len(tour.stops) - 1))
    stop = tour.stops[number]
    early = replace(stop, arrive_s=stop.arrive_s - 1)
    stops = (*tour.stops[:number], early, *tour.stops[number + 1 :])
    plan = Plan((replace(tour, stops=stops),), (), Cost(), "test")
    assert "too_fast" in {v.rule for v in violations(problem, plan)}
