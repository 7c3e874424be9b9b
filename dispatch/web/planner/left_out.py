"""Orders without a tour that wait for the planner's word.

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
from dispatch.operations.left_out import Word, decide_left_out
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports
from dispatch.web.doors import acting, reader
from dispatch.web.words import N_, _

BUTTONS: Final[Mapping[Word, str]] = MappingProxyType(
    {Word.AGAIN: N_("Retenter"), Word.WITHOUT: N_("Annuler ce qui manque")}
)
_SAID: Final[Mapping[Word, str]] = MappingProxyType(
    {
        Word.AGAIN: N_("%(ref)s sera retentée à la prochaine vague."),
        Word.WITHOUT: N_("Ce qui manque à %(ref)s est annulé ; le site marchand est prévenu."),
    }
)


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/sans-tournee`` on *pages*."""

    @pages.post("/sans-tournee")
    @reader(PageKind.PLANNER)
    def decide_left_out_one() -> Response:
        word = _word()
        try:
            order = decide_left_out(request.form.get("quote_id", ""), word, acting(ports))
        except (Conflict, NotFound):
            flash(_("Cette commande a changé entre-temps : rien n’a été modifié."), "error")
        else:
            flash(_(_SAID[word], ref=short_ref(order.quote_id)), "success")
        return redirect(url_for(".day", _anchor="sans-tournee"), 303)

    del decide_left_out_one


def _word() -> Word:
    try:
        return Word(request.form.get("act", ""))
    except ValueError:
        raise Invalid(f"act is one of {', '.join(Word)}", field="act") from None
