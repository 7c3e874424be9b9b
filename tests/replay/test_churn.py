"""What counts as a change for a courier who has a tour already."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from dispatch.core.ids import CourierId, QuoteId, TourId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.replay.churn import Churn, churn_between
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHIFT = TimeWindow(NINE, NINE.replace(hour=18))


def tour(name: str, *letters: str) -> Tour:
    stops = tuple(
        Stop(
            stop_id=letter,
            quote_id=QuoteId(letter),
            kind=StopKind.DROP,
            place=Place(44.5, 0.16),
            windows=(SHIFT,),
            service_s=60,
            load=(0, 0, 0),
            published_at=NINE,
        )
        for letter in letters
    )
    return Tour(TourId(name), date(2026, 11, 24), CourierId(name), SHIFT, Place(44.5, 0.16), stops)


def left(day: Tour) -> Tour:
    """The courier is on the way to the first stop."""
    return day.with_stop(replace(day.stops[0], departed_at=NINE))


def test_the_same_tours_are_no_change() -> None:
    day = [tour("lea", "A", "B"), tour("max", "C")]
    assert churn_between(day, day) == Churn()


def test_more_behind_is_no_change_for_what_was_there() -> None:
    assert churn_between([tour("lea", "A")], [tour("lea", "A", "B")]) == Churn()


def test_another_next_stop_is_told_unless_the_courier_has_left_for_it() -> None:
    before, after = tour("lea", "A", "B"), tour("lea", "B", "A")
    assert churn_between([before], [after]) == Churn(silent=0, next_stops=1, moved=1)
    assert churn_between([left(before)], [after]) == Churn(silent=1, next_stops=0, moved=1)
    there = before.with_stop(replace(before.stops[0], state=StopState.ARRIVED))
    assert churn_between([there], [after]).silent == 1


def test_a_stop_that_another_courier_has_now_has_moved() -> None:
    before = [tour("lea", "A", "B"), tour("max", "C")]
    after = [tour("lea", "A"), tour("max", "C", "B")]
    assert churn_between(before, after) == Churn(moved=1)


def test_a_stop_in_between_moves_nothing() -> None:
    assert churn_between([tour("lea", "A", "B")], [tour("lea", "A", "X", "B")]) == Churn()


def test_what_is_over_is_no_change() -> None:
    before = tour("lea", "A", "B")
    done = before.with_stop(replace(before.stops[0], state=StopState.DONE, ended_at=NINE))
    assert churn_between([done], [done]) == Churn()


def test_a_next_stop_taken_away_counts() -> None:
    assert churn_between([tour("lea", "A")], [tour("lea")]) == Churn(next_stops=1)
