"""What is not sure about a doorstep that is delivered to all the same.

Decides the sentence of each doubt, and from which distance a street is far.  Whether a
doorstep is delivered to at all is ``operations.locate``'s; its "no" is a ``Refusal``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: A door farther than this from where the courier stops is worth a word.  First guess: the
#: longest drive of a house that still looks on its street.
FAR_FROM_M: Final = 60

FAR_FROM_STREET: Final = "far_from_street"
NUMBER_ESTIMATED: Final = "number_estimated"
STREET_ONLY: Final = "street_only"

#: (French, English)
SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        FAR_FROM_STREET: (
            "La porte est à {} m de la rue la plus proche.",
            "The door is {} m from the nearest street.",
        ),
        NUMBER_ESTIMATED: (
            "Ce numéro n'est pas dans les données : la porte est placée d'après ses voisins.",
            "This number is not in the data: the door is placed by its neighbours.",
        ),
        STREET_ONLY: (
            "Sans numéro, le point est au milieu de la rue.",
            "Without a number, the point is the middle of the street.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to know about a doorstep, as data that a page can translate.

    away_m : metres from the door to the nearest street; with ``far_from_street`` only

    Raises ``ValueError`` for a code without a sentence, or a distance that does not fit it.
    """

    code: str
    away_m: int | None = None

    def __post_init__(self) -> None:
        if self.code not in SENTENCES:
            raise ValueError(f"unknown doubt {self.code!r}; known: {sorted(SENTENCES)}")
        if (self.away_m is not None) != (self.code == FAR_FROM_STREET):
            raise ValueError(f"{self.code} does not go with {self.away_m} m")
        if self.away_m is not None and self.away_m <= FAR_FROM_M:
            raise ValueError(f"{self.away_m} m is not far: over {FAR_FROM_M} m is")

    @property
    def fr(self) -> str:
        return SENTENCES[self.code][0].format(self.away_m)

    @property
    def en(self) -> str:
        return SENTENCES[self.code][1].format(self.away_m)


def far_from_street(away_m: float) -> Doubt | None:
    """Return the doubt about a door *away_m* metres from its street; None when it is near."""
    return Doubt(FAR_FROM_STREET, round(away_m)) if round(away_m) > FAR_FROM_M else None
