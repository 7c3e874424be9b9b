"""What many promises came to, as a curve that never falls."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.made_up import BUILT_IN, NOTHING, Curve, curve
from dispatch.tracking.reliability import Statement, reliability


def said(p: float, kept: int, broken: int) -> list[Statement]:
    return [Statement(p, kept=True)] * kept + [Statement(p, kept=False)] * broken


def test_a_point_is_how_often_a_hundred_promises_were_kept() -> None:
    found = curve([*said(0.5, 70, 30), *said(0.99, 190, 10)], "here, today")
    assert found == Curve("here, today", 300, (0.5, 0.99), (0.698, 0.948))
    assert found.of(0.5) == 0.698
    assert found.of(0.999) == found.of(0.99) == 0.948


def test_between_two_points_one_goes_along_the_log_odds() -> None:
    """1 : 1 and 9 : 1 have 3 : 1 in their middle."""
    even = Curve("here", 200, (0.5, 0.9), (0.6, 0.8))
    assert even.of(0.75) == pytest.approx(0.7)


def test_what_nobody_ever_saw_falls_to_nothing() -> None:
    """From 1 : 999 to 1 : 1 is as far as from 1 : 1 to 999 : 1."""
    found = Curve("here", 100, (0.5,), (0.8,))
    assert found.of(0.0) == found.of(0.001) == 0
    assert found.of(1 / 32.6) == pytest.approx(0.4, abs=0.001), "31.6 is the root of 999"


def test_below_what_was_seen_now_and_then_nothing_is_known() -> None:
    """120 were kept, one in twenty of them at 0.21 or less."""
    spread = [one for n in range(20, 60) for one in said(n / 100, 3, 0)]
    found = curve([*spread, *said(0.9, 70, 30)], "here")
    assert found.as_it_stands[0] == 0.21
    assert found.of(0.1) < found.of(0.21) == found.of(0.5)


def test_what_was_surer_and_kept_less_often_is_one_with_what_was_less_sure() -> None:
    """160 in 200 kept, all told: neither 0.9 nor 0.7 of them says more."""
    found = curve([*said(0.6, 90, 10), *said(0.8, 70, 30), *said(0.99, 95, 5)], "here")
    assert found.as_it_stands == (0.6, 0.7, 0.99)
    assert found.kept == pytest.approx((160.5 / 201, 160.5 / 201, 95.5 / 101), abs=0.001)


def test_few_are_taken_with_their_neighbours_and_too_few_teach_nothing() -> None:
    found = curve([*said(0.5, 80, 20), *said(0.9, 5, 0)], "here")
    assert found.promises == 105 and set(found.kept) == {round(85.5 / 106, 3)}
    with pytest.raises(ValueError, match="99 promises teach nothing: 100 at least"):
        curve(said(0.5, 90, 9), "here")


def test_nothing_learnt_leaves_chances_as_they_are() -> None:
    assert NOTHING.of(0.37) == 0.37


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kept": (0.5,)}, "as_it_stands has 2 chances, kept 1"),
        ({"kept": (0.8, 0.6)}, "kept becomes less"),
        ({"as_it_stands": (0.9, 0.9)}, "as_it_stands does not grow"),
        ({"as_it_stands": (0.5, 1.0)}, "as_it_stands: a chance is out of 0 to 1"),
        ({"source": ""}, "what was this learnt from"),
    ],
)
def test_a_curve_that_makes_no_sense_is_refused(wrong: dict[str, Any], why: str) -> None:
    right: dict[str, Any] = {"source": "here", "promises": 200}
    right |= {"as_it_stands": (0.5, 0.9), "kept": (0.6, 0.8)}
    assert Curve(**right).of(0.5) == 0.6
    with pytest.raises(ValueError, match=why):
        Curve(**(right | wrong))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=100, max_size=400),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_higher_chance_never_becomes_a_lower_one(
    seen: list[tuple[float, bool]], one: float, other: float
) -> None:
    for found in (*BUILT_IN.values(), _or_none(seen)):
        low, high = sorted((one, other))
        assert 0 <= found.of(low) <= found.of(high) + 1e-12 < 1


def _or_none(seen: list[tuple[float, bool]]) -> Curve:
    """Chances that a file cannot hold, 0 and 1 to three places, are no promise's."""
    try:
        return curve([Statement(p, kept) for p, kept in seen], "here")
    except ValueError:
        return NOTHING


def test_what_one_half_of_the_days_taught_is_true_of_the_other() -> None:
    """Plans forget: below 0.9 three in four are kept whatever was said, above it most."""
    dice = Random(7)

    def lived(count: int) -> list[Statement]:
        chances = [dice.choice([0.998, 0.998, dice.uniform(0.2, 0.99)]) for _ in range(count)]
        return [Statement(p, dice.random() < (0.75 if p < 0.9 else 0.95)) for p in chances]

    found, later = curve(lived(4_000), "here"), lived(20_000)
    before = reliability(later)
    after = reliability(Statement(found.of(one.p), one.kept) for one in later)
    assert max(abs(band.off_points) for band in before) > 30
    assert max(abs(band.off_points) for band in after if band.count > 500) < 3
