"""A clock that is set, and ids that are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dispatch.core.errors import Invalid
from dispatch.operations.parameters import WaveParameters
from dispatch.operations.ports import Solver
from dispatch.replay import plugs
from dispatch.replay.plugs import CountedIds, SimulatedClock, replay_ports
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy
from tests.fakes.house import embedded_town
from tests.replay.small_days import PLAIN

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_the_clock_moves_when_it_is_set_and_never_back() -> None:
    clock = SimulatedClock(NINE)
    clock.move_to(NINE + timedelta(minutes=5))
    assert (clock.now(), clock.stopwatch_s()) == (NINE + timedelta(minutes=5), 300)
    with pytest.raises(ValueError, match="not set back"):
        clock.move_to(NINE)


def test_ids_are_the_same_each_time_and_never_twice() -> None:
    def some() -> list[str]:
        ids = CountedIds()
        return [ids.new("qte"), ids.new("bkg"), ids.token(), ids.code()]

    assert some() == some()
    assert len(set(some())) == 4


def test_an_engine_that_needs_a_clock_cannot_be_replayed() -> None:
    timed = replace(PLAIN, waves=WaveParameters(engine="ortools"))
    with pytest.raises(Invalid, match="does not count steps"):
        replay_ports(embedded_town(), timed, NINE)


def test_a_smaller_budget_takes_its_share_of_a_waves_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counting(name: str, steps: int) -> Solver:
        asked.append(steps)
        return greedy.solve

    monkeypatch.setattr(plugs, "engine_in_steps", counting)
    solver = replay_ports(embedded_town(), PLAIN, NINE, steps=5_000).solver
    nothing = Problem((np.zeros((1, 1), dtype=np.int64),), (), ())
    for budget_s in (PLAIN.waves.budget_s, 1.0, 60.0):
        solver(nothing, budget_s=budget_s)
    assert asked[1:] == [5_000, 1_000, 5_000]
