"""What can be reached from a place within some minutes: pieces of street, cut where time ends.

Decides which points of an edge are reached when, from either of its ends.  Does not know why
anybody asks, nor whether somebody delivers there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from dispatch.streets.arrays import Floats, Ints, StreetArrays
from dispatch.streets.doors import Doors
from dispatch.streets.kernel.spread import Turns, spread
from dispatch.streets.shapes import Point, Shapes
from dispatch.streets.turns import TurnGraph

#: Fractions nearer than this are one: a millimetre on a street of ten kilometres.
_SAME: Final = 1e-7
#: An edge that takes no time is crossed in this.
_NO_MS: Final = 1e-6
_NEVER_MS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """k pieces of street, none told twice, each within one band of time.

    limits_s   : where the bands end, growing
    edge, band : (k,) the edge; index into ``limits_s`` of the first that the piece keeps
    low, high  : (k,) fractions of the edge from u, low < high
    low_s, high_s : (k,) seconds until its ends are reached; a piece reached from both ends
                 has its latest point in between
    metres     : (k,) length on the street
    inside_m   : (b, c + 1) metres within each limit, by commune; the last column is open country
    whole_m    : (c + 1,) metres this vehicle may use there at all
    """

    limits_s: tuple[int, ...]
    edge: Ints
    band: Ints
    low: Floats
    high: Floats
    low_s: Floats
    high_s: Floats
    metres: Floats
    inside_m: Floats
    whole_m: Floats
    shapes: Shapes

    def lines(self, band: int) -> Iterator[list[Point]]:
        """Yield the (lat, lon) points of each piece of *band*, to five decimals (a metre)."""
        these = np.flatnonzero(self.band == band)
        ends = zip(self.low[these].tolist(), self.high[these].tolist(), strict=True)
        whole = self.shapes.whole_lines(self.edge[these])
        for edge, line, (low, high) in zip(self.edge[these].tolist(), whole, ends, strict=True):
            if low > 0 or high < 1:
                piece = self.shapes.stretch(edge, low, high)
                line = [(round(lat, 5), round(lon, 5)) for lat, lon in piece]
            yield line

    def bands_of(self, edge: Ints, fraction: Floats) -> Ints:
        """Return (k,) the band in which each point of the streets is reached, -1 where none is.

        The earlier one where two bands meet.
        """
        order = np.argsort(self.edge, kind="stable")
        by_edge = self.edge[order]
        first = np.searchsorted(by_edge, edge, "left")
        count = np.searchsorted(by_edge, edge, "right") - first
        point = np.repeat(np.arange(len(edge)), count)
        nth = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
        piece = order[np.repeat(first, count) + nth]
        at = fraction[point]
        on = (self.low[piece] - _SAME <= at) & (at <= self.high[piece] + _SAME)
        band = np.full(len(edge), len(self.limits_s))
        np.minimum.at(band, point[on], self.band[piece[on]])
        return np.where(band < len(self.limits_s), band, -1)


@dataclass(frozen=True, slots=True, eq=False)
class _Stretches:
    """(e,) each: a stretch of an edge, and when it is entered at either end, in ms.

    low, high       : fractions of the edge
    at_low, at_high : when that end is reached from outside; inf: not, or not in time
    from_low, from_high : how long the whole stretch takes, begun at that end
    """

    edge: Ints
    low: Floats
    high: Floats
    at_low: Floats
    at_high: Floats
    from_low: Floats
    from_high: Floats


def reached_from(
    door: Doors,
    graph: TurnGraph,
    limits_s: Sequence[int],
    streets: StreetArrays,
    shapes: Shapes,
) -> Reached:
    """Return what *door* (one place) reaches on *graph* within each of *limits_s*.

    Raises ``ValueError`` when the limits are not above zero and growing.
    """
    if not limits_s or limits_s[0] <= 0 or any(b <= a for a, b in pairwise(limits_s)):
        raise ValueError(f"limits are seconds above zero, growing: {tuple(limits_s)}")
    entered_ms = _entered_ms(door, graph, limits_s[-1] * 1000)
    pieces = _pieces(_stretches(door, graph, entered_ms), limits_s)
    edge, band, low, high, low_s, high_s = pieces
    metres = (high - low) * np.asarray(streets.length_m, np.float64)[edge]
    communes = int(streets.commune.max()) + 1
    inside_m = np.zeros((len(limits_s), communes + 1))
    np.add.at(inside_m, (band, streets.commune[edge]), metres)
    whole_m = np.zeros(communes + 1)
    used = (graph.arc_there >= 0) | (graph.arc_back >= 0)
    np.add.at(whole_m, streets.commune[used], streets.length_m[used])
    return Reached(
        limits_s=tuple(limits_s),
        edge=edge,
        band=band,
        low=low,
        high=high,
        low_s=low_s,
        high_s=high_s,
        metres=metres,
        inside_m=np.cumsum(inside_m, axis=0),
        whole_m=whole_m,
        shapes=shapes,
    )


def _entered_ms(door: Doors, graph: TurnGraph, limit_ms: int) -> Floats:
    """(a,) when each arc is entered at its beginning; inf where not within the limit."""
    starts = door.starts(graph).ends
    start_ms = (starts.ms + door.walk_ms[0]).astype(np.int32)
    reached_ms = np.full(graph.states, _NEVER_MS, np.int32)
    arc = graph.arc_of_state()
    room = len(graph.turn_to) + len(starts.state)
    spread(
        Turns(graph.turn_at, graph.turn_to, graph.turn_ms, graph.ms[arc]),
        starts.state,
        start_ms,
        limit_ms,
        reached_ms,
        np.empty(room, np.int64),
        np.empty(room, np.int32),
    )
    entered_ms = np.full(len(graph.edge), np.inf)
    seen = np.flatnonzero(reached_ms < _NEVER_MS)
    np.minimum.at(entered_ms, arc[seen], reached_ms[seen])
    return entered_ms


def _stretches(door: Doors, graph: TurnGraph, entered_ms: Floats) -> _Stretches:
    """Every edge reached from outside, and the place's own in two."""
    there, back = graph.arc_there, graph.arc_back
    at_u, at_v = (
        np.where(arc >= 0, entered_ms[np.maximum(arc, 0)], np.inf) for arc in (there, back)
    )
    from_u, from_v = (
        np.where(arc >= 0, graph.ms[np.maximum(arc, 0)], 0).astype(np.float64)
        for arc in (there, back)
    )
    own, fraction = int(door.edge[0]), float(door.fraction[0])
    leaves = np.where(door.usable[0], float(door.walk_ms[0]), np.inf)  # towards v, towards u
    reached = np.isfinite(at_u) | np.isfinite(at_v)
    reached[own] = False
    others = np.flatnonzero(reached)
    two = np.array([fraction, 1 - fraction])

    def row(values: Floats, before: float, after: float) -> Floats:
        return np.concatenate([values[others], [before, after]])

    return _Stretches(
        edge=np.concatenate([others, [own, own]]),
        low=row(np.zeros(len(there)), 0, fraction),
        high=row(np.ones(len(there)), fraction, 1),
        at_low=row(at_u, at_u[own], leaves[0]),
        at_high=row(at_v, leaves[1], at_v[own]),
        from_low=row(from_u, *(two * from_u[own])),
        from_high=row(from_v, *(two * from_v[own])),
    )


