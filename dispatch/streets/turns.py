"""From one edge into the next: what the turn costs, and whether it may be taken.

Decides every turn of one vehicle's streets.  Does not know which ways are fast: a
``TurnGraph`` only says what there is to search.

An *arc* is an edge in one direction.  A *state* is "at the start of an arc", and a *turn*
leads from state to state over the whole arc, so that what it costs is the arc's time and the
junction's.  Streets that are closed to through traffic have two states: one for who sets out
there and has not left them yet, one for who came in from outside and may only stop there.
Inside a forbidden chain of streets there are further ones, which remember how it began.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.arrays import ROUNDABOUT, Flags, Floats, Ints, StreetArrays
from dispatch.streets.chains import chains_of, remembered
from dispatch.streets.parts import Pairs, no_other_way, parts_of, set_apart
from dispatch.streets.profiles import Profile, TurnCosts
from dispatch.streets.speeds import EdgeTimes

Ints32 = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class TurnGraph:
    """Everything one vehicle can do: a arcs, s states (the first a are the arcs'), t turns.

    edge, back        : (a,) the edge of an arc; True: from its v to its u
    ms, dm            : (a,) time and decimetres over the whole arc
    part              : (a,) number of its strongly connected part, the largest is 0
    arc_there, arc_back : (m,) the arc of an edge in that direction; -1: closed
    again_at          : (a + 1,) the further states of arc i, if it has any, are the a-th of all
                        and on: a + ``again_at[i]`` … a + ``again_at[i + 1]`` - 1
    turn_at           : (s + 1,) turns ``turn_at[i]`` … ``turn_at[i + 1] - 1`` leave state i
    turn_to           : (t,) state
    turn_ms           : (t,) what the junction adds
    """

    edge: Ints32
    back: Flags
    ms: Ints32
    dm: Ints32
    part: Ints32
    arc_there: Ints32
    arc_back: Ints32
    again_at: Ints32
    turn_at: Ints32
    turn_to: Ints32
    turn_ms: Ints32

    def __post_init__(self) -> None:
        for array in fields(self):
            getattr(self, array.name).setflags(write=False)

    @property
    def states(self) -> int:
        return len(self.turn_at) - 1

    def arc_of_state(self) -> Ints32:
        """(s,) the arc a state stands on."""
        own = np.arange(len(self.edge), dtype=np.int32)
        return np.concatenate([own, np.repeat(own, np.diff(self.again_at))])


def turn_graph(
    streets: StreetArrays, times: EdgeTimes, profile: Profile, *, smallest_part: int
) -> TurnGraph:
    """Return what *profile* can do in *times* on *streets*.

    Only strongly connected parts of at least *smallest_part* arcs are kept, and the largest
    in any case: whoever is left on an island could neither come nor go.
    """
    arcs = _arcs(streets, times)
    pairs, turns_round = _turns(streets, arcs, profile)
    chains = chains_of(streets, arcs.edge, arcs.tail, arcs.head, profile.turn_bit)
    pairs, turns_round = remembered(pairs, turns_round, chains)
    pairs = pairs.only(~turns_round | no_other_way(len(arcs.edge), pairs, turns_round))
    kept, part = parts_of(len(arcs.edge), pairs, smallest_part)
    arcs, pairs, part = arcs.taken(kept), pairs.among(kept), part[kept]
    pairs = pairs.only(pairs.within(part))
    pairs = _two_states(pairs, set_apart(times.no_through[arcs.edge], part, pairs))
    pairs = _by_arc(len(arcs.edge), pairs)
    order = np.lexsort((pairs.after, pairs.before))
    turn_at, again_at = (
        np.concatenate([[0], np.cumsum(np.bincount(values, minlength=size))]).astype(np.int32)
        for values, size in (
            (pairs.before, len(pairs.on)),
            (pairs.on[len(arcs.edge) :], len(arcs.edge)),
        )
    )
    arc_there, arc_back = (np.full(len(streets.u), -1, dtype=np.int32) for _ in range(2))
    number = np.arange(len(arcs.edge), dtype=np.int32)
    arc_there[arcs.edge[~arcs.back]] = number[~arcs.back]
    arc_back[arcs.edge[arcs.back]] = number[arcs.back]
    return TurnGraph(
        edge=arcs.edge.astype(np.int32),
        back=arcs.back,
        ms=arcs.ms,
        dm=arcs.dm,
        part=part.astype(np.int32),
        arc_there=arc_there,
        arc_back=arc_back,
        again_at=again_at,
        turn_at=turn_at,
        turn_to=pairs.after[order].astype(np.int32),
        turn_ms=pairs.ms[order].astype(np.int32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """(a,) each: edge, direction, the nodes it leaves and enters, its bearings there, costs."""

    edge: Ints
    back: Flags
    tail: Ints
    head: Ints
    leaves_deg: Floats
    enters_deg: Floats
    ms: Ints32
    dm: Ints32

    def taken(self, kept: Flags) -> _Arcs:
        return _Arcs(*(getattr(self, array.name)[kept] for array in fields(self)))


def _arcs(streets: StreetArrays, times: EdgeTimes) -> _Arcs:
    there, back = np.flatnonzero(times.there), np.flatnonzero(times.back)
    first_deg, last_deg = _bearings(streets)
    u, v = streets.u.astype(np.int64), streets.v.astype(np.int64)
    dm = np.rint(np.asarray(streets.length_m, np.float64) * 10).astype(np.int32)
    edge = np.concatenate([there, back])
    return _Arcs(
        edge=edge,
        back=np.repeat([False, True], [len(there), len(back)]),
        tail=np.concatenate([u[there], v[back]]),
        head=np.concatenate([v[there], u[back]]),
        leaves_deg=np.concatenate([first_deg[there], last_deg[back] + 180.0]),
        enters_deg=np.concatenate([last_deg[there], first_deg[back] + 180.0]),
        ms=np.concatenate([times.there_ms[there], times.back_ms[back]]),
        dm=dm[edge],
    )


def _bearings(streets: StreetArrays) -> tuple[Floats, Floats]:
    """(m,) degrees clockwise from north in which an edge leaves u, and enters v."""
    at, nodes = streets.shape_at, (streets.u, streets.v)
    bent = np.diff(at) > 0
    ends = []
    for axis in ("lat_deg", "lon_deg"):
        node, shape = getattr(streets, axis), getattr(streets, f"shape_{axis}")
        u, v = (np.asarray(node[end], np.float64) for end in nodes)
        after_u, before_v = v.copy(), u.copy()
        after_u[bent] = shape[at[:-1][bent]]
        before_v[bent] = shape[at[1:][bent] - 1]
        ends.append((after_u - u, v - before_v))
    (north_u, north_v), (east_u, east_v) = ends
    shrink = np.cos(np.radians(np.asarray(streets.lat_deg, np.float64)[streets.u]))
    first = np.degrees(np.arctan2(east_u * shrink, north_u))
    return first, np.degrees(np.arctan2(east_v * shrink, north_v))


def _turns(streets: StreetArrays, arcs: _Arcs, profile: Profile) -> tuple[Pairs, Flags]:
    """Every turn that is not forbidden, and (t,) which of them turn round."""
    a, nodes = len(arcs.edge), len(streets.lat_deg)
    by_tail = np.argsort(arcs.tail, kind="stable")
    leaving = np.bincount(arcs.tail, minlength=nodes)
    first = np.concatenate([[0], np.cumsum(leaving)])[arcs.head]
    count = leaving[arcs.head]
    before = np.repeat(np.arange(a), count)
    nth = np.arange(len(before)) - np.repeat(np.cumsum(count) - count, count)
    after = by_tail[np.repeat(first, count) + nth]
    allowed = ~_forbidden(streets, arcs, before, after, profile)
    before, after = before[allowed], after[allowed]
    turns_round = (arcs.edge[before] == arcs.edge[after]) & (arcs.back[before] != arcs.back[after])
    angle = (arcs.leaves_deg[after] - arcs.enters_deg[before] + 180.0) % 360.0 - 180.0
    at = arcs.head[before]
    # A bend of a lone road is no turn: its speed has it in already.
    open_edges = np.unique(arcs.edge)
    ends = np.concatenate([streets.u[open_edges], streets.v[open_edges]])
    roads = np.bincount(ends, minlength=nodes)
    ring = (streets.kind[arcs.edge] & ROUNDABOUT) > 0
    meets_none = ring[before] | ring[after]
    cost_s = np.where(roads[at] > 2, turn_s(angle, profile.turns, meets_none), 0.0)
    cost_s = np.where(turns_round, profile.turns.u_turn_s, cost_s)
    cost_s = cost_s + np.where(streets.signal[at], profile.turns.signal_s, 0.0)
    cost_s = cost_s + np.where(streets.gate[at] & ~turns_round, profile.turns.gate_s, 0.0)
    cost_ms = np.rint(cost_s * 1000).astype(np.int64)
    return Pairs(before, after, cost_ms, np.arange(a)), turns_round


def turn_s(angle_deg: Floats, costs: TurnCosts, meets_none: Flags | bool = False) -> Floats:
    """Return what turns by *angle_deg* cost in seconds: 0 is straight on, above it right.

    meets_none : where nobody comes the other way, as on a roundabout

    The sigmoids of OSRM's ``car.lua`` (``process_turn``, release 26.10), for driving on the
    right.  Straight back is a turn to the left, across whoever comes.
    """
    right = (angle_deg >= 0) & (angle_deg < _STRAIGHT_BACK)
    bias = np.where(right, costs.bias, 1 / costs.bias)
    shape_s = costs.sharp_s / (1 + np.exp(6.5 * bias - 13 / bias * np.abs(angle_deg) / 180))
    gap_s = costs.across_s / (1 + np.exp(3.25 - 13 * np.abs(angle_deg) / 180))
    return np.asarray(shape_s + np.where(right | meets_none, 0.0, gap_s))


#: Degrees: bearings are not exact to the last digit, and half a turn is both right and left.
_STRAIGHT_BACK: Final = 179.99


def _forbidden(
    streets: StreetArrays, arcs: _Arcs, before: Ints, after: Ints, profile: Profile
) -> Flags:
    """(t,) True where a restriction for this vehicle names the turn."""
    mine = np.flatnonzero((streets.turn_who & profile.turn_bit) > 0)
    edges, nodes = len(streets.u), len(streets.lat_deg)
    named = (
        streets.turn_from[mine].astype(np.int64) * nodes + streets.turn_via[mine]
    ) * edges + streets.turn_to[mine]
    if not len(named):
        return np.zeros(len(before), np.bool_)
    taken = (arcs.edge[before] * nodes + arcs.head[before]) * edges + arcs.edge[after]
    return np.isin(taken, named)


def _two_states(pairs: Pairs, apart: Flags) -> Pairs:
    """Split the turns among two states of each state on an arc *apart*: not left yet, come in."""
    hidden = apart[pairs.on]
    inside = np.where(hidden, len(pairs.on) + np.cumsum(hidden) - 1, -1)
    before, after = pairs.before, pairs.after
    comes_in, stays = ~hidden[before] & hidden[after], hidden[before] & hidden[after]
    return Pairs(
        np.concatenate([before, inside[before[stays]]]),
        np.concatenate([np.where(comes_in, inside[after], after), inside[after[stays]]]),
        np.concatenate([pairs.ms, pairs.ms[stays]]),
        np.concatenate([pairs.on, pairs.on[hidden]]),
    )


def _by_arc(arcs: int, pairs: Pairs) -> Pairs:
    """Number the states anew: the arcs' own as they are, the further ones in their arcs' order."""
    order = np.concatenate([np.arange(arcs), arcs + np.argsort(pairs.on[arcs:], kind="stable")])
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return Pairs(number[pairs.before], number[pairs.after], pairs.ms, pairs.on[order])
