"""An open tour from an instant on, as luck may have it: when is everything over there?

Decides which errors each stop ahead is exposed to, and what is driven once for several
questions: tours with one order more, which begin alike.  How errors add up is
``tracking.arrival``'s; compiled code answers the same, sooner, where it was loaded.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.ids import TourId
from dispatch.core.windows import seconds_between
from dispatch.operations.lines import OpenLine
from dispatch.operations.straying import Straying
from dispatch.routing.drives import READY, Halts, Luck, Stay, driven, halts_of, is_loaded
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.arrival import EARLY_S, MOST, SURELY, Halt, arrivals
from dispatch.tracking.draws import DRAWS, LUCK, Drawn, Uncertain
from dispatch.tracking.error_model import Noise
from dispatch.tracking.tours import Stop

#: Tours remembered: those of two towns, each as of one hand-out.
_KEPT: Final = 32
#: The one asked last at the end.
_known: OrderedDict[TourId, LuckAhead] = OrderedDict()
_lock: Final = Lock()


@lru_cache(maxsize=8)
def _luck(pace: Noise) -> Luck:
    """The same luck as ``tracking.arrival`` has: what a pace makes of it is kept, 160 kB."""
    ways, stays, packing = (np.ascontiguousarray(LUCK[1 + n :: 3][:MOST]) for n in range(3))
    return Luck(np.exp(pace.own * ways + pace.shared * LUCK[0]), stays, packing, EARLY_S, SURELY)


def luck_ahead(line: OpenLine, begins_at: datetime, errors: Straying) -> LuckAhead:
    """Return the luck of *line*, made anew only when that changed."""
    tour_id = line.seen.tour.tour_id
    with _lock:
        found = _known.get(tour_id)
    if found is None or not found.is_of(line, begins_at, errors):
        found = LuckAhead(line, begins_at, errors, found)
    with _lock:
        _known[tour_id] = found
        _known.move_to_end(tour_id)
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    return found


class LuckAhead:
    """The stops ahead of *line*'s courier, who sets out at *begins_at* or when free after it.

    Safe to share between threads: what one of them drove, another may drive as well.
    """

    def __init__(
        self,
        line: OpenLine,
        begins_at: datetime,
        errors: Straying,
        before: LuckAhead | None = None,
    ) -> None:
        self._line, self._begins_at, self._errors = line, begins_at, errors
        # A tour that gained or lost an order has all its other stops as they were.
        told = None if before is None or not before._is_as_of(begins_at, errors) else before
        self._stays = {stop.stop_id: self._kept(stop, told) for stop in line.seen.ahead}
        self._pace = errors.pace(line.profile)
        self._free_s = max(0, seconds_between(begins_at, line.seen.free_at))
        self._row = {stop.stop_id: n for n, stop in enumerate(line.seen.ahead)}
        self._halts = halts_of([stay for _, stay in self._stays.values()])
        # When everything is over with each stop of the tour as it is, as far as was asked.
        self._over: Drawn = np.full((1, DRAWS), float(self._free_s))

    def is_of(self, line: OpenLine, begins_at: datetime, errors: Straying) -> bool:
        """True when it answers for *line* too: nothing that it knows of has changed."""
        mine = self._line
        return (
            mine.line is line.line
            and mine.ways is line.ways
            and mine.numbered is line.numbered
            and mine.seen.free_at == line.seen.free_at
            and self._is_as_of(begins_at, errors)
        )

    def _is_as_of(self, begins_at: datetime, errors: Straying) -> bool:
        return self._begins_at == begins_at and self._errors.is_of(errors)

    def over(self, stops: Sequence[Stop]) -> Uncertain:
        """Return when everything is handed over at the last of *stops*, in seconds.

        stops : from the next on: the tour's own, and others among them
        """
        if not is_loaded():
            return arrivals(self._one_by_one(stops), self._free_s, self._pace)[-1].end
        ahead, k = self._line.seen.ahead, len(self._line.seen.ahead)
        # Nearly always the very stops of the tour, up to the first of the order that is tried.
        pairs = enumerate(zip(ahead, stops, strict=False))
        alike = next((n for n, (mine, stop) in pairs if mine is not stop), min(k, len(stops)))
        rows = [*range(alike), *(self._row.get(stop.stop_id, k) for stop in stops[alike:])]
        new = [
            n
            for n in range(alike, len(stops))
            if (row := rows[n]) == k
            or not (ahead[row] is stops[n] or _lasts_alike(ahead[row], stops[n]))
        ]
        for place, n in enumerate(new):
            rows[n] = k + place
        same = next((n for n in range(alike, len(rows)) if n != rows[n] or n == k), len(rows))
        order = np.array(rows, dtype=np.int64)
        if same == len(rows):
            return Uncertain(self._as_it_is(same))
        halts = self._halts.and_then(halts_of([self._stay(stops[n]) for n in new]))
        others = self._line.ways.numbers([stops[n].place for n in new])
        numbered = np.concatenate([self._line.numbered[: k + 1], others])
        where = numbered[np.concatenate([[same], order[same:] + 1])]
        return Uncertain(self._driven(same, where, halts, order[same:])[-1])

    def _as_it_is(self, made: int) -> Drawn:
        """When *made* stops are behind, in the tour as it is: (DRAWS,) seconds."""
        over_s = self._over
        known = len(over_s) - 1
        if known < made:
            where, order = self._line.numbered[known : made + 1], np.arange(known, made)
            more = self._driven(known, where, self._halts, order)
            # Two threads may drive the same way: what the later of them found is as good.
            self._over = over_s = np.concatenate([over_s, more])
        over: Drawn = over_s[made]
        return over

    def _driven(self, made: int, where: IntMatrix, halts: Halts, order: IntMatrix) -> Drawn:
        """Drive on after *made* stops of the tour as it is: (k, DRAWS) when k more are over.

        where : (k + 1,) numbers of the places, beginning with that of the stop before
        """
        return driven(
            self._as_it_is(made),
            halts,
            order,
            (self._line.ways.legs(where), where[:-1] != where[1:]),
            _luck(self._pace),
            made,
        )

    def _kept(self, stop: Stop, before: LuckAhead | None) -> tuple[Stop, Stay]:
        """The stop as it is told, by who told it *before* if it is the same."""
        kept = None if before is None else before._stays.get(stop.stop_id)
        if kept is not None and _lasts_alike(kept[0], stop):
            return kept
        return stop, self._stay(stop)

    def _stay(self, stop: Stop) -> Stay:
        packed = self._errors.packing(stop)
        return Stay(
            stop.setup_s,
            stop.service_s,
            self._errors.stay(stop).own,
            self._windows(stop),
            *((0.0, READY) if packed is None else (packed.late_s, packed.spread_s)),
        )

    def _windows(self, stop: Stop) -> list[tuple[float, float]]:
        at = self._begins_at
        return [
            (seconds_between(at, w.opens_at), seconds_between(at, w.closes_at))
            for w in stop.windows
        ]

    def _one_by_one(self, stops: Sequence[Stop]) -> list[Halt]:
        line = self._line
        places = [line.seen.here, *(stop.place for stop in stops)]
        where = line.ways.numbers(places)
        elsewhere = (where[:-1] != where[1:]).tolist()
        return [
            Halt(
                way_s,
                stop.setup_s if moves else 0,
                stop.service_s,
                self._errors.stay(stop),
                self._windows(stop),
                self._errors.packing(stop),
            )
            for stop, way_s, moves in zip(
                stops, line.ways.legs(where).tolist(), elsewhere, strict=True
            )
        ]


def _lasts_alike(one: Stop, other: Stop) -> bool:
    """True when both are stays of the same length in the same hours at one shop, or door."""
    return (
        one.windows == other.windows
        and (one.service_s, one.setup_s) == (other.service_s, other.setup_s)
        and (one.kind, one.merchant_id) == (other.kind, other.merchant_id)
    )
