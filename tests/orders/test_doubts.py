"""What is said of a doorstep that is served, though something about it is not sure."""

from __future__ import annotations

import re

import pytest

from dispatch.orders.doubts import FAR_FROM_STREET, SENTENCES, STREET_ONLY, Doubt, far_from_street


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_doubt_is_one_french_and_one_english_sentence(code: str) -> None:
    doubt = Doubt(code, 85 if code == FAR_FROM_STREET else None)
    for sentence in (doubt.fr, doubt.en):
        assert re.fullmatch(r"[A-Z][^{}]*\.", sentence)
    assert doubt.fr != doubt.en


@pytest.mark.parametrize(("away_m", "told"), [(0.0, None), (60.4, None), (60.6, 61), (499.9, 500)])
def test_a_door_is_far_from_its_street_beyond_sixty_metres(away_m: float, told: int | None) -> None:
    doubt = far_from_street(away_m)
    assert (doubt and doubt.away_m) == told


@pytest.mark.parametrize(
    ("code", "away_m"),
    [("tired", None), (FAR_FROM_STREET, None), (FAR_FROM_STREET, 60), (STREET_ONLY, 85)],
)
def test_a_doubt_that_means_nothing_is_a_bug(code: str, away_m: int | None) -> None:
    with pytest.raises(ValueError):
        Doubt(code, away_m)
