from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations, product
from math import inf
from time import monotonic
from unittest import mock

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.core.reasons import Refusal
from dispatch.routing import bound as proofs
from dispatch.routing.bound import certificate, exact
from dispatch.routing.bounds import memory, table
from dispatch.routing.bounds.wave import Wave
from dispatch.routing.check import violations
from dispatch.routing.plan import Cost, Plan, Unserved
from dispatch.routing.problem import Break, Job, Problem, Visit, Weights
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers.complete import completed, plan_of
from tests.routing.towns import courier, days, errand, halt, town

"""
0 . . B . F . . x . y      bread from B (3) to x (8), flowers from F (5) to y (10)
"""
BREAD = errand("bread", halt(3), halt(8))
FLOWERS = errand("flowers", halt(5), halt(10))
NOBODY = Refusal("solver_gave_up")


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    proofs.warm_up()


def planned(problem: Problem, *sequences: tuple[int, ...], out: tuple[str, ...] = ()) -> Plan:
    tours = []
    for vehicle, nodes in enumerate(sequences):
        tour = schedule(problem, vehicle, nodes)
        assert tour is not None
        if nodes:
            tours.append(tour)
    unserved = tuple(Unserved(job_id, NOBODY) for job_id in out)
    return Plan(tuple(tours), unserved, cost_of(problem, tours, unserved), "test")


def every_plan(problem: Problem) -> Iterator[Plan]:
    """All the allowed plans there are, jobs in all orders on all vehicles or left out."""
    fleet = range(len(problem.vehicles))
    for carriers in product([None, *fleet], repeat=len(problem.jobs)):
        mine = [
            [n for j, v in enumerate(carriers) if v == vehicle for n in problem.nodes_of[j]]
            for vehicle in fleet
        ]
        out = tuple(problem.jobs[j].job_id for j, vehicle in enumerate(carriers) if vehicle is None)
        for sequences in product(*(permutations(nodes) for nodes in mine)):
            if any(schedule(problem, v, nodes) is None for v, nodes in enumerate(sequences)):
                continue
            plan = planned(problem, *sequences, out=out)
            if not violations(problem, plan):
                yield plan


def cheapest(problem: Problem) -> int:
    return min(plan.cost.total for plan in every_plan(problem))


def greedy(problem: Problem) -> Plan:
    return plan_of(problem, completed(problem, [()] * len(problem.vehicles)), "test")


def test_a_plan_that_cannot_be_beaten_is_called_optimal() -> None:
    both = town(BREAD, FLOWERS)
    said = certificate(both, planned(both, (0, 2, 1, 3)))
    assert (said.bound, said.gap, said.optimal) == (10, 0, True)
    assert said.violations == ()


def test_a_detour_shows_as_a_gap() -> None:
    both = town(BREAD, FLOWERS)
    said = certificate(both, planned(both, (0, 1, 2, 3)))  # 3, 8, back to 5, 10: six too many
    assert (said.bound, said.gap, said.optimal) == (10, 6, False)
    assert said.relative_gap == 6 / 16


def test_a_plan_that_costs_nothing_has_no_relative_gap() -> None:
    nobody = town()
    said = certificate(nobody, planned(nobody, ()))
    assert (said.bound, said.gap, said.relative_gap, said.optimal) == (0, 0, None, True)


def test_a_plan_that_breaks_a_rule_is_never_optimal_however_cheap() -> None:
    both = town(BREAD, FLOWERS)
    lost = Plan((), (), Cost(), "test")  # neither served nor listed as unserved
    said = certificate(both, lost)
    assert not said.optimal
    assert {v.rule for v in said.violations} == {"served_wrongly"}
    assert said.bound == 10


def test_a_courier_too_many_is_not_needed_for_the_proof() -> None:
    pair = town(BREAD, FLOWERS, vehicles=(courier("lea"), courier("tom")))
    best = exact(pair)
    assert best is not None
    assert best.cost.total == 10
    assert sorted(len(tour.stops) for tour in best.tours) == [4]


def test_with_little_room_the_best_plan_goes_back_and_forth() -> None:
    small = town(BREAD, FLOWERS, vehicles=(courier(capacity=1),))
    best = exact(small)
    assert best is not None and best.cost.total == 16


def test_leaving_out_who_costs_more_than_that_is_in_the_bound() -> None:
    """Going on from x (8) to 20 costs 12, leaving it out 11; yet no engine would leave it out."""
    far = errand("far", halt(3), halt(20))
    problem = town(BREAD, far, weights=Weights(unserved=11))
    assert certificate(problem, planned(problem, (0, 1), out=("far",))).optimal
    assert exact(problem) is None


