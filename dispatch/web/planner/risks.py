"""Promises at risk in the planner's words: what could be done, and what it costs.

Decides sentences.  What is at risk, and which remedies were tried, is ``operations.at_risk``'s.
"""

from __future__ import annotations

from dispatch.core.civil import local_day
from dispatch.core.errors import StreetsUnavailable
from dispatch.core.ids import CourierId
from dispatch.operations.at_risk import AtRisk, Remedy, RemedyKind, at_risk
from dispatch.operations.ports import Ports
from dispatch.orders.quotes import Option
from dispatch.slots.service_levels import Mode
from dispatch.web.planner.explained import number
from dispatch.web.words import _, clock, duration, money
from dispatch.web.words import day as day_text


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
