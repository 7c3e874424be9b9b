"""Who has a parcel that two couriers say they fetched, as the planner answers it.

Parses, calls one operation, goes back to the day.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import CourierId
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.operations.who_has_it import decide_claim
from dispatch.web.doors import acting, reader
from dispatch.web.words import _


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/qui-a-le-colis`` on *pages*."""

    @pages.post("/qui-a-le-colis")
    @reader(PageKind.PLANNER)
    def decide_claim_one() -> Response:
        courier_id = request.form.get("courier_id", "")
        try:
            claim = decide_claim(request.form.get("fact_id", ""), courier_id, acting(ports))
        except (Conflict, NotFound):
            flash(_("Ce colis a changé de mains entre-temps : rien n’a été modifié."), "error")
        else:
            name = ports.territory.courier(CourierId(courier_id)).name
            told = _("%(courier)s a le colis de %(ref)s.", courier=name, ref=claim.order_ref)
            flash(told, "success")
        return redirect(url_for(".day", _anchor="a-verifier"), 303)

    del decide_claim_one
