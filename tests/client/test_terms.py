"""What stands for a lost option, what is different, and what may be taken unasked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.client import Difference, Option, Quote, Terms, Tolerance
from dispatch.client.terms import nearest


def option(name: str, start: str, end: str, cents: int = 490, mode: str = "express") -> Option:
    day = "2026-11-24T"
    return Option(name, mode, True, False, cents, f"{day}{start}+01:00", f"{day}{end}+01:00")


def quote(*options: Option) -> Quote:
    return Quote("qte_2", datetime(2026, 11, 24, tzinfo=UTC), options)


BEFORE = Terms.of(option("opt_1", "14:00", "15:00"))


def test_the_nearest_window_of_the_same_mode_stands_for_a_lost_one() -> None:
    near, far = option("a", "15:00", "16:00"), option("b", "17:00", "18:00")
    other = option("c", "14:00", "15:00", mode="collect")
    assert nearest(BEFORE, quote(far, other, near)) == near
    assert nearest(BEFORE, quote(other)) is None


def test_of_two_as_near_the_cheaper_one_stands() -> None:
    dear, cheap = option("a", "14:00", "15:00", 590), option("b", "14:00", "15:00", 490)
    assert nearest(BEFORE, quote(dear, cheap)) == cheap


def test_an_option_that_is_refused_stands_for_nothing() -> None:
    assert nearest(BEFORE, quote(Option("a", "express", offered=False))) is None


@pytest.mark.parametrize(
    ("now", "allowed_by_none", "allowed_by_some"),
    [
        (option("a", "14:00", "15:00"), True, True),
        (option("a", "14:10", "14:50", 390), True, True),
        (option("a", "14:00", "15:10"), False, True),
        (option("a", "13:50", "15:00"), False, True),
        (option("a", "14:00", "15:00", 500), False, True),
        (option("a", "14:00", "15:11"), False, False),
        (option("a", "13:49", "15:00"), False, False),
        (option("a", "14:00", "15:00", 501), False, False),
    ],
)
def test_what_is_worse_is_taken_unasked_only_as_far_as_the_shop_said(
    now: Option, allowed_by_none: bool, allowed_by_some: bool
) -> None:
    change = Difference(BEFORE, Terms.of(now))
    assert Tolerance().allows(change) is allowed_by_none
    some = Tolerance(dearer_cents=10, later_s=600, earlier_s=600)
    assert some.allows(change) is allowed_by_some


def test_nothing_is_never_as_good_and_neither_is_another_mode() -> None:
    anything = Tolerance(dearer_cents=10**6, later_s=10**6, earlier_s=10**6)
    assert not anything.allows(Difference(BEFORE, None))
    assert not anything.allows(
        Difference(BEFORE, Terms.of(option("a", "14:00", "15:00", mode="collect")))
    )


def test_days_of_the_post_are_held_against_a_window_by_their_midnights() -> None:
    post = Option("a", "standard", True, False, 490, "2026-11-26", "2026-11-30")
    change = Difference(BEFORE, Terms.of(post))
    assert change.later_s == (5 * 24 + 9) * 3600, "from Tuesday at 15:00 to Monday at 0:00"
    assert change.earlier_s == -(24 + 10) * 3600


def test_a_tolerance_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="below nothing"):
        Tolerance(later_s=-1)
