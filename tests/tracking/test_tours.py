from __future__ import annotations

from dispatch.core.ids import QuoteId
from dispatch.tracking.tours import StopState
from tests.tracking.stops import at, stop, tour


def test_a_hold_dies_the_instant_its_quote_does() -> None:
    held = tour(stop("a"), stop("b", published=None, held_until=15))
    assert held.without_expired_holds(at(14.99)) is held
    assert [s.stop_id for s in held.without_expired_holds(at(15)).stops] == ["a"]


def test_what_is_booked_outlives_every_hold() -> None:
    booked = tour(stop("a", published=None), stop("b"))
    assert booked.without_expired_holds(at(10_000)) is booked


def test_the_courier_sees_what_was_handed_out_and_nothing_else() -> None:
    mixed = tour(stop("a"), stop("b", published=None), stop("c"))
    assert [s.stop_id for s in mixed.manifest] == ["a", "c"]


def test_the_next_stop_is_the_first_that_is_not_over() -> None:
    day = tour(stop("a", state=StopState.DONE, ended=3), stop("b", published=None), stop("c"))
    assert day.next_stop is not None
    assert day.next_stop.stop_id == "c"
    assert tour(stop("a", state=StopState.FAILED, ended=3)).next_stop is None


def test_an_order_taken_out_leaves_behind_what_happened() -> None:
    day = tour(stop("a", quote="q", state=StopState.DONE, ended=3), stop("b", quote="q"), stop("c"))
    assert [s.stop_id for s in day.without_order(QuoteId("q")).stops] == ["a", "c"]
    assert day.without_order(QuoteId("q_nobody")) is day
