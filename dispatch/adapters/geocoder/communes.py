"""Which commune do these words name?

Decides how much misspelling is still a commune's name, and which short forms
people use.  Does not know streets or postcodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from dispatch.adapters.geocoder.reading import spell

#: "Marmende" for Marmande, "Toneins" for Tonneins; below, another commune may be meant.
COMMUNE_ALIKE: Final = 85.0

#: What a word more of the text is worth against likeness: "Sint-Sauveur-de-Meilhan" is not
#: Meilhan.
A_WORD_MORE: Final = 8.0

#: Words that begin many names and tell none apart.
_COMMON: Final = frozenset(
    {"saint", "sainte", "mas", "port", "pont", "grand", "grande", "villeneuve"}
)
_SHORTEST: Final = 5


class CommuneSpeller:
    """The communes' names, spelt once.  Safe to share between threads.

    *others*: more names of a commune, by its index: one it had before a merger.
    """

    def __init__(self, names: Sequence[str], others: Iterable[tuple[str, int]] = ()) -> None:
        known = [(tuple(spell(name)), k) for k, name in enumerate(names)]
        known += [(tuple(spell(name)), k) for name, k in others]
        self._by_size: dict[int, tuple[list[str], list[int]]] = {}
        taken: set[tuple[str, ...]] = set()
        for words, k in (*known, *_short_forms(known)):
            if words and words not in taken:
                taken.add(words)
                spelt, owners = self._by_size.setdefault(len(words), ([], []))
                spelt.append(" ".join(words))
                owners.append(k)

    def at_the_end(self, words: Sequence[str]) -> tuple[int, int] | None:
        """Return the commune that the last *words* name, and how many words it takes.

        The likest name, a longer one before a shorter: "Sainte-Bazeille" before a "Bazeille".
        """
        best: tuple[float, int, int] | None = None
        # "Gontaud dd Nogaret" has a word more than the name; only where nothing else is one.
        for more in (0, 1):
            for size, (spelt, owners) in self._by_size.items():
                if size + more > len(words):
                    continue
                found = _likest(" ".join(words[-size - more :]), spelt)
                if found is None:
                    continue
                likely = found[0] + A_WORD_MORE * size
                if best is None or likely > best[0]:
                    best = (likely, size, owners[found[1]])
            if best is not None:
                return best[2], best[1] + more
        return None


def _likest(tail: str, names: Sequence[str]) -> tuple[float, int] | None:
    """Return the likeness (0 to 100) of the name most like *tail*, and which it is."""
    found = process.extractOne(tail, names, scorer=fuzz.ratio, score_cutoff=COMMUNE_ALIKE)
    if found is None and len(tail) >= _SHORTEST:
        slip = process.extractOne(tail, names, scorer=OSA.distance, score_cutoff=1)
        return None if slip is None else (COMMUNE_ALIKE, slip[2])
    return None if found is None else (found[1], found[2])


def _short_forms(
    known: Sequence[tuple[tuple[str, ...], int]],
) -> list[tuple[tuple[str, ...], int]]:
    """Return "meilhan" for Meilhan-sur-Garonne, where no other commune begins like it."""
    forms = []
    for words, k in known:
        size = 2 if words[:1] and words[0] in _COMMON else 1
        if len(words) > size and len(words[size - 1]) >= _SHORTEST:
            forms.append((words[:size], k))
    often = Counter(words for words, _ in forms)
    return [(words, k) for words, k in forms if often[words] == 1]
