from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from dispatch.adapters.clock import (
    PacedClock,
    WallClock,
    load_clock,
    parse_clock,
    save_clock,
    starting_now,
)
from dispatch.core.errors import Invalid

EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant", "pace"),
    [
        ("2026-11-24T09:00+01:00", EIGHT, 1),
        ("2026-11-24T09:00+01:00x60", EIGHT, 60),
        ("2026-11-24T08:00Zx2.5", EIGHT, 2.5),
        ("  2026-11-24T08:00:00+00:00x0.1\n", EIGHT, 0.1),
        ("2026-11-24T09:00+01:00x3600", EIGHT, 3600),
        ("2026-11-24 09:00+01:00", EIGHT, 1),
    ],
)
def test_a_clock_is_an_instant_and_a_pace(text: str, instant: datetime, pace: float) -> None:
    assert parse_clock(text) == (instant, pace)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a clock"),
        ("x60", "x60"),
        ("tomorrow", "tomorrow"),
        ("2026-11-24T09:00", "no UTC offset"),
        ("2026-11-24T09:00x60", "no UTC offset"),
        ("2026-11-24", "no UTC offset"),
        ("2026-02-30T09:00+01:00", "day is out of range"),
        ("2026-11-24T09:00+01:00x", "x"),
        ("2026-11-24T09:00+01:00xfast", "xfast"),
        ("2026-11-24T09:00+01:00x-2", "x-2"),
        ("2026-11-24T09:00+01:00x1e3", "x1e3"),
        ("2026-11-24T09:00+01:00x0", "0.1 to 3600"),
        ("2026-11-24T09:00+01:00x0.09", "0.1 to 3600"),
        ("2026-11-24T09:00+01:00x3601", "not 3601"),
    ],
)
def test_anything_else_is_no_clock(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_clock(text)


def freeze(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    """Hold the instant that the clock module reads from the machine."""

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Frozen:
            return cls.fromtimestamp(instant.timestamp(), tz)

    monkeypatch.setattr("dispatch.adapters.clock.datetime", Frozen)


def test_a_paced_clock_lives_an_hour_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = datetime(2026, 6, 1, 12, tzinfo=UTC)
    freeze(monkeypatch, zero)
    clock = starting_now(EIGHT, 60)
    assert clock.now() == EIGHT
    freeze(monkeypatch, zero + timedelta(minutes=1))
    assert clock.now() == EIGHT + timedelta(hours=1)


def test_the_wall_clock_shows_the_real_instant_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch, EIGHT)
    assert WallClock().now() == EIGHT
    monkeypatch.undo()
    assert WallClock().now().tzinfo is UTC
    assert WallClock().pace == 1


@pytest.mark.parametrize("clock", [WallClock(), PacedClock(EIGHT, EIGHT, 60)])
def test_a_stopwatch_counts_real_seconds_whatever_the_pace(clock: WallClock | PacedClock) -> None:
    first = clock.stopwatch_s()
    assert 0 <= clock.stopwatch_s() - first < 5


@pytest.mark.parametrize("pace", [0, -1, 3601, float("nan"), float("inf")])
def test_a_clock_that_stands_or_races_is_refused_at_birth(pace: float) -> None:
    with pytest.raises(ValueError, match=r"0\.1 to 3600"):
        PacedClock(EIGHT, EIGHT, pace)


def test_a_saved_clock_is_the_same_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = PacedClock(EIGHT, datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC), 2.5)
    save_clock(clock, path)
    assert load_clock(path) == clock
    assert [file.name for file in tmp_path.iterdir()] == ["clock.json"]


def test_nothing_saved_is_the_wall_clock(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    assert isinstance(load_clock(path), WallClock)
    save_clock(PacedClock(EIGHT, EIGHT), path)
    save_clock(None, path)
    save_clock(None, path)
    assert isinstance(load_clock(path), WallClock)


GOOD = {"starts_at": "2026-11-24T08:00+00:00", "zero_at": "2026-06-01T12:00+00:00", "pace": 60}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps({**GOOD, "starts_at": "2026-11-24T08:00"}),
        json.dumps({**GOOD, "starts_at": "0001-01-01T00:00+01:00"}),
        json.dumps({**GOOD, "zero_at": 3}),
        json.dumps({**GOOD, "pace": "60"}),
        json.dumps({**GOOD, "pace": None}),
        json.dumps({**GOOD, "pace": 0}),
    ],
)
def test_a_damaged_file_is_named_and_not_taken_for_a_clock(tmp_path: Path, content: str) -> None:
    path = tmp_path / "clock.json"
    path.write_text(json.dumps(GOOD))
    load_clock(path)  # the damage is what makes the difference
    path.write_text(content)
    with pytest.raises(Invalid, match=r"clock\.json is not a saved clock") as why:
        load_clock(path)
    assert why.value.field == "clock"


def test_a_directory_is_no_clock(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is not a saved clock"):
        load_clock(tmp_path)
