"""The customer's page in plain words: where the order is, said without our own vocabulary.

Decides which sentence a state becomes and how far along its line of steps it is.
Which states exist, and which may follow which, is ``dispatch.orders.shipments``'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dispatch.core.civil import local_day
from dispatch.operations.late_notice import Instead
from dispatch.operations.track import TrackedShipment, Tracking
from dispatch.orders.failures import FailureReason
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.web.words import N_, _, clock, moment, money, window

MODES: Final[Mapping[Mode, str]] = MappingProxyType(
    {
        Mode.COLLECT: N_("Retrait au commerce"),
        Mode.EXPRESS: N_("Livraison express"),
        Mode.STANDARD: N_("Envoi postal"),
        Mode.MERCHANT: N_("Livraison par le commerçant"),
    }
)

_STEPS: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        Mode.EXPRESS: (
            N_("Confirmée"),
            N_("En préparation"),
            N_("Prise par le livreur"),
            N_("En route vers vous"),
            N_("Livrée"),
        ),
        Mode.COLLECT: (N_("Confirmée"), N_("En préparation"), N_("Prête"), N_("Retirée")),
        Mode.STANDARD: (N_("Confirmée"), N_("En préparation"), N_("Postée"), N_("Livrée")),
        Mode.MERCHANT: (N_("Confirmée"), N_("En préparation"), N_("En route"), N_("Livrée")),
    }
)

#: How many steps are behind, by state; states that left the line are absent.
_PASSED: Final[Mapping[Mode, Mapping[State, int]]] = MappingProxyType(
    {
        Mode.EXPRESS: {
            State.BOOKED: 0,
            State.PREPARING: 1,
            State.READY: 1,
            State.ASSIGNED: 1,
            State.TO_PICKUP: 1,
            State.AT_PICKUP: 1,
            State.PICKED_UP: 2,
            State.TO_DROPOFF: 3,
            State.AT_DROPOFF: 3,
            State.DELIVERED: 4,
        },
        Mode.COLLECT: {
            State.BOOKED: 0,
            State.PREPARING: 1,
            State.READY: 2,
            State.HELD_FOR_PICKUP: 2,
            State.COLLECTED: 3,
        },
        Mode.STANDARD: {
            State.BOOKED: 0,
            State.PREPARING: 1,
            State.READY: 1,
            State.TO_DROPOFF: 2,
            State.DELIVERED: 3,
        },
        Mode.MERCHANT: {
            State.BOOKED: 0,
            State.PREPARING: 1,
            State.READY: 1,
            State.TO_DROPOFF: 2,
            State.AT_DROPOFF: 2,
            State.DELIVERED: 3,
        },
    }
)

_EVENTS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.BOOKED: N_("Commande confirmée"),
        State.PREPARING: N_("Préparation commencée"),
        State.READY: N_("Colis prêt"),
        State.ASSIGNED: N_("Confiée à un livreur"),
        State.TO_PICKUP: N_("Le livreur va la chercher au commerce"),
        State.AT_PICKUP: N_("Le livreur est au commerce"),
        State.PICKED_UP: N_("Le livreur a votre colis"),
        State.PICKUP_FAILED: N_("Le livreur n’a pas pu prendre le colis"),
        State.TO_DROPOFF: N_("En route vers vous"),
        State.AT_DROPOFF: N_("Le livreur est devant chez vous"),
        State.DELIVERED: N_("Livrée"),
        State.COLLECTED: N_("Retirée au commerce"),
        State.ATTEMPTED: N_("Livraison tentée, sans succès"),
        State.HELD_FOR_PICKUP: N_("Vous attend au commerce"),
        State.RETURNING: N_("Retourne au commerce"),
        State.RETURNED: N_("Rendue au commerce"),
        State.CANCELLED: N_("Annulée"),
    }
)

_AT_THE_DOOR: Final[Mapping[FailureReason, str]] = MappingProxyType(
    {
        FailureReason.NOT_AT_HOME: N_(
            "Personne n’a ouvert. Le livreur rapporte le colis chez %(shop)s. "
            "Nous vous appelons pour convenir de la suite."
        ),
        FailureReason.WRONG_ADDRESS: N_(
            "Le livreur n’a pas trouvé l’adresse. Appelez %(shop)s pour la préciser."
        ),
        FailureReason.REFUSED: N_("Le colis a été refusé ; il retourne chez %(shop)s."),
        FailureReason.UNREACHABLE: N_(
            "Le livreur n’a pas pu atteindre votre porte. "
            "Appelez %(shop)s pour convenir de la suite."
        ),
        FailureReason.DAMAGED: N_(
            "Le colis a été abîmé ; il retourne chez %(shop)s. Appelez pour convenir de la suite."
        ),
        FailureReason.OTHER: N_(
            "Un contretemps a arrêté le livreur. Appelez %(shop)s pour convenir de la suite."
        ),
    }
)

#: Most urgent first: an order is told by its parcel that most needs telling.
_TROUBLES: Final = (
    State.ATTEMPTED,
    State.PICKUP_FAILED,
    State.HELD_FOR_PICKUP,
    State.RETURNING,
    State.RETURNED,
)


@dataclass(frozen=True, slots=True)
class Headline:
    """The page's first words.  ``tone``: ok, info, warn or bad, a class of the house look."""

    title: str
    text: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Step:
    """One mark on the line.  ``state``: done, now or ahead."""

    text: str
    state: str


