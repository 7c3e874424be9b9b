"""Who changed what, as the planner reads it: the audit trail, the latest first.

Decides words only.  What is written there, and when, is ``operations.audit``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from dispatch.core.civil import instant_at, local_day
from dispatch.operations.access import PageKind
from dispatch.operations.audit import Change, Entry, trail
from dispatch.operations.devices import Device, devices
from dispatch.operations.ports import Ports
from dispatch.web.doors import reader
from dispatch.web.words import N_, _

#: What a page shows at once.
MOST: Final = 500
_USUAL_DAYS: Final = 7
#: Nothing was written before.
_EVER: Final = date(2000, 1, 1)

WORDS: Mapping[Change, str] = MappingProxyType(
    {
        Change.KEY_CREATED: N_("Clé créée"),
        Change.KEY_ROTATED: N_("Clé remplacée"),
        Change.KEY_REVOKED: N_("Clé retirée"),
        Change.LINK_MADE: N_("Lien créé"),
        Change.LINKS_REVOKED: N_("Tous les liens retirés"),
        Change.DEVICE_IN: N_("Appareil entré"),
        Change.DEVICE_OUT: N_("Appareil retiré"),
        Change.DOOR_MOVED: N_("Porte déplacée"),
        Change.DOOR_DECIDED: N_("Porte confirmée ou remise"),
        Change.TIMES_APPLIED: N_("Temps appris appliqués"),
        Change.TIMES_UNDONE: N_("Temps appris annulés"),
        Change.WAVE_ASKED: N_("Vague demandée"),
        Change.WET_SAID: N_("Jour de pluie noté"),
        Change.WET_TAKEN_BACK: N_("Jour de pluie annulé"),
        Change.CLOSURE_ADDED: N_("Fermeture notée"),
        Change.CLOSURE_REMOVED: N_("Fermeture retirée"),
        Change.WEBHOOK_ADDED: N_("Webhook ajouté"),
        Change.WEBHOOK_ROTATED: N_("Secret de webhook remplacé"),
        Change.WEBHOOK_REMOVED: N_("Webhook retiré"),
        Change.COURIER_RELIEVED: N_("Livreur relayé"),
        Change.COURIER_BACK: N_("Livreur revenu"),
        Change.SHOP_LATE: N_("Retard d’un commerce"),
        Change.HOLD_RELEASED: N_("Place gardée rendue : plus de livreur à temps"),
        Change.PARCEL_DECIDED: N_("Colis attribué à un livreur"),
        Change.MISSED_DECIDED: N_("Livraison manquée décidée"),
        Change.LEFT_OUT_DECIDED: N_("Commande sans tournée décidée"),
        Change.PROMISE_HELPED: N_("Promesse en danger traitée"),
        Change.PARAMETERS: N_("Réglages changés"),
    }
)
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        PageKind.PLANNER.value: N_("Planification"),
        PageKind.COURIER.value: N_("Livreur"),
        PageKind.MERCHANT.value: N_("Boutique"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One change.  ``changes``: what differs, as ``name: before → after`` or ``name: value``."""

    at: datetime
    who: str
    what: str
    subject: str
    changes: tuple[str, ...]


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/journal`` on *pages*."""

    @pages.get("/journal")
    @reader(PageKind.PLANNER)
    def changes() -> ResponseReturnValue:
        now = ports.clock.now()
        since, mistake = _asked(local_day(now))
        entries = trail(instant_at(max(since, _EVER), 0), MOST, ports)
        known = {device.name: device for device in devices(ports)}
        page = render_template(
            "planner/trail.html",
            rows=[_row(entry, known, ports) for entry in reversed(entries)],
            since=since,
            mistake=mistake,
            more=len(entries) == MOST,
            now=now,
        )
        return (page, 400) if mistake else page

    del changes


def _asked(today: date) -> tuple[date, str]:
    """Return the day of ``?depuis=``, or a week ago with what is wrong with it."""
    usual, text = today - timedelta(days=_USUAL_DAYS), request.args.get("depuis", "")
    try:
        return (date.fromisoformat(text) if text else usual), ""
    except ValueError:
        return usual, _("« %(text)s » n’est pas une date : écrivez 2026-11-24.", text=text)


def _row(entry: Entry, known: Mapping[str, Device], ports: Ports) -> Row:
    return Row(
        entry.at,
        _who(entry.actor, known, ports),
        _(WORDS.get(entry.act, entry.act.value)),
        entry.subject,
        tuple(_changes(*entry.difference)),
    )


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        sides = [str(side[name]) for side in (before, after) if name in side]
        yield f"{name}: {' → '.join(sides)}"


def _who(actor: str, known: Mapping[str, Device], ports: Ports) -> str:
    """Return the name of who acted: a device's reader, or a command on the machine."""
    kind, _slash, name = actor.partition("/")
    if kind not in _KINDS:
        return _("une commande")
    device = known.get(name)
    subject = name if device is None else device.subject
    names = {
        **{str(courier.courier_id): courier.name for courier in ports.territory.couriers.values()},
        **{str(shop.merchant_id): shop.name for shop in ports.territory.merchants.values()},
    }
    return " ".join(filter(None, (_(_KINDS[kind]), names.get(subject, subject))))
