"""Exceptional closings as people fill them in and read them; the same for a shop and a planner.

Decides the words and what a form may say.  Who may be closed, and what stays owed, is
``operations.closures``'; whose closings a page shows, the page's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, NotFound
from dispatch.core.ids import MerchantId
from dispatch.operations.closures import (
    LONGEST_REASON,
    StillDue,
    close,
    closing,
    open_again,
    still_due,
)
from dispatch.operations.ports import Ports
from dispatch.slots.closures import Closure
from dispatch.web.doors import acting
from dispatch.web.words import N_, _, day

#: What the planner's form calls everybody.
EVERYONE: Final = "*"

_MISTAKES: Mapping[str, str] = MappingProxyType(
    {
        "who": N_("Choisissez une boutique, ou toutes."),
        "first": N_("Choisissez le premier jour de fermeture, dans l’année qui vient."),
        "last": N_("Le dernier jour ne peut être ni passé, ni avant le premier, ni un an après."),
        "reason": N_("Le motif est trop long."),
    }
)
#: What ``operations.closures`` calls a field, and what the form does.
_FIELDS: Mapping[str, str] = MappingProxyType({"first_day": "first", "reason": "reason"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A closing as it stands in the form.

    who      : a merchant's id, ``EVERYONE``, or "" when nobody was chosen
    mistakes : field → what is wrong with it
    due      : what the shop would still owe; there is some: it is asked once more
    days     : then, the days in words
    """

    who: str = ""
    first: str = ""
    last: str = ""
    reason: str = ""
    mistakes: Mapping[str, str] = field(default_factory=dict)
    due: tuple[StillDue, ...] = ()
    days: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One closing in a list.  ``mine``: the reader may take it back."""

    closure: Closure
    name: str
    days: str
    due: tuple[StillDue, ...]
    mine: bool


def rows(closures: tuple[Closure, ...], ports: Ports, of: str | None = None) -> tuple[Row, ...]:
    """Return *closures* with what is still owed on those days.

    of : the shop that reads; only its own parcels are shown.  None: a planner, who sees all
    """
    return tuple(
        Row(
            closure,
            name_of(closure.merchant_id, ports),
            span(closure.first_day, closure.last_day),
            _owed(closure, ports, of),
            of in (None, closure.merchant_id),
        )
        for closure in closures
    )


def name_of(merchant_id: str | None, ports: Ports) -> str:
    """Return the shop's name, or what everybody together is called."""
    if merchant_id is None:
        return _("Toutes les boutiques")
    try:
        return ports.territory.merchant(merchant_id).name
    except NotFound:
        return merchant_id  # no shop of the town any more


def span(first: date, last: date) -> str:
    """Return ``jeudi 24 décembre``, or from which day to which."""
    if first == last:
        return day(first)
    return _("du %(first)s au %(last)s", first=day(first), last=day(last))


def changed(
    who: str, page: Callable[[Draft], str], ports: Ports, of: str | None = None
) -> ResponseReturnValue:
    """Do what the posted form says: close, or take a closing back.

    who  : whom the form closes: a merchant's id, ``EVERYONE``, or "" for nobody
    page : renders a draft that is not done yet: mistaken, or to be asked once more
    of   : the only shop whose closings may be taken back; None: anybody's

    Raises ``Invalid`` for a form that no page shows.
    """
    act = request.form.get("act", "")
    if act == "open":
        _open(request.form.get("closure_id", ""), of, ports)
        return redirect(url_for(".closings"), 303)
    if act not in ("close", "sure"):
        raise Invalid("act is close, sure or open", field="act")
    draft = _closed(_filled_in(who), act == "sure", ports)
    if draft is None:
        return redirect(url_for(".closings"), 303)
    return page(draft), 422 if draft.mistakes else 200


def _filled_in(who: str) -> Draft:
    first, last, reason = (
        request.form.get(name, "").strip() for name in ("first", "last", "reason")
    )
    return Draft(who, first, last, reason)


def _closed(draft: Draft, sure: bool, ports: Ports) -> Draft | None:
    """Close as *draft* says; return what to ask once more, or None when it is done."""
    who = None if draft.who == EVERYONE else draft.who
    first = _day(draft.first)
    last = _day(draft.last) if draft.last else first
    if draft.who == "" or first is None or last is None:
        wrong = [("who", draft.who == ""), ("first", first is None)]
        wrong.append(("last", last is None and first is not None))
        return _mistaken(draft, *(name for name, is_wrong in wrong if is_wrong))
    try:
        due = still_due(closing(who, first, last, draft.reason, ports), ports)
        if due and not sure:
            return replace(draft, due=due, days=span(first, last))
        close(who, first, last, draft.reason, acting(ports))
    except NotFound:
        return _mistaken(draft, "who")
    except Invalid as why:
        return _mistaken(draft, _FIELDS.get(why.field or "", "last"))
    name = name_of(who, ports)
    flash(_("Fermeture notée : %(name)s, %(days)s.", name=name, days=span(first, last)), "success")
    return None


def _mistaken(draft: Draft, *fields: str) -> Draft:
    return replace(draft, mistakes={name: _(_MISTAKES[name]) for name in fields})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _open(closure_id: str, of: str | None, ports: Ports) -> None:
    try:
        open_again(closure_id, acting(ports), of=of)
    except NotFound:
        flash(_("Cette fermeture n’existe plus."), "error")
    else:
        flash(_("Fermeture retirée : les horaires habituels reviennent."), "success")


def _owed(closure: Closure, ports: Ports, of: str | None) -> tuple[StillDue, ...]:
    # A town's closing concerns every shop; each reads of its own parcels only.
    mine = closure if of is None else replace(closure, merchant_id=MerchantId(of))
    return still_due(mine, ports)


def frame(ports: Ports) -> dict[str, object]:
    """Return what every such page needs to draw its form."""
    now = ports.clock.now()
    return {
        "now": now,
        "today": local_day(now),
        "longest_reason": LONGEST_REASON,
    }