def steps(shipment: Shipment) -> tuple[Step, ...]:
    """Return the line of steps of one parcel; empty when it left the ordinary line."""
    passed = _PASSED[shipment.mode].get(shipment.state)
    if passed is None:
        return ()
    texts = _STEPS[shipment.mode]
    over = passed == len(texts) - 1
    return tuple(
        Step(_(text), "done" if n < passed or over else "now" if n == passed else "ahead")
        for n, text in enumerate(texts)
    )


def event(shipment: Shipment, state: State) -> str:
    """Return one line of the history."""
    if shipment.mode is Mode.STANDARD and state is State.TO_DROPOFF:
        return _("Remis à La Poste")
    if shipment.mode is Mode.MERCHANT and state is State.TO_DROPOFF:
        return _("Le commerçant est en route vers vous")
    return _(_EVENTS[state])


def headline(seen: Tracking) -> Headline:
    """Return what the page says first about the whole order."""
    alive = [item for item in seen.shipments if item.shipment.state is not State.CANCELLED]
    if seen.booking.cancelled_at is not None or not alive:
        return Headline(
            _("Votre commande est annulée"),
            _("Elle ne sera pas livrée. Pour toute question, appelez le commerce."),
            "bad",
        )
    for trouble in _TROUBLES:
        for item in alive:
            if item.shipment.state is trouble:
                return _troubled(trouble, item)
    slowest = min(alive, key=lambda item: _PASSED[item.shipment.mode].get(item.shipment.state, 0))
    said = _ordinary(slowest, seen)
    if slowest.shipment.ended_at is not None or slowest.shipment.mode is Mode.COLLECT:
        return said
    if seen.now >= seen.promise.closes_at:
        sorry = _("Nous avons du retard sur l’heure promise, et nous en sommes désolés.")
    elif seen.late:
        sorry = _("Nous ne tiendrons sans doute pas l’heure promise, et nous en sommes désolés.")
    else:
        return said
    return Headline(said.title, f"{sorry} {said.text}", "warn")


def instead(other: Instead, now: datetime) -> str:
    """Return another way to get the order, with its price, as one line."""
    price = money(other.price_cents) if other.price_cents else _("offert")
    when = {"when": moment(other.window.opens_at, now), "price": price}
    span = {"span": window(other.window, now), "price": price}
    match other.mode:
        case Mode.COLLECT:
            return _("La retirer au commerce, %(when)s ou après (%(price)s)", **when)
        case Mode.STANDARD:
            return _("La recevoir par La Poste, %(span)s (%(price)s)", **span)
        case Mode.MERCHANT:
            return _("Être livré par le commerçant, %(span)s (%(price)s)", **span)
        case _:
            return _("Être livré plus tard, %(span)s (%(price)s)", **span)


def _why_not(item: TrackedShipment) -> str:
    """What went wrong at the door, and what happens to the parcel now."""
    reason = next((e.reason for e in reversed(item.events) if e.state is State.ATTEMPTED), None)
    known = FailureReason(reason) if reason in set(FailureReason) else FailureReason.OTHER
    return _(_AT_THE_DOOR.get(known, _AT_THE_DOOR[FailureReason.OTHER]), shop=item.merchant_name)


