"""The shop's word that a parcel will be late: one press, and who comes when is told.

Parses, calls one operation, goes back to the board.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.core.errors import Conflict, Invalid
from dispatch.operations.access import PageKind
from dispatch.operations.board import BoardLine
from dispatch.operations.ports import Ports
from dispatch.operations.shop_late import Delay, shop_late
from dispatch.slots.service_levels import Mode
from dispatch.web.doors import acting, link, reader
from dispatch.web.words import _, clock

#: What a shop may say: ready in so many minutes from now.
MINUTES: Final = (15, 30, 60, 90)


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/commerce/envois/<shipment_id>/retard`` on *pages*."""

    @pages.post("/envois/<shipment_id>/retard")
    @reader(PageKind.MERCHANT)
    def say_late(shipment_id: str) -> ResponseReturnValue:
        ready_at = ports.clock.now() + timedelta(minutes=_minutes())
        try:
            delay = shop_late(shipment_id, ready_at, acting(ports), merchant_id=str(link().subject))
        except Conflict:
            flash(_("Aucun livreur ne doit plus venir chercher ce colis."), "error")
        except Invalid:
            flash(_("C’est trop tard pour aujourd’hui : appelez le planificateur."), "error")
        else:
            flash(*_told(delay, ports))
        return redirect(url_for(".board", _anchor=f"envoi-{shipment_id}"), 303)

    del say_late


def may_be_late(line: BoardLine) -> bool:
    """True for a parcel that a courier is to fetch and that is not packed yet."""
    return line.shipment.mode is Mode.EXPRESS and line.shipment.prepared_at is None


def _minutes() -> int:
    text = request.form.get("minutes", "")
    if text not in {str(minutes) for minutes in MINUTES}:
        raise Invalid(f"minutes is one of {', '.join(map(str, MINUTES))}", field="minutes")
    return int(text)


def _told(delay: Delay, ports: Ports) -> tuple[str, str]:
    when = clock(delay.ready_at)
    if delay.moved is None:
        said = _(
            "Prêt à %(clock)s : plus aucun livreur ne peut l’apporter. Le planificateur décide.",
            clock=when,
        )
        return said, "error"
    name = ports.territory.courier(delay.moved.courier_id).name
    if delay.moved.late_s:
        said = _(
            "Prêt à %(clock)s : %(name)s viendra, mais le client sera servi en retard.",
            clock=when,
            name=name,
        )
        return said, "warning"
    said = _("Prêt à %(clock)s : %(name)s viendra à ce moment-là.", clock=when, name=name)
    return said, "success"
