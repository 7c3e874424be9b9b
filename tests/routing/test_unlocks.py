from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.core.reasons import Refusal
from dispatch.routing import attempts
from dispatch.routing.changes import changes, with_job, with_one_more
from dispatch.routing.check import violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Cost, Plan, PlannedStop, PlannedTour, Unserved
from dispatch.routing.problem import Job, Problem, Visit
from dispatch.routing.schedule import cost_of
from dispatch.routing.solvers import Solve, greedy
from dispatch.routing.solvers.complete import plan_of, timed
from dispatch.routing.unlocks import Explanation, Unlock, explain, nearness
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, days, errand, halt, town

"""
0 . . B . . . . x          bread from B (3) to x (8)
"""
BREAD = errand("bread", halt(3), halt(8))


def unlocks_of(problem: Problem, *sequences: tuple[int, ...]) -> dict[str, Unlock]:
    """What would serve the last job, by change; *sequences*: the tours it is not in."""
    tours = sequences or tuple(() for _ in problem.vehicles)
    told = explain(problem, plan_of(problem, tours, "hand"))
    return {unlock.change: unlock for unlock in told[problem.jobs[-1].job_id].unlocks}


# By how much.


@pytest.mark.parametrize("door", [halt(8, windows=((0, 6),)), halt(8, due=6)])
def test_a_promise_ends_as_much_later_as_the_way_takes(door: Visit) -> None:
    soon = errand("soon", halt(3), door)
    assert unlocks_of(town(soon)) == {
        "promise.end": Unlock("promise.end", 2, "s", None, 8, False, until_s=8)
    }


def test_the_smallest_change_is_told_not_the_cheapest_tour() -> None:
    """On the way back from 20 it costs nothing, at 35; straight away it is there at 15."""
    far, back = errand("far", halt(18), halt(20)), errand("back", halt(10), halt(5))
    soon = replace(back, drop=halt(5, windows=((0, 6),)))
    found = unlocks_of(town(far, soon, vehicles=(courier(end=0),)), (0, 1))["promise.end"]
    assert (found.by, found.added_cost) == (15 - 6, 2 * 5)


def test_an_order_is_ready_as_much_earlier_as_the_way_needs() -> None:
    """Fetched at 5 it is there at 10, two too late; nobody else could be faster."""
    ready_at_5 = errand("cake", halt(3, windows=((5, 20),)), halt(8, windows=((0, 8),)))
    found = unlocks_of(town(ready_at_5))
    assert found["pickup.opens"] == Unlock("pickup.opens", 2, "s", None, 8, False, from_s=3)
    assert found["promise.end"].by == 2
    assert set(found) == {"pickup.opens", "promise.end"}


def test_a_shop_stays_open_until_the_courier_comes() -> None:
    found = unlocks_of(town(errand("late", halt(3, windows=((0, 1),)), halt(8))))
    assert found == {"pickup.closes": Unlock("pickup.closes", 2, "s", None, 8, False, until_s=3)}


def test_the_courier_with_the_least_to_add_works_longer() -> None:
    crew = (courier("far", start=20, until=20), courier("near", start=5, until=6))
    found = explain(
        town(BREAD, vehicles=crew), plan_of(town(BREAD, vehicles=crew), ((), ()), "hand")
    )
    shifts = [(u.vehicle_id, u.by) for u in found["bread"].unlocks if u.change == "shift"]
    assert shifts == [("near", 2 + 5 - 6), ("far", 17 + 5 - 20)]


def test_a_bag_grows_by_what_does_not_fit() -> None:
    """The cake is on board until 90, the bread due at 20 has to ride with it."""
    cake = Job("cake", (), halt(2, load=4, windows=((90, 99),)), vehicles=frozenset({0}))
    bread = errand("bread", halt(3, load=3), halt(8, load=3, windows=((0, 20),)))
    problem = replace(town(cake, bread, vehicles=(courier(capacity=5),)), dimensions=("weight_g",))
    bag = unlocks_of(problem, (0,))["capacity.weight_g"]
    assert (bag.by, bag.unit, bag.vehicle_id) == (2, "load", "lea")


