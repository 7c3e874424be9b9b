"""What a planner reads about a wave once its tours are given out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from dispatch.operations.ports import Ports
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.waves import WaveResult, WaveState
from dispatch.routing.bound import certificate
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from tests.operations.test_run_wave import order


@dataclass(frozen=True, slots=True)
class Nine:
    """A fake proof."""

    bound: int = 9
    method: str = "by hand"


def test_the_plan_of_a_wave_carries_a_real_proof(ports: Ports) -> None:
    order(ports)
    done = wave_by_hand(replace(ports, prover=certificate))
    assert done.result is not None
    assert done.result.gap == 0
    assert done.result.bound == sum(amount for _, amount in done.result.cost)
    with ports.store.reading() as tx:
        assert tx.wave(done.wave_id) == done


def test_a_proof_that_fails_takes_no_tour_back(ports: Ports) -> None:
    def broken(problem: Problem, plan: Plan, *, budget_s: float) -> Nine:
        raise ArithmeticError("no idea")

    order(ports)
    done = wave_by_hand(replace(ports, prover=broken))
    assert (done.state, done.error) == (WaveState.PUBLISHED, "ArithmeticError: no idea")
    assert done.result is not None
    assert (done.result.bound, done.result.gap) == (None, None)


def test_no_time_for_proofs_no_proof(ports: Ports) -> None:
    def asked(problem: Problem, plan: Plan, *, budget_s: float) -> Nine:
        pytest.fail("nobody wanted a proof")

    order(ports)
    waves = replace(ports.parameters.waves, proof_s=0)
    hurried = replace(ports, prover=asked, parameters=replace(ports.parameters, waves=waves))
    assert wave_by_hand(hurried).error is None


def test_the_gap_is_the_share_that_could_be_saved_at_most() -> None:
    twelve = WaveResult(1, 1, 0, (("travel", 10), ("late", 2)), "greedy", 0.1, bound=9)
    assert twelve.gap == 0.25
    assert replace(twelve, kept_standing=True).gap is None  # another plan than the proven one
    assert replace(twelve, cost=(), bound=0).gap == 0


def test_a_proof_that_fails_keeps_no_way_out_from_the_planner(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []

    def broken(problem: Problem, plan: Plan, *, budget_s: float) -> Nine:
        raise ArithmeticError("no idea")

    monkeypatch.setattr(
        "dispatch.operations.after_wave.look_for_ways_out", lambda day, _ports: looked.append(day)
    )
    order(ports)
    wave_by_hand(replace(ports, prover=broken))
    assert len(looked) == 1
