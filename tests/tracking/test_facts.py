from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import CourierId, TourId
from dispatch.tracking.facts import Fact, FactKind, as_told, happened_at
from dispatch.tracking.tours import StopKind, StopState, Tour
from tests.tracking.stops import at, stop, tour

FRESH = tour(stop("a"), stop("b"), stop("c"))
PAIR = tour(
    stop("shop", StopKind.PICKUP, quote="q"),
    stop("other shop", StopKind.PICKUP, quote="q"),
    stop("door", quote="q"),
)


def fact(
    name: str,
    kind: FactKind = FactKind.DONE,
    minute: float = 5,
    reason: str | None = None,
    *,
    learnt: float | None = None,
) -> Fact:
    """Told of *name* at *minute*, and learnt a minute later unless said otherwise."""
    if kind is FactKind.FAILED:
        reason = reason or "not_at_home"
    return Fact(
        f"{name}/{kind}/{minute}",
        TourId("t1"),
        CourierId("anna"),
        name,
        kind,
        at(minute),
        at(minute + 1 if learnt is None else learnt),
        reason,
    )


def counted(one: Fact, seq: int, phone: str = "p1") -> Fact:
    return replace(one, phone=phone, seq=seq)


def order_of(after: Tour) -> str:
    return "".join(s.stop_id for s in after.stops)


def states(after: Tour) -> dict[str, StopState]:
    return {s.stop_id: s.state for s in after.stops}


def test_a_done_stop_ended_when_the_phone_says() -> None:
    after = as_told(FRESH, [fact("a", minute=5)]).stops[0]
    assert (after.state, after.ended_at, after.reason) == (StopState.DONE, at(5), None)


def test_a_failed_stop_keeps_its_reason() -> None:
    after = as_told(FRESH, [fact("a", FactKind.FAILED)]).stops[0]
    assert (after.state, after.reason, after.over) == (StopState.FAILED, "not_at_home", True)


@pytest.mark.parametrize(("kind", "reason"), [(FactKind.FAILED, None), (FactKind.DONE, "refused")])
def test_a_reason_goes_with_failure_and_with_nothing_else(
    kind: FactKind, reason: str | None
) -> None:
    with pytest.raises(ValueError, match=f"a failed stop has a reason .*{kind}"):
        Fact("f", TourId("t1"), CourierId("anna"), "a", kind, at(0), at(0), reason)


def test_who_counts_says_which_phone_it_is() -> None:
    with pytest.raises(ValueError, match="a phone counts its words"):
        replace(fact("a"), seq=1)


def test_the_courier_chooses_the_order_and_the_list_follows() -> None:
    after = as_told(FRESH, [fact("c", minute=5), fact("a", minute=9)])
    assert order_of(after) == "cab"
    assert after.next_stop is not None
    assert after.next_stop.stop_id == "b"


def test_the_door_where_the_courier_stands_is_the_next_stop() -> None:
    after = as_told(FRESH, [fact("b", FactKind.ARRIVED, 3), fact("c", FactKind.ARRIVED, 5)])
    assert order_of(after) == "cba"
    assert after.next_stop is not None
    assert (after.next_stop.stop_id, after.next_stop.state) == ("c", StopState.ARRIVED)


@pytest.mark.parametrize("arrival", list(permutations("abc")))
def test_in_whatever_order_the_facts_arrive_the_road_is_the_same(
    arrival: tuple[str, ...],
) -> None:
    told = {"b": fact("b", minute=3), "a": fact("a", FactKind.FAILED, 6), "c": fact("c", minute=9)}
    at_once = as_told(FRESH, [told[name] for name in arrival])
    after = FRESH
    for n in range(3):
        after = as_told(after, [told[name] for name in arrival[: n + 1]])
    assert order_of(after) == "bac" and after == at_once
    assert [s.ended_at for s in after.stops] == [at(3), at(6), at(9)]


KINDS = st.sampled_from(list(FactKind))


@given(
    st.lists(
        st.tuples(st.sampled_from(["shop", "other shop", "door"]), KINDS, st.integers(0, 9)),
        max_size=9,
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_is_told_the_tour_knows_only_what_and_not_in_which_order(
    said: list[tuple[str, FactKind, int]], luck: object
) -> None:
    told = [fact(*one) for one in said]
    shuffled = told + told[:3]
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    after = PAIR
    for n in range(len(shuffled)):
        after = as_told(after, shuffled[: n + 1])
    assert after == as_told(PAIR, told)
    assert as_told(after, told) is after


def test_arriving_after_the_end_is_old_news() -> None:
    done = as_told(FRESH, [fact("a", minute=5)])
    assert as_told(done, [fact("a", minute=5), fact("a", FactKind.ARRIVED, 3)]) is done


def test_what_was_handed_over_was_handed_over_whatever_else_is_told() -> None:
    said = [fact("a", FactKind.FAILED, 3), fact("a", FactKind.DONE, 9)]
    for told in (said, said[::-1]):
        after = as_told(FRESH, told).stops[0]
        assert (after.state, after.ended_at, after.reason) == (StopState.DONE, at(9), None)


def test_of_two_who_say_the_same_the_earlier_counts() -> None:
    said = [fact("a", FactKind.FAILED, 9, "refused"), fact("a", FactKind.FAILED, 3)]
    after = as_told(FRESH, said).stops[0]
    assert (after.ended_at, after.reason) == (at(3), "not_at_home")


@pytest.mark.parametrize("name", ["nowhere", "secret"])
def test_only_a_stop_the_courier_was_given_can_change(name: str) -> None:
    given = tour(stop("a"), stop("secret", published=None))
    assert as_told(given, [fact(name)]) is given


def test_a_failure_from_before_the_stop_was_given_is_about_another_day() -> None:
    """Learnt at six; at seven a wave gives the stop to the same courier again."""
    again = tour(stop("a", published=7))
    assert as_told(again, [fact("a", FactKind.FAILED, 5)]) is again
    assert states(as_told(again, [fact("a", FactKind.DONE, 5)])) == {"a": StopState.DONE}


@pytest.mark.parametrize("kind", list(FactKind))
def test_nothing_counts_at_a_door_before_the_shops_are_told_of(kind: FactKind) -> None:
    half = [fact("door", kind, 9), fact("shop")]
    assert states(as_told(PAIR, half))["door"] is StopState.OPEN
    whole = [*half, fact("other shop", FactKind.FAILED, 7, "merchant_closed")]
    assert states(as_told(PAIR, whole))["door"].value == kind.value


def test_what_no_shop_gave_reaches_no_door() -> None:
    shut = [fact(name, FactKind.FAILED, 3, "merchant_closed") for name in ("shop", "other shop")]
    assert states(as_told(PAIR, [*shut, fact("door")]))["door"] is StopState.OPEN


def test_a_parcel_that_came_without_its_shop_waits_for_none() -> None:
    assert states(as_told(tour(stop("door")), [fact("door")])) == {"door": StopState.DONE}


# --- clocks that are wrong ------------------------------------------------------------------


def test_a_clock_that_falls_back_by_hours_turns_no_day_around() -> None:
    """Ten past ten, then the phone believes it is seven; the count knows better."""
    said = [counted(fact("b", minute=10), 1), counted(fact("a", minute=-180), 2)]
    after = as_told(FRESH, said[::-1])
    assert order_of(after) == "bac"
    assert {s.ended_at for s in after.stops if s.over} == {at(10)}


def test_each_phone_counts_for_itself() -> None:
    said = [counted(fact("a", minute=30), 7), counted(fact("b", minute=5), 8, "p2")]
    assert happened_at(said) == {one.fact_id: one.at_device for one in said}
