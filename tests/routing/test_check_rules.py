"""The checker on breaks, time on board, stacks, frozen and pinned tours: plans made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.reasons import Refusal
from dispatch.routing.check import Violation, violations
from dispatch.routing.plan import Cost, Plan, PlannedBreak, PlannedTour, Unserved
from dispatch.routing.problem import Problem, Weights
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.work import Break
from tests.routing.towns import courier, errand, halt, town

LUNCH = Break("lunch", ((20, 30),), 10)
"""
0 . 2 . 4 . . . 8       a from 2 to 8, b from 4 to 6; lunch from 20 to 30 for 10
"""
A = errand("a", halt(2), halt(8, windows=((40, 90),)))
B = errand("b", halt(4), halt(6))


def plan(problem: Problem, *nodes: int, out: tuple[str, ...] = ()) -> Plan:
    tour = schedule(problem, 0, nodes)
    assert tour is not None
    unserved = tuple(Unserved(job_id, Refusal("solver_gave_up")) for job_id in out)
    return Plan((tour,), unserved, cost_of(problem, (tour,), unserved), "by hand")


DAY = town(A, B, vehicles=(replace(courier("lea"), breaks=(LUNCH,)),))


def with_breaks(*breaks: PlannedBreak) -> Plan:
    good = plan(DAY, 0, 2, 3, 1)
    tours: tuple[PlannedTour, ...] = (replace(good.tours[0], breaks=breaks),)
    return replace(good, tours=tours)


def test_lunch_while_waiting_for_the_customer_is_allowed() -> None:
    good = plan(DAY, 0, 2, 3, 1)
    assert good.tours[0].breaks == (PlannedBreak("lunch", 20, 30, before=3),)
    assert violations(DAY, good) == []


@pytest.mark.parametrize(
    ("breaks", "by"),
    [
        ((), 10),  # the tour goes on until 40, lunch begins by 30
        ((PlannedBreak("lunch", 15, 25, before=3),), 5),
        ((PlannedBreak("lunch", 20, 29, before=3),), 1),
        ((PlannedBreak("lunch", 20, 30, before=1),), 26),  # it was at the second stop by 4
        ((PlannedBreak("tea", 20, 30, before=3),), 0),
        ((PlannedBreak("lunch", 20, 30, 3), PlannedBreak("lunch", 30, 40, 3)), 0),
    ],
)
def test_a_break_cut_short_misplaced_or_forgotten_is_found(
    breaks: tuple[PlannedBreak, ...], by: int
) -> None:
    found = [item for item in violations(DAY, with_breaks(*breaks)) if item.rule == "missed_break"]
    assert [item.by for item in found] == [by]


def test_a_break_does_not_make_the_road_shorter() -> None:
    busy = town(A, vehicles=(replace(courier("lea"), breaks=(Break("lunch", ((3, 3),), 5),)),))
    good = plan(busy, 0, 1)
    early = replace(good.tours[0].stops[0], arrive_s=2, begin_s=2, leave_s=2)
    assert violations(busy, good) == []
    there = replace(good.tours[0], stops=(early, good.tours[0].stops[1]))
    assert violations(busy, replace(good, tours=(there,))) == []  # lunch at 3, on the next leg
    rushed = replace(there, stops=(early, replace(there.stops[1], arrive_s=10)))
    assert violations(busy, replace(good, tours=(rushed,))) == [Violation("too_fast", "a", 3)]


def test_setting_up_takes_its_time() -> None:
    slow = town(errand("a", replace(halt(2), setup_s=5), halt(8)))
    good = plan(slow, 0, 1)
    assert violations(slow, good) == []
    early = replace(good.tours[0].stops[0], arrive_s=6)
    rushed = replace(good.tours[0], stops=(early, good.tours[0].stops[1]))
    assert violations(slow, replace(good, tours=(rushed,))) == [Violation("too_fast", "a", 1)]


def test_ice_cream_on_board_too_long_is_found() -> None:
    ice = town(replace(A, max_aboard_s=10))
    good = plan(ice, 0, 1)
    assert violations(ice, good) == []
    early = replace(good.tours[0].stops[0], begin_s=27, leave_s=27)
    warm = replace(good.tours[0], stops=(early, good.tours[0].stops[1]))
    assert violations(ice, replace(good, tours=(warm,))) == [Violation("too_long_aboard", "a", 3)]


def test_unloading_from_under_the_stack_is_found() -> None:
    stacked = town(A, B, vehicles=(replace(courier("lea"), lifo=True),))
    assert violations(stacked, plan(stacked, 0, 2, 3, 1)) == []
    assert violations(stacked, plan(stacked, 0, 2, 1, 3)) == [
        Violation("not_last_in_first_out", "a", 1)
    ]


def test_a_tour_begins_with_what_is_frozen_and_keeps_what_is_pinned() -> None:
    two = town(A, B, vehicles=(courier("lea"), courier("tom")))
    frozen = replace(two, frozen=((2, 3), ()))
    assert violations(frozen, plan(frozen, 2, 3, 0, 1)) == []
    assert violations(frozen, plan(frozen, 2, 0, 3, 1)) == [Violation("frozen_changed", "lea")]
    pinned = replace(two, pinned=((3, 1), ()))
    assert violations(pinned, plan(pinned, 0, 2, 3, 1)) == []
    assert violations(pinned, plan(pinned, 0, 2, 1, 3)) == [Violation("pinned_changed", "lea")]
    others = replace(two, pinned=((), (2,)))
    assert violations(others, plan(others, 0, 2, 3, 1)) == [Violation("wrong_vehicle", "b")]


def test_an_order_begun_by_what_is_frozen_may_be_left_out_half_done() -> None:
    begun = replace(town(A, B), frozen=((0,),))
    assert violations(begun, plan(begun, 0, out=("a", "b"))) == []
    assert violations(begun, plan(begun, 0, out=("b",))) == [Violation("served_wrongly", "a")]
    over = replace(town(A), frozen=((0, 1),))
    assert violations(over, plan(over, 0, 1, out=("a",))) == [Violation("served_wrongly", "a")]


def test_churn_and_unfairness_are_added_up_again() -> None:
    share = replace(courier("lea"), fair_s=5)
    seen = replace(
        town(A, B, vehicles=(share,), weights=Weights(churn_per_stop=7, unfair_per_s=2)),
        published=((0, 1, 2, 3),),
    )
    good = plan(seen, 2, 3, 0, 1)
    assert (good.cost.churn, good.cost.unfair) == (7, 2 * (4 + 2 + 4 + 6 - 5))
    assert violations(seen, good) == []
    cheap = replace(good, cost=replace(good.cost, churn=0, unfair=0))
    assert violations(seen, cheap) == [
        Violation("wrong_cost", "churn", 7),
        Violation("wrong_cost", "unfair", 22),
    ]
    assert Cost(churn=7, unfair=22).total == 29
