"""When to let a courier go: the policies, one signature, for live days, replays and benchmarks.

Decides who leaves now and who waits, until when and why.  Does not plan tours, and does not
move anybody's next stop once he has left for it: a plan comes in, as the first thing each
courier would do by it.  Reads nothing but the scene it is handed: no store, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from dispatch.core.errors import Invalid
from dispatch.operations.anticipating import Expected, Idle, Move, moves
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.routing.aim import aimed
from dispatch.routing.latest_start import latest_start_s
from dispatch.routing.problem import Problem
from dispatch.routing.rides.plan import TimedRide


class Why(StrEnum):
    """Why somebody is let go, or kept waiting."""

    MUST_GO = "must_go"
    THERE_ANYWAY = "there_anyway"
    OVERLOADED = "overloaded"
    CUT_OFF = "cut_off"
    TIME_LEFT = "time_left"
    NEXT_CUT_OFF = "next_cut_off"
    NOTHING_EXPECTED = "nothing_expected"
    MORE_EXPECTED = "more_expected"


@dataclass(frozen=True, slots=True)
class Errand:
    """The first thing the plan has *courier_id*, who is free, do.

    leave_by_s : setting out no later loses nothing that setting out now would keep
    there      : his first stop is where he stands, and going on from there costs nothing
    joined     : the share of sampled futures that put more into it; None: none was asked
    """

    courier_id: str
    leave_by_s: int
    there: bool = False
    joined: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One tick: what a policy may know.

    errands    : of couriers who are free now, at most one each
    idle       : couriers who are free and have none
    short      : more is open than can be kept in time: see ``let_go.falls_short``
    cut_off    : this tick is one of the day's cut-offs; ``next_cut_off_s`` is the one after
    expected   : where orders are likely, as far as the past tells; None: nobody knows
    """

    now_s: int
    errands: tuple[Errand, ...]
    idle: tuple[Idle, ...] = ()
    short: bool = False
    cut_off: bool = False
    next_cut_off_s: int | None = None
    expected: Expected | None = None

    def __post_init__(self) -> None:
        names = [errand.courier_id for errand in self.errands]
        names += [one.courier_id for one in self.idle]
        if len(set(names)) < len(names):
            raise ValueError(f"a courier is in the scene twice: {sorted(names)}")


@dataclass(frozen=True, slots=True)
class Go:
    """*courier_id* leaves for his first stop now."""

    courier_id: str
    why: Why


@dataclass(frozen=True, slots=True)
class Held:
    """*courier_id* waits; what he has may be planned anew until ``until_s``."""

    courier_id: str
    until_s: int
    why: Why


@dataclass(frozen=True, slots=True)
class Decision:
    """What a tick decides: every errand either goes or is held; idle couriers may move."""

    go: tuple[Go, ...]
    held: tuple[Held, ...]
    moves: tuple[Move, ...] = ()


class Policy(Protocol):
    """Decide *scene* by *rules*; the same scene, the same decision."""

    def __call__(self, scene: Scene, rules: DispatchRules) -> Decision: ...


def waves(scene: Scene, rules: DispatchRules) -> Decision:
    """Everybody leaves at a cut-off, nobody between two of them."""
    if scene.cut_off:
        return Decision(tuple(Go(one.courier_id, Why.CUT_OFF) for one in scene.errands), ())
    until_s = scene.now_s + rules.tick_s if scene.next_cut_off_s is None else scene.next_cut_off_s
    held = (Held(one.courier_id, until_s, Why.NEXT_CUT_OFF) for one in scene.errands)
    return Decision((), tuple(held))


def rolling(scene: Scene, rules: DispatchRules) -> Decision:
    """A courier leaves when the next tick could be too late for something he has.

    Also when he is there anyway, and whenever more is open than can be kept in time: then
    every minute of waiting is lost.  Tours that need not go are held, never single orders
    of a tour that goes.
    """
    go: list[Go] = []
    held: list[Held] = []
    for errand in scene.errands:
        # By the tick before this instant, the tour has to be on its way.
        until_s = errand.leave_by_s - rules.hold_margin_s
        if until_s < scene.now_s + rules.tick_s:
            go.append(Go(errand.courier_id, Why.MUST_GO))
        elif errand.there:
            go.append(Go(errand.courier_id, Why.THERE_ANYWAY))
        elif scene.short:
            go.append(Go(errand.courier_id, Why.OVERLOADED))
        else:
            held.append(Held(errand.courier_id, until_s, Why.TIME_LEFT))
    return Decision(tuple(go), tuple(held))


