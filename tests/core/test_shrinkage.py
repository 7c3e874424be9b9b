"""A few observations help, one of them is never believed, and none changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.shrinkage import Caution, held_out, shrunk_spread, tamed

CAUTION = Caution(worth=10, least=0.7, most=1.8)

ratio = st.floats(1e-6, 1e6)
ratios = st.lists(ratio, max_size=60)


def test_nothing_observed_changes_nothing() -> None:
    assert CAUTION.factor([]) == 1.0


def test_as_many_observations_as_the_guess_is_worth_count_half() -> None:
    assert CAUTION.factor([1.44] * 10) == pytest.approx(1.2)  # the root: half way, as factors go


def test_twice_as_long_and_half_as_long_move_it_equally_far() -> None:
    wide = Caution(worth=10, least=0.1, most=10)
    assert wide.factor([2.0] * 10) * wide.factor([0.5] * 10) == pytest.approx(1)


@given(ratios)
def test_no_observations_lead_beyond_the_bounds(observed: list[float]) -> None:
    assert 0.7 <= CAUTION.factor(observed) <= 1.8


@given(st.lists(st.tuples(ratio, st.floats(1, 5)), max_size=40))
def test_longer_ways_never_shorten_the_factor(observed: list[tuple[float, float]]) -> None:
    before = [one for one, _ in observed]
    longer = [one * by for one, by in observed]

    assert CAUTION.factor(longer) >= CAUTION.factor(before)


@given(st.floats(0.7, 1.8), st.integers(1, 50))
def test_the_same_seen_again_is_believed_more(true: float, count: int) -> None:
    nearer, before = CAUTION.factor([true] * (count + 1)), CAUTION.factor([true] * count)

    assert abs(nearer - true) <= abs(before - true) + 1e-12


@given(
    true=st.floats(0.77, 1.6),
    noise=st.lists(st.floats(0.95, 1.05), min_size=10, max_size=40),
    outlier=ratio,
)
def test_one_outlier_among_ten_moves_it_by_less_than_six_per_cent(
    true: float, noise: list[float], outlier: float
) -> None:
    observed = [true * one for one in noise]

    moved = CAUTION.factor([*observed, outlier]) / CAUTION.factor(observed)

    assert 1 / 1.06 < moved < 1.06


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_is_above_nothing(wrong: float) -> None:
    with pytest.raises(ValueError, match="ratio"):
        CAUTION.factor([1.0, wrong])


def test_a_caution_that_makes_no_sense_is_refused() -> None:
    for worth, least, most in ((0, 0.7, 1.8), (10, 0.0, 1.8), (10, 1.1, 1.8), (10, 0.7, 0.9)):
        with pytest.raises(ValueError, match=r"guess|bounds"):
            Caution(worth, least, most)


def test_what_was_learnt_is_judged_on_what_was_not_learnt_from() -> None:
    def highest(some: Sequence[int]) -> float:
        return max(some)

    def below_it(some: Sequence[int], learnt: float) -> float:
        return sum(one < learnt for one in some)

    # Learnt from 1, 1, 1 nothing of 5, 5, 5 is below; learnt from 5, 5, 5 all of 1, 1, 1 are.
    assert held_out([1, 5, 1, 5, 1, 5], highest, below_it) == (0 + 3) / 2


def test_too_few_facts_are_not_judged() -> None:
    assert held_out([1, 5, 1, 5, 1], lambda some: 1.0, lambda some, learnt: 0.0) is None
    assert held_out([1] * 6, lambda some: 1.0, lambda some, learnt: None) is None


def test_one_forgotten_telephone_does_not_widen_a_spread() -> None:
    honest = [-1.0, 1.0, -1.0, 1.0, 1.0]

    assert tamed([*honest, 500.0])[-1] == pytest.approx(3 * 1.4826)
    assert tamed(honest) == honest
    assert tamed([]) == []


def test_a_spread_is_believed_as_far_as_facts_outnumber_the_guess() -> None:
    assert shrunk_spread(0.0, 0, guess=2.0, worth=10) == 2.0
    assert shrunk_spread(4.0, 10, guess=2.0, worth=10) == pytest.approx(10**0.5)
    assert shrunk_spread(4.0, 10_000, guess=2.0, worth=10) == pytest.approx(4.0, rel=0.01)
    with pytest.raises(ValueError, match="worth something"):
        shrunk_spread(1.0, 3, guess=1.0, worth=0)
