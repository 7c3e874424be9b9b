"""The parameters of the day, each with its unit and what it changes.

Decides how they are shown.  They are set in the territory's settings file, and
checked by the values themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Final

from babel.numbers import format_decimal, format_percent

from dispatch.core.civil import instant_at
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.overview import PlannerDay
from dispatch.operations.parameters import Parameters
from dispatch.orders.tariff import Nudge
from dispatch.slots.service_levels import USES, ServiceLevel
from dispatch.web.planner.words import word
from dispatch.web.words import N_, _, clock, duration, language, money

#: Name and sense of each number of a service level.
_LEVEL_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "min_lead_min": (
            N_("Délai au plus tôt"),
            N_("Rien n’est promis plus tôt après la commande."),
        ),
        "max_lead_min": (
            N_("Délai au plus tard"),
            N_("Livré au plus tard ce temps après la commande."),
        ),
        "same_day_until": (
            N_("Le jour même avant"),
            N_("Tout est livré avant cette heure, le jour promis."),
        ),
        "order_cut_off": (
            N_("Commande avant"),
            N_("Après, la commande attend un autre jour."),
        ),
        "day_before_cut_off": (
            N_("La veille avant"),
            N_("Après, on ne commande plus pour le lendemain."),
        ),
        "notice_min": (
            N_("Préavis"),
            N_("Aucun créneau choisi ne commence plus tôt après la commande."),
        ),
        "days_ahead": (
            N_("Jours d’avance"),
            N_("Jusqu’à quel jour un créneau peut être choisi."),
        ),
        "slot_min": (N_("Créneau"), N_("Largeur de la plage promise au client.")),
        "keep_days": (N_("Gardé en boutique"), N_("Le client peut venir pendant ce temps.")),
        "min_days": (N_("Au plus tôt"), N_("Du dépôt à La Poste à la réception.")),
        "max_days": (N_("Au plus tard"), N_("Du dépôt à La Poste à la réception.")),
        "counted_in": (
            N_("Comptés en"),
            N_("Jours postaux : du lundi au samedi, sans les jours fériés."),
        ),
        "posting_cut_off": (N_("Dépôt avant"), N_("Après, le colis part le jour postal suivant.")),
    }
)


_POLICIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waves": N_("par vagues"),
        "rolling": N_("en continu"),
        "anticipating": N_("en continu, avec anticipation"),
    }
)


@dataclass(frozen=True, slots=True)
class Explained:
    """One parameter: its name in the settings file, its value for people, and its sense."""

    key: str
    name: str
    value: str
    sense: str


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that belong together, under one heading."""

    title: str
    items: tuple[Explained, ...]


def explained(day: PlannerDay) -> tuple[Group, ...]:
    """Return every parameter of *day*, grouped, in the page's language."""
    parameters = day.parameters
    return (
        Group(_("Départs"), _dispatching(parameters.dispatching)),
        Group(_("La vague"), _waves(day)),
        Group(_("Ce que le calcul cherche à éviter"), _weights(parameters)),
        Group(_("Temps sur place et devis"), _times(parameters)),
        Group(_("Remise de passage"), _nudge(parameters.nudge)),
        *(
            Group(_("Formule : %(mode)s", mode=word("mode", mode)), _level(level, day))
            for mode, level in parameters.levels.items()
        ),
    )


def _dispatching(rules: DispatchRules) -> tuple[Explained, ...]:
    return (
        Explained(
            "dispatching.policy",
            _("Qui décide du départ"),
            _(_POLICIES[rules.policy]),
            _("Par vagues, tout part à l’heure limite ; en continu, une tournée attend son heure."),
        ),
        Explained(
            "dispatching.tick_s",
            _("Un regard toutes les"),
            _("%(n)s s", n=number(rules.tick_s)),
            _("En continu : au plus un calcul par regard, et seulement si quelque chose a changé."),
        ),
        Explained(
            "dispatching.budget_s",
            _("Temps de calcul d’un regard"),
            _("%(n)s s au plus", n=number(rules.budget_s)),
            _("En continu ; une vague demandée à la main a le sien."),
        ),
        Explained(
            "dispatching.buffer_s",
            _("Avance visée"),
            _("%(n)s s", n=number(rules.buffer_s)),
            _("En continu : le plan vise d’être là avant la fin de l’engagement ou la fermeture."),
        ),
        Explained(
            "dispatching.hold_margin_s",
            _("Marge au départ"),
            _("%(n)s s", n=number(rules.hold_margin_s)),
            _("En continu : une tournée part au plus tard ce temps avant le dernier moment sûr."),
        ),
        *(_foresight(rules) if rules.policy == "anticipating" else ()),
    )


