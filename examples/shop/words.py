"""The shop's French for what Dispatch says."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dispatch.client import Option

MODES: Final = {
    "express": "Coursier",
    "collect": "Retrait en boutique",
    "standard": "La Poste",
    "merchant": "Livraison par le commerçant",
}
STATES: Final = {
    "booked": "réservée",
    "preparing": "en préparation",
    "ready": "prête",
    "assigned": "confiée à un livreur",
    "to_pickup": "le livreur va la chercher",
    "at_pickup": "le livreur est à la boutique",
    "picked_up": "dans la sacoche du livreur",
    "to_dropoff": "en route vers vous",
    "at_dropoff": "le livreur est devant chez vous",
    "delivered": "livrée",
    "collected": "retirée",
    "attempted": "passage sans succès",
    "held_for_pickup": "à retirer",
    "returning": "en retour",
    "returned": "retournée à la boutique",
    "pickup_failed": "retenue à la boutique",
    "cancelled": "annulée",
}


def price(cents: int | None) -> str:
    """Return ``4,90 €``."""
    return "" if cents is None else f"{cents // 100},{cents % 100:02d} €"


def when(option: Option) -> str:
    """Return an offered option's window as a customer reads it."""
    start, end = datetime.fromisoformat(option.start), datetime.fromisoformat(option.end)
    if option.mode == "standard":
        return f"entre le {start:%d/%m} et le {end:%d/%m}"
    if option.mode == "collect":
        return f"dès le {start:%d/%m} à {start:%H h %M}"
    return f"le {start:%d/%m} entre {start:%H h %M} et {end:%H h %M}"
