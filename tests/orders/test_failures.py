from __future__ import annotations

from dispatch.orders.failures import AT_DROP, AT_PICKUP, NEXT_STEP, FailureReason, NextStep


def test_every_failure_has_a_next_step_and_a_place_where_it_happens() -> None:
    assert set(NEXT_STEP) == set(FailureReason)
    assert {*AT_PICKUP, *AT_DROP} == set(FailureReason)


def test_a_courier_with_cold_fingers_chooses_among_twelve_at_most() -> None:
    assert len(FailureReason) <= 12


def test_only_a_parcel_that_was_not_ready_is_sent_for_again_by_itself() -> None:
    retried = {reason for reason, then in NEXT_STEP.items() if then is NextStep.RETRY}
    assert retried == {FailureReason.NOT_READY}


def test_nothing_that_was_never_fetched_is_held_or_returned_for_being_out() -> None:
    assert FailureReason.NOT_AT_HOME not in AT_PICKUP
    assert FailureReason.NOT_READY not in AT_DROP
