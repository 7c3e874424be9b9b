"""A place is looked up once, and told the same in whatever company it is asked for.

::

    3 ─── 2      the block: 250 m a side, one way from 0 to 1
    │     │
    0 ──→ 1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.streets.doors import Doors, doors_at
from dispatch.streets.hierarchy import Ends
from dispatch.streets.network import StreetNetwork
from dispatch.streets.sides import KnownSides, Side
from dispatch.streets.snapping import Snaps
from tests.streets.drawing import Street, at, draw

BLOCK = StreetNetwork(
    draw(
        [(0, 0), (250, 0), (250, 250), (0, 250)],
        [Street(0, 1, oneway=True), Street(1, 2), Street(2, 3), Street(3, 0)],
    )
)
READY = BLOCK._ready("bike", None)
GRAPH = READY.graph
FAR = at(5000, 5000)


def snaps(places: Sequence[Place]) -> Snaps:
    return BLOCK._snaps(places, "bike")


def ends_of(ends: Ends) -> list[list[int]]:
    return [ends.at.tolist(), ends.state.tolist(), ends.ms.tolist(), ends.dm.tolist()]


def assert_told(side: Side, places: Sequence[Place]) -> None:
    """*side* is what looking up *places*, all of them and nothing else, would have told."""
    doors = doors_at(snaps(places), GRAPH)
    for field in fields(Doors):
        np.testing.assert_array_equal(getattr(side.doors, field.name), getattr(doors, field.name))
    assert ends_of(side.starts) == ends_of(doors.starts(GRAPH).ends)
    assert ends_of(side.finishes) == ends_of(doors.finishes(GRAPH))
    assert side.point.tolist() == [[place.lat_deg, place.lon_deg] for place in places]


doors = st.builds(at, st.integers(0, 250), st.sampled_from([0, 250]))


@given(st.lists(st.lists(doors, max_size=6), min_size=1, max_size=6))
def test_places_are_told_alike_whatever_was_asked_before(asked: list[list[Place]]) -> None:
    known = KnownSides(READY, snaps, kept=8)
    for places in asked:
        assert_told(known.side(places), places)


def test_a_place_is_looked_up_once() -> None:
    looked_up: list[Place] = []

    def search(places: Sequence[Place]) -> Snaps:
        looked_up.extend(places)
        return snaps(places)

    known, a, b = KnownSides(READY, search), at(10, 0), at(20, 0)
    known.side([a, b, a])
    known.side([b, at(30, 0), a])
    assert looked_up == [a, b, at(30, 0)]


def test_a_place_too_far_away_leaves_nothing_behind() -> None:
    known = KnownSides(READY, snaps)
    with pytest.raises(Invalid, match="from the nearest street"):
        known.side([at(10, 0), FAR])
    assert_told(known.side([at(20, 0)]), [at(20, 0)])