def test_a_break_that_has_to_be_taken_is_in_the_bound() -> None:
    """Bread is due at x by 8; a pause of 5 at 4 makes it 5 late, at 100 a tick."""
    due = errand("bread", halt(3), halt(8, due=8))
    lunch = Break("lunch", ((4, 4),), 5)
    problem = town(due, vehicles=(replace(courier(), breaks=(lunch,)),))
    said = certificate(problem, planned(problem, (0, 1)))
    assert said.bound == 8 + 5 * 100
    assert said.optimal and said.relaxed == ()


def test_a_rule_the_bound_does_not_know_is_named() -> None:
    ripe = Job("ripe", (halt(3), halt(5)), halt(8, load=2), max_aboard_s=6)
    top = replace(courier(), lifo=True)
    problem = town(ripe, FLOWERS, vehicles=(top,), weights=Weights(churn_per_stop=3))
    problem = replace(problem, published=((0, 1, 2),))
    said = certificate(problem, greedy(problem))
    assert said.relaxed == ("max_aboard", "lifo", "published_order")


def test_a_tour_under_way_goes_on_as_it_began() -> None:
    both = replace(town(BREAD, FLOWERS), frozen=((2,),))
    best = exact(both)
    assert best is not None
    assert best.tours[0].nodes[0] == 2
    assert best.cost.total == cheapest(both) == 5 + 2 + 5 + 2


def test_pinned_stops_keep_their_courier_and_their_order() -> None:
    pair = town(BREAD, FLOWERS, vehicles=(courier("lea"), courier("tom", start=20)))
    pinned = replace(pair, pinned=((), (2, 0)))
    best = exact(pinned)
    assert best is not None
    assert [tour.vehicle for tour in best.tours] == [1]
    assert best.cost.total == cheapest(pinned)


def test_work_beyond_a_fair_share_is_in_the_bound() -> None:
    shared = town(
        BREAD,
        FLOWERS,
        vehicles=tuple(replace(courier(name), fair_s=9) for name in ("lea", "tom")),
        weights=Weights(unfair_per_s=1),
    )
    best = exact(shared)
    assert best is not None
    assert best.cost.total == cheapest(shared) == 11
    assert best.cost.unfair == 1


def test_two_parcels_at_one_counter_are_set_up_once_in_the_bound() -> None:
    counter = replace(halt(3), setup_s=4)
    problem = town(errand("one", counter, halt(8)), errand("two", counter, halt(8)))
    best = exact(problem)
    assert best is not None and best.cost.total == 3 + 4 + 5


def test_a_day_too_large_for_a_proof_is_still_bounded_from_below() -> None:
    many = [errand(f"j{n}", halt(n % 20), halt(20 - n % 20)) for n in range(40)]
    problem = town(*many)
    said = certificate(problem, greedy(problem), budget_s=0.5)
    assert 0 <= said.bound <= sum(said.cost.values())
    assert said.seconds < 1.5


def test_without_time_the_bound_is_modest_but_holds() -> None:
    both = town(BREAD, FLOWERS)
    said = certificate(both, planned(both, (0, 1, 2, 3)), budget_s=0.0)
    assert 0 <= said.bound <= 10


@contextmanager
def tables_of(cells: int) -> Iterator[None]:
    """Without cells there is no table: waves are bounded by walks, as large ones are."""
    with mock.patch.object(table, "MOST_CELLS", cells):
        yield


@settings(max_examples=100, deadline=None)
@given(days(max_jobs=3, max_pickups=2, max_vehicles=2), st.sampled_from([0, table.MOST_CELLS]))
def test_the_bound_of_a_plain_day_is_the_price_of_its_cheapest_plan(
    problem: Problem, cells: int
) -> None:
    assume(len(problem.visits) <= 5)
    least = cheapest(problem)
    with tables_of(cells):
        assert certificate(problem, greedy(problem)).bound == least
        best = exact(problem)
    assert best is not None and best.cost.total == least


@settings(max_examples=60, deadline=None)
@given(days(max_jobs=3, max_pickups=2, max_vehicles=2), st.integers(1, 5))
def test_walks_alone_bound_a_day_from_below(problem: Problem, bits: int) -> None:
    """What waves too large for anything else are left with, whatever walks remember."""
    assume(len(problem.visits) <= 5 and problem.jobs)
    problem = replace(problem, jobs=tuple(_slower(job) for job in problem.jobs))
    plan = greedy(problem)
    with tables_of(0), mock.patch.object(memory, "MOST_BITS", bits):
        wave = Wave(problem)
        walked = wave.walked(wave.first_gains(plan), plan.cost.total, monotonic() + 0.05)
        minded = wave.minded(walked, plan.cost.total, monotonic() + 0.05)
        tours = wave.sharpened(walked, plan.cost.total, inf)
    assert tours is not None
    assert walked.value <= tours.value <= cheapest(problem)
    if minded is not None:  # where it is less than what it went on from, that is kept
        assert minded.value <= cheapest(problem)


