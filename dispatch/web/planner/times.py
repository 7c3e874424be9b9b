"""What couriers' days teach, as the planner reads it: errors before and after, apply, undo.

Parses, calls one operation, renders.  Which facts are lessons is ``operations.calibrate``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, hypot
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import MerchantId
from dispatch.operations.access import PageKind
from dispatch.operations.calibrate import apply, history, learn, undo
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.ports import Ports
from dispatch.operations.straying import Sold
from dispatch.tracking.reliability import Correction
from dispatch.web.doors import acting, reader
from dispatch.web.planner.explained import number
from dispatch.web.planner.words import word
from dispatch.web.words import _

#: The chance that most promises are sold with, as tours stand: what it becomes is shown.
_SURE: Final = 0.99


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson in words.

    guess, learnt : what is set, and what the facts say instead
    before, after : by how much a typical forecast misses; "" where too few facts tell
    strays        : within how much of what is learnt two in three lie; "" where nobody knows
    better        : True when the forecasts get better, False when worse
    """

    subject: Subject
    what: str
    facts: int
    guess: str
    learnt: str
    before: str
    after: str
    better: bool | None
    strays: str = ""


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/temps`` on *pages*."""

    @pages.get("/temps")
    @reader(PageKind.PLANNER)
    def times() -> ResponseReturnValue:
        proposal, applied = learn(ports), history(ports)
        return render_template(
            "planner/times.html",
            proposal=proposal,
            rows=rows(proposal.lessons, ports),
            in_force=next((one for one in applied if one.undone_at is None), None),
            history=applied,
        )

    @pages.post("/temps/appliquer")
    @reader(PageKind.PLANNER)
    def apply_times() -> ResponseReturnValue:
        try:
            flash(_told(apply(learn(ports), acting(ports))), "success")
        except Conflict:
            flash(_("Aucun livreur n’a encore signalé d’arrivée et de remise."), "error")
        return redirect(url_for(".times"), 303)

    @pages.post("/temps/annuler")
    @reader(PageKind.PLANNER)
    def undo_times() -> ResponseReturnValue:
        try:
            undo(acting(ports))
        except NotFound:
            flash(_("Il n’y a rien à annuler."), "error")
        else:
            flash(_("Annulé : les temps d’avant comptent à nouveau."), "success")
        return redirect(url_for(".times"), 303)


def rows(lessons: Sequence[Lesson], ports: Ports) -> list[Row]:
    """Return *lessons* in the page's language."""
    return [_row(lesson, ports) for lesson in lessons]


def _row(lesson: Lesson, ports: Ports) -> Row:
    times = ports.parameters.service_times
    if lesson.subject is Subject.WAYS:
        guess, learnt = "× 1", f"× {number(round(lesson.factor, 2))}"
    elif lesson.subject is Subject.WET:
        guess, learnt = (
            f"× {number(round(factor, 2))}"
            for factor in (ports.parameters.weather.wet_factor, lesson.factor)
        )
    elif lesson.subject is Subject.CHANCE:
        made_up = ports.parameters.chances
        become = Sold(made_up, Correction(lesson.shift, lesson.slope)).of(_SURE)
        guess, learnt = _percent(100 * made_up.of(_SURE)), _percent(100 * become)
    elif lesson.subject is Subject.READY:
        guess, learnt = _("à l’heure dite"), _after(round(lesson.late_s / 60))
    else:
        set_s = times.pickup_s if lesson.subject is Subject.SHOP else times.drop_s
        guess, learnt = _span(set_s), _span(round(set_s * lesson.factor))
    known = lesson.before_pct is not None and lesson.after_pct is not None
    return Row(
        lesson.subject,
        _what(lesson, ports),
        lesson.facts,
        guess,
        learnt,
        _percent(lesson.before_pct),
        _percent(lesson.after_pct),
        _is_better(lesson) if known else None,
        _strays(lesson),
    )


def _after(minutes: int) -> str:
    if minutes == 0:
        return _("à l’heure dite")
    if minutes < 0:
        return _("%(n)s min plus tôt", n=number(-minutes))
    return _("%(n)s min plus tard", n=number(minutes))


def _strays(lesson: Lesson) -> str:
    if lesson.spread is None:
        return ""
    if lesson.subject is Subject.READY:
        return _("± %(n)s min", n=number(round(lesson.spread / 60)))
    percent = 100 * (exp(hypot(lesson.spread, lesson.shared)) - 1)
    return _("± %(n)s %%", n=number(round(percent)))


def _what(lesson: Lesson, ports: Ports) -> str:
    if lesson.subject in (Subject.SHOP, Subject.READY):
        shop = ports.territory.merchants.get(MerchantId(lesson.key))
        return lesson.key if shop is None else shop.name
    kinds = {
        Subject.WAYS: "vehicle",
        Subject.WET: "vehicle",
        Subject.DOOR: "door",
        Subject.CHANCE: "mode",
    }
    return word(kinds[lesson.subject], lesson.key)


def _is_better(lesson: Lesson) -> bool:
    assert lesson.before_pct is not None
    assert lesson.after_pct is not None
    return lesson.after_pct <= lesson.before_pct


def _span(seconds: int) -> str:
    """``2 min 05``: here, unlike in a forecast, seconds matter."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest:02d}"


def _percent(error_pct: float | None) -> str:
    return "" if error_pct is None else _("%(n)s %%", n=number(round(error_pct)))


def _told(applied: Calibration) -> str:
    return _(
        "Appliqué : les temps tiennent compte de %(facts)s mesures, sur %(deliveries)s livraisons.",
        facts=number(applied.facts),
        deliveries=number(applied.deliveries),
    )
