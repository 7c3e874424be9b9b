"""What an address typed by a French customer says: number, street words, postcode, commune.

Decides how the text is cut and spelt out.  Does not know which streets exist;
the communes it is given are only compared with the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

#: Abbreviations of French addresses, spelt out.  Source: common usage, not an official list.
_SPELT_OUT: Final = {
    "all": "allee",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "bvd": "boulevard",
    "ch": "chemin",
    "che": "chemin",
    "chem": "chemin",
    "crs": "cours",
    "dr": "docteur",
    "fbg": "faubourg",
    "fg": "faubourg",
    "gal": "general",
    "imp": "impasse",
    "lot": "lotissement",
    "mal": "marechal",
    "pl": "place",
    "pdt": "president",
    "prof": "professeur",
    "r": "rue",
    "res": "residence",
    "rte": "route",
    "sq": "square",
    "st": "saint",
    "ste": "sainte",
}

#: Kinds of street: never taken one for another, "place de la Paix" is not "rue de la Paix".
STREET_TYPES: Final = frozenset(
    {"allee", "avenue", "boulevard", "chemin", "cours", "faubourg", "impasse", "lotissement"}
    | {"passage", "place", "quai", "residence", "route", "rue", "sentier", "square", "venelle"}
    | {"voie"}
)

#: Words that carry no meaning when comparing; "d", "l" and "s" are what an apostrophe or a
#: slash leaves.
_SMALL_WORDS: Final = frozenset(
    {"d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "s", "sur"}
)

#: What comes with an address without being the street.
_COMPLEMENT: Final = re.compile(
    r"^(apt|appt|appartement|bat|batiment|bt|chez|code|digicode|entree|escalier|esc|etage|hall"
    r"|interphone|porte|rdc|residence|\d+(er|e|eme)? etage)\b"
)
_NOISE: Final = frozenset({"cedex", "france"})

_D_ROAD: Final = re.compile(r"\b(?:route departementale|rte departementale|rd|d) ?(\d{1,4})\b")
_POSTCODE: Final = re.compile(r"\b(\d{2}) ?(\d{3})\b")
_NUMBER: Final = re.compile(r"^(?:n|no|numero)? ?(\d{1,4}) ?(?:(bis|ter|quater|[a-h])\b)?(?= |$)")

#: "Marmende" for Marmande, "Toneins" for Tonneins; below, another commune may be meant.
_COMMUNE_ALIKE: Final = 85.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to cut the text.

    number    : 12 of "12 bis"; None when the text gives none
    suffix    : "bis", "ter", "a"… or ""
    words     : the street's words, without accents, abbreviations or small words
    postcode  : five digits, or ""
    commune   : index into the communes given, None when no name was recognised
    """

    number: int | None
    suffix: str
    words: tuple[str, ...]
    postcode: str
    commune: int | None


def spell(text: str) -> list[str]:
    """Return the words of *text* in small letters, without accents, abbreviations spelt out.

    ``"Av. du Gal-Leclerc"`` gives ``["avenue", "general", "leclerc"]``.
    """
    words = [_SPELT_OUT.get(word, word) for word in _plain(text).split()]
    return [word for word in words if word not in _SMALL_WORDS]


def readings(text: str, communes: Sequence[str]) -> list[Reading]:
    """Return the ways to cut *text*, the likeliest first.

    There are two when the last words may be a commune or part of the street:
    "rue de Tonneins" is a street of Marmande, "rue de la Paix Tonneins" is not.
    """
    parts = [plain for part in re.split(r"[,;\n]", text) if (plain := _plain(part))]
    postcode = ""
    for k, part in enumerate(parts):
        if code := _POSTCODE.search(part):
            postcode = code[1] + code[2]
            parts[k] = f"{part[: code.start()]} {part[code.end() :]}".strip()
            break
    street = [part for part in parts if not _COMPLEMENT.match(part)] or parts
    number, suffix, rest = _take_number(street)
    words = [word for word in spell(" ".join(rest)) if word not in _NOISE]
    whole = Reading(number, suffix, tuple(words), postcode, None)
    named = _commune_at_the_end(words, communes)
    if named is None:
        return [whole]
    commune, size = named
    return [Reading(number, suffix, tuple(words[:-size]), postcode, commune), whole]


def address_key(text: str) -> str:
    """Return what two ways to write one address have in common; "" when nothing is left.

    Case, accents, punctuation, abbreviations and small words make no difference, nor does
    what lies behind the door (floor, flat, name on the bell, code).
    ``"12, av. de la Paix, 3e étage, 47200 Marmande"`` and
    ``"12 Avenue de la Paix 47200 MARMANDE"`` have the same key.
    """
    parts, postcode = [], ""
    for part in re.split(r"[,;\n]", text):
        plain = _plain(part)
        if not postcode and (code := _POSTCODE.search(plain)):
            postcode = code[1] + code[2]
            plain = f"{plain[: code.start()]} {plain[code.end() :]}".strip()
        if plain and not _COMPLEMENT.match(plain):
            parts.append(plain)
    number, suffix, rest = _take_number(parts)
    door = "" if number is None else f"{number}{suffix}"
    words = [word for word in spell(" ".join(rest)) if word not in _NOISE]
    return " ".join(word for word in (door, *words, postcode) if word)


def _plain(text: str) -> str:
    """Return *text* in ASCII small letters and digits, one space between words."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _D_ROAD.sub(r"d\1", " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split()))


def _take_number(parts: Sequence[str]) -> tuple[int | None, str, list[str]]:
    """Return the house number, its suffix, and the parts without them."""
    for k, part in enumerate(parts):
        if (found := _NUMBER.match(part)) and int(found[1]):
            rest = [*parts[:k], part[found.end() :], *parts[k + 1 :]]
            return int(found[1]), found[2] or "", rest
    return None, "", list(parts)


def _commune_at_the_end(words: Sequence[str], communes: Sequence[str]) -> tuple[int, int] | None:
    """Return the commune the last words name, and how many words it takes."""
    best: tuple[float, int, int] | None = None
    for number, name in enumerate(communes):
        wanted = spell(name)
        if not wanted or len(wanted) > len(words):
            continue
        alike = fuzz.ratio(" ".join(words[-len(wanted) :]), " ".join(wanted))
        # At equal likeness the longer name: "Sainte-Bazeille" before a "Bazeille".
        if alike >= _COMMUNE_ALIKE and (best is None or (alike, len(wanted)) > best[:2]):
            best = (alike, len(wanted), number)
    return (best[2], best[1]) if best else None
