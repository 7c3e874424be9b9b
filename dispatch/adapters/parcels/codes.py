"""La Poste's event codes in our words: the one table.

The codes and their French names are those of "Suivi v2" (developer.laposte.fr, catalogue
entry ``suivi@2``), which harmonises letters, Colissimo and Chronopost.  What each does to a
shipment is our decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dispatch.orders.shipments import State

_ON_ITS_WAY = State.TO_DROPOFF

#: Code → (La Poste's name of it, what our shipment is then; None: what it was).
CODES: Mapping[str, tuple[str, State | None]] = MappingProxyType(
    {
        # Announced, and still with the shop.
        "DR1": ("Déclaratif réceptionné", None),
        "DR2": ("Problème lors de la préparation", None),
        # Handed over, carried, sorted.
        "PC1": ("Pris en charge", _ON_ITS_WAY),
        "PC2": ("Pris en charge dans le pays d’expédition", _ON_ITS_WAY),
        "ET1": ("En cours de traitement", _ON_ITS_WAY),
        "ET2": ("En cours de traitement dans le pays d’expédition", _ON_ITS_WAY),
        "ET3": ("En cours de traitement dans le pays de destination", _ON_ITS_WAY),
        "ET4": ("En cours de traitement dans un pays de transit", _ON_ITS_WAY),
        "EP1": ("En attente de présentation", _ON_ITS_WAY),
        "DO1": ("Entrée en douane", _ON_ITS_WAY),
        "DO2": ("Sortie de douane", _ON_ITS_WAY),
        "DO3": ("Retenu en douane", _ON_ITS_WAY),
        "ID0": ("Informations douane", None),
        # A trouble says nothing of where the parcel is.
        "PB1": ("Problème en cours", None),
        "PB2": ("Problème résolu", None),
        "DI3": ("Retardé", None),
        "MD2": ("Mis en distribution", _ON_ITS_WAY),
        # The end, or what comes before it.
        "ND1": ("Non distribuable", State.ATTEMPTED),
        "AG1": ("En attente d’être retiré au guichet", State.HELD_FOR_PICKUP),
        "DI0": ("Distribué en lot", State.DELIVERED),
        "DI1": ("Distribué", State.DELIVERED),
        "RE1": ("Retourné à l’expéditeur", State.RETURNING),
        "DI2": ("Distribué à l’expéditeur", State.RETURNED),
    }
)


def state_of(code: str) -> State | None:
    """Return what a shipment is after *code*; None: what it was, also for an unknown code."""
    return CODES[code][1] if code in CODES else None
