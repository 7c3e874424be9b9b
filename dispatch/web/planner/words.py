"""Codes of the house as the planner reads them: outcomes, reasons, constraints, wave states.

Decides words only.  French here, English in ``translations``; refusals bring their
own sentences in both languages (``core.reasons``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from dispatch.core.reasons import SENTENCES, Refusal
from dispatch.operations.overview import Lane
from dispatch.operations.ports import Ports
from dispatch.operations.waves import WayOut
from dispatch.orders.doubts import Doubt
from dispatch.tracking.facts import Fact, FactKind
from dispatch.tracking.unclear import Why
from dispatch.web.words import N_, _, clock, duration, language, weight

WORDS: Mapping[str, str] = MappingProxyType(
    {
        # Modes.
        "mode.collect": N_("Retrait en boutique"),
        "mode.express": N_("Livraison express"),
        "mode.standard": N_("Colis La Poste"),
        "mode.merchant": N_("Livraison par le commerçant"),
        # Outcomes of the day's report.
        "outcome.delivered": N_("Livré à temps"),
        "outcome.late": N_("Livré en retard"),
        "outcome.open": N_("En cours"),
        "outcome.failed": N_("Échec"),
        "outcome.cancelled": N_("Annulé"),
        # States of a shipment.
        "state.booked": N_("réservé"),
        "state.preparing": N_("en préparation"),
        "state.ready": N_("prêt"),
        "state.assigned": N_("confié à un livreur"),
        "state.to_pickup": N_("livreur en route vers la boutique"),
        "state.at_pickup": N_("livreur à la boutique"),
        "state.picked_up": N_("enlevé"),
        "state.pickup_failed": N_("enlèvement manqué"),
        "state.to_dropoff": N_("en livraison"),
        "state.at_dropoff": N_("livreur à la porte"),
        "state.delivered": N_("livré"),
        "state.collected": N_("retiré"),
        "state.attempted": N_("livraison manquée"),
        "state.held_for_pickup": N_("à retirer en boutique"),
        "state.returning": N_("en retour"),
        "state.returned": N_("retourné"),
        "state.cancelled": N_("annulé"),
        # Why a line of the report is not simply delivered.
        "why.cancelled": N_("annulé par le site marchand"),
        "why.customer_collects": N_("attend le client en boutique"),
        "why.with_the_post": N_("confié à La Poste"),
        "why.to_be_posted": N_("à remettre à La Poste"),
        "why.merchant_delivers": N_("le commerçant livre"),
        "why.on_its_way": N_("promesse en cours"),
        # Failures that a courier reports.
        "why.not_at_home": N_("client absent"),
        "why.wrong_address": N_("adresse fausse"),
        "why.refused": N_("refusé par le client"),
        "why.unreachable": N_("porte inaccessible"),
        "why.merchant_closed": N_("boutique fermée"),
        "why.not_ready": N_("commande pas prête"),
        "why.item_missing": N_("article manquant"),
        "why.damaged": N_("colis abîmé"),
        "why.vehicle_breakdown": N_("panne du véhicule"),
        "why.other": N_("autre raison"),
        # Constraints that keep an order out of every tour.
        "binding.promise.end": N_("la fin de la promesse"),
        "binding.pickup.window": N_("les heures d’ouverture de la boutique"),
        "binding.shift": N_("les horaires des livreurs"),
        "binding.vehicles": N_("les véhicules autorisés"),
        "binding.other_promises": N_("les autres promesses déjà faites"),
        "binding.capacity.weight_g": N_("le poids transportable"),
        "binding.capacity.volume_cm3": N_("le volume transportable"),
        "binding.capacity.cold": N_("la place en caisse froide"),
        # What would serve an order that no tour holds: "Possible si ...".
        "way.promise.end": N_("la promesse finit %(by)s plus tard"),
        "way.pickup.opens": N_("la commande est prête %(by)s plus tôt, à %(since)s"),
        "way.pickup.closes": N_("la boutique reste ouverte jusqu’à %(until)s"),
        "way.shift": N_("%(courier)s travaille %(by)s de plus, jusqu’à %(until)s"),
        "way.vehicles": N_("%(courier)s peut la prendre"),
        "way.capacity.weight_g": N_("le véhicule de %(courier)s porte %(weight)s de plus"),
        "way.capacity.volume_cm3": N_("le véhicule de %(courier)s prend %(litres)s litres de plus"),
        "way.capacity.cold": N_("le véhicule de %(courier)s a une place froide de plus"),
        "way.courier": N_("un livreur de plus (%(vehicle)s) est là de %(since)s à %(until)s"),
        "way.search": N_("on relance une vague : il y a une place pour elle"),
        # Stops on the timeline.
        "status.held": N_("retenu pour un devis"),
        "status.booked": N_("réservé, pas encore confié"),
        "status.given": N_("confié au livreur"),
        "status.over": N_("terminé"),
        "status.failed": N_("échoué"),
        "piece.travel": N_("trajet"),
        "piece.wait": N_("attente"),
        "kind.pickup": N_("enlèvement"),
        "kind.drop": N_("livraison"),
        "kind.return": N_("retour"),
        # Kinds of doors.
        "door.house": N_("maison"),
        "door.flat": N_("immeuble"),
        "vehicle.bike": N_("vélo"),
        "vehicle.cargo_bike": N_("vélo cargo"),
        "vehicle.car": N_("voiture"),
        "vehicle.foot": N_("à pied"),
        # Waves.
        "wave.open": N_("à venir"),
        "wave.due": N_("attendue"),
        "wave.running": N_("en calcul"),
        "wave.published": N_("publiée"),
        "wave.skipped": N_("sautée"),
        "wave.failed": N_("échouée"),
        # Why a wave by hand came to nothing.
        "trouble.conflict": N_("une autre vague est en cours de calcul."),
        "trouble.stale": N_("la journée a changé pendant le calcul. Relancez la vague."),
        "trouble.storage_unavailable": N_("la base de données ne répond pas."),
        "trouble.streets_unavailable": N_("le serveur de trajets ne répond pas."),
        "trouble.internal": N_("le calcul n’a pas donné de plan valable."),
        # What an import did not take as it was.
        "health.barred": N_("Grands axes barrés par un obstacle"),
        "health.kept": N_("Gardées malgré une étiquette contraire"),
        "health.dropped": N_("Voies que personne ne peut prendre"),
        "health.turns_left_out": N_("Interdictions de tourner laissées de côté"),
        "health.conditional": N_("Règles à certaines heures, non appliquées"),
        "health.not_understood": N_("Étiquettes non comprises"),
        "health.holes": N_("Trous dans les données"),
        "health.mended": N_("Contours qui se croisaient, réparés"),
        # What an import says of them, where it is not a tag of OpenStreetMap's.
        "remark.through ways (via) that do not lead from one to the other": N_(
            "par des voies (via) qui ne mènent pas de l’une à l’autre"
        ),
        "remark.without one from, via and to": N_("sans un seul from, via et to"),
        "remark.between ways that do not meet at its node, or are not used": N_(
            "entre des voies qui ne se touchent pas à son nœud, ou qui ne servent pas"
        ),
        "remark.from or to a way that runs on behind the node": N_(
            "depuis ou vers une voie qui continue derrière le nœud"
        ),
        "remark.without a known restriction": N_("sans interdiction connue"),
        "remark.ways with nodes that are not in the file": N_(
            "voies dont des nœuds manquent dans le fichier"
        ),
        "remark.no vehicle is said to be taken": N_("ouverte à aucun véhicule"),
        # Terms of a plan's cost.
        "term.unserved": N_("sans tournée"),
        "term.late": N_("retards"),
        "term.travel": N_("trajets"),
        "term.paid": N_("temps payé"),
        "term.vehicles": N_("véhicules sortis"),
        "term.churn": N_("arrêts déplacés"),
        "term.unfair": N_("travail mal partagé"),
    }
)


def word(kind: str, code: str) -> str:
    """Return the words for *code* in the page's language; the code itself when it has none."""
    text = WORDS.get(f"{kind}.{code}")
    return code if text is None else _(text)


