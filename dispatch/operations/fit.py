"""One window in which an order fits: the proof, and the tours as they stand with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dispatch.core.reasons import Refusal
from dispatch.orders.quotes import Witness
from dispatch.tracking.tours import Tour

#: In each of the tours some order would fall by the hand-out: none takes another.
NO_ROOMY_TOUR: Final = Refusal("no_feasible_insertion", binding=("other_promises",))


@dataclass(frozen=True, slots=True)
class Fit:
    """One window that works: the witness, the tour as it stands with the order in it, its CO2e.

    others : further tours that change for it, each as it stands then
    """

    witness: Witness
    tour: Tour
    ghg_g: int = 0
    others: tuple[Tour, ...] = ()
