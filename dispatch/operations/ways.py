"""The ways between one order's doors and every stop of today's tours, asked for at once.

Decides what is asked: per kind of vehicle, one table to the order's doors and one from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.known_ways import Span, known_ways
from dispatch.operations.lines import OpenLine
from dispatch.operations.ports import Ports
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
    setup_s = np.array([visit.setup_s for visit in order], dtype=np.int64)
    opened = {
        profile: _of_one_kind(
            [line for line in lines if line.profile == profile], doors, setup_s, span, ports
        )
        for profile in {line.profile for line in lines}
    }
    return [next(opened[line.profile]) for line in lines]


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