def _slower(job: Job) -> Job:
    """Service takes time, so that walks do."""
    return replace(
        job,
        pickups=tuple(replace(visit, service_s=2) for visit in job.pickups),
        drop=replace(job.drop, service_s=2),
    )


@st.composite
def special_days(draw: st.DrawFn) -> Problem:
    """A day with breaks, stacks, shares, limits on board, setups, pins and a published plan."""
    problem = draw(days(max_jobs=2, max_pickups=2, max_vehicles=2))
    opens = draw(st.integers(0, 40))
    lunch = Break("lunch", ((opens, opens + draw(st.integers(0, 40))),), draw(st.integers(0, 9)))
    vehicles = tuple(
        replace(
            vehicle,
            breaks=draw(st.sampled_from([(), (lunch,)])),
            lifo=draw(st.booleans()),
            fair_s=draw(st.none() | st.integers(0, 60)),
        )
        for vehicle in problem.vehicles
    )
    jobs = tuple(
        replace(
            job,
            max_aboard_s=draw(st.none() | st.integers(0, 40)) if job.pickups else None,
            drop=replace(job.drop, setup_s=draw(st.integers(0, 3))),
        )
        for job in problem.jobs
    )
    nodes = draw(st.permutations(range(len(problem.visits))))
    cut = draw(st.integers(0, len(nodes)))
    seen = (tuple(nodes[:cut]), tuple(nodes[cut:]), ())[: len(vehicles)]
    pins = tuple(
        tuple(n for n in tour if draw(st.integers(0, 4)) == 0 and v in _able(jobs, problem, n))
        for v, tour in enumerate(seen)
    )
    weights = replace(
        problem.weights,
        unfair_per_s=draw(st.integers(0, 2)),
        churn_per_stop=draw(st.sampled_from([0, 7])),
    )
    return replace(
        problem, vehicles=vehicles, jobs=jobs, weights=weights, published=seen, pinned=pins
    )


def _able(jobs: tuple[Job, ...], problem: Problem, node: int) -> frozenset[int]:
    named = jobs[problem.job_of[node]].vehicles
    return frozenset(range(len(problem.vehicles))) if named is None else named


@settings(max_examples=150, deadline=None)
@given(special_days(), st.sampled_from([0, table.MOST_CELLS]))
def test_the_bound_never_passes_the_cheapest_plan_whatever_the_rules(
    problem: Problem, cells: int
) -> None:
    assume(len(problem.visits) <= 5)
    least = cheapest(problem)
    with tables_of(cells):
        said = certificate(problem, greedy(problem))
        best = exact(problem)
    assert said.bound <= least
    if not said.relaxed and not any(vehicle.breaks for vehicle in problem.vehicles):
        assert said.bound == least  # with breaks, ``schedule`` ends early rather than cheaply
    assert best is None or best.cost.total == least


@settings(max_examples=60, deadline=None)
@given(special_days(), st.integers(1, 5))
def test_walks_never_pass_the_cheapest_plan_whatever_the_rules(problem: Problem, bits: int) -> None:
    """Even when every instant too late to be cheap is taken away beforehand."""
    assume(len(problem.visits) <= 5 and problem.jobs)
    problem = replace(problem, jobs=tuple(_slower(job) for job in problem.jobs))
    least = cheapest(problem)
    with tables_of(0), mock.patch.object(memory, "MOST_BITS", bits):
        wave = Wave(problem, least + 1)
        walked = wave.walked(wave.out_price, least + 1, monotonic() + 0.05)
        minded = wave.minded(walked, least + 1, monotonic() + 0.05)
    assert walked.value <= least
    assert minded is None or minded.value <= least


def test_walks_that_remember_fetch_before_they_drop() -> None:
    """Two parcels from 0 to 10 and one back: 10 and 10, were drops not free to come first."""
    there = errand("there", brisk(0, 0, 99), brisk(10, 0, 99))
    back = errand("back", brisk(10, 0, 99), brisk(0, 0, 99))
    again = errand("again", brisk(0, 30, 99), brisk(10, 0, 99))
    problem = town(there, back, again)
    with tables_of(0):
        wave = Wave(problem)
        walked = wave.walked(wave.out_price, 1_000, monotonic() + 0.3)
        minded = wave.minded(walked, 1_000, monotonic() + 0.6)
    assert minded is not None
    assert walked.value < minded.value == cheapest(problem) == 20


def brisk(house: int, opens: int, closes: int) -> Visit:
    return halt(house, 1, ((opens, closes),), 1)
