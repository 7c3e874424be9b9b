"""Engines that count steps: what a replay rests on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.routing.check import violations
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import engine, engine_in_steps
from tests.routing.towns import days

few = settings(max_examples=15, deadline=None)


@few
@given(problem=days(), seed=st.integers(0, 99))
def test_the_same_question_gets_the_same_answer(problem: Problem, seed: int) -> None:
    solve = engine_in_steps("ruin_recreate", 300)
    plan = solve(problem, budget_s=0.0, seed=seed)
    assert violations(problem, plan) == []
    assert plan == solve(problem, budget_s=99.0, seed=seed)


@few
@given(problem=days())
def test_more_steps_are_never_dearer_than_none(problem: Problem) -> None:
    none, many = (
        engine_in_steps("ruin_recreate", steps)(problem, budget_s=0.0).cost.total
        for steps in (0, 500)
    )
    greedy = engine("greedy")(problem, budget_s=0.0).cost.total
    assert many <= none <= greedy


def test_an_engine_that_cannot_do_without_a_clock_says_so() -> None:
    with pytest.raises(Invalid, match="'ortools' does not count steps"):
        engine_in_steps("ortools", 300)
