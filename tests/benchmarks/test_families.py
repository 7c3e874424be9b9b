"""Held-back instances can be answered, repeat themselves and have the sizes they say."""

from __future__ import annotations

import pytest

from benchmarks.common.cases import families, waves
from benchmarks.common.families import Built, Layout, li_lim_like
from benchmarks.common.street_families import street_like
from dispatch.routing.instances import answer
from dispatch.routing.solvers import greedy
from dispatch.routing.solvers.complete import plan_of


def sequences_of(built: Built) -> list[tuple[int, ...]]:
    node_of = {number: node for node, number in enumerate(built.instance.node_ids)}
    tours = [tuple(node_of[number] for number in tour) for tour in built.hidden]
    return tours + [()] * (len(built.instance.problem.vehicles) - len(tours))


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_an_instance_was_built_around_holds(layout: Layout, long: bool, seed: int) -> None:
    built = li_lim_like(layout, 100, seed, long=long)
    plan = plan_of(built.instance.problem, sequences_of(built), "hidden")

    got = answer(built.instance, plan, 0.0, "hidden")  # raises when any rule is broken
    assert got["unserved"] == []


def test_a_long_day_needs_fewer_vans() -> None:
    short, long = (li_lim_like(Layout.RANDOM, 100, 1, long=long) for long in (False, True))

    assert len(long.hidden) < len(short.hidden) / 2


def test_a_share_without_windows_may_be_served_at_more_times() -> None:
    def minutes(windowed: float) -> int:
        sheet = li_lim_like(Layout.RANDOM, 100, 1, windowed=windowed).instance.sheet
        return sum(int(task.latest - task.earliest) for task in sheet.tasks[1:])

    assert minutes(1.0) < minutes(0.5) < minutes(0.0)


def test_every_pair_of_a_street_instance_can_be_served() -> None:
    instance = street_like(40, 1)
    plan = greedy.solve(instance.problem, budget_s=1.0)

    assert answer(instance, plan, 0.0, "greedy")["unserved"] == []


def test_street_ways_are_whole_minutes_and_no_detour_is_shorter() -> None:
    ways = street_like(20, 1).distance

    assert (ways % 1 == 0).all()
    assert (ways[:, None, :] <= ways[:, :, None] + ways[None, :, :]).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_is_the_same_instance(seed: int) -> None:
    assert street_like(20, seed).sheet.tasks == street_like(20, seed).sheet.tasks
    one, two = (li_lim_like(Layout.MIXED, 100, seed).instance.sheet for _ in range(2))
    assert one.tasks == two.tasks


def test_another_seed_is_another_instance() -> None:
    assert street_like(20, 1).sheet.tasks != street_like(20, 2).sheet.tasks


def test_sixteen_instances_of_the_public_ones_sizes_are_held_back() -> None:
    cases = list(families())

    assert sum(case.group == "held back, 100 and 200" for case in cases) == 16
    assert len({case.name for case in cases}) == len(cases)
    assert len({case.name for case in waves(2)}) == len(list(waves(2)))


@pytest.mark.parametrize("tasks", [0, 7])
def test_sizes_that_make_no_pairs_are_refused(tasks: int) -> None:
    with pytest.raises(ValueError, match=f"{tasks} tasks"):
        street_like(tasks, 1)
    with pytest.raises(ValueError, match=f"{tasks} tasks"):
        li_lim_like(Layout.RANDOM, tasks, 1)
