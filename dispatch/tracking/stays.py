"""How long a stop takes: one factor for each shop, and for each kind of door.

Decides factors from what was measured, and what kind of door an address is.  The seconds
they multiply are the planner's settings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from statistics import median
from typing import Final

from dispatch.core.shrinkage import Caution

#: A shop has its habits after five visits as much as a setting has: no two are alike.
CAUTION: Final = Caution(worth=5, least=0.3, most=4.0)


class DoorKind(StrEnum):
    """What kind of address a doorstep is, as far as its text tells."""

    HOUSE = "house"
    FLAT = "flat"


#: Words of an address, or of the note for the courier, that only a shared house has.
_SHARED: Final = re.compile(
    r"\b(appart\w*|appt?|apt|batiment|bat|etages?|residence|interphone|digicode|escalier|esc|hlm)\b"
)


def kind_of_door(address: str, note: str) -> DoorKind:
    """Return what *address* and *note* say about the door: a flat, else a house."""
    text = unicodedata.normalize("NFKD", f"{address} {note}".casefold())
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    return DoorKind.FLAT if _SHARED.search(plain) else DoorKind.HOUSE


def stay_factor(took_s: Sequence[int], expected_s: int) -> float:
    """Return what to multiply *expected_s* by; exactly 1 when nothing was measured.

    Raises ``ValueError`` when nothing is expected: there is nothing to multiply.
    """
    if expected_s <= 0:
        raise ValueError(f"a stay is expected to take time, not {expected_s} s")
    return CAUTION.factor([seconds / expected_s for seconds in took_s])


def stay_error_pct(took_s: Sequence[int], expected_s: float) -> float | None:
    """Return by how much a typical (median) stay was misjudged, per cent of it; None: no stay."""
    misses = [abs(expected_s - seconds) / seconds for seconds in took_s]
    return 100 * median(misses) if misses else None
