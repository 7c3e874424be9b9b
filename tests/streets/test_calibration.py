"""Couriers' legs correct the streets: carefully, and for the better."""

from __future__ import annotations

from random import Random

import pytest

from dispatch.streets.calibration import DrivenLeg, error_pct, pace, wet_pace


def legs(true: float, count: int, *, noise: float = 0.15, seed: int = 1) -> list[DrivenLeg]:
    """Ways of two to ten minutes in a world where each takes *true* times what is expected."""
    dice = Random(seed)
    expected_s = [dice.uniform(120, 600) for _ in range(count)]
    return [DrivenLeg(s, s * true * dice.lognormvariate(0, noise)) for s in expected_s]


def test_no_leg_leaves_the_streets_as_they_are() -> None:
    assert pace([]) == 1.0
    assert error_pct([], 1.0) is None


def test_a_way_across_the_square_says_nothing_about_the_streets() -> None:
    assert pace([DrivenLeg(89, 500)] * 30) == 1.0
    assert pace([DrivenLeg(90, 108)] * 30) > 1.1


@pytest.mark.parametrize("seed", range(20))
def test_after_twenty_deliveries_in_a_world_a_quarter_faster_forecasts_are_better(
    seed: int,
) -> None:
    driven, ahead = (legs(1 / 1.25, 20, seed=n) for n in (seed, seed + 1000))

    learnt = pace(driven)

    before, after = error_pct(ahead, 1.0), error_pct(ahead, learnt)
    assert 0.8 <= learnt < 0.93
    assert before is not None
    assert after is not None
    assert after < before


def test_whatever_the_telephones_say_a_factor_stays_believable() -> None:
    assert pace([DrivenLeg(100, 7000)] * 1000) == pytest.approx(1.8, rel=0.01)
    assert pace([DrivenLeg(100, 7000)] * 1000) <= 1.8
    assert pace([DrivenLeg(7000, 100)] * 1000) >= 0.7


def test_one_leg_with_a_flat_tyre_is_not_believed() -> None:
    driven = legs(1.0, 20, noise=0.05)

    assert pace([*driven, DrivenLeg(300, 7000)]) == pytest.approx(pace(driven), rel=0.02)


def test_the_error_is_that_of_a_typical_leg() -> None:
    driven = [DrivenLeg(100, 125), DrivenLeg(200, 250), DrivenLeg(300, 6000)]

    assert error_pct(driven, 1.0) == pytest.approx(20)
    assert error_pct(driven, 1.25) == pytest.approx(0)


def test_a_leg_takes_time() -> None:
    with pytest.raises(ValueError, match="takes time"):
        DrivenLeg(0, 10)


def test_rain_is_what_was_believed_until_tours_say_otherwise_one_word_each() -> None:
    def tour(ratio: float, legs: int = 9) -> list[DrivenLeg]:
        return [DrivenLeg(600, 600 * ratio)] * legs

    assert wet_pace([], 0.8, 1.1) == 1.1
    # Five tours count as much as the first guess, however many legs they have.
    halfway = 1.1 * (1.2 / 1.1) ** 0.5
    assert wet_pace([tour(0.8 * 1.2)] * 5, 0.8, 1.1) == pytest.approx(halfway)
    assert wet_pace([tour(0.8 * 1.2, legs=30)] * 5, 0.8, 1.1) == pytest.approx(halfway)
    assert wet_pace([[DrivenLeg(30, 300)]], 0.8, 1.1) == 1.1  # too short to tell anything