def test_another_courier_would_be_allowed() -> None:
    """Only the far one may, who is there at 17 + 5."""
    mine = replace(BREAD, vehicles=frozenset({0}), drop=halt(8, windows=((0, 9),)))
    found = unlocks_of(town(mine, vehicles=(courier("far", start=20), courier("near"))))
    assert found["vehicles"].vehicle_id == "near"
    assert found["promise.end"].by == 17 + 5 - 9


def test_one_courier_more_is_asked_for_no_earlier_than_need_be() -> None:
    """Lea has to go straight to 20; one more needs 7 to the shop and 4 back to the door."""
    far = errand("far", halt(18), halt(20, windows=((20, 20),)))
    back = errand("back", halt(7), halt(3, windows=((0, 20),)))
    found = unlocks_of(town(far, back), (0, 1))
    assert found["courier"] == Unlock("courier", 11, "s", "lea", 11, False, from_s=9, until_s=20)


def test_a_courier_more_never_starts_before_anybody_could() -> None:
    """At 8 by 6 is nobody's morning: the way alone takes 8."""
    soon = errand("soon", halt(3), halt(8, windows=((0, 6),)))
    assert "courier" not in unlocks_of(town(soon))


def test_what_has_to_be_on_board_already_is_nothing_to_send_a_second_courier_for() -> None:
    cake = Job("cake", (), halt(8, windows=((0, 6),)), vehicles=frozenset({0}))
    found = unlocks_of(town(cake, vehicles=(courier("lea"), courier("tom"))))
    assert [(u.change, u.by) for u in found.values()] == [("promise.end", 2)]


def test_the_nearest_way_out_comes_first() -> None:
    def way(change: str, by: int, unit: str, cost: int = 0) -> Unlock:
        return Unlock(change, by, unit, None, cost, rearranged=False)

    in_order = [
        way("shift", 5, "s", cost=9),
        way("promise.end", 60, "s"),
        way("vehicles", 1, "vehicle"),
        way("capacity.weight_g", 900, "load"),
        way("capacity.cold", 1, "load", cost=5),
        way("courier", 4, "s"),
    ]
    assert sorted(reversed(in_order), key=nearness) == in_order


# Who moves for it.

"""
0 . . c . B . . . . x      big from B (5) to x (10) by 10; c from 3 back to 0 by 4, lea's only
"""
BIG = errand("big", halt(5), halt(10, windows=((0, 10),)))
SMALL = Job("small", (halt(3),), halt(0, windows=((0, 4),)), vehicles=frozenset({0}))
PAIR = town(BIG, SMALL, vehicles=(courier("lea"), courier("tom")))


def test_others_move_where_that_asks_for_less() -> None:
    """After the big one small is back at 20; with tom doing that, at 6."""
    found = unlocks_of(PAIR, (0, 1), ())["promise.end"]
    assert (found.by, found.rearranged) == (6 - 4, True)


def test_another_order_left_out_does_not_get_in_the_way() -> None:
    """Lea could bring the rival from 6 to 1 by 11 instead; small would then be back at 12."""
    rival = Job("rival", (halt(6),), halt(1, windows=((0, 11),)), frozenset({0}), priority=9)
    three = replace(PAIR, jobs=(BIG, rival, SMALL))
    found = unlocks_of(three, (0, 1), ())["promise.end"]
    assert (found.by, found.rearranged) == (6 - 4, True)


def test_a_plan_that_serves_everybody_is_said_to_have_been_missed() -> None:
    easy = replace(PAIR, jobs=(BIG, replace(SMALL, drop=halt(0, windows=((0, 6),)))))
    told = explain(easy, plan_of(easy, ((0, 1), ()), "hand"))["small"]
    assert told.refusal == Refusal("solver_gave_up")
    assert [(u.change, u.by, u.rearranged) for u in told.unlocks] == [("search", 0, True)]


