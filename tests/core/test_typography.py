"""French marks do not stand alone at the head of a line."""

from __future__ import annotations

import pytest

from dispatch.core.reasons import SENTENCES, WAYS
from dispatch.core.typography import french
from tests.fakes.spaces import loose_marks


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Personne n’a ouvert : appelez.", "Personne n’a ouvert\u00a0: appelez."),
        ("Frise ; le détail ?", "Frise\u202f; le détail\u202f?"),
        ("Merci !", "Merci\u202f!"),
        ("Rue « du Port »", "Rue «\u00a0du Port\u00a0»"),
        ("à l’heure %(n)s %%, %(added)s de plus", "à l’heure %(n)s\u00a0%%, %(added)s de plus"),
        ("le %(day)s à 14:05, https://x.fr/?a=b", "le %(day)s à 14:05, https://x.fr/?a=b"),
        ("déjà\u00a0: là", "déjà\u00a0: là"),
    ],
)
def test_spaces_at_french_marks_do_not_break(typed: str, sent: str) -> None:
    assert french(typed) == sent


def test_no_reason_and_no_way_out_leaves_a_mark_alone() -> None:
    said = [fr for fr, _ in (*SENTENCES.values(), *WAYS.values())]
    assert [loose_marks(sentence) for sentence in said] == [[]] * len(said)
