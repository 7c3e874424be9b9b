"""What a text message can carry: the letters of GSM 03.38, 160 of them at a time.

Decides how other letters are spelt, and how many texts a sentence costs.  One letter outside
that alphabet would halve the room (UCS-2, 70 a text): it is spelt by its nearest instead.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: The basic alphabet of GSM 03.38 (ETSI TS 123 038, 6.2.1), and what costs an escape as well.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = frozenset("^{}\\[~]|€")
_SPELT: Final = str.maketrans(
    {"’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}
    | {"œ": "oe", "Œ": "OE", "\u00a0": " ", "\u202f": " ", "ç": "c"}
)
ONE, OF_SEVERAL = 160, 153


def spelt(text: str) -> str:
    """Return *text* in letters that a text message has; what has none is left out."""
    return "".join(_near(letter) for letter in text.translate(_SPELT))


def segments(text: str) -> int:
    """Return how many messages *text* costs.  Raises ``ValueError`` for a letter it cannot have."""
    unknown = sorted(set(text) - _BASIC - _ESCAPED)
    if unknown:
        raise ValueError(f"no letter of a text message: {unknown[0]!r}")
    length = sum(2 if letter in _ESCAPED else 1 for letter in text)
    return 1 if length <= ONE else -(-length // OF_SEVERAL)


def _near(letter: str) -> str:
    if letter in _BASIC or letter in _ESCAPED:
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare if part in _BASIC)