def test_a_plan_that_forgot_somebody_is_said_to_have_forgotten() -> None:
    problem = town(BREAD)
    forgot = (Unserved("bread", Refusal("solver_gave_up")),)
    told = explain(problem, Plan((), forgot, cost_of(problem, (), forgot), "hand"))["bread"]
    assert [(u.change, u.rearranged) for u in told.unlocks] == [("search", False)]


def _always(*sequences: tuple[int, ...]) -> Solve:
    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        tours = (
            PlannedTour(v, tuple(PlannedStop(node, 0, 0, 0) for node in nodes), 0)
            for v, nodes in enumerate(sequences)
        )
        return Plan(tuple(tours), (), Cost(), "always")

    return solve


def test_a_plan_that_breaks_a_rule_proves_nothing() -> None:
    """Tom may not do the small one."""
    told = explain(PAIR, plan_of(PAIR, ((0, 1), ()), "hand"), _always((0, 1), (2, 3)))["small"]
    assert not any(unlock.rearranged for unlock in told.unlocks)


def test_nobody_is_thrown_out_for_it() -> None:
    told = explain(PAIR, plan_of(PAIR, ((0, 1), ()), "hand"), _always((2, 3), ()))["small"]
    assert not any(unlock.rearranged for unlock in told.unlocks)


def test_nobody_is_made_late_for_it() -> None:
    """Tom would bring the big one at 15 or later, due at 10; it was on time."""
    due = replace(PAIR, jobs=(errand("big", halt(5), halt(10, due=10)), SMALL))
    slow = replace(due, vehicles=(courier("lea"), courier("tom", start=15)))
    told = explain(slow, plan_of(slow, ((0, 1), ()), "hand"), _always((2, 3), (0, 1)))["small"]
    assert not any(unlock.rearranged for unlock in told.unlocks)
    by_hand = explain(due, plan_of(due, ((0, 1), ()), "hand"), _always((2, 3), (0, 1)))["small"]
    assert any(unlock.rearranged for unlock in by_hand.unlocks)


def test_a_solver_is_asked_to_keep_promises_not_to_price_them() -> None:
    """The big one is due at 10, the cake is late already and may be as late as it is."""
    cake = Job("cake", (), halt(7, due=5), vehicles=frozenset({0}))
    jobs = (errand("big", halt(5), halt(10, due=10)), cake, SMALL)
    problem = town(*jobs, vehicles=PAIR.vehicles)
    asked: list[Problem] = []

    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        asked.append(problem)
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)

    explain(problem, plan_of(problem, ((0, 2, 1), ()), "hand"), solve)
    assert {firm.visits[1].windows[-1][1] for firm in asked} == {10}
    assert {firm.visits[2].windows[-1][1] for firm in asked} == {7}


def test_a_stop_the_courier_is_riding_to_stays_the_next_one() -> None:
    """Lea rides to B (3) for the bread: only then to 1 and back to 2, there at 6."""
    on_the_way = errand("on the way", halt(1), halt(2, windows=((0, 5),)))
    riding = replace(town(BREAD, on_the_way), frozen=((0,),))
    assert unlocks_of(riding, (0, 1))["promise.end"].by == 6 - 5
    assert cheapest_insertion(replace(riding, frozen=()), [(0, 1)], 1) is not None


# What is certain, and what there was no time for.


def test_only_what_no_plan_can_cure_is_called_certain() -> None:
    piano = town(errand("piano", halt(3, load=11), halt(8, load=11)))
    assert _told(piano).certain
    assert not _told(town(errand("soon", halt(3), halt(8, windows=((0, 6),))))).certain


def _told(problem: Problem) -> Explanation:
    (answer,) = explain(problem, greedy.solve(problem, budget_s=0)).values()
    return answer


def test_without_time_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _explained_in(monkeypatch, looks=0)["dear"]
    assert (told.unlocks, told.refusal.code) == ((), "no_feasible_insertion")
    assert set(told.unexamined) == {"promise.end", "shift", "courier"}