def _troubled(state: State, item: TrackedShipment) -> Headline:
    shop = item.merchant_name
    match state:
        case State.ATTEMPTED:
            return Headline(_("Nous n’avons pas pu vous livrer"), _why_not(item), "bad")
        case State.PICKUP_FAILED:
            return Headline(
                _("Votre commande prend du retard"),
                _(
                    "Le livreur n’a pas pu la prendre chez %(shop)s. "
                    "Nous vous appelons pour convenir de la suite.",
                    shop=shop,
                ),
                "warn",
            )
        case State.HELD_FOR_PICKUP if item.shipment.mode is Mode.STANDARD:
            return Headline(
                _("Votre colis vous attend à La Poste"),
                _("Retirez-le au guichet, avec une pièce d’identité."),
                "warn",
            )
        case State.HELD_FOR_PICKUP:
            return Headline(
                _("Votre commande vous attend"),
                _(
                    "Vous pouvez la retirer chez %(shop)s aux heures d’ouverture.",
                    shop=shop,
                ),
                "warn",
            )
        case State.RETURNING if item.shipment.mode is Mode.COLLECT:
            return Headline(
                _("Votre commande n’a pas été retirée"),
                _(
                    "%(shop)s va la remettre en rayon : appelez vite si elle vous attend encore.",
                    shop=shop,
                ),
                "bad",
            )
        case State.RETURNING:
            why = f"{_why_not(item)} " if item.shipment.mode is Mode.EXPRESS else ""
            return Headline(
                _("Votre commande retourne au commerce"),
                why + _("%(shop)s vous contactera dès son retour.", shop=shop),
                "bad",
            )
        case _:
            return Headline(
                _("Votre commande a été rendue au commerce"),
                _("Contactez %(shop)s pour la suite.", shop=shop),
                "bad",
            )


def _ordinary(item: TrackedShipment, seen: Tracking) -> Headline:
    shipment, shop = item.shipment, item.merchant_name
    match shipment.state:
        case State.DELIVERED:
            text = _handed(shipment, seen.received_by, seen.now)
            return Headline(_("Votre commande est livrée"), text, "ok")
        case State.COLLECTED:
            return Headline(_("Vous avez retiré votre commande"), _ended(shipment, seen.now), "ok")
        case State.AT_DROPOFF:
            return Headline(_("Le livreur est là"), _("Il est devant chez vous."), "ok")
        case State.TO_DROPOFF:
            return _leaving(shipment, seen)
        case State.PICKED_UP:
            return Headline(
                _("Votre commande est avec le livreur"),
                _("Il a d’autres arrêts avant le vôtre."),
            )
        case State.READY if shipment.mode is Mode.COLLECT:
            return Headline(
                _("Votre commande est prête"),
                _("Elle vous attend chez %(shop)s. Montrez votre code au comptoir.", shop=shop),
                "ok",
            )
        case State.BOOKED:
            return Headline(
                _("Votre commande est confirmée"),
                _("%(shop)s va la préparer.", shop=shop),
            )
        case _ if shipment.mode is Mode.EXPRESS and shipment.prepared_at is None:
            return Headline(
                _("Votre commande se prépare"),
                _("%(shop)s la prépare ; un livreur viendra la chercher.", shop=shop),
            )
        case _ if shipment.prepared_at is not None:
            return Headline(_("Votre commande est prête à partir"), _next_hand(shipment.mode))
        case _:
            return Headline(_("Votre commande se prépare"), _("Chez %(shop)s.", shop=shop))


def _leaving(shipment: Shipment, seen: Tracking) -> Headline:
    if shipment.mode is Mode.STANDARD:
        return Headline(
            _("Votre commande est postée"), _("La Poste l’apporte dans votre boîte aux lettres.")
        )
    if shipment.mode is Mode.EXPRESS and not seen.courier.you_next:
        return Headline(
            _("Votre commande est avec le livreur"), _("Il a d’autres arrêts avant le vôtre.")
        )
    return Headline(_("Votre commande arrive"), _("Vous êtes le prochain arrêt."), "ok")


def _next_hand(mode: Mode) -> str:
    if mode is Mode.STANDARD:
        return _("Le commerce va la remettre à La Poste.")
    if mode is Mode.MERCHANT:
        return _("Le commerçant va vous l’apporter.")
    return _("Un livreur va la chercher au commerce.")


def _handed(shipment: Shipment, received_by: str | None, now: datetime) -> str:
    if received_by is None or shipment.ended_at is None:
        return _ended(shipment, now)
    if local_day(shipment.ended_at) == local_day(now):
        at = clock(shipment.ended_at)
        return _("Remise à %(clock)s à %(name)s. Merci, et à bientôt.", clock=at, name=received_by)
    when = moment(shipment.ended_at, now)
    return _("Remise %(when)s à %(name)s. Merci, et à bientôt.", when=when, name=received_by)


def _ended(shipment: Shipment, now: datetime) -> str:
    if shipment.ended_at is None:
        return _("Merci, et à bientôt.")
    if local_day(shipment.ended_at) == local_day(now):
        return _("À %(clock)s. Merci, et à bientôt.", clock=clock(shipment.ended_at))
    when = moment(shipment.ended_at, now)
    return _("%(when)s. Merci, et à bientôt.", when=when[0].upper() + when[1:])
