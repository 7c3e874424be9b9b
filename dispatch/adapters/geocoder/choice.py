"""Which readings of an address are worth showing, best first.

Decides how many candidates a customer may have to choose from.  Does not find
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dispatch.operations.ports import Candidate

MOST: Final = 5

#: A reading this far below the best is no rival.  First guess.
CLOSE: Final = 0.05


def closest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the best candidate and its rivals, best first, at most five.

    The order does not depend on the order given: equal scores go by label.
    """
    ranked = sorted(candidates, key=lambda c: (-c.score, c.label, c.place.lat_deg, c.place.lon_deg))
    return [c for c in ranked if c.score >= ranked[0].score - CLOSE][:MOST]
