"""One window in which an order fits: the proof, and the tour with the order in it."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.orders.quotes import Witness
from dispatch.tracking.tours import Tour


@dataclass(frozen=True, slots=True)
class Fit:
    """One window that works: the witness, the tour as it stands with the order in it, its CO2e."""

    witness: Witness
    tour: Tour
    ghg_g: int = 0
