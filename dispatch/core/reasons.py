"""Why not: every "no" of the house has a stable code, a French and an English sentence.

A ``Refusal`` is an answer, not an error: it is returned, never raised.
``binding`` names the constraint that decided; ``unlock`` the nearest change
that would make it possible, present only when it was tried and found true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "outside_area": (
            "Cette adresse est hors de la zone de livraison.",
            "This address is outside the delivery area.",
        ),
        "address_not_found": (
            "Adresse introuvable : placez le point sur la carte.",
            "Address not found: place the point on the map.",
        ),
        "address_ambiguous": (
            "Plusieurs adresses correspondent : précisez la commune ou le numéro.",
            "Several addresses match: add the commune or the number.",
        ),
        "address_mismatch": (
            "L'adresse et le point sur la carte ne désignent pas le même endroit.",
            "The address and the point on the map are not the same place.",
        ),
        "after_cutoff": (
            "L'heure limite de commande est passée pour aujourd'hui.",
            "It is past today's ordering cut-off.",
        ),
        "merchant_closed": (
            "Le commerce est fermé sur cette période.",
            "The shop is closed during this time.",
        ),
        "holiday": ("Jour férié : pas de service.", "Public holiday: no service."),
        "too_heavy": (
            "Le colis est trop lourd pour nos véhicules.",
            "The parcel is too heavy for our vehicles.",
        ),
        "too_large": (
            "Le colis est trop volumineux pour nos véhicules.",
            "The parcel is too large for our vehicles.",
        ),
        "cold_chain_unavailable": (
            "Aucun véhicule réfrigéré n'est disponible.",
            "No vehicle with a cold box is available.",
        ),
        "no_feasible_insertion": (
            "Aucune tournée ne peut la prendre dans ce créneau.",
            "No tour can take it in this window.",
        ),
        "no_courier_on_shift": (
            "Aucun livreur n'est en service sur cette période.",
            "No courier is on shift during this time.",
        ),
        "merchant_out_of_radius": (
            "L'adresse est trop loin pour la livraison par le commerçant.",
            "The address is too far for the merchant's own delivery.",
        ),
        "mode_disabled": (
            "Ce mode n'est pas proposé par ce commerce.",
            "This shop does not offer this mode.",
        ),
        "unreachable": (
            "Aucune route n'y mène depuis le commerce.",
            "No road leads there from the shop.",
        ),
        "not_ready_in_time": (
            "La commande ne peut pas être prête à temps.",
            "The order cannot be ready in time.",
        ),
        "pickup_failed": (
            "Le livreur n'a pas pu retirer le colis au commerce.",
            "The courier could not fetch the parcel at the shop.",
        ),
        "solver_gave_up": (
            "Le calcul n'a pas trouvé sa place dans le temps imparti.",
            "The search did not find its place in the time allowed.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A "no" with its reason, as data a page can translate.

    Raises
    ------
    ValueError
        When *code* is not one of ``SENTENCES``: an undocumented reason is a bug.
    """

    code: str
    binding: tuple[str, ...] = ()
    unlock: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.code not in SENTENCES:
            raise ValueError(f"unknown reason {self.code!r}; known: {sorted(SENTENCES)}")

    @property
    def fr(self) -> str:
        return SENTENCES[self.code][0]

    @property
    def en(self) -> str:
        return SENTENCES[self.code][1]
