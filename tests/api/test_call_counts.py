"""Calls are counted a minute at a time, and what is over is forgotten."""

from __future__ import annotations

import threading

import pytest

from dispatch.api import call_counts
from dispatch.api.call_counts import CallCounts


class Clock:
    now_s = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(call_counts, "_now_s", lambda: clock.now_s)
    return clock


def test_a_window_begins_with_the_first_call_and_ends_a_minute_later(clock: Clock) -> None:
    counts = CallCounts()
    assert [counts.incr("shop", 60), counts.incr("shop", 60)] == [1, 2]
    clock.now_s = 1059.9
    assert (counts.get("shop"), counts.get_expiry("shop")) == (2, 1060.0)
    clock.now_s = 1060.0
    assert counts.get("shop") == 0
    assert (counts.incr("shop", 60), counts.get_expiry("shop")) == (1, 1120.0)


def test_keys_are_counted_apart_and_forgotten_when_another_window_begins(clock: Clock) -> None:
    counts = CallCounts()
    counts.incr("one", 60)
    counts.incr("other", 90)
    clock.now_s = 1075.0
    counts.incr("third", 60)
    assert (counts.get("one"), counts.get("other")) == (0, 1)
    assert counts.reset() == 2  # "one" is not even remembered


def test_counting_starts_no_thread() -> None:
    before = threading.active_count()
    CallCounts().incr("shop", 60)
    assert threading.active_count() == before
