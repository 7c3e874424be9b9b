"""A report on streets is read whole, or refused at the entry that makes no sense."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dispatch.streets.health import health_of
from tests.streets.health_sample import SAMPLE


def test_a_report_is_read_whole() -> None:
    report = health_of(SAMPLE)
    assert [(s.profile, s.islands) for s in report.shares] == [("car", 1), ("bike", 0)]
    assert report.shares[0].largest[0].at == (44.5, 0.16)
    assert [c.round_m for c in report.crossings] == [24_600, None]
    assert report.detours[0].end == (44.41, 0.23)
    assert [road.at for road in report.refused] == [(44.5, 0.17), None]
    assert report.not_understood[0].ids == (5, 6)


def test_what_only_an_import_sees_may_be_missing() -> None:
    drawn = {k: v for k, v in SAMPLE.items() if k not in ("main_roads_refused", "mended")}
    drawn["detours"] = {"pairs": 0, "largest": []}
    report = health_of(drawn)
    assert (report.refused, report.mended, report.median_detour) == ((), (), 0.0)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("nodes",), "many", "nodes is no number"),
        (("profiles",), [], "profiles is no table"),
        (("crossings",), "a bridge", "crossings is no list"),
        (("crossings", 1, "lat"), 95, r"crossings\[1\]: no place on Earth"),
        (("single_points", 0, "km"), -1, r"single_points\[0\]: km is below zero"),
        (("detours", "largest", 0, "ratio"), None, r"largest\[0\]: ratio is no number"),
        (("main_roads_refused", 0), "Cours", r"main_roads_refused\[0\]"),
    ],
)
def test_nonsense_is_named(path: tuple[Any, ...], value: Any, said: str) -> None:
    document = copy.deepcopy(SAMPLE)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=said):
        health_of(document)
