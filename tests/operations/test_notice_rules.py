from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.civil import clock_text, parse_instant
from dispatch.operations.notice_rules import NoticeRules
from dispatch.operations.notices import STILL_TRUE, USEFUL_FOR, Channel, Kind

RULES = NoticeRules()


@pytest.mark.parametrize(
    ("at", "speaks_at"),
    [
        ("2026-11-24T20:59+01:00", "2026-11-24T20:59+01:00"),
        ("2026-11-24T21:00+01:00", "2026-11-25T08:00+01:00"),
        ("2026-11-25T03:00+01:00", "2026-11-25T08:00+01:00"),
        ("2026-11-25T08:00+01:00", "2026-11-25T08:00+01:00"),
        # In the night in which clocks go forward, it is eight an hour sooner; back, later.
        ("2026-03-28T22:00+01:00", "2026-03-29T08:00+02:00"),
        ("2026-10-24T22:00+02:00", "2026-10-25T08:00+01:00"),
    ],
)
def test_nobody_is_woken(at: str, speaks_at: str) -> None:
    assert RULES.speaks_at(parse_instant(at)) == parse_instant(speaks_at)


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = NoticeRules(quiet_from="12:00", quiet_to="14:00")
    at = parse_instant("2026-11-24T12:30+01:00")
    assert clock_text(noon.speaks_at(at)) == "14:00"
    assert NoticeRules(quiet_from="00:00", quiet_to="00:00").speaks_at(at) == at


@given(st.integers(0, 365 * 24 * 60), st.integers(0, 1439))
def test_nothing_is_said_in_quiet_hours_and_nothing_waits_longer_than_they_are(
    minute: int, begins_min: int
) -> None:
    ends_min = (begins_min + 11 * 60) % 1440
    begins, ends = (f"{m // 60:02d}:{m % 60:02d}" for m in (begins_min, ends_min))
    rules = NoticeRules(quiet_from=begins, quiet_to=ends)
    instant = parse_instant("2026-01-01T00:00+00:00") + timedelta(minutes=minute)
    spoken = rules.speaks_at(instant)
    assert instant <= spoken <= instant + timedelta(hours=12)
    assert rules.speaks_at(spoken) == spoken


def test_it_is_tried_again_ever_more_seldom_and_then_no_more() -> None:
    now = parse_instant("2026-11-24T10:00+01:00")
    waits = [RULES.next_try(tries, now) for tries in range(1, 6)]
    assert [at and (at - now).total_seconds() for at in waits] == [15, 60, 300, 1800, None]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"quiet_from": "25:00"}, "not a time of day"),
        ({"quiet_to": "24:00"}, "written 00:00"),
        ({"email_kinds": ("boked",)}, "no notice is 'boked'"),
        ({"sms_kinds": ("",)}, "no notice is ''"),
        ({"retry_after_s": ()}, "does not grow"),
        ({"retry_after_s": (5, 10)}, "does not grow"),
        ({"retry_after_s": (0, 90_000)}, "does not grow"),
    ],
)
def test_nonsense_is_refused(said: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        NoticeRules(**said)  # type: ignore[arg-type]


def test_every_kind_has_an_end_and_states_in_which_it_is_true() -> None:
    assert set(USEFUL_FOR) == set(STILL_TRUE) == set(Kind)
    assert set(RULES.kinds) == set(Channel)
