"""What is asked of a routing server, whatever its language: three questions, one kind of table.

Decides the shapes.  Who asks, and what is made of the answers, is ``remote``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dispatch.adapters.streets.asking import Asked
from dispatch.adapters.streets.kept import Key
from dispatch.adapters.streets.polyline import Points

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One answer: s sources × d destinations.

    time_s, length_m : (s, d), infinite where no road leads
    from_m, to_m     : (s,) and (d,) metres from each place to the street it was put on,
                       where the server tells

    Raises ``ValueError`` for a time or a distance that is negative or no number.
    """

    time_s: Floats
    length_m: Floats
    from_m: Sequence[float] | None = None
    to_m: Sequence[float] | None = None

    def __post_init__(self) -> None:
        for name in ("time_s", "length_m"):
            if not (getattr(self, name) >= 0).all():  # NaN compares false
                raise ValueError(f"{name} has an entry that is not a quantity")


def numbers(rows: Sequence[Sequence[float | None]], shape: tuple[int, int]) -> Floats:
    """Return a server's rows as an array; its ``null`` is infinite.

    Raises ``ValueError`` when they have another *shape*.
    """
    table = np.array([[inf if cell is None else cell for cell in row] for row in rows], np.float64)
    if table.shape != shape:
        raise ValueError(f"a matrix of {shape} was asked for, this is one of {table.shape}")
    return table


class Engine(Protocol):
    """A routing server's language.  Every word of it raises ``StreetsUnavailable``.

    An answer it cannot make sense of ends in the ``KeyError`` or ``ValueError`` it meets:
    whoever asks turns that into ``StreetsUnavailable`` too.
    """

    @property
    def name(self) -> str: ...
    @property
    def most_pairs(self) -> int:
        """Sources × destinations of one question."""
        ...

    @property
    def most_places(self) -> int:
        """Sources and destinations of one question, counted together."""
        ...

    @property
    def locates_first(self) -> bool:
        """Whether ``table`` may only be asked about places known to have a street."""
        ...

    def table(self, sources: Sequence[Key], destinations: Sequence[Key], asked: Asked) -> Table: ...

    def away_m(self, places: Sequence[Key], asked: Asked) -> list[float]:
        """Return metres from each place to the nearest street; infinite when there is none."""
        ...

    def path(self, start: Key, end: Key, asked: Asked) -> Points:
        """Return the way's points; empty when there is none."""
        ...
