"""Instances driven backwards: the same answers, read from their end."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.common.backward import backward
from benchmarks.common.families import Layout, li_lim_like
from dispatch.core.errors import Broken
from dispatch.routing.instances import answer
from dispatch.routing.solvers import engine
from dispatch.routing.solvers.complete import plan_of


def test_a_plan_read_from_its_end_is_one_of_the_instance_turned_round_at_the_same_cost() -> None:
    there = li_lim_like(Layout.RANDOM, 100, 1).instance
    back = backward(there)
    plan = engine("greedy")(there.problem, budget_s=1)
    number = dict(zip(range(len(there.node_ids)), there.node_ids, strict=True))
    node = {told: n for n, told in enumerate(back.node_ids)}
    turned = [tuple(node[number[n]] for n in reversed(tour.nodes)) for tour in plan.tours]
    turned += [()] * (len(back.problem.vehicles) - len(turned))
    told = answer(there, plan, 0.0, "greedy")
    again = answer(back, plan_of(back.problem, turned, "greedy"), 0.0, "greedy")
    assert again["unserved"] == told["unserved"] == []
    assert again["vehicles"] == told["vehicles"]
    assert again["cost"] == pytest.approx(told["cost"])


def test_turned_round_twice_it_is_what_it_was() -> None:
    there = li_lim_like(Layout.CLUSTERED, 100, 2).instance
    twice = backward(backward(there))
    assert twice.sheet.tasks == there.sheet.tasks
    assert np.array_equal(twice.sheet.distance, there.sheet.distance)


def test_a_plan_the_right_way_round_is_none_of_the_instance_turned_round() -> None:
    there = li_lim_like(Layout.RANDOM, 100, 1).instance
    back = backward(there)
    plan = engine("greedy")(there.problem, budget_s=1)
    node = {told: n for n, told in enumerate(back.node_ids)}
    same = [tuple(node[there.node_ids[n]] for n in tour.nodes) for tour in plan.tours]
    same += [()] * (len(back.problem.vehicles) - len(same))
    with pytest.raises(Broken):
        answer(back, plan_of(back.problem, same, "greedy"), 0.0, "greedy")
