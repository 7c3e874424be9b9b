from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch.routing.problem import FOREVER_S, Job, Problem, Vehicle, Visit, Weights
from tests.routing.towns import courier, errand, halt, street, town

BREAD = errand("bread", halt(3), halt(7))


def test_nodes_are_visits_in_order_with_each_drop_last() -> None:
    both = Job("both", (halt(1), halt(2)), halt(9, load=2))
    problem = town(both, BREAD)
    assert problem.nodes_of == ((0, 1, 2), (3, 4))
    assert [problem.is_drop(node) for node in range(5)] == [False, False, True, False, True]


def test_what_is_on_board_weighs_on_its_own_vehicle_only() -> None:
    cake = Job("cake", (), halt(5, load=4), vehicles=frozenset({1}))
    problem = town(cake, BREAD, vehicles=(courier("a"), courier("b")))
    assert (problem.aboard(0), problem.aboard(1)) == ((0,), (4,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: halt(1, windows=()), "has no window"),
        (lambda: halt(1, windows=((5, 4),)), "window is empty: 5 to 4"),
        (lambda: halt(1, windows=((0, 5), (5, 9))), "windows overlap"),
        (lambda: halt(1, service=-1), "service_s is negative: -1"),
        (lambda: halt(1, load=-1), "load is negative"),
        (lambda: Job("j", (), halt(1)), "job j is on board but not of exactly one vehicle"),
        (lambda: errand("j", halt(1, load=2), halt(2)), r"job j fetches \(2,\) but drops \(1,\)"),
        (lambda: Job("j", (halt(1),), halt(2), frozenset()), "allowed on no vehicle"),
        (lambda: Job("j", (halt(1),), halt(2), priority=-1), "negative priority: -1"),
        (lambda: Job("j", (halt(1),), Visit(2, ((0, 1),), 0, (1, 1))), "different dimensions"),
        (lambda: courier(until=-1), "ends its shift before it begins: 0 to -1"),
        (lambda: courier(until=FOREVER_S + 1), "on shift beyond"),
        (lambda: courier(capacity=-1), "negative capacity"),
        (lambda: Weights(late_per_s=-1), "weight late_per_s is negative: -1"),
        (lambda: Problem((), (), ()), "at least one travel matrix"),
        (lambda: town(travel=(street(3), street(4))), r"shape \(4, 4\), expected \(3, 3\)"),
        (lambda: town(travel=(-street(),)), "a travel time is negative"),
        (lambda: replace(town(BREAD), dimensions=("g", "cm3")), "2 names for 1 dimensions"),
        (
            lambda: Problem((street(),), (), (), dimensions=("g", "g")),
            "two dimensions are called g",
        ),
        (
            lambda: Problem((street().astype(np.float64),), (), ()),
            "float64, expected whole",
        ),
        (lambda: town(errand("j", halt(21), halt(1))), "outside the travel matrix of 21 places"),
        (lambda: town(vehicles=(courier(profile=1),)), "vehicle lea has no profile 1"),
        (lambda: town(replace(BREAD, vehicles=frozenset({7}))), "names an unknown vehicle"),
        (lambda: town(BREAD, BREAD), "two jobs are called bread"),
        (lambda: town(vehicles=(courier(), courier())), "two vehicles are called lea"),
        (
            lambda: town(BREAD, vehicles=(Vehicle("v", 0, 0, 0, 9, (1, 1)),)),
            r"disagree on dimensions: \[1, 2\]",
        ),
    ],
)
def test_nonsense_is_refused_at_birth_showing_it(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
