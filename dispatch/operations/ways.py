"""The ways between one order's doors and every stop of today's tours, asked for at once.

Decides what is asked: per kind of vehicle, one table to the order's doors and one from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.known_ways import Point, Span, known_ways, point
from dispatch.operations.lines import OpenLine
from dispatch.operations.ports import Ports
from dispatch.routing.one_more import OpenTour
from dispatch.routing.problem import IntMatrix, Visit


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Ways of one kind of vehicle: ``to_s`` (p, m) to the order's doors, ``back_s`` (m, p)."""

    row_of: dict[Point, int]
    to_s: IntMatrix
    back_s: IntMatrix

    def rows(self, keys: Sequence[Point]) -> IntMatrix:
        return np.array([self.row_of[key] for key in keys])


def open_tours(
    lines: Sequence[OpenLine],
    doors: Sequence[Place],
    order: Sequence[Visit],
    span: Span,
    ports: Ports,
) -> list[OpenTour]:
    """Return each of *lines* with its ways to and from the *doors* of *order*, its drop last."""
    tables = {
        profile: _tables(profile, lines, doors, span, ports)
        for profile in sorted({line.profile for line in lines})
    }
    setup_s = np.array([visit.setup_s for visit in order], dtype=np.int64)
    travel_per_s = ports.parameters.weights.travel_per_s
    return [_open(line, tables[line.profile], doors, setup_s, span, travel_per_s) for line in lines]


def _tables(
    profile: str, lines: Sequence[OpenLine], doors: Sequence[Place], span: Span, ports: Ports
) -> _Tables:
    places: dict[Point, Place] = {}
    for line in lines:
        if line.profile == profile:
            places |= line.points
    # The shops' ways to and from the doorstep too; it is no place of a tour as a rule.
    places |= {point(door): door for door in doors[:-1]}
    known, ways = list(places.values()), known_ways(ports.streets, profile, span)
    to_s, back_s = ways.both_ways(known, doors)
    return _Tables({key: row for row, key in enumerate(places)}, to_s, back_s)


def _open(
    line: OpenLine,
    tables: _Tables,
    doors: Sequence[Place],
    setup_s: IntMatrix,
    span: Span,
    travel_per_s: int,
) -> OpenTour:
    own = np.array([tables.row_of.get(point(door), -1) for door in doors])
    here = tables.rows(line.keys)
    there, m = here[1:], len(doors)
    to_s = tables.to_s[here] + np.where(here[:, None] != own[None, :], setup_s[None, :], 0)
    back_s = np.zeros((len(here), m), dtype=np.int64)
    differs = there[:, None] != own[None, :]
    back_s[:-1] = tables.back_s.T[there] + np.where(differs, line.setup_s[:-1, None], 0)
    courier, shift = line.seen.courier, line.seen.tour.shift
    if courier.end is not None:
        back_s[-1] = tables.back_s[:, tables.row_of[point(courier.end)]]
    among_s = np.zeros((m, m), dtype=np.int64)
    among_s[:-1] = tables.to_s[own[:-1]] + np.where(own[:-1, None] != own[None, :], setup_s, 0)
    from_s = max(0, seconds_between(span[0], line.seen.free_at))
    return OpenTour(
        line.line,
        from_s,
        max(from_s, seconds_between(span[0], shift.closes_at)),
        travel_per_s * courier.vehicle.travel_price,
        line.next_s,
        to_s,
        back_s,
        among_s,
    )
