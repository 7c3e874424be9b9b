"""What holds, webhooks and the purge may be told."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import accumulate

import pytest

from dispatch.operations.hold_rules import HoldRules
from dispatch.operations.retention_rules import Retention
from dispatch.operations.webhook_rules import WebhookRules


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_held_places_are_none_of_a_day_to_all_of_it(share: float) -> None:
    assert HoldRules(max_held_share=0).max_held_share == 0
    assert HoldRules(max_held_share=1).max_held_share == 1
    with pytest.raises(ValueError, match="max_held_share is out of 0 to 1"):
        HoldRules(max_held_share=share)


@pytest.mark.parametrize("name", [field.name for field in fields(Retention)])
def test_nothing_is_kept_for_no_time_or_for_longer_than_ten_years(name: str) -> None:
    for beyond in (0, 3651):
        with pytest.raises(ValueError, match=f"{name} is out of 1 to 3650: {beyond}"):
            replace(Retention(), **{name: beyond})


def test_an_idempotency_key_is_kept_for_the_day_it_counts() -> None:
    with pytest.raises(ValueError, match="a key counts for a day"):
        Retention(keys_days=1)


def test_a_booking_never_outlives_what_happened_to_it() -> None:
    assert Retention(names_days=365, events_days=365).events_days == 365
    with pytest.raises(ValueError, match="events_days is 364, less than names_days 365"):
        Retention(names_days=365, events_days=364)


def test_a_message_is_tried_nine_times_in_a_day_and_a_half() -> None:
    tries_s = list(accumulate(WebhookRules().retry_after_s))
    assert len(tries_s) == 9
    assert tries_s[:3] == [0, 5, 65]
    assert tries_s[-1] / 3600 == pytest.approx(31.6, abs=0.01)


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ((), "retry_after_s is empty"),
        ((60, 5), r"does not grow from 0: \[60, 5\]"),
        ((-1, 5), r"does not grow from 0: \[-1, 5\]"),
        ((5, 60), r"does not grow from 0: \[5, 60\]"),
        ((0, 7 * 24 * 3600 + 1), "more than a week: 604801"),
    ],
)
def test_tries_come_ever_later_and_within_the_week(schedule: tuple[int, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        WebhookRules(retry_after_s=schedule)


@pytest.mark.parametrize("timeout_s", [0, 61])
def test_an_endpoint_has_a_moment_to_answer_and_no_more(timeout_s: float) -> None:
    with pytest.raises(ValueError, match=f"timeout_s is out of 0 to 60: {timeout_s}"):
        WebhookRules(timeout_s=timeout_s)
