"""The ways between one order's doors and every stop of today's tours, asked for at once.

Decides what is asked: per kind of vehicle, one table to the order's doors and one from them.
One quote asks several times, of the same tours without this or that: a tour is opened to the
doors of the orders asked about last, and stays so as long as its line is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.known_ways import Point, Span, known_ways, point
from dispatch.operations.lines import OpenLine
from dispatch.operations.ports import Ports, Streets
from dispatch.routing.one_more import OpenTour
from dispatch.routing.problem import IntMatrix, Visit


def open_tours(
    lines: Sequence[OpenLine],
    doors: Sequence[Place],
    order: Sequence[Visit],
    span: Span,
    ports: Ports,
) -> list[OpenTour]:
    """Return each of *lines* with its ways to and from the *doors* of *order*, its drop last."""
    known = _opened(
        _Question(
            tuple(map(point, doors)),
            tuple(visit.setup_s for visit in order),
            span,
            ports.streets,
            ports.parameters.weights.travel_per_s,
        )
    )
    new = [line for line in lines if id(line) not in known]
    setup_s = np.array([visit.setup_s for visit in order], dtype=np.int64)
    for profile in {line.profile for line in new}:
        alike = [line for line in new if line.profile == profile]
        for line, tour in zip(alike, _of_one_kind(alike, doors, setup_s, span, ports), strict=True):
            known[id(line)] = line, tour
    return [known[id(line)][1] for line in lines]


@dataclass(frozen=True, slots=True)
class _Question:
    """All that an opened tour depends on, besides its line."""

    doors: tuple[Point, ...]
    setup_s: tuple[int, ...]
    span: Span
    streets: Streets
    travel_per_s: int


#: By the line's id: the line, so that it lives, and the tour.
_Opened = dict[int, tuple[OpenLine, OpenTour]]
#: As many as threads may think about at once, and one that counts on another hand-out.
_KEPT: Final = 4
#: The one asked last first.
_questions: list[tuple[_Question, _Opened]] = []
_lock: Final = Lock()


def _opened(question: _Question) -> _Opened:
    """Return the tours opened to *question* so far."""
    with _lock:
        found = next((one for one in _questions if one[0] == question), None)
        if found is None:
            found = question, {}
        else:
            _questions.remove(found)
        _questions.insert(0, found)
        del _questions[_KEPT:]
    return found[1]


def _of_one_kind(
    lines: Sequence[OpenLine],
    doors: Sequence[Place],
    setup_s: IntMatrix,
    span: Span,
    ports: Ports,
) -> Iterator[OpenTour]:
    """Yield *lines*, all of one kind of vehicle, opened; their ways are two tables in all."""
    ways = known_ways(ports.streets, lines[0].profile, span)
    own, m = ways.numbers(doors), len(doors)
    stood = np.concatenate([*(line.numbers(ways) for line in lines), own])
    moves = stood[:, None] != own
    to_s, back_s = ways.there_and_back(stood, own)
    to_s += np.where(moves, setup_s, 0)
    among_s = to_s[-m:].copy()
    among_s[-1] = 0  # nothing is left to do after the drop
    parked_s = np.concatenate([*(line.setup_s for line in lines), np.zeros(m, dtype=np.int64)])
    back_s += np.where(moves, parked_s[:, None], 0)
    travel_per_s = ports.parameters.weights.travel_per_s
    first = 0
    for line in lines:
        courier, shift = line.seen.courier, line.seen.tour.shift
        from_s = max(0, seconds_between(span[0], line.seen.free_at))
        last = first + len(line.setup_s) - 1  # where it ends
        if courier.end is None:
            back_s[last] = 0
        yield OpenTour(
            line.line,
            from_s,
            max(from_s, seconds_between(span[0], shift.closes_at)),
            travel_per_s * courier.vehicle.travel_price,
            line.next_s,
            to_s[first:last],
            back_s[first + 1 : last + 1],
            among_s,
        )
        first = last + 1
