"""Shops and doors have their habits; one long talk is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.stays import DoorKind, kind_of_door, stay_error_pct, stay_factor


@pytest.mark.parametrize(
    ("address", "note", "kind"),
    [
        ("12 Rue schématique 1, 47200 Marmande", "", DoorKind.HOUSE),
        ("12 Rue schématique 1, 47200 Marmande", "2e étage", DoorKind.FLAT),
        ("Bât. C, 12 Rue schématique 1", "", DoorKind.FLAT),
        ("RÉSIDENCE des Tilleuls, 47400 Tonneins", "", DoorKind.FLAT),
        ("12 Rue schématique 1", "digicode 12A4", DoorKind.FLAT),
        ("12 Rue schématique 1", "appt 4", DoorKind.FLAT),
        # Words that only look alike.
        ("3 Impasse du Bateau", "laisser chez le voisin, petage de plomb", DoorKind.HOUSE),
        ("4 Rue des Escargots", "sonner deux fois", DoorKind.HOUSE),
    ],
)
def test_the_text_tells_a_flat_from_a_house(address: str, note: str, kind: DoorKind) -> None:
    assert kind_of_door(address, note) is kind


def test_a_slow_shop_is_learnt_in_a_few_visits() -> None:
    assert stay_factor([], 120) == 1.0
    assert stay_factor([480] * 5, 120) == pytest.approx(2)  # four times as long, half believed
    assert stay_factor([480] * 45, 120) > 3.4


@given(st.lists(st.integers(100, 200), min_size=6, max_size=30), st.integers(10, 7200))
def test_one_long_talk_moves_a_shop_by_less_than_a_half(took_s: list[int], talk_s: int) -> None:
    moved = stay_factor([*took_s, talk_s], 120) / stay_factor(took_s, 120)

    assert 1 / 1.5 < moved < 1.5


@given(st.lists(st.integers(10, 7200), max_size=40), st.integers(1, 3600))
def test_a_stay_stays_within_its_bounds(took_s: list[int], expected_s: int) -> None:
    assert 0.3 <= stay_factor(took_s, expected_s) <= 4.0


def test_the_error_is_that_of_a_typical_stay() -> None:
    assert stay_error_pct([], 120) is None
    assert stay_error_pct([240, 240, 7200], 120) == pytest.approx(50)


def test_what_is_expected_to_take_no_time_cannot_be_multiplied() -> None:
    with pytest.raises(ValueError, match="expected"):
        stay_factor([60], 0)
