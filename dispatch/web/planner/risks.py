"""Promises at risk in the planner's words: what could be done, and what it costs.

Decides sentences, and what a button says and does.  What is at risk, and which remedies were
tried, is ``operations.at_risk``'s; whether one still helps, ``operations.remedies``'.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dispatch.core.civil import local_day, local_text, parse_instant
from dispatch.core.errors import Conflict, Invalid, NotFound, StreetsUnavailable
from dispatch.core.ids import CourierId
from dispatch.operations.access import PageKind
from dispatch.operations.at_risk import AtRisk, Remedy, RemedyKind, at_risk
from dispatch.operations.ports import Ports
from dispatch.operations.remedies import Taken, put_off, reassign
from dispatch.orders.quotes import Option
from dispatch.slots.service_levels import Mode
from dispatch.web.doors import acting, reader
from dispatch.web.planner.explained import number
from dispatch.web.words import _, clock, duration, money
from dispatch.web.words import day as day_text

#: What one click does: the others are agreed on with the customer by telephone first.
CLICKED: Final = (RemedyKind.REASSIGN, RemedyKind.EXTEND)


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/promesses`` on *pages*."""

    @pages.post("/promesses")
    @reader(PageKind.PLANNER)
    def help_promise() -> Response:
        kind = _kind()
        try:
            taken = _take(kind, acting(ports))
        except (Conflict, NotFound, StreetsUnavailable):
            flash(_("Ce remède ne vaut plus : rien n’a été modifié."), "error")
        else:
            flash(_told(kind, taken, ports), "success")
        return redirect(url_for(".day", _anchor="a-risque"), 303)

    del help_promise


def _kind() -> RemedyKind:
    asked = request.form.get("act", "")
    if asked not in CLICKED:
        raise Invalid(f"act is one of {', '.join(CLICKED)}", field="act")
    return RemedyKind(asked)


def _take(kind: RemedyKind, ports: Ports) -> Taken:
    quote_id = request.form.get("quote_id", "")
    if kind is RemedyKind.REASSIGN:
        return reassign(quote_id, request.form.get("courier_id", ""), ports)
    try:
        was, until = (parse_instant(request.form[name]) for name in ("promised_until", "until"))
    except (KeyError, ValueError):
        raise Invalid("promised_until and until are instants", field="until") from None
    return put_off(quote_id, was, until, ports)


def _told(kind: RemedyKind, taken: Taken, ports: Ports) -> str:
    if kind is RemedyKind.REASSIGN:
        to = courier_name(taken.courier_id, ports)
        return _("%(ref)s est confiée à %(courier)s.", ref=taken.order_ref, courier=to)
    until = clock(taken.until)
    return _("%(ref)s est promise pour %(until)s.", ref=taken.order_ref, until=until)


def button(remedy: Remedy, ports: Ports) -> str | None:
    """Return what the button of *remedy* says; None: it has none."""
    if remedy.kind is RemedyKind.REASSIGN and remedy.courier_id is not None:
        return _("Confier à %(courier)s", courier=courier_name(remedy.courier_id, ports))
    if remedy.kind is RemedyKind.EXTEND and remedy.until is not None:
        return _("Repousser à %(until)s", until=clock(remedy.until))
    return None


def fields(remedy: Remedy, item: AtRisk) -> dict[str, str]:
    """Return what the button of *remedy* sends: the remedy as it is read."""
    asked = {"quote_id": str(item.quote_id), "act": remedy.kind.value}
    if remedy.courier_id is not None:
        return asked | {"courier_id": str(remedy.courier_id)}
    if remedy.until is None:
        return asked
    until = local_text(remedy.until)
    return asked | {"promised_until": local_text(item.promised_until), "until": until}


def risks(ports: Ports) -> tuple[AtRisk, ...] | None:
    """Return today's promises at risk; None: nobody tells travel times, so nobody knows."""
    try:
        return at_risk(ports)
    except StreetsUnavailable:
        return None


def percent_of(p: float) -> str:
    """Return a chance in whole per cent, neither 0 nor 100: nothing is certain."""
    return number(min(99, max(1, round(100 * p))))


def courier_name(courier_id: CourierId, ports: Ports) -> str:
    """Return who that is, or the id of somebody who left the roster."""
    known = ports.territory.couriers.get(courier_id)
    return courier_id if known is None else known.name


def remedy_text(remedy: Remedy, item: AtRisk, ports: Ports) -> str:
    """Return one remedy as a sentence, with its price."""
    if remedy.kind is RemedyKind.REASSIGN and remedy.courier_id is not None:
        return _(
            "La confier à %(courier)s : à l’heure %(n)s %%, %(added)s de route en plus.",
            courier=courier_name(remedy.courier_id, ports),
            n=percent_of(remedy.p_on_time or 0),
            added=duration(remedy.added_s + 59),
        )
    if remedy.kind is RemedyKind.EXTEND and remedy.until is not None:
        return _("Repousser la promesse à %(until)s, sans frais.", until=clock(remedy.until))
    if remedy.option is not None and remedy.option.price is not None:
        paid = item.paid.amount_cents - remedy.option.price.amount_cents
        what = _(
            "%(instead)s, à %(price)s",
            instead=_instead(remedy.option, ports),
            price=money(remedy.option.price.amount_cents, remedy.option.price.currency),
        )
        if paid > 0:
            back = money(paid, item.paid.currency)
            return _("%(what)s : rendre %(back)s au client.", what=what, back=back)
        return _("%(what)s.", what=what)
    return _("Appeler le client.")


def _instead(option: Option, ports: Ports) -> str:
    window = option.window
    assert window is not None, "what is offered has a window"
    today = local_day(ports.clock.now())
    first, last = local_day(window.opens_at), local_day(window.closes_at)
    when = clock(window.opens_at)
    if first != today:
        when = _("%(day)s à %(clock)s", day=day_text(first), clock=when)
    if option.mode is Mode.COLLECT:
        return _("Retrait en boutique à partir de %(when)s", when=when)
    if option.mode is Mode.STANDARD:
        return _("Colis La Poste, au plus tard le %(day)s", day=day_text(last))
    span = _("entre %(start)s et %(end)s", start=when, end=clock(window.closes_at))
    if option.mode is Mode.MERCHANT:
        return _("Livraison par le commerçant, %(span)s", span=span)
    return _("Livraison plus tard, %(span)s", span=span)
