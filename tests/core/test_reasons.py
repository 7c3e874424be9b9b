"""Every "no" can be told in French and in English."""

from __future__ import annotations

import re

import pytest

from dispatch.core.reasons import SENTENCES, Refusal


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_reason_is_one_french_and_one_english_sentence(code: str) -> None:
    refusal = Refusal(code)
    assert re.fullmatch(r"[a-z_]+", code)
    for sentence in (refusal.fr, refusal.en):
        assert re.fullmatch(r"[A-Z].*\.", sentence)
    assert refusal.fr != refusal.en


def test_no_two_reasons_say_the_same() -> None:
    assert len({fr for fr, _ in SENTENCES.values()}) == len(SENTENCES)
    assert len({en for _, en in SENTENCES.values()}) == len(SENTENCES)


def test_an_undocumented_reason_is_a_bug() -> None:
    with pytest.raises(ValueError, match="unknown reason 'tired'"):
        Refusal("tired")


@pytest.mark.parametrize(
    ("away_m", "said"),
    [(0, "0 m"), (640, "640 m"), (999, "999 m"), (3_180, "3.2 km"), (412_300, "412 km")],
)
def test_a_known_distance_ends_the_sentence(away_m: int, said: str) -> None:
    refusal = Refusal("outside_area", away_m=away_m)
    assert refusal.en == f"This address is outside the delivery area ({said} beyond its edge)."
    assert said.replace(".", ",") in refusal.fr
    assert refusal.fr.endswith(").")


def test_only_a_place_is_away_from_something() -> None:
    with pytest.raises(ValueError, match="holiday is not 3 m away"):
        Refusal("holiday", away_m=3)
    with pytest.raises(ValueError, match="-1 m away"):
        Refusal("unreachable", away_m=-1)
