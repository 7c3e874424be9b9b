"""Deliveries that failed at the door, as the planner decides them.

Parses, calls one operation, goes back to the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.operations.access import PageKind
from dispatch.operations.missed import Decision, Missed, decide_missed
from dispatch.operations.ports import Ports
from dispatch.web.doors import acting, reader
from dispatch.web.words import N_, _

BUTTONS: Final[Mapping[Decision, str]] = MappingProxyType(
    {
        Decision.RETRY: N_("Retenter"),
        Decision.HOLD: N_("Garder au commerce"),
        Decision.GIVE_BACK: N_("Rendre au commerce"),
    }
)
_SAID: Final[Mapping[Decision, str]] = MappingProxyType(
    {
        Decision.RETRY: N_("%(ref)s sera retentée par %(courier)s."),
        Decision.HOLD: N_("%(ref)s sera gardée au commerce pour le client."),
        Decision.GIVE_BACK: N_("%(ref)s sera rendue au commerce."),
    }
)


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/manquees`` on *pages*."""

    @pages.post("/manquees")
    @reader(PageKind.PLANNER)
    def decide_missed_one() -> Response:
        decision = _decision()
        try:
            missed = decide_missed(request.form.get("quote_id", ""), decision, acting(ports))
        except (Conflict, NotFound):
            flash(_("Cette livraison a changé entre-temps : rien n’a été modifié."), "error")
        else:
            flash(_told(missed, decision, ports), "success")
        return redirect(url_for(".day", _anchor="manquees"), 303)

    del decide_missed_one


def _decision() -> Decision:
    try:
        return Decision(request.form.get("act", ""))
    except ValueError:
        raise Invalid(f"act is one of {', '.join(Decision)}", field="act") from None


def _told(missed: Missed, decision: Decision, ports: Ports) -> str:
    courier = ports.territory.courier(missed.courier_id).name
    return _(_SAID[decision], ref=missed.order_ref, courier=courier)
