from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import CourierId, TourId
from dispatch.tracking.facts import Fact, FactKind, apply
from dispatch.tracking.tours import StopKind, StopState, Tour
from tests.tracking.stops import at, stop, tour

FRESH = tour(stop("a"), stop("b"), stop("c"))
PAIR = tour(
    stop("shop", StopKind.PICKUP, quote="q"),
    stop("other shop", StopKind.PICKUP, quote="q"),
    stop("door", quote="q"),
)


def fact(
    name: str, kind: FactKind = FactKind.DONE, minute: float = 5, reason: str | None = None
) -> Fact:
    if kind is FactKind.FAILED:
        reason = reason or "not_at_home"
    return Fact(
        f"{name}/{kind}/{minute}",
        TourId("t1"),
        CourierId("anna"),
        name,
        kind,
        at(minute),
        at(minute + 1),
        reason,
    )


def order_of(after: Tour) -> str:
    return "".join(s.stop_id for s in after.stops)


def states(after: Tour) -> dict[str, StopState]:
    return {s.stop_id: s.state for s in after.stops}


def test_a_done_stop_ended_when_the_phone_says() -> None:
    after = apply(FRESH, fact("a", minute=5)).stops[0]
    assert (after.state, after.ended_at, after.reason) == (StopState.DONE, at(5), None)


def test_a_failed_stop_keeps_its_reason() -> None:
    after = apply(FRESH, fact("a", FactKind.FAILED)).stops[0]
    assert (after.state, after.reason, after.over) == (StopState.FAILED, "not_at_home", True)


@pytest.mark.parametrize(("kind", "reason"), [(FactKind.FAILED, None), (FactKind.DONE, "refused")])
def test_a_reason_goes_with_failure_and_with_nothing_else(
    kind: FactKind, reason: str | None
) -> None:
    with pytest.raises(ValueError, match=f"a failed stop has a reason .*{kind}"):
        Fact("f", TourId("t1"), CourierId("anna"), "a", kind, at(0), at(0), reason)


def test_the_courier_chooses_the_order_and_the_list_follows() -> None:
    after = apply(apply(FRESH, fact("c", minute=5)), fact("a", minute=9))
    assert order_of(after) == "cab"
    assert after.next_stop is not None
    assert after.next_stop.stop_id == "b"


def test_the_door_where_the_courier_stands_is_the_next_stop() -> None:
    after = apply(FRESH, fact("c", FactKind.ARRIVED))
    assert order_of(after) == "cab"
    assert after.next_stop is not None
    assert (after.next_stop.stop_id, after.next_stop.state) == ("c", StopState.ARRIVED)


def test_a_fact_that_arrives_late_takes_its_true_place() -> None:
    """The phone had no signal at "a": the end of "b" is known first."""
    after = apply(apply(FRESH, fact("b", minute=9)), fact("a", minute=4))
    assert order_of(after) == "abc"


@pytest.mark.parametrize("arrival", list(permutations("abc")))
def test_in_whatever_order_the_facts_arrive_the_road_is_the_same(
    arrival: tuple[str, ...],
) -> None:
    told = {"b": fact("b", minute=3), "a": fact("a", FactKind.FAILED, 6), "c": fact("c", minute=9)}
    after = FRESH
    for name in arrival:
        after = apply(after, told[name])
    assert order_of(after) == "bac"
    assert [s.ended_at for s in after.stops] == [at(3), at(6), at(9)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([FactKind.ARRIVED, FactKind.DONE])),
        max_size=12,
    )
)
def test_a_fact_told_twice_changes_nothing_and_what_is_over_stays_over(
    told: list[tuple[str, FactKind]],
) -> None:
    after = FRESH
    over: set[str] = set()
    for minute, (name, kind) in enumerate(told):
        one = fact(name, kind, minute)
        after = apply(after, one)
        assert apply(after, one) is after
        over |= {name} if kind is FactKind.DONE else set()
        assert {s.stop_id for s in after.stops if s.over} == over
    assert sorted(order_of(after)) == ["a", "b", "c"]
    assert [s.over for s in after.stops] == sorted((s.over for s in after.stops), reverse=True)


def test_arriving_after_the_end_is_old_news() -> None:
    done = apply(FRESH, fact("a", minute=5))
    assert apply(done, fact("a", FactKind.ARRIVED, 3)) is done


@pytest.mark.parametrize(
    ("first", "then"),
    [(FactKind.DONE, FactKind.FAILED), (FactKind.FAILED, FactKind.DONE)],
)
def test_the_end_of_a_stop_is_not_told_otherwise_later(first: FactKind, then: FactKind) -> None:
    over = apply(FRESH, fact("a", first))
    with pytest.raises(Conflict, match=f"stop a is already {first}"):
        apply(over, fact("a", then))


@pytest.mark.parametrize("name", ["nowhere", "secret"])
def test_only_a_stop_the_courier_was_given_can_be_reported(name: str) -> None:
    with pytest.raises(NotFound, match=name):
        apply(tour(stop("a"), stop("secret", published=None)), fact(name))


@pytest.mark.parametrize("kind", list(FactKind))
def test_nothing_happens_at_a_door_before_the_shops_are_told_of(kind: FactKind) -> None:
    half = apply(PAIR, fact("shop"))
    with pytest.raises(Conflict, match="door comes after its pickup other shop"):
        apply(half, fact("door", kind))
    whole = apply(half, fact("other shop", FactKind.FAILED, 7, "merchant_closed"))
    assert states(apply(whole, fact("door", kind, 9)))["door"].value == kind.value
