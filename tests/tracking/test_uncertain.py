"""Sums, the later of two, and chances; each beside drawing it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.uncertain import Uncertain, later, rest_of


def test_an_instant_that_is_known_is_known() -> None:
    noon = Uncertain(100.0)

    assert (noon.by(99.9), noon.by(100)) == (0, 1)
    assert noon.quantile_s(0.1) == noon.quantile_s(0.9) == 100


def test_a_bell_curve_has_its_textbook_quantiles() -> None:
    bell = Uncertain(100, 400)

    assert bell.quantile_s(0.5) == 100
    assert bell.quantile_s(0.9) == pytest.approx(100 + 1.2816 * 20, abs=0.01)
    assert bell.by(120) == pytest.approx(0.8413, abs=0.0001)


def test_a_long_tail_puts_the_middle_before_the_mean() -> None:
    """An exponential of mean 100: half are over after 69 s, nine tenths after 230."""
    tail = Uncertain(100, 100**2, 2 * 100**3)

    assert tail.quantile_s(0.5) == pytest.approx(69, abs=3)
    assert tail.quantile_s(0.9) == pytest.approx(230, abs=3)


@given(
    st.floats(-1e4, 1e4),
    st.floats(1e-3, 1e6),
    st.floats(-3, 3),
    st.floats(0.01, 0.98),
    st.floats(0.001, 0.01),
)
def test_a_quantile_is_the_instant_of_its_chance(
    mean_s: float, var: float, skew: float, share: float, more: float
) -> None:
    one = Uncertain(mean_s, var, skew * var**1.5)

    assert one.quantile_s(share) <= one.quantile_s(share + more)
    if abs(skew) < 1:
        assert one.by(one.quantile_s(share)) == pytest.approx(share, abs=0.001)


@pytest.mark.parametrize("other_s", [-50, 0, 30, 100])
@pytest.mark.parametrize("spread_s", [0, 20, 60])
def test_the_later_of_two_bell_curves_has_clark_s_moments(other_s: float, spread_s: float) -> None:
    dice = np.random.default_rng(11)
    drawn = np.maximum(
        40 * dice.standard_normal(400_000), other_s + spread_s * dice.standard_normal(400_000)
    )
    (mean_s, var, third), chance = later((0, 40**2, 0), other_s, spread_s**2)

    assert mean_s == pytest.approx(drawn.mean(), abs=0.3)
    assert var == pytest.approx(drawn.var(), rel=0.02, abs=2)
    assert third == pytest.approx(((drawn - drawn.mean()) ** 3).mean(), rel=0.1, abs=1500)
    assert 0 <= chance <= 1


def test_of_two_instants_far_apart_the_later_is_the_later() -> None:
    assert later((1000, 25, 7), 0, 25) == ((1000, 25, 7), 1)
    assert later((0, 25, 7), 1000, 9) == ((1000, 9, 0), 0)


def test_what_lasts_longer_than_ever_will_last_a_little_longer() -> None:
    for passed_s in (3_000, 30_000, 300_000):
        mean_s, var, _ = rest_of(600, 0.2, passed_s)
        assert passed_s < mean_s < 1.1 * passed_s
        assert var > 0


@given(st.integers(0, 10_000), st.floats(0.001, 1), st.integers(0, 100_000))
def test_nothing_is_over_before_it_was(median_s: int, spread: float, passed_s: int) -> None:
    mean_s, var, _ = rest_of(median_s, spread, passed_s)

    assert mean_s >= passed_s * (1 - 1e-9)
    assert mean_s >= 0.999 * median_s
    assert var >= 0


def test_nonsense_is_refused_at_birth() -> None:
    with pytest.raises(ValueError, match="no such instant"):
        Uncertain(0, -1)
    with pytest.raises(ValueError, match="no such instant"):
        Uncertain(float("nan"))
