"""Who is later than promised in the tours of a day, or finds no room, and who loses by a change.

Decides the one question that every change of tours is judged by.  What is changed, which
alternatives there are, and as of which instants they are looked at, is the caller's.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import gt

from dispatch.core.ids import QuoteId
from dispatch.operations.standing import Standing
from dispatch.routing.schedule import schedule
from dispatch.tracking.tours import Stop


@dataclass(frozen=True, slots=True)
class LateStop:
    """One stop that begins after what was promised: both in seconds of its day's problem.

    Raises ``ValueError`` for one that is in time.
    """

    quote_id: QuoteId
    begin_s: int
    due_s: int

    def __post_init__(self) -> None:
        if self.begin_s <= self.due_s:
            raise ValueError(f"not late: due at {self.due_s}, begins at {self.begin_s}")

    @property
    def late_s(self) -> int:
        return self.begin_s - self.due_s


@dataclass(frozen=True, slots=True)
class Lateness:
    """What does not go as promised.

    stops   : the late ones, by ``visit_key``
    fallen  : orders that no longer fit where they stood
    crowded : orders that are fetched when the vehicle is too full for them
    """

    stops: Mapping[tuple[str, ...], LateStop]
    fallen: frozenset[QuoteId] = frozenset()
    crowded: frozenset[QuoteId] = frozenset()

    @property
    def is_well(self) -> bool:
        return not (self.stops or self.fallen or self.crowded)

    @property
    def total_s(self) -> int:
        """All lateness, in seconds."""
        return sum(stop.late_s for stop in self.stops.values())

    def losers(self, before: Lateness, *, strangers: Container[QuoteId] = ()) -> frozenset[QuoteId]:
        """Return whose order is worse off than *before*, of the same instant.

        Worse off is who has fallen or finds no room and did not, and who is late and was not so
        late.

        strangers : orders without a place before, who may be late
        """
        later = (
            stop.quote_id
            for key, stop in self.stops.items()
            if stop.quote_id not in strangers
            and not (key in before.stops and stop.begin_s <= before.stops[key].begin_s)
        )
        return frozenset(later) | (self.fallen - before.fallen) | (self.crowded - before.crowded)


def lateness(day: Standing, sequences: Sequence[tuple[int, ...]]) -> Lateness:
    """Return who is late, or finds no room, on *day* with *sequences*, one per vehicle."""
    due_s = [visit.due_s for visit in day.problem.visits]
    return Lateness(
        {
            visit_key(day.stops[node]): LateStop(day.stops[node].quote_id, begin_s, by_s)
            for node, begin_s in begins_s(day, sequences).items()
            if (by_s := due_s[node]) is not None and begin_s > by_s
        },
        frozenset(stops[0].quote_id for stops, _ in day.fallen if stops),
        frozenset(name for v, nodes in enumerate(sequences) for name in _crowded(day, v, nodes)),
    )


def _crowded(day: Standing, vehicle: int, nodes: Sequence[int]) -> Iterator[QuoteId]:
    """Yield the orders of *nodes* that are taken on where more is on board than there is room.

    A courier who sets out with one order before another was to be fetched has that on board.
    """
    load = day.problem.aboard(vehicle)
    for node in nodes:
        sign = -1 if day.problem.is_drop(node) else 1
        amounts = day.problem.visits[node].load
        load = tuple(a + sign * b for a, b in zip(load, amounts, strict=True))
        if sign > 0 and any(map(gt, load, day.room[vehicle])):
            yield day.stops[node].quote_id


def begins_s(day: Standing, sequences: Sequence[tuple[int, ...]]) -> dict[int, int]:
    """Return when service begins at each node of *sequences*, in seconds of the day's problem."""
    tours = (schedule(day.problem, v, nodes) for v, nodes in enumerate(sequences))
    return {stop.node: stop.begin_s for tour in tours if tour is not None for stop in tour.stops}


def visit_key(stop: Stop) -> tuple[str, ...]:
    """Return what a stop is known by in whichever tour: two couriers may share one doorstep."""
    return (stop.stop_id, *stop.shipment_ids)
