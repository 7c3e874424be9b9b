"""What a courier has to be told: a next stop that changed under way, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from dispatch.tracking.news import MOST_KEPT, News, What, Why, as_gone_to, as_read, with_news
from dispatch.tracking.tours import StopState
from tests.tracking.stops import at, stop, tour

ONE, TWO = stop("one"), stop("two")


def test_another_next_stop_is_news_with_what_was_next_before() -> None:
    told = with_news(tour(ONE, TWO), tour(TWO, ONE), Why.WAVE, at(5))
    assert told.unread == News("n1", at(5), What.NEXT_STOP, Why.WAVE, "two", "one")


def test_nobody_leaves_for_another_stop_before_it_was_the_next() -> None:
    told = with_news(tour(ONE, TWO), tour(TWO, ONE), Why.WAVE, at(5))
    assert [stop.published_at for stop in told.stops] == [at(5), at(0)]


def test_what_comes_later_may_change_without_a_word() -> None:
    after = tour(ONE, stop("three"), TWO)
    assert with_news(tour(ONE, TWO), after, Why.WAVE, at(5)) is after


def test_stops_that_the_courier_was_not_given_are_nobodys_news() -> None:
    after = tour(stop("held", published=None, held_until=30), ONE)
    assert with_news(tour(ONE), after, Why.BOOKED, at(5)) is after


def test_ending_a_stop_is_no_surprise_to_who_ended_it() -> None:
    after = tour(replace(ONE, state=StopState.DONE, ended_at=at(4)), TWO)
    assert with_news(tour(ONE, TWO), after, Why.WAVE, at(5)) is after


def test_the_first_stop_of_all_and_the_last_taken_away_are_news() -> None:
    first = with_news(None, tour(ONE), Why.WAVE, at(0))
    assert first.unread is not None and first.unread.what is What.FIRST_STOP
    gone = with_news(first, replace(first, stops=()), Why.CANCELLED, at(9))
    assert gone.unread is not None and gone.unread.what is What.NOTHING_LEFT
    assert (gone.unread.stop_id, gone.unread.was) == (None, "one")


def test_only_the_newest_word_on_what_comes_next_is_still_to_be_read() -> None:
    told = with_news(tour(ONE, TWO), tour(TWO, ONE), Why.WAVE, at(5))
    again = with_news(told, replace(told, stops=(ONE, TWO)), Why.CANCELLED, at(6))
    assert [(n.news_id, n.read_at) for n in again.news] == [("n1", at(6)), ("n2", None)]


def test_read_once_it_is_read_and_a_second_tap_changes_nothing() -> None:
    told = with_news(tour(ONE, TWO), tour(TWO, ONE), Why.WAVE, at(5))
    read = as_read(told, "n1", at(7))
    assert read.unread is None
    assert as_read(read, "n1", at(8)) is read
    assert as_read(read, "n9", at(8)) is read


def test_who_is_at_the_new_next_stop_needs_not_say_that_it_was_read() -> None:
    told = with_news(tour(ONE, TWO), tour(TWO, ONE), Why.WAVE, at(5))
    there = as_gone_to(told, "two", at(9))
    assert (there.unread, there.news[0].read_at) == (None, at(9))


def test_who_is_elsewhere_or_was_there_before_has_not_read_it() -> None:
    told = with_news(tour(ONE, TWO), tour(TWO, ONE), Why.WAVE, at(5))
    assert as_gone_to(told, "one", at(9)) is told
    assert as_gone_to(told, "two", at(4)) is told
    nothing = with_news(told, replace(told, stops=()), Why.CANCELLED, at(6))
    assert as_gone_to(nothing, "two", at(9)) is nothing


def test_a_day_that_goes_wrong_keeps_the_latest_news_and_their_numbers_go_on() -> None:
    told = tour(ONE, TWO)
    for minute in range(MOST_KEPT + 5):
        stops = (TWO, ONE) if minute % 2 == 0 else (ONE, TWO)
        told = with_news(told, replace(told, stops=stops), Why.WAVE, at(minute))
    assert len(told.news) == MOST_KEPT
    assert told.news[-1].news_id == f"n{MOST_KEPT + 5}"
