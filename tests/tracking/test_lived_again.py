"""What promises that have ended teach: steps that never fall, one beside the other."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.lived_again import curve
from dispatch.tracking.made_up import Curve
from dispatch.tracking.reliability import Statement, reliability


def said(p: float, kept: int, broken: int, spare_s: float | None = None) -> list[Statement]:
    return [Statement(p, True, spare_s)] * kept + [Statement(p, False, spare_s)] * broken


def test_a_point_is_how_often_a_hundred_promises_were_kept() -> None:
    found = curve([*said(0.5, 70, 30), *said(0.99, 190, 10)], "here, today")
    assert found == Curve("here, today", 300, (0.5, 0.99), (0.698, 0.948))
    assert found.of(0.5) == 0.698
    assert found.of(0.999) == found.of(0.99) == 0.948


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


def test_with_little_to_spare_the_same_chance_is_kept_less_often() -> None:
    """Half of a hundred, and nine tenths of another: log-odds 0 and 2.2, about 1.1."""
    found = curve([*said(0.9, 50, 50, 0.0), *said(0.9, 90, 10, 1800.0)], "here")
    assert found.spares_s == (0.0, 1800.0)
    assert found.of(0.9) == pytest.approx(0.75, abs=0.02)
    assert found.of(0.9, 0.0) == pytest.approx(0.5, abs=0.04), "a little nearer to the usual"
    assert found.of(0.9, 1800.0) == pytest.approx(0.9, abs=0.04)
    assert found.of(0.9, 0.0) > 0.5 and found.of(0.9, 1800.0) < 0.9


def test_what_a_chance_and_time_to_spare_say_is_told_apart() -> None:
    """Who has time keeps three times as likely, whatever was said; each by its own odds."""
    found = curve(
        [
            *said(0.5, 100, 100, 0.0),
            *said(0.5, 300, 100, 1800.0),
            *said(0.9, 300, 100, 0.0),
            *said(0.9, 900, 100, 1800.0),
        ],
        "here",
    )
    for p, spare_s, kept in ((0.5, 0, 0.5), (0.5, 1800, 0.75), (0.9, 0, 0.75), (0.9, 1800, 0.9)):
        assert found.of(p, spare_s) == pytest.approx(kept, abs=0.01)


def test_more_to_spare_that_was_kept_less_often_is_one_with_less() -> None:
    found = curve([*said(0.9, 80, 20, 0.0), *said(0.9, 70, 30, 1800.0)], "here")
    assert found.spares_s == (900.0,) and found.shifts == (0.0,)
    assert found.of(0.9, 0.0) == found.of(0.9, 1800.0) == found.of(0.9)


def test_where_nobody_knows_what_there_was_to_spare_nothing_is_shifted() -> None:
    assert curve(said(0.9, 180, 20), "here").shifts == ()
    assert curve(said(0.9, 180, 20, 600.0), "here").shifts == (), "it was always the same"
    unknown = curve([*said(0.9, 180, 20), *said(0.9, 0, 50, 0.0)], "here")
    assert unknown.shifts == (), "fifty are too few"


chances = st.tuples(st.floats(0, 1), st.booleans(), st.none() | st.floats(-3600, 1800))


@given(st.lists(chances, min_size=100, max_size=400), st.floats(0, 1), st.floats(0, 1))
def test_whatever_was_seen_a_higher_chance_never_becomes_a_lower_one(
    seen: list[tuple[float, bool, float | None]], one: float, other: float
) -> None:
    try:
        found = curve([Statement(*said) for said in seen], "here")
    except ValueError:
        return  # chances that a file cannot hold, 0 and 1 to three places, are no promise's
    low, high = sorted((one, other))
    for spare_s in (None, -1800.0, 600.0):
        assert 0 <= found.of(low, spare_s) <= found.of(high, spare_s) + 1e-12 < 1


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
