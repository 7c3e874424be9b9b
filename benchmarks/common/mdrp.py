"""The meal delivery instances as the house sees them: their state in, its instructions out.

Maps the evaluator's rules onto ours and back.  Only what the evaluator's state holds is looked
at: orders placed, couriers and their shifts.  Its minutes are our seconds times 60.

A courier who is let go is *sent to the shop* (their "prepositioning": an empty instruction):
his next stop is frozen, nothing else.  What he takes along is said when he has to take it, so
that orders placed meanwhile can still change it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from dispatch.operations.anticipating import Expected, Idle, Seen
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.dispatching import Decision, Scene, errand_of_ride, policy
from dispatch.routing.problem import IntMatrix
from dispatch.routing.rides.plan import TimedRide, planned, timed
from dispatch.routing.rides.question import (
    Chains,
    OpenOrder,
    Question,
    Ride,
    RidePrices,
    Rider,
    Stays,
)

#: What the instances have instead of promises: every parcel as soon as it is ready.
RULES: Final = DispatchRules(tick_s=60, buffer_s=0, hold_margin_s=0, wait_gain_s=3)
#: Minutes between two cut-offs of ``waves``: the published algorithm decides as often.
WAVE_MIN: Final = 5


def loaded(folder: Path, name: str) -> ModuleType:
    """Import ``name.py`` of *folder* under its own name; raises ``FileNotFoundError``."""
    path = folder / f"{name}.py"
    spec = spec_from_file_location(name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise FileNotFoundError(f"no {name}.py in {folder}")
    module = module_from_spec(spec)
    sys.modules[name] = module  # one of them imports the other, and dataclasses ask for theirs
    spec.loader.exec_module(module)
    return module


def warm_up() -> None:
    """Compile, or load what was compiled, before anybody looks at the clock."""
    here = np.zeros((1, 1), dtype=np.int64)
    one = Question(0, here, (Rider(0, 0, 60),), (OpenOrder(0, 0, 0),), np.zeros(1))
    planned(one, ((),), steps=1, seed=0)


@dataclass(frozen=True, slots=True)
class Thinking:
    """How hard a tick thinks, and for what.

    steps : of the search for chains, a tick
    """

    steps: int = 400
    seed: int = 0
    prices: RidePrices = field(default_factory=RidePrices)
    most_once: int = 4


class _Town:
    """An instance's places as numbers; couriers' starts, shops and doors alike."""

    def __init__(self, instance: Any) -> None:
        self.names: list[str] = list(instance.pos)
        self.of = {name: k for k, name in enumerate(self.names)}
        xy = np.array([instance.pos[name] for name in self.names])
        apart_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        minutes = np.ceil(apart_m / instance.mpm)
        self.way_s: IntMatrix = (60 * minutes).astype(np.int64)
        # The list of shops is known from the morning on; what is ordered there is not.
        others = {*instance.placed, *instance.on}
        shops = (name for name in self.names if name not in others)
        self.seen = Seen(self.of[name] for name in shops)
        fetch_s, hand_over_s = int(30 * instance.s_r), int(30 * instance.s_o)
        self.stays = Stays(fetch_s, fetch_s, hand_over_s, hand_over_s)


@dataclass(slots=True)
class Dispatcher:
    """``policy(State) -> instructions`` of the evaluator, by a policy of the house.

    instruction : the evaluator's ``Instruction``
    """

    instruction: Callable[..., Any]
    name: str
    rules: DispatchRules = RULES
    thinking: Thinking = field(default_factory=Thinking)
    _town: _Town | None = None
    _told: set[str] = field(default_factory=set)
    _chains: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def __call__(self, state: Any) -> list[Any]:
        town = self._town = self._town or _Town(state.inst)
        now_s = int(60 * state.now)
        for order in state.open:
            if order not in self._told:
                self._told.add(order)
                notice = max(0, state.inst.ready[order] - state.now)
                town.seen.add(town.of[state.inst.rest[order]], int(60 * notice))
        crew = list(state.couriers.values())
        question = self._question(state, town, crew, now_s)
        plan = planned(
            question,
            self._carried_over(state, crew),
            steps=self.thinking.steps,
            seed=self.thinking.seed + now_s,
        )
        self._chains = {
            courier.id: tuple(tuple(state.open[o] for o in ride) for ride in rides)
            for courier, rides in zip(crew, plan, strict=True)
        }
        times = [timed(question, c, rides) for c, rides in enumerate(plan)]
        scene = _scene(state, town, question, crew, times, now_s)
        decision = policy(self.name)(scene, self.rules)
        return self._instructions(state, town, decision, plan, crew)

    def _question(self, state: Any, town: _Town, crew: list[Any], now_s: int) -> Question:
        riders = tuple(
            Rider(
                town.of[courier.loc],
                max(now_s, int(60 * courier.free), int(60 * courier.on)),
                int(60 * courier.off),
            )
            for courier in crew
        )
        orders = tuple(
            OpenOrder(
                town.of[state.inst.rest[order]], town.of[order], int(60 * state.inst.ready[order])
            )
            for order in state.open
        )
        return Question(
            now_s,
            town.way_s,
            riders,
            orders,
            town.seen.far_s(town.way_s),
            town.stays,
            self.thinking.prices,
            self.thinking.most_once,
        )

    def _carried_over(self, state: Any, crew: list[Any]) -> Chains:
        """The last tick's chains without what has been fetched since."""
        number = {order: o for o, order in enumerate(state.open)}
        chains: list[tuple[Ride, ...]] = []
        for courier in crew:
            rides = (
                tuple(number[order] for order in ride if order in number)
                for ride in self._chains.get(courier.id, ())
            )
            chains.append(tuple(ride for ride in rides if ride))
        return tuple(chains)

    def _instructions(
        self, state: Any, town: _Town, decision: Decision, plan: Chains, crew: list[Any]
    ) -> list[Any]:
        number = {courier.id: c for c, courier in enumerate(crew)}
        told = []
        for go in decision.go:
            courier, ride = crew[number[go.courier_id]], plan[number[go.courier_id]][0]
            orders = tuple(state.open[o] for o in ride)
            shop = state.inst.rest[orders[0]]
            # At the shop, and time to take: now it is said what; a wave says it at once.
            takes = courier.loc == shop or self.name == "waves"
            told.append(self.instruction(courier.id, shop, orders if takes else (), takes))
        for move in decision.moves:
            told.append(self.instruction(move.courier_id, town.names[move.place], (), False))
        return told


def _scene(
    state: Any,
    town: _Town,
    question: Question,
    crew: list[Any],
    times: list[tuple[TimedRide, ...]],
    now_s: int,
) -> Scene:
    """What the policy may know of this minute.

    Never *short*: whoever is late is late for a parcel nobody fetches sooner by leaving early.
    """
    errands, idle = [], []
    busy: list[tuple[int, int]] = []
    for courier, rider, rides in zip(crew, question.riders, times, strict=True):
        free = rider.free_s <= now_s
        if rides:
            if free:
                errands.append(errand_of_ride(courier.id, rides[0]))
            door = question.orders[rides[-1].orders[-1]].door
            busy.append((door, rides[-1].free_s - now_s))
        elif free:
            left_s = rider.off_s - question.prices.last_ride_s - now_s
            idle.append(Idle(courier.id, rider.place, left_s))
        else:
            busy.append((rider.place, rider.free_s - now_s))
    expected: Expected | None = town.seen.expected(town.way_s, busy)
    return Scene(
        now_s,
        tuple(errands),
        tuple(idle),
        cut_off=state.now % WAVE_MIN == 0,
        next_cut_off_s=60 * WAVE_MIN * (int(state.now) // WAVE_MIN + 1),
        expected=expected,
    )
