"""What peers are told is never easier than the problem, and never a different one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.common.waves import town_wave
from benchmarks.common.words import CannotSay, coarser, refuse_unsayable, ticks_below
from dispatch.routing.problem import Break, Problem, Weights
from dispatch.routing.schedule import schedule
from tests.routing.towns import courier, days, errand, halt, street, town

PAIR = errand("one", halt(3), halt(7))


@settings(deadline=None, max_examples=50)
@given(days(max_pickups=1), st.sampled_from([10, 100]), st.data())
def test_what_holds_in_coarse_units_holds_in_the_real_ones(
    day: Problem, ticks: int, data: st.DataObject
) -> None:
    try:
        coarse = coarser(day, ticks)
    except CannotSay:
        return
    for v, vehicle in enumerate(coarse.vehicles):
        nodes = data.draw(st.permutations(range(len(day.visits))))[:3]
        said = schedule(coarse, v, nodes)
        if said is None or said.end_s > vehicle.until_s:
            continue
        meant = schedule(day, v, nodes)
        assert meant is not None
        assert meant.end_s <= said.end_s * ticks <= day.vehicles[v].until_s


def test_coarse_units_are_never_kinder() -> None:
    slow = errand("slow", halt(3, windows=((11, 39),), service=3), halt(20))
    day = town(slow, vehicles=(replace(courier(until=99), from_s=1),))
    coarse = coarser(day, 10)

    (pickup,) = coarse.jobs[0].pickups
    assert (pickup.windows, pickup.service_s) == (((2, 3),), 1)
    assert coarse.travel_s[0][0, 11] == 2
    assert (coarse.vehicles[0].from_s, coarse.vehicles[0].until_s) == (1, 9)


def test_units_are_as_fine_as_the_peer_can_count() -> None:
    day = town(PAIR)  # a shift of 1000 ticks

    assert [ticks_below(day, largest) for largest in (1000, 999, 100, 10)] == [1, 10, 10, 100]


def test_a_plain_wave_can_be_said() -> None:
    refuse_unsayable(town_wave(20, 3, seed=1, plain=True), several_windows=False)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (town(replace(PAIR, pickups=(halt(3), halt(4)), drop=halt(7, 2))), "2 pickups"),
        (town(replace(PAIR, vehicles=frozenset({0}))), "not for every vehicle"),
        (town(replace(PAIR, drop=halt(7, due=20))), "late at a price"),
        (town(replace(PAIR, drop=halt(7, windows=((0, 9), (20, 30))))), "2 windows"),
        (town(replace(PAIR, drop=replace(halt(7), setup_s=5))), "setup"),
        (town(replace(PAIR, max_aboard_s=60)), "longest time on board"),
        (town(PAIR, vehicles=(replace(courier(), lifo=True),)), "stack"),
        (town(PAIR, vehicles=(replace(courier(), breaks=(Break("b", ((0, 9),), 5),)),)), "breaks"),
        (town(PAIR, weights=Weights(paid_per_s=1)), "waiting is paid"),
        (replace(town(PAIR), pinned=((0, 1),)), "pinned"),
    ],
)
def test_a_rule_without_a_word_is_named(day: Problem, why: str) -> None:
    with pytest.raises(CannotSay, match=why):
        refuse_unsayable(day, several_windows=False)


def test_lateness_that_costs_nothing_needs_no_word() -> None:
    day = town(replace(PAIR, drop=halt(7, due=20)), weights=Weights(late_per_s=0))

    refuse_unsayable(day, several_windows=False)


def test_a_window_shorter_than_the_unit_cannot_be_said() -> None:
    with pytest.raises(CannotSay, match="shorter than 10 ticks"):
        coarser(town(replace(PAIR, drop=halt(7, windows=((11, 19),)))), 10)


def test_one_tick_changes_nothing() -> None:
    day = town(PAIR, travel=(street(),))

    assert coarser(day, 1) is day
