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
