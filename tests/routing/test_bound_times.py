from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings

from dispatch.routing.bounds.facts import NEVER_S, crews_of
from dispatch.routing.bounds.flow import first_prices
from dispatch.routing.problem import Job, Problem, Visit, Weights
from tests.routing.test_bound import cheapest, every_plan
from tests.routing.towns import courier, days, errand, halt, town

"""
0 . . B . F . . x . y      bread from B (3) to x (8), flowers from F (5) to y (10)
"""


def until(house: int, last: int, first: int = 0) -> Visit:
    return halt(house, windows=((first, last),))


def arc(problem: Problem, tail: int, head: int, upper: int | None = None) -> bool:
    return bool(crews_of(problem, upper)[0].facts.legs_s[tail, head] < NEVER_S)


def test_a_door_that_closes_early_leaves_no_time_to_fetch_other_things_first() -> None:
    """From B at 3 straight to x at 8 is just in time; by F, two houses on, it is too."""
    bread = errand("bread", halt(3), until(8, 8))
    on_the_way = town(bread, errand("flowers", halt(5), halt(10)))
    a_way_back = town(bread, errand("flowers", halt(1), until(2, 20, 4)))
    assert arc(on_the_way, 0, 2)
    assert not arc(a_way_back, 0, 2)  # 3, 1, 8 begins at 12
    assert not arc(a_way_back, 0, 3)  # 1, 3, 2, 8 begins at 11
    assert arc(a_way_back, 1, 2)
    before = town(bread, errand("flowers", halt(1), halt(5)))
    assert arc(before, 0, 3)  # 1, 3, 5, 8, in time when what is nearer is fetched first


def test_nothing_goes_back_from_a_door_to_its_shop() -> None:
    both = town(errand("bread", halt(3), halt(8)), errand("flowers", halt(5), halt(10)))
    assert not arc(both, 1, 0)
    assert arc(both, 1, 2)
    assert not arc(both, 4, 1)  # nor does a tour begin at a door
    assert not arc(both, 0, 4)  # or end at a shop


def test_lateness_that_costs_a_whole_plan_is_no_part_of_a_cheaper_one() -> None:
    bread = errand("bread", halt(3), halt(8, due=8))
    late = crews_of(town(bread, weights=Weights(late_per_s=10)), 50)[0].facts
    assert late.window_s[1].tolist() == [8, 8 + 4]  # five instants too late cost 50


def test_windows_shrink_to_what_shift_and_ride_allow() -> None:
    facts = crews_of(town(errand("bread", halt(3), halt(8)), vehicles=(courier(until=9),)))[0].facts
    assert facts.window_s.tolist() == [[3, 4], [8, 9]]


@settings(max_examples=100, deadline=None)
@given(days(max_jobs=2, max_pickups=2, max_vehicles=2))
def test_no_allowed_tour_has_an_arc_or_an_instant_that_was_ruled_out(problem: Problem) -> None:
    crews = crews_of(problem)
    facts_of = {v: crew.facts for crew in crews for v in crew.vehicles}
    n = len(problem.visits)
    for plan in every_plan(problem) if n <= 5 else ():
        for tour in plan.tours:
            facts, before = facts_of[tour.vehicle], n
            for stop in tour.stops:
                k = stop.node
                windows = facts.window_s[facts.window_at[k] : facts.window_at[k + 1]]
                assert facts.legs_s[before, k] < NEVER_S
                assert any(first <= stop.begin_s <= last for first, last in windows)
                before = k
            assert facts.legs_s[before, n] < NEVER_S


def test_first_prices_of_one_errand_are_its_way() -> None:
    """To B at 3 and on to x at 8; nobody is worth anything where there are two to ride."""
    pair = (courier("lea"), courier("tom"))
    problem = town(errand("bread", halt(3), halt(8)), vehicles=pair)
    crews = crews_of(problem)
    brings = first_prices(crews, np.array([10**6]), 1.0)
    assert brings is not None
    assert brings.sum() == cheapest(problem) == 8


def test_first_prices_are_the_same_in_all_for_every_crew() -> None:
    def twice(job: Job) -> Job:
        return replace(
            job, job_id=job.job_id + "2", pickups=(halt(4), *job.pickups), drop=halt(9, 2)
        )

    bread = errand("bread", halt(3), halt(8))
    problem = town(bread, twice(bread), vehicles=(courier("lea"), courier("tom", start=9, price=2)))
    crews = crews_of(problem)
    brings = first_prices(crews, np.array([10**6, 10**6]), 1.0)
    assert brings is not None and len(crews) == 2
    assert brings[:, :2].sum(axis=1).tolist() == [brings[0, :2].sum()] * 2
    assert brings[:, 2:].sum(axis=1).tolist() == [brings[0, 2:].sum()] * 2