def test_the_dearest_order_is_examined_first(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _explained_in(monkeypatch, looks=4)
    assert [unlock.change for unlock in told["dear"].unlocks] == ["promise.end"]
    assert told["cheap"].unlocks == ()


def test_what_was_tried_only_in_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is up once the unchanged problem and one second less have been solved again."""
    soon = town(errand("soon", halt(3), halt(8, windows=((0, 6),))))
    answers = 0

    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        nonlocal answers
        answers += 1
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)

    monkeypatch.setattr(attempts, "monotonic", lambda: 0.0 if answers < 2 else float("inf"))
    told = explain(soon, plan_of(soon, ((),), "hand"), solve)["soon"]
    assert [unlock.change for unlock in told.unlocks] == ["promise.end"]
    assert told.unexamined == ("shift",)


def _explained_in(monkeypatch: pytest.MonkeyPatch, looks: int) -> dict[str, Explanation]:
    """Explain two orders left out, with time for so many attempts."""
    cheap = errand("cheap", halt(3), halt(8, windows=((0, 6),)))
    problem = town(cheap, replace(cheap, job_id="dear", priority=2))
    left = iter([0.0] * looks)
    monkeypatch.setattr(attempts, "monotonic", lambda: next(left, float("inf")))
    return dict(explain(problem, plan_of(problem, ((),), "hand")))


@settings(max_examples=30, deadline=None)
@given(days(max_jobs=4))
def test_one_less_of_any_change_is_not_enough(problem: Problem) -> None:
    _claims_hold(problem)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(special_days(max_jobs=4))
def test_one_less_is_not_enough_under_special_rules_either(problem: Problem) -> None:
    _claims_hold(problem)


def _claims_hold(problem: Problem) -> None:
    """Every amount serves the job, one less does not; nobody else's stop was moved."""
    plan = greedy.solve(problem, budget_s=0)
    nodes = {tour.vehicle: tour.nodes for tour in plan.tours}
    sequences = [nodes.get(v, ()) for v in range(len(problem.vehicles))]
    index = {job.job_id: j for j, job in enumerate(problem.jobs)}
    names = {vehicle.vehicle_id: v for v, vehicle in enumerate(problem.vehicles)}
    for job_id, told in explain(problem, plan, budget_s=60).items():
        job = index[job_id]
        assert told.unexamined == ()
        known = {(change.name, change.vehicle): change for change in changes(problem, job)}
        for unlock in told.unlocks:
            if unlock.change == "search":
                continue
            if unlock.change == "courier":
                assert unlock.vehicle_id is not None and unlock.from_s is not None
                _is_the_latest_start(problem, job, names[unlock.vehicle_id], unlock.from_s)
                continue
            vehicle = None if unlock.vehicle_id is None else names[unlock.vehicle_id]
            change = known[unlock.change, vehicle]
            enough, less = change.made(unlock.by), change.made(unlock.by - 1)
            if unlock.change != "vehicles":
                assert cheapest_insertion(less, sequences, job) is None
            if not unlock.rearranged:
                assert cheapest_insertion(enough, sequences, job) is not None


def _is_the_latest_start(problem: Problem, job: int, like: int, from_s: int) -> None:
    nobody = [()] * (len(problem.vehicles) + 1)
    for start_s, enough in ((from_s, True), (from_s + 1, False)):
        more = with_one_more(problem, job, like, start_s)
        only = replace(more.jobs[job], vehicles=frozenset({len(problem.vehicles)}))
        found = cheapest_insertion(with_job(more, job, only), nobody, job)
        assert (found is not None) == enough


@settings(max_examples=25, deadline=None)
@given(days(max_jobs=4), st.integers(0, 30))
def test_a_change_only_ever_loosens(problem: Problem, by: int) -> None:
    """What was allowed stays allowed, whatever is changed by how much."""
    plan = greedy.solve(problem, budget_s=0)
    nodes = {tour.vehicle: tour.nodes for tour in plan.tours}
    for job in range(len(problem.jobs)):
        for change in changes(problem, job):
            looser = change.made(min(by, change.most))
            tours = timed(looser, [nodes.get(v, ()) for v in range(len(problem.vehicles))])
            again = replace(plan, tours=tours, cost=cost_of(looser, tours, plan.unserved))
            assert violations(looser, again) == []
