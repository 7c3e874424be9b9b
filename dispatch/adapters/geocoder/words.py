"""Is this word that one, after a slip of the finger?

Decides how many slips a word may hold.  A word that streets of the town are really
named after is never a slip for another: "église" is not "égalité", "mairie" is not
"Marie".  Does not know which streets there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from dispatch.adapters.geocoder.reading import (
    SMALL_WORDS,
    STREET_TYPES,
    TITLES_SPELT_OUT,
    TYPES_SPELT_OUT,
)

#: Slips that a word may hold (a letter left out, added, changed, or two that changed places):
#: none below the first length, one below the second, then two.  Measured: by likeness alone
#: "Puyières" was taken for "Pruniers", and "Moilrre" was not for "Molière".
ONE_SLIP_FROM: Final = 3
TWO_SLIPS_FROM: Final = 6
#: Likeness (0 to 100) of two words written as one: they are long.
JOINED_ALIKE: Final = 85.0

#: What the first word may be a slip of, and what a short word in the middle may be one of.
_KINDS: Final = {**TYPES_SPELT_OUT, **{kind: kind for kind in STREET_TYPES}}
_MIDDLE: Final = SMALL_WORDS | TITLES_SPELT_OUT.keys()
_SHORT_WORD: Final = 4


class Vocabulary:
    """The words that the town's streets are named after."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)

    def accounts_for(self, street: Sequence[str], words: Sequence[str]) -> bool:
        """Tell whether every one of *words* is one of the street's, slips allowed."""
        return all(
            word in street if word in STREET_TYPES else self.is_among(word, street)
            for word in words
        )

    def is_among(self, word: str, street: Sequence[str]) -> bool:
        """Tell whether *word* is one of the street's, or two of them written as one."""
        if word in street:
            return True
        if word in self._words:
            return False
        if any(few_slips(word, other) for other in street):
            return True
        return any(fuzz.ratio(word, a + b) >= JOINED_ALIKE for a, b in pairwise(street))

    def is_or_begins(self, word: str, street: Sequence[str]) -> bool:
        """Tell whether *word* is one of the street's, or the initial of one."""
        if len(word) == 1 and word.isalpha():
            return any(other.startswith(word) for other in street)
        return self.is_among(word, street)

    def without_small(self, words: Sequence[str]) -> list[str]:
        """Return *words* without small ones a slip hid ("rue ed Verdun"); [] without such.

        The last word stays: after a street it may be a town that is not ours.
        """
        kept = [word for word in words[1:-1] if not self._was_small(word)]
        return [words[0], *kept, words[-1]] if len(kept) < len(words) - 2 else []

    def _was_small(self, word: str) -> bool:
        """Tell whether *word* was a small word or a title before a slip: "ed", "e", "mla"."""
        if not word.isalpha() or len(word) > _SHORT_WORD or word in self._words:
            return False
        return len(word) == 1 or any(one_letter_off(word, small) for small in _MIDDLE)


def other_kinds(words: Sequence[str]) -> list[list[str]]:
    """Return *words* with the kinds of street that the first may be a slip of: "ipm", "rotue"."""
    if not words or words[0] in STREET_TYPES or len(words[0]) < 2:
        return []
    first = words[0]
    kinds = {kind for short, kind in _KINDS.items() if one_letter_off(first, short)}
    kinds |= {kind for kind in STREET_TYPES if few_slips(first, kind)}
    return [[*kind.split(), *words[1:]] for kind in sorted(kinds)]


def kinds_of(words: Sequence[str]) -> set[str]:
    """Return the kinds of street among *words*."""
    return {word for word in words if word in STREET_TYPES}


def one_letter_off(word: str, other: str) -> bool:
    """Tell whether two words are the same but for one slip."""
    return OSA.distance(word, other, score_cutoff=1) <= 1


def few_slips(word: str, other: str) -> bool:
    """Tell whether two words differ by no more slips than words of their length may hold."""
    longer = max(len(word), len(other))
    if longer < ONE_SLIP_FROM or len(word) < 2:
        return False
    allowed = 1 if longer < TWO_SLIPS_FROM else 2
    return OSA.distance(word, other, score_cutoff=allowed) <= allowed
