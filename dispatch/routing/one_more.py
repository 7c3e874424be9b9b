"""One order more, of which nothing is on board, tried in every tour for many windows in one call.

Answers what ``insertion.cheapest_insertion`` answers, for plain tours (``rules.is_plain``)
and hard promises, from arrays that were made once per tour.  Does not know the problem those
tours are part of, nor how they came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import neg
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.problem import Visit, Weights
from dispatch.routing.solvers.kernel.fits import STACK_COLUMNS, Scrap, Sought
from dispatch.routing.solvers.kernel.limits import NEVER_S
from dispatch.routing.solvers.kernel.one_more import (
    ADDED,
    ANSWER_COLUMNS,
    ANY_END,
    ANY_LOAD,
    ANY_TIME,
    ANY_TOUR,
    FIRST_FIND,
    OTHERS_LATER,
    PRICE,
    SLACK,
    VEHICLE,
    Crew,
    answers,
)
from dispatch.routing.solvers.kernel.one_tour import (
    FETCH,
    GAP_COLUMNS,
    NEW,
    STANDS,
    STOP_COLUMNS,
    UNTIL,
    VEHICLE_COLUMNS,
    OneTour,
)
from dispatch.routing.work import FOREVER_S

Ints = npt.NDArray[np.int64]

#: Prices of a second above this might not add up in 64 bits; then ask ``insertion``.
DEAREST_S: Final = 100_000

_ANY_TIME: Final = np.array([[-FOREVER_S, FOREVER_S]], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The k open stops of one tour as arrays, without a clock or a street in them.

    stops    : (k, STOP_COLUMNS), windows numbered from 0;  windows: (w, 2)
    spare    : (k + 1, dimensions) free capacity before each stop and after the last
    size     : of the vehicle
    capacity : the same; more where the tour as it is needs more
    """

    stops: Ints
    windows: Ints
    spare: Ints
    size: tuple[int, ...]
    capacity: tuple[int, ...]

    def fewer(self, kept: npt.NDArray[np.bool_]) -> Line:
        """Return the line of the stops that are *kept*, (k,): every visit of an order, or none."""
        stops = self.stops[kept]
        aboard = np.array(self.capacity, dtype=np.int64) - self.spare[0]
        taken_on = (self.spare[:-1] - self.spare[1:])[kept]
        carried = np.concatenate([aboard[None, :], aboard + taken_on.cumsum(axis=0)])
        return _line(stops, self.windows, carried, self.size)


def line_of(
    visits: Sequence[Visit],
    fetches: Sequence[bool],
    capacity: Sequence[int],
    aboard: Sequence[int],
) -> Line:
    """Return the line of *visits* in order.

    fetches : True for a pickup
    aboard  : what is on board from the beginning and is dropped by one of *visits*
    """
    k, dimensions = len(visits), len(capacity)
    loads = np.zeros((k + 1, dimensions), dtype=np.int64)
    loads[0] = aboard
    moves = [
        visit.load if fetch else tuple(map(neg, visit.load))
        for visit, fetch in zip(visits, fetches, strict=True)
    ]
    if moves:
        loads[1:] = moves
    rows, first = [], 0
    for visit, fetch in zip(visits, fetches, strict=True):
        due_s = NEVER_S if visit.due_s is None else visit.due_s
        last = first + len(visit.windows)
        rows.append((visit.service_s, due_s, int(fetch), first, last, 0, 0, -1))
        first = last
    return _line(
        np.array(rows, dtype=np.int64).reshape(k, STOP_COLUMNS),
        np.array([w for v in visits for w in v.windows], dtype=np.int64).reshape(-1, 2),
        loads.cumsum(axis=0),
        tuple(capacity),
    )


def _line(stops: Ints, windows: Ints, carried: Ints, size: tuple[int, ...]) -> Line:
    """Return the line of *stops*, *carried*, (k + 1, dimensions), before each and after the last.

    Only what is on board after a pickup may be more than the vehicle's *size*.
    """
    fullest = np.array(size, dtype=np.int64)
    fetched = np.flatnonzero(stops[:, FETCH])
    if len(fetched):
        fullest = np.maximum(fullest, carried[fetched + 1].max(axis=0))
    return Line(stops, windows, fullest - carried, size, tuple(fullest.tolist()))