def anticipating(scene: Scene, rules: DispatchRules) -> Decision:
    """Like ``rolling``, but for what futures agree on; and idle couriers wait where it pays.

    What rolling would hold goes when nearly all futures leave it as it is.  What rolling would
    let go waits for its last safe start when nearly all put more into it.  Couriers with nothing
    to do wait where the next orders are likely.
    """
    decided = _by_consensus(scene, rolling(scene, rules), rules)
    if scene.expected is None:
        return decided
    moved = moves(
        scene.idle,
        scene.expected,
        gain_s=rules.wait_gain_s,
        longest_s=rules.longest_move_s,
    )
    return Decision(decided.go, decided.held, moved)


def _by_consensus(scene: Scene, decided: Decision, rules: DispatchRules) -> Decision:
    """Return *decided* with the errands moved on which nearly all futures agree."""
    by_name = {one.courier_id: one for one in scene.errands}
    go: list[Go] = []
    held: list[Held] = []
    for going in decided.go:
        errand = by_name[going.courier_id]
        expected = errand.joined is not None and errand.joined >= rules.agree_share
        safe = errand.leave_by_s >= scene.now_s + rules.tick_s
        if going.why is Why.MUST_GO and expected and safe and not (errand.there or scene.short):
            held.append(Held(errand.courier_id, errand.leave_by_s, Why.MORE_EXPECTED))
        else:
            go.append(going)
    for waiting in decided.held:
        joined = by_name[waiting.courier_id].joined
        if joined is not None and 1 - joined >= rules.agree_share:
            go.append(Go(waiting.courier_id, Why.NOTHING_EXPECTED))
        else:
            held.append(waiting)
    return Decision(tuple(go), tuple(held), decided.moves)


POLICIES: Final[Mapping[str, Policy]] = MappingProxyType(
    {"waves": waves, "rolling": rolling, "anticipating": anticipating}
)

#: The one that measures best: docs/decisions/0019-dispatch-policies.md.
DEFAULT_POLICY: Final = "rolling"


def policy(name: str) -> Policy:
    """Return the policy called *name*; raises ``Invalid`` listing the known ones."""
    if name not in POLICIES:
        known = ", ".join(sorted(POLICIES))
        raise Invalid(f"unknown policy {name!r}; known: {known}", field="policy")
    return POLICIES[name]


def errands_of_tours(
    problem: Problem, sequences: Sequence[Sequence[int]], rules: DispatchRules
) -> tuple[Errand, ...]:
    """Return the errands of a town's tours, one for each that has stops ahead.

    problem   : of what is open; its vehicles begin where, and when, they are free
    sequences : per vehicle, the nodes ahead; the tour aims at the end of each promise less
                ``buffer_s``
    """
    errands, wanted = [], aimed(problem, rules.buffer_s)
    for v, nodes in enumerate(sequences):
        if not nodes:
            continue
        vehicle = problem.vehicles[v]
        leave_by_s = latest_start_s(wanted, v, nodes)
        there = problem.visits[nodes[0]].place == vehicle.start
        there = there and _open_now(problem, v, nodes[0])
        errands.append(Errand(vehicle.vehicle_id, leave_by_s, there))
    return tuple(errands)


def _open_now(problem: Problem, v: int, node: int) -> bool:
    """True where *node* can be begun as soon as vehicle *v* is free."""
    from_s = problem.vehicles[v].from_s
    return any(first_s <= from_s <= last_s for first_s, last_s in problem.visits[node].windows)


def errand_of_ride(courier_id: str, ride: TimedRide) -> Errand:
    """Return the errand of a ride that wants its parcels the moment they are ready."""
    return Errand(courier_id, ride.leave_by_s)
