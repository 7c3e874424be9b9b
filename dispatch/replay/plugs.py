"""The plugs of a day that is lived again: a clock that is set, ids that are counted, steps.

Decides what makes two runs the same: nothing here looks at the wall clock, at chance or at
how fast the machine is.  The operations are the real ones, and so is the store, in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dispatch.adapters.storage.store import memory_store
from dispatch.adapters.town import OpenTown
from dispatch.operations.parameters import Parameters
from dispatch.operations.past_orders import History
from dispatch.operations.ports import Ports, Solver
from dispatch.operations.spare_time import InSpareTime
from dispatch.routing import compiled
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import engine_in_steps

#: Of the search, in each wave.  On the day that was tried, 20,000 gave the same, to the second.
STEPS: Final = 4_000


class SimulatedClock:
    """A clock that moves only when it is set, and never back.

    Its stopwatch counts the day's seconds: thinking takes none of them.
    """

    pace = 1.0

    def __init__(self, starts_at: datetime) -> None:
        self._starts_at = self._now = starts_at

    def now(self) -> datetime:
        return self._now

    def stopwatch_s(self) -> float:
        return (self._now - self._starts_at).total_seconds()

    def move_to(self, instant: datetime) -> None:
        """Raises ``ValueError`` for an instant that is over."""
        if instant < self._now:
            raise ValueError(f"the clock shows {self._now}, it is not set back to {instant}")
        self._now = instant


class CountedIds:
    """``qte_1``, ``bkg_2``, …: the same run, the same names.  They open nobody's door."""

    def __init__(self) -> None:
        self._count = 0

    def new(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count}"

    def token(self) -> str:
        return self.new("replayed")

    def code(self) -> str:
        self._count += 1
        return f"{self._count % 10_000:04d}"


def replay_ports(
    town: OpenTown,
    parameters: Parameters,
    starts_at: datetime,
    *,
    steps: int = STEPS,
    history: History | None = None,
) -> Ports:
    """Return ports on *town* with an empty store of their own, at *starts_at*.

    steps   : of the search, in each wave; what has a smaller budget takes fewer
    history : how the town ordered before; None: nobody knows

    Raises ``Invalid`` when the engine of *parameters* counts no steps.
    """
    compiled.load()
    clock = SimulatedClock(starts_at)
    ports = Ports(
        clock=clock,
        ids=CountedIds(),
        store=memory_store(),
        streets=town.streets,
        geocoder=town.geocoder,
        solver=_in_steps(parameters, steps),
        territory=town.territory,
        parameters=parameters,
        history=history,
    )
    rules = parameters.second_chance
    if not rules.steps:
        return ports
    from dispatch.routing.solvers import rearrange

    rearrange.warm_up()
    plug = InSpareTime(rearrange.rearranged, clock.stopwatch_s, rules.share)
    return replace(ports, rearranger=plug)


def _in_steps(parameters: Parameters, steps: int) -> Solver:
    """Return the engine, taking its share of *steps*: a wave's whole budget is all of them."""
    waves = parameters.waves

    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        share = min(1.0, budget_s / waves.budget_s)
        search = engine_in_steps(waves.engine, round(steps * share))
        return search(problem, budget_s=budget_s, seed=seed, start=start)

    engine_in_steps(waves.engine, steps)  # one that counts none is told at once
    return solve
