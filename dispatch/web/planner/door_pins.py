"""Doors that couriers put right, as the planner reads them: undo, or confirm.

Parses, calls one operation, goes back to the day.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dispatch.core.errors import Invalid, NotFound
from dispatch.operations.access import PageKind
from dispatch.operations.door_pins import decide_door
from dispatch.operations.ports import Ports
from dispatch.tracking.door_pins import PinState
from dispatch.web.doors import acting, reader
from dispatch.web.words import _


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/portes`` on *pages*."""

    @pages.post("/portes")
    @reader(PageKind.PLANNER)
    def decide() -> Response:
        act = request.form.get("act", "")
        if act not in ("keep", "undo"):
            raise Invalid("act is keep or undo", field="act")
        try:
            pin = decide_door(request.form.get("pin_id", ""), act == "keep", acting(ports))
        except NotFound:
            flash(_("Cette correction n’existe plus."), "error")
        else:
            flash(_said(pin.state), "success")
        return redirect(url_for(".day", _anchor="portes"), 303)


def _said(state: PinState) -> str:
    if state is PinState.KEPT:
        return _("Porte confirmée : les prochaines livraisons à cette adresse y iront.")
    return _("Correction annulée : l’adresse retrouve sa porte d’avant.")
