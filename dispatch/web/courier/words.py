"""What the courier's page calls things: reasons, next steps, refusals.

Decides words only; which reasons exist, and where, is ``dispatch.orders.failures``'.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dispatch.orders.doubts import FAR_FROM_STREET, NUMBER_ESTIMATED, STREET_ONLY, Doubt
from dispatch.orders.failures import NEXT_STEP, FailureReason, NextStep
from dispatch.tracking import unclear
from dispatch.tracking.news import News, What, Why
from dispatch.tracking.tours import StopKind
from dispatch.web.words import N_, _

REASONS: Final[Mapping[FailureReason, str]] = MappingProxyType(
    {
        FailureReason.NOT_AT_HOME: N_("Personne n’ouvre"),
        FailureReason.WRONG_ADDRESS: N_("Adresse fausse ou introuvable"),
        FailureReason.REFUSED: N_("Le client refuse le colis"),
        FailureReason.UNREACHABLE: N_("Accès impossible"),
        FailureReason.MERCHANT_CLOSED: N_("Commerce fermé"),
        FailureReason.NOT_READY: N_("Colis pas encore prêt"),
        FailureReason.ITEM_MISSING: N_("Il manque un article"),
        FailureReason.DAMAGED: N_("Colis abîmé"),
        FailureReason.VEHICLE_BREAKDOWN: N_("Véhicule en panne"),
        FailureReason.OTHER: N_("Autre raison"),
    }
)

# What follows a failure is a person's decision: nothing here may promise more.
_PLANNER_CALLS: Final = N_("Le planificateur décide de la suite et appelle le client.")
_BRING_BACK: Final = N_("Rapportez le colis au commerce : cet arrêt s’ajoute à votre tournée.")
_STEPS: Final[Mapping[NextStep, str]] = MappingProxyType(
    {
        NextStep.RETRY: _PLANNER_CALLS,
        NextStep.HOLD_AT_SHOP: _BRING_BACK,
        NextStep.RETURN: _BRING_BACK,
        NextStep.PLANNER: _PLANNER_CALLS,
    }
)

_REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_found": N_("Cet arrêt n’est pas dans votre tournée."),
        "forbidden": N_("Cet arrêt est dans la tournée d’un autre livreur."),
        "invalid": N_("Ce message n’a pas été compris."),
        "position_inexact": N_(
            "Votre position est trop imprécise pour une porte. Approchez-vous et réessayez."
        ),
        "no_address": N_("Cette commande n’a pas d’adresse écrite : rien à corriger."),
        "wrong_pin": N_(
            "Ce n’est pas le code du client. Sans le bon code, remettez sans preuve : "
            "le planificateur sera prévenu."
        ),
        "wrong_code": N_("Ce n’est pas le code de ce colis."),
        "not_a_picture": N_("Cette image n’a pas pu être lue : le planificateur sera prévenu."),
        "too_many_pictures": N_("Il y a déjà assez d’images pour cette porte."),
        "no_pictures": N_("Cette installation ne garde pas d’images."),
        "not_a_door": N_("Seule la porte d’un client peut être corrigée d’ici."),
    }
)

#: What becomes of a fact that is not in the tour as it was told.
_KEPT: Final[Mapping[unclear.Why, str]] = MappingProxyType(
    {
        unclear.Why.WAITS: N_(
            "Noté. Cela comptera quand le retrait au commerce sera signalé aussi."
        ),
        unclear.Why.ELSEWHERE: N_(
            "Noté. Cet arrêt n’est plus dans votre tournée : le planificateur regardera."
        ),
        unclear.Why.OVERRULED: N_("Noté. Vous aviez dit autre chose : le planificateur regardera."),
    }
)

_WHAT: Final[Mapping[What, str]] = MappingProxyType(
    {
        What.NEXT_STOP: N_("Votre prochain arrêt a changé."),
        What.FIRST_STOP: N_("Une tournée vous attend."),
        What.NOTHING_LEFT: N_("Votre prochain arrêt est annulé. Il ne vous en reste aucun."),
    }
)
_WHY: Final[Mapping[Why, str]] = MappingProxyType(
    {
        Why.WAVE: N_("La vague a réparti les commandes autrement."),
        Why.BOOKED: N_("Une commande s’est ajoutée."),
        Why.CANCELLED: N_("Une commande a été annulée."),
        Why.AMENDED: N_("Un client a changé d’horaire."),
        Why.SHOP_LATE: N_("Un commerce a pris du retard."),
        Why.RELIEVED: N_("D’autres livreurs prennent la suite de votre tournée."),
        Why.TAKEN_OVER: N_("Vous prenez des colis d’un autre livreur."),
        Why.DECIDED: N_("Le planificateur a décidé de la suite d’une livraison manquée."),
        Why.HELPED: N_("Une commande allait être en retard : elle a changé de livreur."),
        Why.BEHIND: N_("Une tournée prenait du retard : ses arrêts sont répartis autrement."),
    }
)

_DOUBTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        FAR_FROM_STREET: N_("La porte est à %(metres)s m de la rue la plus proche."),
        NUMBER_ESTIMATED: N_("Numéro estimé d’après ses voisins : vérifiez la porte."),
        STREET_ONLY: N_("Sans numéro : le point est au milieu de la rue."),
    }
)


def doubt(about: Doubt) -> str:
    """Return what to know at a door, short enough for a phone."""
    return _(_DOUBTS[about.code], metres=about.away_m)


def reason(value: FailureReason) -> str:
    """Return the reason as a button says it."""
    return _(REASONS[value])


def next_step(value: FailureReason, kind: str) -> str:
    """Return what happens next unless somebody decides otherwise; at a stop of *kind*."""
    return _(_STEPS[NEXT_STEP[value]] if kind == StopKind.DROP else _PLANNER_CALLS)


def refusal(code: str) -> str:
    """Return why a message from the road was not taken, by the error's code."""
    return _(_REFUSALS.get(code, N_("Cette action n’a pas pu être enregistrée.")))


def news(told: News) -> str:
    """Return what changed and why, for a glance at the kerb."""
    if told.what is What.FIRST_STOP and told.why is Why.WAVE:
        return _(_WHAT[told.what])
    return f"{_(_WHAT[told.what])} {_(_WHY[told.why])}"


def kept(why: unclear.Why) -> str:
    """Return what becomes of a fact that is kept, and not in the tour as it was told."""
    return _(_KEPT[why])


def door_asked() -> str:
    """Return what becomes of a door tapped far from the known one."""
    return _("Porte notée, loin de l’adresse connue : le planificateur confirmera.")
