from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.notify.texts import segments, spelt


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Prête à l’île", "Prete à l'ile"),
        ("« Œuvre » – déjà…", '" OEuvre " - déjà...'),
        ("Château Garçon", "Chateau Garcon"),
        ("14\u00a0h", "14 h"),
        ("été à Tonneins", "été à Tonneins"),
        ("🙂 ok", " ok"),
    ],
)
def test_letters_a_text_has_not_are_spelt_by_the_nearest(said: str, sent: str) -> None:
    assert spelt(said) == sent


@given(st.text(max_size=400))
def test_whatever_is_spelt_can_be_sent(said: str) -> None:
    assert segments(spelt(said)) >= 1


@pytest.mark.parametrize(
    ("text", "cost"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 81, 2)],
)
def test_a_text_has_160_letters_and_several_have_153_each(text: str, cost: int) -> None:
    assert segments(text) == cost


def test_a_letter_that_would_halve_the_room_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no letter"):
        segments("ê")