Pieces = tuple[Ints, Ints, Floats, Floats, Floats, Floats]


def _pieces(all_of_them: _Stretches, limits_s: Sequence[int]) -> Pieces:
    """Cut stretches where the ways from both ends meet, and where each limit ends."""
    s = _within_reach(all_of_them)
    takes_low, takes_high = np.maximum(s.from_low, _NO_MS), np.maximum(s.from_high, _NO_MS)
    # Where both ways take equally long, as a share of the stretch from its low end.
    meet = np.clip((s.at_high + takes_high - s.at_low) / (takes_low + takes_high), 0.0, 1.0)
    found: list[Pieces] = []
    for band, (begins_s, ends_s) in enumerate(pairwise((0, *limits_s))):
        # The first band has no beginning: a walk of no seconds is within it.
        begins = -np.inf if band == 0 else begins_s * 1000.0
        a0, a1 = (np.clip((ms - s.at_low) / takes_low, 0, meet) for ms in (begins, ends_s * 1e3))
        b0, b1 = (
            1 - np.clip((ms - s.at_high) / takes_high, 0, 1 - meet) for ms in (begins, ends_s * 1e3)
        )
        low_side, high_side = a1 - a0 > _SAME, b0 - b1 > _SAME
        joined = low_side & high_side & (b1 - a1 < _SAME)
        for these, low, high in (
            (joined, a0, b0),
            (low_side & ~joined, a0, a1),
            (high_side & ~joined, b1, b0),
        ):
            found.append(_cut(s, np.flatnonzero(these), low, high, band))
    edge, bands, low, high, low_s, high_s = (
        np.concatenate(one) for one in zip(*found, strict=True)
    )
    return edge, bands, low, high, low_s, high_s


def _within_reach(s: _Stretches) -> _Stretches:
    some = np.flatnonzero((np.isfinite(s.at_low) | np.isfinite(s.at_high)) & (s.high > s.low))
    return _Stretches(
        edge=s.edge[some],
        low=s.low[some],
        high=s.high[some],
        at_low=s.at_low[some],
        at_high=s.at_high[some],
        from_low=s.from_low[some],
        from_high=s.from_high[some],
    )


def _cut(s: _Stretches, these: Ints, low: Floats, high: Floats, band: int) -> Pieces:
    """Return the shares *low* to *high* of some stretches as pieces of their edges."""
    width = s.high[these] - s.low[these]
    ends = [(s.low[these] + share[these] * width) for share in (low, high)]
    times = [
        np.minimum(
            s.at_low[these] + share[these] * s.from_low[these],
            s.at_high[these] + (1 - share[these]) * s.from_high[these],
        )
        / 1000
        for share in (low, high)
    ]
    return s.edge[these], np.full(len(these), band), ends[0], ends[1], times[0], times[1]
