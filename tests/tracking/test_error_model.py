"""How wide a forecast is: what a town believes at first, and what its own days say."""

from __future__ import annotations

from random import Random

import pytest

from dispatch.tracking.error_model import (
    DOOR,
    PACKING,
    WAYS,
    Delay,
    Noise,
    pace_noise,
    packing_delay,
    stay_noise,
)


def driven(tours: int, legs: int, *, own: float, shared: float, seed: int = 1) -> list[list[float]]:
    """Ratios of *tours* days of *legs* legs each, in a world of these two spreads."""
    dice = Random(seed)
    days = [dice.lognormvariate(0, shared) for _ in range(tours)]
    return [[day * dice.lognormvariate(0, own) for _ in range(legs)] for day in days]


def test_a_town_without_a_past_believes_the_first_guesses() -> None:
    assert pace_noise([], 1.0) == WAYS
    assert stay_noise([], 1.0, DOOR) == DOOR
    assert packing_delay([]) == PACKING


def test_a_month_of_legs_tells_luck_and_the_day_s_pace_apart() -> None:
    found = pace_noise(driven(60, 15, own=0.3, shared=0.2), 1.0)

    assert found.own == pytest.approx(0.3, abs=0.02)
    assert found.shared == pytest.approx(0.2, abs=0.04)


def test_legs_that_have_nothing_in_common_share_nothing() -> None:
    found = pace_noise(driven(200, 10, own=0.3, shared=0.0), 1.0)

    assert found.shared < 0.04


def test_one_tour_moves_the_first_guess_a_little() -> None:
    calm = pace_noise([[1.0, 1.01, 0.99, 1.0]], 1.0)

    assert 0.15 < calm.own < WAYS.own
    assert 0.08 < calm.shared < WAYS.shared


def test_a_factor_that_is_off_makes_every_leg_of_a_tour_uncertain() -> None:
    legs = driven(30, 10, own=0.1, shared=0.0)

    assert pace_noise(legs, 1.5).shared > 3 * pace_noise(legs, 1.0).shared


def test_stays_that_vary_much_are_forecast_wide() -> None:
    dice = Random(3)
    wild = [dice.lognormvariate(0, 0.9) for _ in range(300)]

    assert stay_noise(wild, 1.0, DOOR).own == pytest.approx(0.9, abs=0.08)


def test_a_shop_that_is_always_ten_minutes_late_is_expected_so() -> None:
    found = packing_delay([600.0] * 40)

    assert found.late_s == pytest.approx(480)  # forty parcels, and ten that the guess is worth
    assert found.spread_s < PACKING.spread_s


def test_one_parcel_forgotten_for_hours_says_little() -> None:
    found = packing_delay([60.0, -60.0, 30.0, -30.0, 0.0, 10_000.0])

    assert abs(found.late_s) < 30


@pytest.mark.parametrize("spread", [-0.1, 2.1, float("nan")])
def test_nonsense_is_refused_at_birth(spread: float) -> None:
    with pytest.raises(ValueError, match="out of 0"):
        Noise(spread)
    with pytest.raises(ValueError, match="out of 0"):
        Noise(0.1, spread)
    with pytest.raises(ValueError, match="out of 0"):
        Delay(0, -1)
    with pytest.raises(ValueError, match="not within"):
        Delay(float("nan"), 1)