def _foresight(rules: DispatchRules) -> tuple[Explained, ...]:
    return (
        Explained(
            "dispatching.futures",
            _("Avenirs tirés"),
            number(rules.futures),
            _("Suites possibles de la journée que chaque regard essaie, d’après le passé."),
        ),
        Explained(
            "dispatching.futures_ahead_s",
            _("Jusqu’où ils regardent"),
            _("%(n)s s", n=number(rules.futures_ahead_s)),
            _("Les commandes probables de ce temps-là sont comptées dans chaque avenir."),
        ),
        Explained(
            "dispatching.history_weeks",
            _("Passé compté"),
            _("%(n)s semaines", n=number(rules.history_weeks)),
            _("Nombre de commandes par boutique, sorte de jour et heure, sans nom ni adresse."),
        ),
        Explained(
            "dispatching.agree_share",
            _("Accord demandé"),
            format_percent(rules.agree_share, locale=language()),
            _("Part des avenirs qui doivent s’accorder pour partir plus tôt ou attendre plus."),
        ),
    )


def _waves(day: PlannerDay) -> tuple[Explained, ...]:
    waves = day.parameters.waves
    return (
        Explained(
            "waves.cut_offs",
            _("Heures limites"),
            ", ".join(_at(minute, day) for minute in waves.cut_offs_min),
            _("À chacune, tout ce qui est réservé est calculé ensemble et remis aux livreurs."),
        ),
        Explained(
            "waves.budget_s",
            _("Temps de calcul"),
            _("%(n)s s au plus", n=number(waves.budget_s)),
            _("Plus de temps peut raccourcir les tournées ; aucune promesse n’en dépend."),
        ),
        Explained(
            "waves.publish_lag_s",
            _("Délai de publication"),
            _("%(n)s s", n=number(waves.publish_lag_s)),
            _("Les devis comptent que personne ne part avant ce délai après l’heure limite."),
        ),
        Explained(
            "waves.proof_s",
            _("Temps de preuve"),
            _("%(n)s s au plus", n=number(waves.proof_s)),
            _("Tournées remises, l’écart au meilleur plan est borné ; 0 : pas de preuve."),
        ),
        Explained(
            "waves.engine",
            _("Moteur"),
            waves.engine,
            _("Le programme qui cherche les tournées ; toute réponse est vérifiée à part."),
        ),
        Explained(
            "waves.seed",
            _("Graine du hasard"),
            number(waves.seed),
            _("La même graine et les mêmes commandes redonnent les mêmes tournées."),
        ),
    )


def _weights(parameters: Parameters) -> tuple[Explained, ...]:
    weights = parameters.weights
    per_second = _("%(n)s par seconde")
    return (
        Explained(
            "weights.unserved",
            _("Commande sans tournée"),
            _("%(n)s par commande", n=number(weights.unserved)),
            _("De loin le plus cher : une commande n’est laissée que si rien d’autre ne va."),
        ),
        Explained(
            "weights.late_per_s",
            _("Retard sur la promesse"),
            per_second % {"n": number(weights.late_per_s)},
            _("Compté de la fin de la promesse au coup de sonnette."),
        ),
        Explained(
            "weights.travel_per_s",
            _("Trajet"),
            per_second % {"n": number(weights.travel_per_s)},
            _("Temps passé sur la route, tous livreurs ensemble."),
        ),
        Explained(
            "weights.paid_per_s",
            _("Temps payé"),
            per_second % {"n": number(weights.paid_per_s)},
            _("Du départ à la fin de la tournée, attentes comprises ; 0 : il ne compte pas."),
        ),
        Explained(
            "weights.vehicle_used",
            _("Véhicule sorti"),
            _("%(n)s par véhicule", n=number(weights.vehicle_used)),
            _("Au-dessus de 0, le calcul regroupe sur moins de livreurs."),
        ),
        Explained(
            "weights.churn_per_stop",
            _("Arrêt déplacé"),
            _("%(n)s par arrêt", n=number(weights.churn_per_stop)),
            _("Plus c’est haut, plus une tournée déjà donnée reste comme elle est."),
        ),
        Explained(
            "weights.unfair_per_s",
            _("Travail au-delà de la juste part"),
            _("%(n)s par seconde", n=number(weights.unfair_per_s)),
            _("Au-dessus de 0, le travail est mieux partagé entre les livreurs."),
        ),
    )


