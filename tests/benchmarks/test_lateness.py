"""Lateness is told as a distribution, way by way."""

from __future__ import annotations

from benchmarks.lateness import title_line, ways_of


def study(policy: str, *days: list[float]) -> dict[str, object]:
    return {"runs": [{"policy": policy, "set": [], "days": [{"late_min": d} for d in days]}]}


def test_days_of_several_studies_are_one_distribution_by_way() -> None:
    found = ways_of([study("waves", [-60.0], [3.0]), study("waves", [9.0]), study("other", [])])
    assert found == {"waves": [-60.0, 3.0, 9.0], "other": []}


def test_a_way_is_told_in_one_line() -> None:
    """Of ten orders nine were an hour early and one 20 minutes late."""
    said = title_line("waves", [-60.0] * 9 + [20.0])
    assert said.startswith("waves: 10 orders, minutes after the promise p50 -60, p90 -52,")
    assert said.endswith(
        "most 20; late: 10.0 % > 0 min, 10.0 % > 5 min, 10.0 % > 15 min, 0.0 % > 30 min"
    )
    assert title_line("other", []) == "other: 0 orders"
