"""What an address typed by a French customer says: number, street words, postcode, commune.

Decides how the text is cut and spelt out.  Does not know which streets exist;
the communes it is given are only compared with the words (``communes``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

#: Abbreviations of French addresses, spelt out.  Source: common usage, not an official list.
#: Of the kind of street, at the beginning only: "rue du Lot" is no "lotissement".
TYPES_SPELT_OUT: Final = {
    "all": "allee",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "boul": "boulevard",
    "bvd": "boulevard",
    "ch": "chemin",
    "che": "chemin",
    "chem": "chemin",
    "crs": "cours",
    "fbg": "faubourg",
    "fg": "faubourg",
    "imp": "impasse",
    "lot": "lotissement",
    "pas": "passage",
    "pl": "place",
    "qu": "quai",
    "r": "rue",
    "res": "residence",
    "rte": "route",
    "sq": "square",
    "za": "zone artisanale",
    "zi": "zone industrielle",
}
#: Of words before a name, and numbers that streets are named after, anywhere.
TITLES_SPELT_OUT: Final = {
    "cap": "capitaine",
    "cdt": "commandant",
    "col": "colonel",
    "dr": "docteur",
    "gal": "general",
    "gnl": "general",
    "lt": "lieutenant",
    "mal": "marechal",
    "pdt": "president",
    "pr": "professeur",
    "prof": "professeur",
    "st": "saint",
    "ste": "sainte",
}
_NUMBERS_SPELT: Final = {"huit": "8", "onze": "11", "quatorze": "14"}
_ANYWHERE: Final = {**TITLES_SPELT_OUT, **_NUMBERS_SPELT}

#: Kinds of street: never taken one for another, "place de la Paix" is not "rue de la Paix".
STREET_TYPES: Final = frozenset(
    {"allee", "avenue", "boulevard", "chemin", "cours", "faubourg", "impasse", "lotissement"}
    | {"passage", "place", "quai", "residence", "route", "rue", "sentier", "square", "venelle"}
    | {"voie"}
)

#: Words that carry no meaning when comparing; "d", "l" and "s" are what an apostrophe or a
#: slash leaves.
SMALL_WORDS: Final = frozenset(
    {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "s", "sur"}
)

#: What comes with an address without being the street.  What is behind the door, and who:
_BEHIND_THE_DOOR: Final = (
    r"apt|appt|appartement|chez|code|digicode|esc|escalier|etage|hall|interphone|porte|rdc"
    r"|\d+(?:er|e|eme)? etage|tel|telephone"
)
#: Which door:
_BUILDING: Final = r"bat|batiment|bt|entree|residence"
_COMPLEMENT: Final = re.compile(rf"^(?:{_BEHIND_THE_DOOR}|{_BUILDING})\b")
_PRIVATE: Final = re.compile(rf"^(?:{_BEHIND_THE_DOOR})\b")
_CEDEX: Final = re.compile(r"\bcedex(?: \d{1,2})?\b")
_COUNTRY: Final = "france"

_PART: Final = re.compile(r"[,;\n]")
_D_ROAD: Final = re.compile(r"\b(?:route departementale|rte departementale|rd|d) ?(\d{1,4})\b")
_HAMLET: Final = re.compile(r"\b(?:lieu ?dits?|ld)\b ?")
_POSTCODE: Final = re.compile(r"\b(\d{2}) ?(\d{3})\b")
_SUFFIX: Final = r"bis|ter|quater|[a-h]"
_NUMBER: Final = re.compile(rf"^(?:n|no|numero)? ?(\d{{1,4}}) ?(?:({_SUFFIX})\b)?(?= |$)")
_NUMBER_LAST: Final = re.compile(rf" (?:(?:n|no|numero) ?)?(\d{{1,4}}) ?(?:({_SUFFIX})\b)?$")
#: "12/14", "12-14", "12 et 14": one house with two numbers is found under its first.  A
#: month makes the second figure a date: "12 8 mai 1945".
_MONTHS: Final = r"mars|mai|juin|juillet|aout|septembre|novembre"
_RANGE: Final = re.compile(rf"^(\d{{1,4}}) (?:(?:et|a) )?\d{{1,4}}(?= (?!(?:{_MONTHS})\b)[a-z]|$)")


class CommuneNames(Protocol):
    """What is needed of the communes: which one do the last words name?"""

    def at_the_end(self, words: Sequence[str]) -> tuple[int, int] | None:
        """Return the commune and how many of the last *words* it takes; None: no name of ours."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to cut the text.

    number    : 12 of "12 bis"; None when the text gives none
    suffix    : "bis", "ter", "a"… or ""
    words     : the street's words, without accents, abbreviations or small words
    postcode  : five digits, or ""
    commune   : index into the communes given, None when no name was recognised
    town_like : how many of the last words name a commune as well, in a reading where
                they are the street's
    """

    number: int | None
    suffix: str
    words: tuple[str, ...]
    postcode: str
    commune: int | None
    town_like: int = 0


def spell(text: str) -> list[str]:
    """Return the words of *text* in small letters, without accents, abbreviations spelt out.

    ``"Av. du Gal-Leclerc"`` gives ``["avenue", "general", "leclerc"]``.
    """
    first, *others = _plain(text).split() or [""]
    spelt = TYPES_SPELT_OUT.get(first) or _ANYWHERE.get(first, first)
    words = [*spelt.split(), *(_ANYWHERE.get(word, word) for word in others)]
    return [word for word in words if word not in SMALL_WORDS]


def readings(text: str, communes: CommuneNames) -> list[Reading]:
    """Return the ways to cut *text*, the likeliest first.

    There are several when the last words may be a commune or part of the street
    ("rue de Tonneins" is a street of Marmande, "rue de la Paix Tonneins" is not), and
    when the last figure may be a house's or the street's ("rue de la Paix 12").
    """
    found = dict.fromkeys(_readings(text, communes))
    return list(found)


def address_key(text: str) -> str:
    """Return what two ways to write one address have in common; "" when nothing is left.

    Case, accents, punctuation, abbreviations and small words make no difference, nor does
    what lies behind the door (floor, flat, name on the bell, code): the key names a door and
    holds nothing private.  A building ("bâtiment B") is another door.
    ``"12, av. de la Paix, 3e étage, 47200 Marmande"`` and
    ``"12 Avenue de la Paix 47200 MARMANDE"`` have the same key.
    """
    parts, postcode = _without_postcode(_parts(text))
    kept = [part for part in parts if not _PRIVATE.match(part)]
    number, suffix, rest = _take_number(kept)
    door = "" if number is None else f"{number}{suffix}"
    return " ".join(word for word in (door, *spell(" ".join(rest)), postcode) if word)


def public_part(text: str) -> str:
    """Return *text* without what lies behind the door: what may be sent to a public service.

    Parts between commas that begin like a floor, a flat, a code or a person are left out.
    """
    parts = [part.strip() for part in _PART.split(text)]
    return ", ".join(part for part in parts if part and not _PRIVATE.match(_plain(part)))


def _readings(text: str, communes: CommuneNames) -> Iterator[Reading]:
    parts, postcode = _without_postcode(_parts(text))
    street = [part for part in parts if not _COMPLEMENT.match(part)] or parts
    number, suffix, rest = _take_number(street)
    # The commune first ("Marmande, 12 rue de la Paix") is the commune last.
    first = communes.at_the_end(spell(rest[0])) if len(rest) > 1 else None
    if first is not None and first[1] == len(spell(rest[0])):
        rest = [*rest[1:], rest[0]]
    yield from _with_commune(number, suffix, spell(" ".join(rest)), postcode, communes)
    if number is None:
        return
    # "Garage du Pont, 12 rue de la Paix, 47200 Marmande": the firm is not the street.
    behind = _behind_the_number(street)
    named = communes.at_the_end(spell(" ".join(behind)))
    if behind != rest and (postcode or named is not None):
        yield from _with_commune(number, suffix, spell(" ".join(behind)), postcode, communes)


def _with_commune(
    number: int | None, suffix: str, words: list[str], postcode: str, communes: CommuneNames
) -> Iterator[Reading]:
    # "Marmande France" is Marmande, "rue Anatole France" is a street.
    abroad = words[-1:] == [_COUNTRY] and communes.at_the_end(words[:-1]) is not None
    words = words[:-1] if abroad else words
    named = communes.at_the_end(words)
    size = 0 if named is None else named[1]
    cuts = [] if named is None else [(words[:-size], named[0], 0)]
    for street, commune, town_like in (*cuts, (words, None, size)):
        yield Reading(number, suffix, tuple(street), postcode, commune, town_like)
        if number is None and (last := _NUMBER_LAST.search(" ".join(street))):
            before = tuple(" ".join(street)[: last.start()].split())
            yield Reading(int(last[1]), last[2] or "", before, postcode, commune)


def _parts(text: str) -> list[str]:
    plain = (_CEDEX.sub("", _plain(part)).strip() for part in _PART.split(text))
    return [part for part in plain if part and part != _COUNTRY]


def _without_postcode(parts: list[str]) -> tuple[list[str], str]:
    """Take the first postcode out of *parts* and return both."""
    for k, part in enumerate(parts):
        if code := _POSTCODE.search(part):
            rest = " ".join(f"{part[: code.start()]} {part[code.end() :]}".split())
            return [p for p in (*parts[:k], rest, *parts[k + 1 :]) if p], code[1] + code[2]
    return parts, ""


def _plain(text: str) -> str:
    """Return *text* in ASCII small letters and digits, one space between words."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())
    return _HAMLET.sub("", _D_ROAD.sub(r"d\1", words)).strip()


def _take_number(parts: Sequence[str]) -> tuple[int | None, str, list[str]]:
    """Return the house number, its suffix, and the parts without them."""
    for k, part in enumerate(parts):
        if door := _number_of(part):
            number, suffix, rest = door
            return number, suffix, [*parts[:k], rest, *parts[k + 1 :]]
    return None, "", list(parts)


def _behind_the_number(parts: Sequence[str]) -> list[str]:
    """Return what follows the house number, without the parts before it."""
    for k, part in enumerate(parts):
        if door := _number_of(part):
            return [door[2], *parts[k + 1 :]]
    return list(parts)


def _number_of(part: str) -> tuple[int, str, str] | None:
    """Return number, suffix and rest of a part that begins with a house number."""
    single = _RANGE.sub(r"\1", part)
    found = _NUMBER.match(single)
    if found is None or not int(found[1]):
        return None
    return int(found[1]), found[2] or "", single[found.end() :].strip()