def _times(parameters: Parameters) -> tuple[Explained, ...]:
    times = parameters.service_times
    return (
        Explained(
            "service_times.setup_s",
            _("Se garer et arriver à la porte"),
            duration(times.setup_s),
            _("Compté une seule fois pour plusieurs colis au même endroit."),
        ),
        Explained(
            "service_times.pickup_s",
            _("À la boutique"),
            duration(times.pickup_s),
            _("Temps compté pour entrer, prendre le colis et repartir."),
        ),
        Explained(
            "service_times.grace_s",
            _("Boutique fermée, colis réservé"),
            duration(times.grace_s),
            _(
                "Retard avec lequel un livreur trouve encore la porte ouverte pour ce qui est "
                "réservé ; rien n’est promis là-dessus."
            ),
        ),
        Explained(
            "service_times.drop_s",
            _("À la porte du client"),
            duration(times.drop_s),
            _("Temps compté du coup de sonnette au départ."),
        ),
        Explained(
            "quotes.life_min",
            _("Durée d’un devis"),
            duration(parameters.quote_life_min * 60),
            _("La place dans une tournée est retenue aussi longtemps, puis rendue."),
        ),
    )


def _nudge(nudge: Nudge) -> tuple[Explained, ...]:
    off = _("non")
    if nudge.enabled:
        off = _(
            "%(price)s jusqu’à %(detour)s de détour",
            price=money(nudge.off_cents),
            detour=duration(nudge.below_s),
        )
    sense = _("L’express est moins cher là où un livreur passe ; elle ne change que des prix.")
    return (Explained("nudge.enabled", _("Moins cher au passage"), off, sense),)


def _level(level: ServiceLevel, day: PlannerDay) -> tuple[Explained, ...]:
    """The numbers this mode reads; the others would only mislead."""
    name = level.mode.value
    if not level.enabled:
        sense = _("Cette formule n’est proposée nulle part.")
        return (Explained(f"levels.{name}.enabled", _("Proposée"), _("non"), sense),)
    return tuple(
        Explained(
            f"levels.{name}.{key}",
            _(_LEVEL_WORDS[key][0]),
            _value(key, level, day),
            _(_LEVEL_WORDS[key][1]),
        )
        for key in USES[level.mode]
    )


def _value(key: str, level: ServiceLevel, day: PlannerDay) -> str:
    value = getattr(level, key)
    if value is None:
        return _("pas de limite")
    if key == "counted_in":
        return _("jours postaux") if value == "postal" else _("jours du calendrier")
    if key == "days_ahead" and value == 0:
        return _("le jour même seulement")
    if key.endswith("_until") or key.endswith("_cut_off"):
        return _at(value, day)
    if key.endswith("_days") or key == "days_ahead":
        return _("%(n)s jours", n=number(value))
    return duration(value * 60)


def _at(minute_of_day: int, day: PlannerDay) -> str:
    return clock(instant_at(day.day, minute_of_day))


def number(value: float) -> str:
    """Return *value* with the separators of the page's language: ``1 000 000``, ``2,5``."""
    return str(format_decimal(value, locale=language()))


def percent(share: float) -> str:
    """Return *share* of 1 in hundredths, rounded up: ``3,2 %``; a bound is never made better."""
    return str(format_percent(ceil(share * 1000) / 1000, "#,##0.0 %", locale=language()))
