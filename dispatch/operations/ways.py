"""The ways between one order's doors and every stop of today's tours, asked for at once.

Decides what is asked: per kind of vehicle, one table to the order's doors and one from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.known_ways import KnownWays, Span, known_ways
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
    asked = {
        profile: _asked([line for line in lines if line.profile == profile], doors, span, ports)
        for profile in sorted({line.profile for line in lines})
    }
    setup_s = np.array([visit.setup_s for visit in order], dtype=np.int64)
    travel_per_s = ports.parameters.weights.travel_per_s
    return [_open(line, asked[line.profile], setup_s, span, travel_per_s) for line in lines]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Ways of one kind of vehicle, those of an order's *doors*, (m,) by number, among them."""

    ways: KnownWays
    doors: IntMatrix


def _asked(lines: Sequence[OpenLine], doors: Sequence[Place], span: Span, ports: Ports) -> _Asked:
    """Ask for all ways of *lines*, of one kind of vehicle, in two tables."""
    ways = known_ways(ports.streets, lines[0].profile, span)
    own, places = ways.numbers(doors), [line.numbers(ways) for line in lines]
    # The shops' ways to and from the doorstep too; it is no place of a tour as a rule.
    ways.table(np.unique(np.concatenate([*places, own[:-1]])), own)
    ways.table(own, np.unique(np.concatenate([some[1:] for some in places])))
    return _Asked(ways, own)


def _open(
    line: OpenLine, asked: _Asked, setup_s: IntMatrix, span: Span, travel_per_s: int
) -> OpenTour:
    ways, own = asked.ways, asked.doors
    places, m = line.numbers(ways), len(own)
    here, there = places[:-1], places[1:-1]
    to_s = ways.table(here, own) + np.where(here[:, None] != own[None, :], setup_s[None, :], 0)
    back_s = np.zeros((len(here), m), dtype=np.int64)
    differs = there[:, None] != own[None, :]
    back_s[:-1] = ways.table(own, there).T + np.where(differs, line.setup_s[:-1, None], 0)
    courier, shift = line.seen.courier, line.seen.tour.shift
    if courier.end is not None:
        back_s[-1] = ways.table(own, places[-1:])[:, 0]
    among_s = np.zeros((m, m), dtype=np.int64)
    among_s[:-1] = ways.table(own[:-1], own) + np.where(own[:-1, None] != own[None, :], setup_s, 0)
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
