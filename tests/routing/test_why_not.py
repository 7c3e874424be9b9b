from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from dispatch.core.places import UNREACHABLE_S
from dispatch.core.reasons import Refusal
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.problem import Job, Problem
from dispatch.routing.why_not import why_not
from tests.routing.towns import courier, days, errand, halt, street, town

"""
0 . . B . . . . x          bread from B (3) to x (8)
"""
BREAD = errand("bread", halt(3), halt(8))


def _why(problem: Problem, *sequences: tuple[int, ...], job: int = -1) -> Refusal:
    index = job % len(problem.jobs)
    return why_not(replace(problem, dimensions=("weight_g",)), sequences or [()], index)


def test_a_promise_too_early_names_the_promise() -> None:
    soon = errand("soon", halt(3), halt(8, due=7))
    assert _why(town(soon)) == Refusal("no_feasible_insertion", ("promise.end",))


def test_a_shop_that_closes_too_early_names_its_window() -> None:
    closed = errand("closed", halt(3, windows=((0, 2),)), halt(8))
    assert _why(town(closed)) == Refusal("no_feasible_insertion", ("pickup.window",))


def test_a_shift_that_ends_too_early_names_the_shift() -> None:
    short = town(BREAD, vehicles=(courier(until=7),))
    assert _why(short) == Refusal("no_feasible_insertion", ("shift",))


def test_a_full_bag_names_its_capacity() -> None:
    cake = Job("cake", (), halt(2, load=4, windows=((90, 99),)), vehicles=frozenset({0}))
    full = town(cake, errand("more", halt(3), halt(8, due=20)), vehicles=(courier(capacity=4),))
    refusal = _why(full, (0,))
    assert refusal.code == "no_feasible_insertion"
    assert "capacity.weight_g" in refusal.binding


def test_other_promises_are_named_when_they_alone_are_in_the_way() -> None:
    first = errand("first", halt(3), halt(8, due=8))
    second = errand("second", halt(2), halt(1, due=7))
    refusal = _why(town(first, second), (0, 1))
    assert refusal.binding == ("promise.end", "other_promises")


def test_two_constraints_that_bind_together_are_both_named() -> None:
    twice = errand("twice", halt(3, windows=((0, 2),)), halt(8, due=7))
    refusal = _why(town(twice))
    assert refusal == Refusal("no_feasible_insertion", ("promise.end", "pickup.window"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("weight_g", "too_heavy"),
        ("volume_cm3", "too_large"),
        ("cold_cm3", "cold_chain_unavailable"),
        ("bikes", "no_feasible_insertion"),
    ],
)
def test_a_parcel_no_vehicle_can_carry_is_refused_for_its_size(name: str, code: str) -> None:
    piano = errand("piano", halt(3, load=11), halt(8, load=11))
    refusal = why_not(replace(town(piano), dimensions=(name,)), [()], 0)
    assert refusal == Refusal(code, (f"capacity.{name}",))


def test_a_capacity_without_a_name_is_called_by_its_number() -> None:
    piano = errand("piano", halt(3, load=11), halt(8, load=11))
    assert why_not(town(piano), [()], 0).binding == ("capacity.0",)


def test_an_island_is_unreachable() -> None:
    cut = street()
    cut[:, 8] = UNREACHABLE_S
    assert _why(town(BREAD, travel=(cut,))).code == "unreachable"


def test_a_day_without_couriers_says_so() -> None:
    assert why_not(town(BREAD, vehicles=()), [], 0).code == "no_courier_on_shift"
    evening = errand("evening", halt(3), halt(8, windows=((900, 950),)))
    assert _why(town(evening, vehicles=(courier(until=800),))).code == "no_courier_on_shift"


def test_a_job_only_one_full_courier_may_do_names_the_vehicles() -> None:
    mine = replace(BREAD, vehicles=frozenset({0}), drop=halt(8, due=9))
    two = (courier("far", start=20), courier("near"))
    refusal = _why(town(mine, vehicles=two), (), ())
    assert refusal.binding == ("promise.end", "vehicles")


def test_nothing_is_explained_when_the_job_fits() -> None:
    with pytest.raises(ValueError, match="bread fits"):
        why_not(town(BREAD), [()], 0)


@settings(max_examples=40, deadline=None)
@given(days(max_jobs=4))
def test_every_refusal_has_a_reason_and_its_binding_is_real(problem: Problem) -> None:
    sequences: list[tuple[int, ...]] = [() for _ in problem.vehicles]
    for job in range(len(problem.jobs)):
        found = cheapest_insertion(problem, sequences, job)
        if found is not None:
            sequences[found.vehicle] = found.nodes
            continue
        refusal = why_not(problem, sequences, job)
        if refusal.binding == ("promise.end",):
            asked = problem.jobs[job]
            drop = replace(asked.drop, windows=((asked.drop.windows[0][0], 10**6),), due_s=None)
            jobs = [replace(one, drop=drop) if one is asked else one for one in problem.jobs]
            later = replace(problem, jobs=tuple(jobs))
            assert cheapest_insertion(later, sequences, job) is not None