@dataclass(frozen=True, slots=True, eq=False)
class OpenTour:
    """A line with its vehicle's clock and ways, and whether the order may go into it.

    from_s, until_s : of the shift;  per_s: price of a second on the road
    next_s  : (k + 1,) way and setup to each stop, then the way home, 0 where there is none
    to_s    : (k + 1, m) way and setup from the start and each stop to each new visit
    back_s  : (k + 1, m) from each new visit to each stop (with setup) and home
    among_s : (m, m) from new visit to new visit
    """

    line: Line
    from_s: int
    until_s: int
    per_s: int
    next_s: Ints
    to_s: Ints
    back_s: Ints
    among_s: Ints
    open: bool = True

    def fewer(self, kept: npt.NDArray[np.bool_], next_s: Ints) -> OpenTour:
        """Return the tour with the stops that are *kept*, (k,), and the ways between them.

        Either every visit of an order stays, or none.
        """
        start_or_end = np.ones(1, dtype=np.bool_)
        return replace(
            self,
            line=self.line.fewer(kept),
            next_s=next_s,
            to_s=self.to_s[np.concatenate([start_or_end, kept])],
            back_s=self.back_s[np.concatenate([kept, start_or_end])],
        )


@dataclass(frozen=True, slots=True)
class Try:
    """The order with its drop in *window*, due at *due_s*.

    without : constraints relaxed, by ``why_not``'s names, and capacities by ``capacity.<number>``
    any     : any place will do, not only the cheapest
    only    : the number of the only tour it is tried in; None: in all
    """

    window: tuple[int, int]
    due_s: int | None
    without: tuple[str, ...] = ()
    any: bool = False
    only: int | None = None

    def row(self, at: int) -> tuple[int, int, int, int, int]:
        """Return the try as the kernel reads it, its window being row *at* of the table."""
        flags = sum(_FLAGS.get(name) or _load_flag(name) for name in self.without)
        due_s = NEVER_S if self.due_s is None or "promise.end" in self.without else self.due_s
        only = -1 if self.only is None else self.only
        return at, at + 1, due_s, flags + FIRST_FIND * self.any, only

    def span(self) -> tuple[int, int]:
        """Return when the drop may begin."""
        opens_s, closes_s = self.window
        return opens_s, FOREVER_S if "promise.end" in self.without else closes_s


_FLAGS: Final = {
    "promise.end": 0,
    "pickup.window": ANY_TIME,
    "vehicles": ANY_TOUR,
    "shift": ANY_END,
    "other_promises": OTHERS_LATER,
}


