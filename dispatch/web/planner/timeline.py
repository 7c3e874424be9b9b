"""The day as a drawing: one row per courier, time from left to right, in whole pixels.

Decides where each piece stands and how wide it is.  Colours, patterns and words
are the page's; what happened when is ``operations.overview``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.windows import TimeWindow, seconds_between
from dispatch.fleet.couriers import Courier
from dispatch.operations.manifest import short_ref
from dispatch.operations.overview import Lane, LaneStop, PlannerDay
from dispatch.operations.waves import WaveState
from dispatch.tracking.tours import Stop, StopKind, StopState

#: Wide enough that a stop of three minutes can carry its number.
PX_PER_MIN: Final = 5

_HOUR: Final = timedelta(hours=1)
#: Room for the courier's name, then for the signs above the bar.
_BAR_TOP_PX: Final = 50
_BAR_PX: Final = 24
_SLACK_PX: Final = 7
_NARROWEST_PX: Final = 14

#: Seconds of each leg of a lane, from where the courier starts to its first stop, and so on.
Legs = Callable[[Lane], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a courier's day between two stops.

    kind : ``travel`` or ``wait``
    """

    kind: str
    x: int
    width: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One stop: its number on the map and in the table, and its box on the row.

    promise_at  : the whole minute at which its promise ends; None: it has none
    slack_x, slack_width, level : the line between the stop and that minute, drawn in free
                  line *level* under the bar
    """

    number: int
    lane_stop: LaneStop
    x: int
    width: int
    promise_at: datetime | None = None
    slack_x: int = 0
    slack_width: int = 0
    level: int = 0

    @property
    def is_pickup(self) -> bool:
        return self.lane_stop.stop.kind is StopKind.PICKUP

    @property
    def order_ref(self) -> str:
        return order_ref(self.lane_stop)

    @property
    def status(self) -> str:
        return status(self.lane_stop)

    @property
    def slack_y(self) -> int:
        return _BAR_TOP_PX + _BAR_PX + 6 + self.level * _SLACK_PX


@dataclass(frozen=True, slots=True)
class Row:
    """One courier's day.

    shifts : (x, width) of each
    """

    index: int
    courier: Courier
    shifts: tuple[tuple[int, int], ...]
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]
    height: int

    bar_top = _BAR_TOP_PX
    bar_height = _BAR_PX


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole drawing.

    hours : (x, instant) of each full hour
    now_x : the cursor, or None when the day is not under way
    """

    width: int
    hours: tuple[tuple[int, datetime], ...]
    now_x: int | None
    rows: tuple[Row, ...]


def timeline(day: PlannerDay, legs_s: Legs) -> Timeline:
    """Return the drawing of *day*; ``legs_s`` tells how long the ways between stops take."""
    span = _span(day)
    axis = _Axis(span.opens_at)
    by_courier: dict[str, list[Lane]] = {}
    for lane in day.lanes:
        by_courier.setdefault(lane.tour.courier_id, []).append(lane)
    release = _release_on(day)
    rows = tuple(
        _row(index, lanes, axis, legs_s, release)
        for index, lanes in enumerate(by_courier.values(), start=1)
    )
    hours = []
    hour = span.opens_at
    while hour <= span.closes_at:
        hours.append((axis.x(hour), hour))
        hour += _HOUR
    return Timeline(
        width=axis.x(span.closes_at),
        hours=tuple(hours),
        now_x=axis.x(day.now) if day.now in span else None,
        rows=rows,
    )


def numbered(day: PlannerDay) -> Mapping[str, int]:
    """Return the number of each stop in its courier's day, from 1, by stop id."""
    last: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for lane in day.lanes:
        courier = lane.tour.courier_id
        for item in lane.stops:
            last[courier] = numbers[item.stop.stop_id] = last.get(courier, 0) + 1
    return numbers


@dataclass(frozen=True, slots=True)
class _Axis:
    origin: datetime

    def x(self, instant: datetime) -> int:
        return round((instant - self.origin) / timedelta(minutes=1) * PX_PER_MIN)


