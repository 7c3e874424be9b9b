"""One click says that the day on the page is wet, another that it is not after all.

Parses, calls one operation, goes back to the day.  What rain changes is ``operations.weather``'s.
"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dispatch.core.errors import Invalid
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.operations.weather import say_wet, take_back_wet
from dispatch.web.doors import acting, reader
from dispatch.web.words import _


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/pluie`` on *pages*."""

    @pages.post("/pluie")
    @reader(PageKind.PLANNER)
    def say_weather() -> Response:
        day = _day()
        if request.form.get("act") == "dry":
            take_back_wet(day, acting(ports))
            flash(_("Annulé : les trajets de ce jour reprennent leur durée habituelle."), "success")
        else:
            try:
                say_wet(day, acting(ports))
            except Invalid:
                flash(_("Ce jour est trop loin pour dire s’il pleut."), "error")
            else:
                flash(_("C’est noté : les trajets de ce jour sont comptés plus longs."), "success")
        return redirect(url_for(".day", jour=day.isoformat()), 303)

    del say_weather


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise Invalid("day is a date: 2026-11-24", field="day") from None
