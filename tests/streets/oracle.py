"""What every answer about a small town must be, worked out slowly: networkx, arc by arc.

Shares with the engine where places touch the street, how long an edge takes and what a turn
by some angle costs; directions, restrictions, dead ends, islands and streets closed to through
traffic are done over again.  Where ways of several streets are forbidden, a state is all the
arcs driven last, as many as the longest of them looks back on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import atan2, degrees
from typing import Any

import networkx as nx
import numpy as np

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.streets.arrays import NO_THROUGH, ROUNDABOUT, StreetArrays
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import PROFILES
from dispatch.streets.speeds import edge_times
from dispatch.streets.turns import turn_s
from tests.streets.drawing import NoTurn, NoWay, Street, draw

Arc = tuple[int, bool]  # number of a street, True: from its v to its u
Driven = tuple[Arc, ...]  # the last arcs, the present one last
Step = tuple[Driven, Driven]


@dataclass(frozen=True)
class Town:
    nodes_m: list[tuple[int, int]]
    streets: list[Street]
    places: list[Place]
    profile: str
    no_turns: list[NoTurn] = field(default_factory=list)
    signals: frozenset[int] = frozenset()
    no_ways: list[NoWay] = field(default_factory=list)
    gates: frozenset[int] = frozenset()

    def network(self, **options: Any) -> StreetNetwork:
        return StreetNetwork(self.arrays(), **options)

    def arrays(self) -> StreetArrays:
        return draw(
            self.nodes_m, self.streets, self.no_turns, self.signals, self.no_ways, self.gates
        )


def times_s(town: Town, *, smallest_part: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the matrix of *town*, all by Dijkstra on a graph of arcs."""
    oracle = Oracle(town, smallest_part)
    network = town.network(smallest_part=smallest_part)
    snaps = network._snaps(town.places, town.profile)
    answer = np.zeros((len(town.places),) * 2, dtype=np.int64)
    for i, a in enumerate(town.places):
        start = int(snaps.edge[i]), float(snaps.fraction[i])
        for j, b in enumerate(town.places):
            end = int(snaps.edge[j]), float(snaps.fraction[j])
            if (a.lat_deg, a.lon_deg) == (b.lat_deg, b.lon_deg):
                continue
            ride_ms = oracle.ride_ms(start, end)
            walk_ms = sum(round(float(snaps.away_m[k]) * 720) for k in (i, j))
            answer[i, j] = UNREACHABLE_S if ride_ms is None else -(-(ride_ms + walk_ms) // 1000)
    return answer


class Oracle:
    def __init__(self, town: Town, smallest_part: int) -> None:
        self._town = town
        profile = PROFILES[town.profile]
        times = edge_times(town.arrays(), profile)
        self._ms: dict[Arc, int] = {}
        for number in range(len(town.streets)):
            if times.there[number]:
                self._ms[number, False] = int(times.there_ms[number])
            if times.back[number]:
                self._ms[number, True] = int(times.back_ms[number])
        self._turn_bit = profile.turn_bit
        self._costs = profile.turns
        self._no_ways = [way for way in town.no_ways if way.who & profile.turn_bit]
        self._looks_back = max((len(way.streets) - 1 for way in self._no_ways), default=1)
        self.tie = False
        self.turn_ms, turns_round = self._turns()
        self._steps = self._allowed(set(self.turn_ms) - turns_round, turns_round)
        self._keep(smallest_part)
        self._private = self._set_apart(not profile.through_no_through)
        self._graph = self._unrolled()
        self._next: dict[Driven, list[Driven]] = {}
        for one, other in self._steps:
            self._next.setdefault(one, []).append(other)
        self._rows: dict[tuple[Driven, int], dict[tuple[Arc, int], int]] = {}

    def ends(self, arc: Arc) -> tuple[int, int]:
        street = self._town.streets[arc[0]]
        return (street.v, street.u) if arc[1] else (street.u, street.v)

    def _bearing(self, arc: Arc, leaving: bool) -> float:
        street, nodes = self._town.streets[arc[0]], self._town.nodes_m
        line: list[tuple[float, float]] = [nodes[street.u], *street.bends, nodes[street.v]]
        if arc[1]:
            line.reverse()
        (x1, y1), (x2, y2) = line[:2] if leaving else line[-2:]
        return degrees(atan2(x2 - x1, y2 - y1))

    def _turns(self) -> tuple[dict[tuple[Arc, Arc], int], set[tuple[Arc, Arc]]]:
        """Every turn of two arcs that none forbids, and those that turn round."""
        town = self._town
        roads = [0] * len(town.nodes_m)
        for number in {number for number, _ in self._ms}:
            street = town.streets[number]
            roads[street.u] += 1
            roads[street.v] += 1
        forbidden = {
            (turn.before, turn.via, turn.after)
            for turn in town.no_turns
            if turn.who & self._turn_bit
        }
        straight: dict[tuple[Arc, Arc], int] = {}
        round_again: dict[tuple[Arc, Arc], int] = {}
        for one in self._ms:
            for other in self._ms:
                via = self.ends(one)[1]
                if self.ends(other)[0] != via or (one[0], via, other[0]) in forbidden:
                    continue
                lights_s = self._costs.signal_s if via in town.signals else 0.0
                if one[0] == other[0] and one[1] != other[1]:
                    round_again[one, other] = round((self._costs.u_turn_s + lights_s) * 1000)
                    continue
                angle = self._bearing(other, True) - self._bearing(one, False)
                angle = (angle + 180) % 360 - 180
                ring = any(town.streets[arc[0]].kind & ROUNDABOUT for arc in (one, other))
                cost_s = (
                    float(turn_s(np.array(angle), self._costs, ring)) if roads[via] > 2 else 0.0
                )
                gate_s = self._costs.gate_s if via in town.gates else 0.0
                straight[one, other] = round((cost_s + lights_s + gate_s) * 1000)
        return straight | round_again, set(round_again)

    def _allowed(
        self, straight: set[tuple[Arc, Arc]], turns_round: set[tuple[Arc, Arc]]
    ) -> set[Step]:
        """Every step that is no forbidden way's last; turning round only where it must be."""
        every = self._walked(straight | turns_round)
        onward = {(one, other) for one, other in every if (one[-1], other[-1]) in straight}
        round_again = every - onward
        goes_on = {one for one, _ in onward}
        stuck = {(one, other) for one, other in round_again if one not in goes_on}
        part, _ = self._parts(self._ms, onward | stuck)
        split = {step for step in round_again if part[step[0][-1]] != part[step[1][-1]]}
        return onward | stuck | split

    def _walked(self, turns: set[tuple[Arc, Arc]]) -> set[Step]:
        found: set[Step] = set()
        onward: dict[Arc, list[Arc]] = {}
        for before, after in turns:
            onward.setdefault(before, []).append(after)
        new: list[Driven] = [(arc,) for arc in self._ms]
        seen = set(new)
        while new:
            one = new.pop()
            for after in onward.get(one[-1], ()):
                way = (*one, after)
                if any(self._ends(way, no_way) for no_way in self._no_ways):
                    continue
                other = way[-self._looks_back :]
                found.add((one, other))
                if other not in seen:
                    seen.add(other)
                    new.append(other)
        return found

    def _ends(self, way: Driven, no_way: NoWay) -> bool:
        last = way[-len(no_way.streets) :]
        streets = tuple(number for number, _ in last)
        return streets == no_way.streets and self.ends(last[0])[1] == no_way.via

    def _keep(self, smallest: int) -> None:
        part, lone = self._parts(self._ms, self._steps)
        sizes: dict[int, int] = {}
        for number in part.values():
            sizes[number] = 0 if number in lone else sizes.get(number, 0) + 1
        most = max(sizes.values(), default=0)
        ties = [number for number, size in sizes.items() if size == most]
        self.tie |= len(ties) > 1
        kept = {n for n, size in sizes.items() if size and (size >= smallest or n in ties)}
        self._ms = {arc: ms for arc, ms in self._ms.items() if part[arc] in kept}
        self._steps = {
            (a, b) for a, b in self._steps if part[a[-1]] == part[b[-1]] and part[a[-1]] in kept
        }
        self._part, self._size = part, sizes

    def _set_apart(self, asked: bool) -> set[Arc]:
        marked = {arc for arc in self._ms if asked and self._town.streets[arc[0]].kind & NO_THROUGH}
        if not marked:
            return set()
        public, _ = self._parts(
            [arc for arc in self._ms if arc not in marked],
            {step for step in self._steps if not marked & {step[0][-1], step[1][-1]}},
        )
        apart = set(marked)
        for number in {self._part[arc] for arc in self._ms}:
            here = [arc for arc in self._ms if self._part[arc] == number]
            sizes: dict[int, int] = {}
            for arc in here:
                if arc in public:
                    sizes[public[arc]] = sizes.get(public[arc], 0) + 1
            if not sizes:
                apart -= set(here)
                continue
            most = max(sizes.values())
            self.tie |= sum(size == most for size in sizes.values()) > 1
            main = next(n for n, size in sizes.items() if size == most)
            apart |= {arc for arc in here if public.get(arc) != main}
        return apart

    def _parts(self, arcs: Collection[Arc], steps: set[Step]) -> tuple[dict[Arc, int], set[int]]:
        """The part of each arc, and which parts nobody comes back to.

        An arc belongs where most arcs are among those it is driven together with.
        """
        while True:
            graph: nx.DiGraph[Driven] = nx.DiGraph()
            graph.add_nodes_from((arc,) for arc in arcs)
            graph.add_edges_from(steps)
            together = list(nx.strongly_connected_components(graph))
            cycle = {n for n, some in enumerate(together) if graph.subgraph(some).number_of_edges()}
            sizes = [len({driven[-1] for driven in some}) for some in together]
            part: dict[Arc, int] = {}
            for n, some in enumerate(together):
                for arc in {driven[-1] for driven in some}:
                    rank = n in cycle, sizes[n]
                    now = (part[arc] in cycle, sizes[part[arc]]) if arc in part else (False, 0)
                    self.tie |= rank == now and n in cycle
                    if rank > now:
                        part[arc] = n
            kept = {(a, b) for a, b in steps if part[a[-1]] == part[b[-1]]}
            if kept == steps or self._looks_back == 1:
                return part, set(part.values()) - cycle
            steps = kept

    def ride_ms(self, start: tuple[int, float], end: tuple[int, float]) -> int | None:
        """Return the milliseconds of the best ride, None where there is none."""
        mine, theirs = self._arcs(start), self._arcs(end)
        best = [
            later_ms - at_ms
            for arc, at_ms in mine
            for other, later_ms in theirs
            if arc == other and later_ms >= at_ms
        ]
        for arc, at_ms in mine:
            for other in self._next.get((arc,), ()):
                for phases in self._phases(arc, other[-1]):
                    if phases[0] == 2:
                        continue  # who sets out has not come in from outside
                    reached = self._reached(other, phases[1])
                    for end, end_ms in theirs:
                        for phase in (0, 1, 2):
                            if (end, phase) in reached:
                                rest_ms = self._ms[arc] - at_ms + self.turn_ms[arc, other[-1]]
                                best.append(rest_ms + reached[end, phase] + end_ms)
        return min(best, default=None)

    def _reached(self, driven: Driven, phase: int) -> dict[tuple[Arc, int], int]:
        if (driven, phase) not in self._rows:
            lengths = nx.single_source_dijkstra_path_length(
                self._graph, (driven, phase), weight="ms"
            )
            row = self._rows[driven, phase] = {}
            for (end, at), ms in lengths.items():
                row[end[-1], at] = min(int(ms), row.get((end[-1], at), int(ms)))
        return self._rows[driven, phase]

    def _unrolled(self) -> nx.DiGraph[tuple[Driven, int]]:
        graph: nx.DiGraph[tuple[Driven, int]] = nx.DiGraph()
        graph.add_nodes_from(((arc,), phase) for arc in self._ms for phase in (0, 1, 2))
        for one, other in self._steps:
            a, b = one[-1], other[-1]
            for x, y in self._phases(a, b):
                graph.add_edge((one, x), (other, y), ms=self._ms[a] + self.turn_ms[a, b])
        return graph

    def _phases(self, a: Arc, b: Arc) -> list[tuple[int, int]]:
        """0: not left the private streets yet, 1: on public ones, 2: on private ones, to stop."""
        steps = ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2))
        return [(x, y) for x, y in steps if self._fits(a, x) and self._fits(b, y)]

    def _fits(self, arc: Arc, phase: int) -> bool:
        return (arc in self._private) == (phase != 1)

    def _arcs(self, place: tuple[int, float]) -> list[tuple[Arc, int]]:
        edge, fraction = place
        arcs = []
        for back in (False, True):
            if (edge, back) in self._ms:
                whole = self._ms[edge, back]
                from_u = int(np.rint(fraction * whole))
                arcs.append(((edge, back), whole - from_u if back else from_u))
        parts = {self._part[arc] for arc, _ in arcs}
        largest = max(parts, key=lambda n: self._size[n])
        return [(arc, ms) for arc, ms in arcs if self._part[arc] == largest]


__all__: Sequence[str] = ("Town", "times_s")