def _span(day: PlannerDay) -> TimeWindow:
    """Whole hours around every shift, stop and promise of the day."""
    instants: list[datetime] = []
    for lane in day.lanes:
        instants += [lane.tour.shift.opens_at, lane.tour.shift.closes_at]
        for item in lane.stops:
            known = (item.begins_at, item.ends_at, promise_end(item))
            instants += [at for at in known if at is not None]
    if not instants:
        instants = [wave.cut_off_at for wave in day.waves] or [day.now]
    first, last = min(instants), max(instants)
    first -= timedelta(minutes=first.minute, seconds=first.second, microseconds=first.microsecond)
    hours = -((first - last) // _HOUR)
    return TimeWindow(first, first + max(hours, 1) * _HOUR)


def _release_on(day: PlannerDay) -> Callable[[Stop], datetime]:
    """Return what tells when a stop not yet handed out can be left for."""
    lag = timedelta(seconds=day.parameters.waves.publish_lag_s)
    ahead = [
        wave.cut_off_at + lag
        for wave in day.waves
        if wave.state is WaveState.OPEN and wave.cut_off_at > day.now
    ]
    wave_at = min(ahead, default=day.now)
    if not day.parameters.dispatching.is_rolling:
        return lambda stop: wave_at
    return lambda stop: max(day.now, stop.release_at or day.now)


def _row(
    index: int,
    lanes: Sequence[Lane],
    axis: _Axis,
    legs_s: Legs,
    release: Callable[[Stop], datetime],
) -> Row:
    pieces: list[Piece] = []
    marks: list[Mark] = []
    levels: list[int] = []  # up to where each line under the bar is taken
    number = 0
    for lane in lanes:
        free_at = lane.tour.shift.opens_at
        for item, leg_s in zip(lane.stops, legs_s(lane), strict=True):
            number += 1
            if item.begins_at is None or item.ends_at is None:
                continue  # never timed: it stands in the table only
            leaves_at = max(free_at, item.stop.published_at or release(item.stop))
            pieces += _between(leaves_at, item.begins_at, leg_s, axis)
            marks.append(_mark(number, item, item.begins_at, item.ends_at, axis, levels))
            free_at = item.ends_at
    return Row(
        index=index,
        courier=lanes[0].courier,
        shifts=tuple(_box(lane.tour.shift, axis) for lane in lanes),
        pieces=tuple(pieces),
        marks=tuple(marks),
        height=_BAR_TOP_PX + _BAR_PX + 12 + _SLACK_PX * max(1, len(levels)),
    )


def _box(span: TimeWindow, axis: _Axis) -> tuple[int, int]:
    return axis.x(span.opens_at), axis.x(span.closes_at) - axis.x(span.opens_at)


def _between(leaves_at: datetime, begins_at: datetime, leg_s: int, axis: _Axis) -> list[Piece]:
    """The way to a stop, then the wait there until service begins.

    A courier quicker than the map leaves no gap; one who dawdled shows it as a wait.
    """
    gap_s = max(0, seconds_between(leaves_at, begins_at))
    arrives_at = begins_at - timedelta(seconds=gap_s - min(leg_s, gap_s))
    leaves_at = begins_at - timedelta(seconds=gap_s)
    pieces = []
    for kind, start, end in (("travel", leaves_at, arrives_at), ("wait", arrives_at, begins_at)):
        width = axis.x(end) - axis.x(start)
        if width > 0:
            pieces.append(Piece(kind, axis.x(start), width, seconds_between(start, end)))
    return pieces


def _mark(
    number: int,
    item: LaneStop,
    begins_at: datetime,
    ends_at: datetime,
    axis: _Axis,
    levels: list[int],
) -> Mark:
    x = axis.x(begins_at)
    width = max(axis.x(ends_at) - x, _NARROWEST_PX)
    promise_at = promise_end(item)
    if promise_at is None:
        return Mark(number, item, x, width)
    # Late: the line runs back from the stop to the promise it missed.
    start, end = sorted((axis.x(ends_at), axis.x(promise_at)))
    level = next((n for n, taken in enumerate(levels) if taken < start), len(levels))
    levels[level : level + 1] = [end + 2]
    return Mark(number, item, x, width, promise_at, start, end - start, level)


def order_ref(item: LaneStop) -> str:
    """Return the code of the stop's order, the one people read aloud."""
    return short_ref(item.stop.quote_id)


def status(item: LaneStop) -> str:
    """Return the stop's status, with what is over and failed told apart from what is done."""
    return "failed" if item.stop.state is StopState.FAILED else item.status


def promise_end(item: LaneStop) -> datetime | None:
    """Return the end of the stop's promise, None at a stop without one."""
    return item.stop.promised_until
