from __future__ import annotations

import numpy as np

from dispatch.streets.arrays import Floats
from dispatch.streets.known import KnownPlaces
from dispatch.streets.snapping import Snaps
from tests.streets.drawing import at


class Search:
    """Finds edge k for the place k metres east; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, lat: Floats, lon: Floats) -> Snaps:
        edge = np.rint(lon * 111_195).astype(np.int64)
        self.asked += edge.tolist()
        return Snaps(edge, np.full(len(edge), 0.5), edge.astype(np.float64))


def test_a_place_is_looked_for_on_the_map_once() -> None:
    search = Search()
    known = KnownPlaces(search)
    assert known.snaps([at(1, 0), at(2, 0), at(1, 0)]).edge.tolist() == [1, 2, 1]
    assert known.snaps([at(3, 0), at(2, 0, "upstairs")]).edge.tolist() == [3, 2]
    assert search.asked == [1, 2, 3]


def test_more_places_than_are_remembered_are_all_found() -> None:
    known = KnownPlaces(Search(), kept=3)
    known.snaps([at(1, 0), at(2, 0)])
    assert known.snaps([at(x, 0) for x in (2, 3, 4, 5)]).edge.tolist() == [2, 3, 4, 5]
    assert known.snaps([at(1, 0)]).away_m.tolist() == [1.0]


def test_nothing_asked_is_nothing_found() -> None:
    assert len(KnownPlaces(Search()).snaps([]).edge) == 0