def _load_flag(name: str) -> int:
    return 0 if name in _FLAGS else ANY_LOAD << int(name.removeprefix("capacity."))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the order goes: like ``insertion.Insertion``, and when.

    positions, begins_s : of the order's visits in the new tour, its drop last
    added_s             : seconds on the road more
    """

    vehicle: int
    positions: tuple[int, ...]
    begins_s: tuple[int, ...]
    added_cost: int
    added_s: int
    slack_s: int


class Board:
    """All tours of a day laid out for one order.  Of one thread.

    stands  : per tour, whether it keeps every window as it is; the others take nothing
    until_s : per tour, the end of the shift, or of the tour if that is later
    Both are known once something was asked.
    """

    def __init__(
        self, tours: Sequence[OpenTour], pickups: Sequence[Visit], drop: Visit, weights: Weights
    ) -> None:
        order = [*pickups, drop]
        m, dimensions = len(order), len(drop.load)
        self._size = m
        self._crew = _crew(tours, m, dimensions)
        self._windows = [tour.line.windows for tour in tours]
        self._windows += [np.array([w for v in pickups for w in v.windows]), _ANY_TIME]
        self._any_time = sum(map(len, self._windows)) - 1
        ends = np.cumsum([len(visit.windows) for visit in pickups])
        first = self._any_time - int(ends[-1])
        due_s = [NEVER_S if visit.due_s is None else visit.due_s for visit in pickups]
        self._pickups = np.stack([first + ends, first + ends, np.array(due_s)], axis=1)
        self._pickups[:, 0] -= [len(visit.windows) for visit in pickups]
        visits = np.zeros((m, STOP_COLUMNS), dtype=np.int64)
        visits[:, 0] = [visit.service_s for visit in order]
        visits[:-1, 2] = 1
        visits[:, NEW] = range(m)
        self._visits = visits
        self._setup_s = np.array([visit.setup_s for visit in order], dtype=np.int64)
        self._load = np.array([visit.load for visit in order], dtype=np.int64)
        self._prices = np.array([weights.late_per_s, weights.paid_per_s], dtype=np.int64)
        self._used = weights.vehicle_used
        longest = max((len(tour.line.stops) for tour in tours), default=0) + m
        self._tour = OneTour(
            np.zeros((longest, STOP_COLUMNS), dtype=np.int64),
            np.zeros((longest + 1, GAP_COLUMNS), dtype=np.int64),
            np.zeros((longest + 1, 2 * m), dtype=np.int64),
            np.zeros((longest + 1, dimensions), dtype=np.int64),
        )
        rows = np.zeros((5, max(m, VEHICLE_COLUMNS)), dtype=np.int64)
        self._scrap = Scrap(
            np.zeros((m, STACK_COLUMNS), dtype=np.int64),
            np.zeros((m + 1, dimensions), dtype=np.int64),
            rows[0, :m],
            rows[1, :m],
            rows[2, :m],
            rows[3, :m],
            rows[4],
            np.zeros(2, dtype=np.int64),
        )

    def ask(self, tries: Sequence[Try]) -> list[Spot | None]:
        """Return the cheapest allowed place of the order for each of *tries*, or None."""
        if not tries:
            return []
        m = self._size
        spans = np.array([one.span() for one in tries], dtype=np.int64)
        window_s = np.concatenate([*self._windows, spans])
        first = self._any_time + 1
        rows = np.array([one.row(first + t) for t, one in enumerate(tries)], dtype=np.int64)
        found = np.zeros((len(tries), ANSWER_COLUMNS + 2 * m), dtype=np.int64)
        among_s = np.zeros((m, m), dtype=np.int64)
        asks = np.ones(self._load.shape[1], dtype=np.int64)
        sought = Sought(
            self._visits, self._setup_s, self._load, among_s, window_s, asks, self._prices
        )
        answers(
            self._crew,
            sought,
            self._tour,
            self._scrap,
            self._pickups,
            self._any_time,
            self._used,
            rows,
            found,
        )
        return [_spot(row, m) for row in found.tolist()]

    @property
    def stands(self) -> list[bool]:
        return [bool(stands) for stands in self._crew.vehicles[:, STANDS]]

    @property
    def until_s(self) -> list[int]:
        answer: list[int] = self._crew.vehicles[:, UNTIL].tolist()
        return answer


def _crew(tours: Sequence[OpenTour], m: int, dimensions: int) -> Crew:
    sizes = [len(tour.line.stops) for tour in tours]
    shift = np.repeat(np.cumsum([0, *(len(tour.line.windows) for tour in tours)])[:-1], sizes)
    stops = np.concatenate([tour.line.stops for tour in tours])
    stops[:, 3] += shift
    stops[:, 4] += shift
    return Crew(
        np.cumsum([0, *sizes], dtype=np.int64),
        np.array(
            [(tour.from_s, tour.until_s, tour.per_s, tour.open, 0, 0) for tour in tours],
            dtype=np.int64,
        ),
        stops,
        np.concatenate([tour.next_s for tour in tours]),
        np.concatenate(
            [
                np.concatenate([tour.to_s for tour in tours]),
                np.concatenate([tour.back_s for tour in tours]),
            ],
            axis=1,
        ).reshape(-1, 2 * m),
        np.concatenate([tour.line.spare for tour in tours]).reshape(-1, dimensions),
        np.stack([tour.among_s for tour in tours]),
    )


def _spot(row: Sequence[int], m: int) -> Spot | None:
    if row[VEHICLE] < 0:
        return None
    positions, begins_s = row[ANSWER_COLUMNS:][:m], row[ANSWER_COLUMNS + m :]
    added_cost, added_s, slack_s = row[PRICE], row[ADDED], row[SLACK]
    return Spot(row[VEHICLE], tuple(positions), tuple(begins_s), added_cost, added_s, slack_s)


_loaded = False


def is_loaded() -> bool:
    """True once ``load`` was called in this process: from then on nothing is compiled here."""
    return _loaded


def load() -> None:
    """Load the compiled search, or compile it where this machine has not yet.

    Under a second to load, half a minute to compile: before serving, never while.
    """
    global _loaded
    visit = Visit(0, ((0, 0),), 0, (0,))
    none = np.zeros((1, 2), dtype=np.int64)
    tour = OpenTour(
        line_of((), (), (0,), (0,)),
        0,
        0,
        0,
        none[0, :1],
        none,
        none,
        np.zeros((2, 2), np.int64),
    )
    Board([tour], [visit], visit, Weights()).ask([Try((0, 0), None)])
    _loaded = True