def sentence(code: str) -> str | None:
    """Return the sentence of a refusal code in the page's language, or None for another code."""
    if code not in SENTENCES:
        return None
    french, english = SENTENCES[code]
    return english if language() == "en" else french


def doubt_text(about: Doubt) -> str:
    """Return what is not sure about a place, in the page's language."""
    return about.en if language() == "en" else about.fr


def why(code: str) -> str:
    """Return why a shipment is where it is: a courier's reason, or a refusal's sentence."""
    return word("why", code) if f"why.{code}" in WORDS else sentence(code) or code


def trouble(code: str) -> str:
    """Return why a wave came to nothing, by the error's code."""
    text = WORDS.get(f"trouble.{code}")
    return _("une erreur est survenue de notre côté.") if text is None else _(text)


def bindings(refusal: Refusal, ports: Ports) -> list[str]:
    """Return what decided, in words: a constraint, a courier's reason or a shop's name."""
    named = []
    for code in refusal.binding:
        if f"binding.{code}" in WORDS:
            named.append(word("binding", code))
        elif code in ports.territory.merchants:
            named.append(ports.territory.merchant(code).name)
        else:
            named.append(why(code))
    return named


def way_out(way: WayOut, lanes: Sequence[Lane]) -> str:
    """Return what would serve an order, as the end of a sentence that begins "Possible if".

    Minutes and litres are rounded so that it is enough: less was tried, and is not.
    """
    couriers = {lane.tour.tour_id: lane.courier for lane in lanes}
    rider = couriers.get(way.tour_id) if way.tour_id is not None else None
    text = WORDS.get(f"way.{way.change}")
    if text is None:
        return way.change
    return _(
        text,
        by=duration(60 * -(-way.by // 60)),
        since="" if way.from_at is None else clock(way.from_at),
        until="" if way.until_at is None else clock(_next_minute(way.until_at)),
        courier="" if rider is None else rider.name,
        vehicle="" if rider is None else word("vehicle", rider.vehicle.kind.value),
        weight=weight(way.by),
        litres=-(-way.by // 1000),
    )


def _next_minute(instant: datetime) -> datetime:
    """The whole minute not before *instant*: what the clock shows is not too early."""
    return instant + timedelta(seconds=-instant.timestamp() % 60)


_TOLD: Mapping[FactKind, str] = MappingProxyType(
    {
        FactKind.ARRIVED: N_("sur place"),
        FactKind.FAILED: N_("manqué : %(why)s"),
        FactKind.DONE: N_("fait"),
    }
)
_DOUBTED: Mapping[Why, str] = MappingProxyType(
    {
        Why.WAITS: N_("La porte avant la boutique : comptera quand le retrait sera signalé."),
        Why.ELSEWHERE: N_("Cet arrêt n’est pas, ou n’est plus, dans sa tournée."),
        Why.UNPROVEN: N_("Remis, mais il manque la preuve demandée :"),
        Why.OVERRULED: N_("Contredit par un autre message : le colis remis l’emporte."),
    }
)


def told(fact: Fact) -> str:
    """Return what a courier told, in a word or two."""
    return _(_TOLD[fact.kind], why=word("why", fact.reason) if fact.reason else "")


def doubted(why: Why) -> str:
    """Return why the planner should look at what a courier told."""
    return _(_DOUBTED[why])
