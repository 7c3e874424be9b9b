"""The peers are asked what we are asked: small towns where the answer is plain."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from benchmarks.common import peers_pyvrp, peers_vroom
from benchmarks.common.cases import Asked, Case
from benchmarks.common.waves import town_wave
from benchmarks.common.words import Sequences
from dispatch.routing.problem import Problem, Weights
from tests.routing.towns import courier, errand, halt, street, town

NOT_HERE = "not installed: it comes with the extra `bench`"
ONE = errand("one", halt(3), halt(7))
TWO = errand("two", halt(12), halt(16))


@pytest.fixture(params=["pyvrp", "vroom"])
def peer(request: pytest.FixtureRequest) -> ModuleType:
    pytest.importorskip(request.param, reason=f"{request.param} is {NOT_HERE}")
    return {"pyvrp": peers_pyvrp, "vroom": peers_vroom}[request.param]


def ask(peer: ModuleType, day: Problem, *, must_serve: bool = False) -> Sequences:
    said: Sequences = peer.solve(day, budget_s=0.2, seed=1, must_serve=must_serve)
    return said


@pytest.mark.parametrize("end", [None, 20])
def test_one_courier_does_both_errands_on_the_way(peer: ModuleType, end: int | None) -> None:
    day = town(ONE, TWO, vehicles=(courier(end=end),))

    assert ask(peer, day) == ((0, 1, 2, 3),)


def test_windows_decide_the_order(peer: ModuleType) -> None:
    late = errand("late", halt(3, windows=((20, 1000),)), halt(7))
    early = errand("early", halt(12), halt(16, windows=((0, 16),)))

    assert ask(peer, town(late, early)) == ((2, 3, 0, 1),)


def test_a_matrix_is_read_the_right_way_round_however_it_lies_in_memory(
    peer: ModuleType,
) -> None:
    day = town(errand("late", halt(3), halt(7, windows=((0, 20),))), vehicles=(courier(),))
    uphill = day.travel_s[0].copy()
    uphill[3, 7] = 90  # there; back it is four minutes as before
    there = replace(day, travel_s=(np.asfortranarray(uphill),))
    back = replace(day, travel_s=(np.asfortranarray(uphill.T),))

    assert ask(peer, there) == ((),)
    assert ask(peer, back) == ((0, 1),)


# Where something cannot be done it is by more than ten units: PyVRP pays at most 100 000 for
# each unit of a broken rule, and an order is worth a million.


def test_a_service_takes_its_time(peer: ModuleType) -> None:
    slow = errand("slow", halt(3, service=25), halt(7, windows=((0, 11),)))

    assert ask(peer, town(slow, TWO)) == ((2, 3),)
    in_time = replace(slow, drop=halt(7, windows=((0, 32),)))
    assert ask(peer, town(in_time)) == ((0, 1),)


def test_what_is_too_heavy_is_left_out(peer: ModuleType) -> None:
    heavy = errand("heavy", halt(3, 50), halt(7, 50))

    assert ask(peer, town(heavy, TWO)) == ((2, 3),)


def test_a_shift_ends(peer: ModuleType) -> None:
    far = errand("far", halt(12), halt(20))

    assert ask(peer, town(ONE, far, vehicles=(courier(until=8),))) == ((0, 1),)


def test_nobody_is_served_where_nobody_can_be(peer: ModuleType) -> None:
    assert ask(peer, town(TWO, vehicles=(courier(until=0),))) == ((),)


def test_the_cheaper_vehicle_rides(peer: ModuleType) -> None:
    crew = (courier("car", price=3), courier("bike", profile=1))
    day = town(ONE, vehicles=crew, travel=(street(), street(pace=2)))

    assert ask(peer, day) == ((), (0, 1))


def test_the_slower_vehicle_stays_when_both_cost_the_same(peer: ModuleType) -> None:
    slow, quick = courier("slow", profile=1), courier("quick")
    ways = (street(), street(pace=2))

    assert ask(peer, town(ONE, vehicles=(slow, quick), travel=ways)) == ((), (0, 1))
    assert ask(peer, town(ONE, vehicles=(quick, slow), travel=ways)) == ((0, 1), ())


def test_a_vehicle_saved_is_worth_its_price(peer: ModuleType) -> None:
    crew = (courier("near", start=3), courier("far", start=12))

    assert ask(peer, town(ONE, TWO, vehicles=crew)) == ((0, 1), (2, 3))
    alone = ask(peer, town(ONE, TWO, vehicles=crew, weights=Weights(vehicle_used=500)))
    assert sorted(map(len, alone)) == [0, 4]


def test_what_must_be_served_is_served(peer: ModuleType) -> None:
    # So dear to leave nobody out that only "required" says it to who knows prices alone.
    cheap = Weights(unserved=1)

    assert ask(peer, town(ONE, weights=cheap), must_serve=True) == ((0, 1),)


def test_where_all_must_be_served_no_vehicle_rides_for_nothing(peer: ModuleType) -> None:
    crew = tuple(courier(name, end=0) for name in ("a", "b", "c"))
    prices = Weights(vehicle_used=1000)

    answer = ask(peer, town(ONE, TWO, vehicles=crew, weights=prices), must_serve=True)
    assert sorted(map(len, answer)) == [0, 0, 4]


@pytest.mark.parametrize("seed", [1, 2])
def test_an_answer_to_a_town_wave_holds(peer: ModuleType, seed: int) -> None:
    wave = town_wave(15, 3, seed, plain=True)
    question = Asked(Case("wave", "waves", lambda: wave), wave, None)

    score = question.score(ask(peer, wave), "peer")  # raises when a rule is broken
    assert score.missed <= 3 * wave.weights.unserved


def test_vroom_may_set_out_from_tours() -> None:
    pytest.importorskip("vroom", reason=f"vroom is {NOT_HERE}")
    late = errand("late", halt(3, windows=((20, 1000),)), halt(7))
    early = errand("early", halt(12), halt(16, windows=((0, 16),)))
    day = town(late, early)

    kept = peers_vroom.said(day, ((2, 3, 0, 1),)).solve(exploration_level=0, nb_threads=1)

    assert peers_vroom.heard(day, kept) == ((2, 3, 0, 1),)
    # It did look at them: in these a window is missed.
    with pytest.raises(Exception, match=r"[Ii]nfeasible|[Ii]nvalid"):
        peers_vroom.said(day, ((0, 1, 2, 3),)).solve(exploration_level=0, nb_threads=1)
