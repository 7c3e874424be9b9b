from __future__ import annotations

from dispatch.tracking.facts import Fact, FactKind, as_told
from dispatch.tracking.tours import Tour
from dispatch.tracking.unclear import Why, unclear
from tests.tracking.stops import stop, tour
from tests.tracking.test_facts import FRESH, PAIR, fact


def why(day: Tour, *told: Fact) -> dict[str, Why]:
    """Why each unclear fact is, by its stop and kind, once all of *told* is in the tour."""
    asked = unclear(as_told(day, told), told)
    return {f"{one.fact.stop_id}/{one.fact.kind}": one.why for one in asked}


def test_what_is_in_the_tour_as_it_was_told_asks_nobody() -> None:
    assert why(FRESH, fact("a"), fact("b", FactKind.FAILED), fact("c", FactKind.ARRIVED)) == {}


def test_a_door_told_before_its_shop_waits_and_then_is_clear() -> None:
    door, shop, other = fact("door", minute=9), fact("shop"), fact("other shop")
    assert why(PAIR, door, shop) == {"door/done": Why.WAITS}
    assert why(PAIR, door, shop, other) == {}


def test_a_stop_that_is_not_in_the_tour_is_a_question() -> None:
    assert why(FRESH, fact("nowhere")) == {"nowhere/done": Why.ELSEWHERE}
    again = tour(stop("a", published=7))
    assert why(again, fact("a", FactKind.FAILED, 5)) == {"a/failed": Why.ELSEWHERE}


def test_a_failure_overruled_by_a_handover_is_shown() -> None:
    said = fact("a", FactKind.FAILED, 3), fact("a", FactKind.DONE, 9)
    assert why(FRESH, *said) == {"a/failed": Why.OVERRULED}


def test_that_a_courier_stood_somewhere_else_is_worth_no_question() -> None:
    assert why(FRESH, fact("nowhere", FactKind.ARRIVED)) == {}
