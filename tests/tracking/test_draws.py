"""Luck that is drawn once and for all."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.draws import DRAWS, KINDS, LUCK, Uncertain, rest_of


def test_each_kind_of_luck_is_a_bell_curve() -> None:
    assert LUCK.shape == (KINDS, DRAWS)
    for luck in LUCK:
        assert luck.mean() == pytest.approx(0, abs=1e-12)
        assert luck.std() == pytest.approx(1, abs=0.01)


def test_no_two_kinds_of_luck_go_together() -> None:
    together = np.corrcoef(LUCK) - np.eye(KINDS)
    assert np.abs(together).max() < 5 / sqrt(DRAWS)
    assert np.sqrt((together**2).mean()) < 1.1 / sqrt(DRAWS)


def test_a_chance_is_never_told_as_certain() -> None:
    noon = Uncertain(np.full(DRAWS, 100.0))

    assert noon.by(99) == pytest.approx(0.002, abs=0.0005)
    assert noon.by(100) == pytest.approx(0.998, abs=0.0005)
    assert noon.quantile_s(0.1) == noon.quantile_s(0.9) == 100


def test_what_has_not_begun_lasts_as_long_as_ever() -> None:
    assert np.median(rest_of(600, 0.3, 0)) == pytest.approx(600, rel=0.01)


def test_what_lasts_longer_than_ever_will_last_a_little_longer() -> None:
    for passed_s in (3_000, 30_000, 300_000):
        left_s = rest_of(600, 0.2, passed_s) - passed_s
        assert 0 < left_s.mean() < 0.1 * passed_s
        assert left_s.std() > 0


@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(0, 100_000))
def test_nothing_is_over_before_it_is(median_s: int, spread: float, passed_s: int) -> None:
    lasts = rest_of(median_s, spread, passed_s)

    assert lasts.shape == (DRAWS,)
    assert np.isfinite(lasts).all()
    assert (lasts >= passed_s * (1 - 1e-9)).all()
