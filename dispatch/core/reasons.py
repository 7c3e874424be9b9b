"""Why not: every "no" of the house has a stable code, a French and an English sentence.

A ``Refusal`` is an answer, not an error: it is returned, never raised.
``binding`` names the constraint that decided; ``unlock`` and the ``Way``s the nearest
changes that would make it possible, present only when tried and found true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from dispatch.core.civil import clock_text, local_day, local_text
from dispatch.core.typography import french

_SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
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
            "L'heure limite de commande est passée.",
            "It is past the ordering cut-off.",
        ),
        "express_paused": (
            "Les tournées ne partent pas en ce moment : l'express est suspendu.",
            "No tours are leaving at the moment: express is paused.",
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
        "too_soon": (
            "Ce créneau commence trop tôt après la commande.",
            "This window begins too soon after the order.",
        ),
        "too_far_ahead": (
            "Ce créneau est trop loin de l'heure de commande.",
            "This window is too long after the order.",
        ),
        "market_day": (
            "Jour de marché : le livreur ne peut pas accéder au commerce.",
            "Market day: the courier cannot get to the shop.",
        ),
        "not_this_day": (
            "Ce mode n'est pas proposé ce jour-là.",
            "This mode is not offered on that day.",
        ),
        "capacity_full": (
            "Les véhicules sont pleins sur ce créneau.",
            "The vehicles are full in this window.",
        ),
        "held_by_others": (
            "Les dernières places sont retenues pour d'autres clients, quelques minutes encore.",
            "The last places are held for other customers, for some minutes more.",
        ),
        "enough_is_held": (
            "Assez de places sont retenues pour d'autres clients : celle-ci n'est pas gardée, "
            "elle est vérifiée à la réservation.",
            "Enough places are held for other customers: this one is not kept, it is checked "
            "again when booked.",
        ),
        "place_lost": (
            "La place gardée a dû être rendue : la journée des livreurs a changé. Elle est "
            "vérifiée à la réservation.",
            "The place kept had to be given back: the couriers' day has changed. It is checked "
            "again when booked.",
        ),
        "solver_gave_up": (
            "Le calcul n'a pas trouvé sa place dans le temps imparti.",
            "The search did not find its place in the time allowed.",
        ),
    }
)

#: What each code says: (French, English).
SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {code: (french(said), english) for code, (said, english) in _SENTENCES.items()}
)


#: How a sentence ends where the distance is known: (French, English).
_DISTANCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "outside_area": ("à {} de sa limite", "{} beyond its edge"),
        "unreachable": ("rue la plus proche à {}", "nearest street {} away"),
    }
)

#: How a sentence ends where what decided is known by these names: (French, English).
_BECAUSE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "promise.end": ("elle arriverait trop tard", "it would arrive too late"),
        "pickup.window": (
            "le livreur ne serait pas au commerce quand elle est prête et la porte ouverte",
            "no courier would be at the shop while it is ready and the door open",
        ),
        "shift": (
            "les livreurs finiraient leur journée trop tard",
            "the couriers' day would end too late",
        ),
        "other_promises": (
            "une autre livraison promise serait en retard",
            "another delivery would be late",
        ),
        "day_before_cut_off": (
            "pour ce jour-là, il fallait commander la veille",
            "for that day it was on the eve",
        ),
        "wave": ("la dernière tournée est partie", "the last tour has left"),
    }
)
_EXPLAINED: Final = frozenset({"no_feasible_insertion", "after_cutoff"})


WayKind = Literal[
    "later_window", "ready_by", "order_from", "retry_at", "courier", "other_mode", "split"
]

#: (French, English); ``{}`` is the time on the wall of ``at``, ``{day}`` its day and month.
WAYS: Mapping[WayKind, tuple[str, str]] = MappingProxyType(
    {
        "retry_at": (
            "Réessayez à {}\u00a0: une place retenue se libère.",
            "Try again at {}: a held place becomes free.",
        ),
        "later_window": (
            "Possible dans le créneau qui commence à {}.",
            "Possible in the window that begins at {}.",
        ),
        "ready_by": (
            "Possible si la commande est prête à {}.",
            "Possible if the order is ready at {}.",
        ),
        "order_from": (
            "Possible en commandant à partir du {day} à {}.",
            "Possible when ordered from {} on {day} on.",
        ),
        "courier": ("Possible avec un livreur de plus.", "Possible with one more courier."),
        "other_mode": ("Possible dans un autre mode.", "Possible in another mode."),
        "split": (
            "Possible en plusieurs commandes, une par commerce.",
            "Possible as several orders, one for each shop.",
        ),
    }
)

#: What each kind has to say besides its name; the kinds that are not here: nothing.
_SAYS: Final[Mapping[WayKind, str]] = MappingProxyType(
    {
        "later_window": "at",
        "ready_by": "at",
        "order_from": "at",
        "retry_at": "at",
        "courier": "vehicle",
        "other_mode": "mode",
    }
)

#: How ``Refusal.unlock`` calls a kind that it does not call by its own name.
_UNLOCKS: Final[Mapping[WayKind, str]] = MappingProxyType({"later_window": "earliest_ok"})


@dataclass(frozen=True, slots=True)
class Way:
    """One change that was tried, and makes the refused possible.

    at      : the instant it speaks of: a window's beginning, when the shop is ready, when
              to order or to ask again
    mode    : of ``other_mode``: which
    vehicle : of ``courier``: what the one more would ride

    Raises
    ------
    ValueError
        For an unknown kind, one that lacks what it has to say, or says more than that.
    """

    kind: WayKind
    at: datetime | None = None
    mode: str | None = None
    vehicle: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in WAYS:
            raise ValueError(f"unknown way {self.kind!r}; known: {sorted(WAYS)}")
        said = {name for name in ("at", "mode", "vehicle") if getattr(self, name) is not None}
        expected = {_SAYS[self.kind]} if self.kind in _SAYS else set()
        if said != expected:
            raise ValueError(f"a {self.kind} says {sorted(expected)}, not {sorted(said)}")
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError(f"an instant without a UTC offset: {self.at}")

    @property
    def said(self) -> str:
        """Its instant, mode or vehicle as text; "" for a kind that says nothing more."""
        return local_text(self.at) if self.at is not None else self.mode or self.vehicle or ""

    @property
    def fr(self) -> str:
        return self._sentence(0)

    @property
    def en(self) -> str:
        return self._sentence(1)

    def _sentence(self, language: int) -> str:
        sentence = WAYS[self.kind][language]
        if self.at is None:
            return sentence
        return sentence.format(clock_text(self.at), day=f"{local_day(self.at):%d/%m}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A "no" with its reason, as data a page can translate.

    away_m : metres between the place asked for and where it would be possible: the
             edge of the area, the nearest street; None: not known, or not the trouble
    ways   : the nearest changes that were tried and work, best first

    Raises
    ------
    ValueError
        When *code* is not one of ``SENTENCES``: an undocumented reason is a bug.
    """

    code: str
    binding: tuple[str, ...] = ()
    unlock: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    away_m: int | None = None
    ways: tuple[Way, ...] = ()

    def opened_by(self, *ways: Way) -> Refusal:
        """Return the same refusal with *ways* among its own; ``unlock`` says the nearest.

        Nearest first: in the order of ``WAYS``, then the sooner.
        """
        order = list(WAYS)
        every = dict.fromkeys((*self.ways, *ways))
        told = tuple(sorted(every, key=lambda way: (order.index(way.kind), way.said)))
        unlock = MappingProxyType({_UNLOCKS.get(way.kind, way.kind): way.said for way in told[:1]})
        return replace(self, ways=told, unlock=unlock if told else self.unlock)

    def __post_init__(self) -> None:
        if self.code not in SENTENCES:
            raise ValueError(f"unknown reason {self.code!r}; known: {sorted(SENTENCES)}")
        if self.away_m is not None and (self.away_m < 0 or self.code not in _DISTANCES):
            raise ValueError(f"{self.code} is not {self.away_m} m away")

    @property
    def fr(self) -> str:
        return self._sentence(0, ",")

    @property
    def en(self) -> str:
        return self._sentence(1, ".")

    def _sentence(self, language: int, decimal: str) -> str:
        sentence = SENTENCES[self.code][language]
        if self.away_m is None:
            return sentence
        end = _DISTANCES[self.code][language].format(_distance(self.away_m, decimal))
        return f"{sentence.removesuffix('.')} ({end})."


def explained(refusal: Refusal) -> tuple[str, str]:
    """Return the sentence with what decided in people's words: (French, English).

    For who reads no ``binding``.
    """
    because = next((_BECAUSE[name] for name in refusal.binding if name in _BECAUSE), None)
    if because is None or refusal.code not in _EXPLAINED:
        return refusal.fr, refusal.en
    fr, en = (sentence.removesuffix(".") for sentence in (refusal.fr, refusal.en))
    return f"{fr} : {because[0]}.", f"{en}: {because[1]}."


def _distance(away_m: int, decimal: str) -> str:
    """Return 640 m, 3,2 km or 412 km: as exact as people say it."""
    if away_m < 1_000:
        return f"{away_m} m"
    if away_m < 9_950:
        return f"{away_m / 1000:.1f} km".replace(".", decimal)
    return f"{away_m / 1000:.0f} km"
