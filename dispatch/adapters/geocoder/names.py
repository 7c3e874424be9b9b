"""Which streets may these words mean, and how like their names are.

Decides how far a misspelt or shortened name is still that street.  Words may be
misspelt, figures may not: "Rue schématique 13" is never taken for 12.  Every word
of the text must be accounted for, so that a street in another town is not found
in ours.  Does not know doors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from dispatch.adapters.geocoder.reading import STREET_TYPES, spell
from dispatch.adapters.geocoder.words import Vocabulary, kinds_of, one_letter_off, other_kinds

#: Likeness (0 to 100) of the whole street name.  First guess.
NAME_ALIKE: Final = 80.0
#: Likeness (0 to 100) of the last word, to look for a name that was shortened.
LAST_ALIKE: Final = 70.0

#: What the likeness is multiplied by when only a short form was said.  First guess.
SHORT_FORM: Final = 0.9
#: And when a slip in a word too short to compare had to be guessed.  First guess.
MENDED: Final = 0.95

#: Words before a name that people leave out or add.
_TITLES: Final = frozenset(
    {"abbe", "capitaine", "colonel", "commandant", "docteur", "general", "lieutenant"}
    | {"marechal", "president", "professeur"}
)
_YEAR_DIGITS: Final = 4
_RIVALS: Final = 50

Words = tuple[str, ...]
#: A commune (its index), a postcode, or everywhere (None).
Scope = int | str | None


class _Group:
    """Streets that share their figures and lie in one scope."""

    __slots__ = ("ids", "last", "spelt")

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.spelt: list[str] = []
        self.last: dict[str, list[int]] = defaultdict(list)

    def add(self, k: int, words: Words) -> None:
        self.ids.append(k)
        self.spelt.append(" ".join(words))
        if words:
            self.last[words[-1]].append(k)


class StreetNames:
    """Street names, each in a commune and under a postcode.  Safe to share between threads."""

    def __init__(
        self, names: Sequence[str], communes: Sequence[int], postcodes: Sequence[str]
    ) -> None:
        """All three of the same length: street k is ``names[k]`` in ``communes[k]``."""
        spelt_once: dict[str, Words] = {}
        self._words: list[Words] = []
        self._groups: dict[tuple[Words, Scope], _Group] = defaultdict(_Group)
        for k, (name, commune, postcode) in enumerate(zip(names, communes, postcodes, strict=True)):
            if name not in spelt_once:
                spelt_once[name] = tuple(spell(name))
            words = spelt_once[name]
            self._words.append(words)
            for said in _said_as(words):
                for scope in (commune, postcode, None):
                    self._groups[_figures(said), scope].add(k, said)
        self._groups = dict(self._groups)
        self._vocabulary = Vocabulary(chain.from_iterable(self._words))

    def like(
        self, words: Sequence[str], scope: Scope, *, certain: int = 0
    ) -> list[tuple[int, float]]:
        """Return the streets of *scope* that *words* may mean, with their likeness, 0 to 1.

        A whole name comes before a short form, and what was written before what was guessed.

        certain : how many of the last words must be the street's, one slip at most: they
                  name a commune as well, and Marmande is not the Marne
        """
        tail = words[len(words) - certain :]
        return [
            (k, alike)
            for k, alike in self._like(words, scope)
            if all(any(one_letter_off(word, own) for own in self._words[k]) for word in tail)
        ]

    def _like(self, words: Sequence[str], scope: Scope) -> list[tuple[int, float]]:
        group = self._groups.get((_figures(words), scope))
        if group is None or not words:
            return []
        written = [(words, 1.0), *((guess, MENDED) for guess in other_kinds(words))]
        without = self._vocabulary.without_small(words)
        guessed = [(guess, MENDED) for guess in (without, *other_kinds(without)) if guess]
        for way in (self._whole, self._short_forms):
            for guesses in (written, guessed):
                if found := _best(way, guesses, group):
                    return found
        return []

    def _whole(self, words: Sequence[str], group: _Group) -> Iterator[tuple[int, float]]:
        text = " ".join(words)
        for name, ratio, at in process.extract(
            text,
            group.spelt,
            scorer=fuzz.ratio,
            processor=None,
            score_cutoff=NAME_ALIKE,
            limit=_RIVALS,
        ):
            street = self._words[group.ids[at]]
            if kinds_of(street) <= kinds_of(words) and self._vocabulary.accounts_for(street, words):
                # Two letters that changed places are one slip to people, two to the ratio.
                slips = OSA.normalized_similarity(text, name)
                yield group.ids[at], (ratio / 100 + slips) / 2

    def _short_forms(self, words: Sequence[str], group: _Group) -> Iterator[tuple[int, float]]:
        """Yield streets of which only the main words were said: "bd Foch", "12 Victor Hugo"."""
        main = [word for word in words if word not in STREET_TYPES and word not in _TITLES]
        if not main or len(main[-1]) < 3:
            return
        kinds = kinds_of(words)
        known = self._vocabulary
        for last, *_ in process.extract(
            main[-1], group.last.keys(), scorer=fuzz.ratio, score_cutoff=LAST_ALIKE, limit=_RIVALS
        ):
            if not known.is_among(main[-1], (last,)):
                continue
            for k in group.last[last]:
                street = self._words[k]
                if kinds <= kinds_of(street) and all(known.is_or_begins(w, street) for w in main):
                    alike = sum(_likeness(word, street) for word in main) / len(main)
                    yield k, SHORT_FORM * alike


def _best(
    way: Callable[[Sequence[str], _Group], Iterable[tuple[int, float]]],
    guesses: Iterable[tuple[Sequence[str], float]],
    group: _Group,
) -> list[tuple[int, float]]:
    """Return the streets that one *way* finds for any of the *guesses*, each at its likest."""
    found: dict[int, float] = {}
    for words, trust in guesses:
        for k, alike in way(words, group):
            found[k] = max(found.get(k, 0.0), trust * alike)
    # A name written without a slip has no rival, were its number only on another street.
    exact = [(k, alike) for k, alike in found.items() if alike == 1.0]
    return exact or list(found.items())


def _likeness(word: str, street: Words) -> float:
    """Return how like *word* is to the street's likest word, 0 to 1; an initial is enough."""
    if len(word) == 1:
        return 1.0
    return max(fuzz.ratio(word, other) for other in street) / 100


def _figures(words: Sequence[str]) -> Words:
    """Return the words with a figure in them, which are compared to the letter."""
    return tuple(sorted(word for word in words if any(c.isdigit() for c in word)))


def _said_as(words: Words) -> set[Words]:
    """Return the names a street is found under: "8 mai 1945" is also "8 mai"."""
    without_year = tuple(w for w in words if not (w.isdigit() and len(w) == _YEAR_DIGITS))
    return {words, without_year} if _figures(without_year) else {words}
