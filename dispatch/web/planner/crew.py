"""Who rides today, and what to do when somebody cannot: relieve, and let come back.

Parses, calls one operation, goes back to the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import ngettext  # type: ignore[import-untyped]
from werkzeug.wrappers import Response

from dispatch.core.errors import Conflict, Invalid
from dispatch.fleet.couriers import Courier, shifts_on
from dispatch.operations.access import PageKind
from dispatch.operations.overview import Lane, LaneStop, PlannerDay
from dispatch.operations.ports import Ports
from dispatch.operations.relieve import Cause, Relief, come_back, relieve
from dispatch.tracking.news import News
from dispatch.tracking.waiting import Waiting
from dispatch.web.doors import acting, reader
from dispatch.web.words import N_, _

CAUSES: Final[Mapping[Cause, str]] = MappingProxyType(
    {
        Cause.ILL: N_("malade"),
        Cause.VEHICLE_DOWN: N_("véhicule en panne"),
        Cause.LATE: N_("trop en retard"),
        Cause.OTHER: N_("autre raison"),
    }
)


@dataclass(frozen=True, slots=True)
class Member:
    """One courier on the planner's page.

    left    : stops still to make, over all of the day's shifts
    ahead   : the next of them
    rides   : has shift left today
    stopped : before the end of what was planned
    unheard : what should have been read by now and was not
    waiting : where to wait was said to be better
    """

    courier: Courier
    left: int
    ahead: LaneStop | None
    rides: bool
    stopped: bool
    unheard: News | None
    waiting: Waiting | None


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/livreurs`` on *pages*."""

    @pages.post("/livreurs")
    @reader(PageKind.PLANNER)
    def decide_crew() -> Response:
        courier = ports.territory.courier(request.form.get("courier_id", ""))
        act = request.form.get("act", "")
        try:
            if act == "back":
                _told_back(come_back(courier.courier_id, acting(ports)), courier)
            else:
                _relieved(courier, act, ports)
        except Conflict as why:
            _told_conflict(why, courier, ports)
        return redirect(url_for(".day", _anchor="livreurs"), 303)

    del decide_crew


def crew(view: PlannerDay) -> list[Member]:
    """Return who rides on the day of *view*, in the order of the lanes."""
    lanes: dict[str, list[Lane]] = {}
    for lane in view.lanes:
        lanes.setdefault(lane.tour.courier_id, []).append(lane)
    return [_member(own, view) for own in lanes.values()]


def _member(lanes: list[Lane], view: PlannerDay) -> Member:
    courier = lanes[0].courier
    ahead = [s for lane in lanes for s in lane.stops if s.status == "given"]
    planned = shifts_on(courier, view.day)
    return Member(
        courier=courier,
        left=len(ahead),
        ahead=next(iter(ahead), None),
        rides=bool(ahead) or any(lane.tour.shift.closes_at > view.now for lane in lanes),
        stopped=any(
            lane.tour.shift not in planned
            for lane in lanes
            if planned and planned[-1].closes_at > view.now
        ),
        unheard=next((lane.unheard for lane in lanes if lane.unheard is not None), None),
        waiting=next((lane.waiting for lane in lanes if lane.waiting is not None), None),
    )


def _relieved(courier: Courier, act: str, ports: Ports) -> None:
    if act not in ("relieve", "rehearse"):
        raise Invalid("act is relieve, rehearse or back", field="act")
    rehearsal = act == "rehearse"
    relief = relieve(
        courier.courier_id,
        _cause(),
        acting(ports),
        to=request.form.get("to") or None,
        dry_run=rehearsal,
    )
    kind = "warning" if relief.unplaced else "success"
    flash(_said(relief, courier, ports, rehearsal=rehearsal), kind)


def _cause() -> Cause:
    text = request.form.get("cause", "")
    try:
        return Cause(text)
    except ValueError:
        raise Invalid(f"cause is one of {', '.join(Cause)}", field="cause") from None


def _said(relief: Relief, courier: Courier, ports: Ports, *, rehearsal: bool) -> str:
    """What came, or would come, of it: in whole sentences, the names before the numbers."""
    if rehearsal:
        parts = [_("Si %(name)s s’arrêtait maintenant :", name=courier.name)]
    else:
        parts = [_("%(name)s s’arrête.", name=courier.name)]
    for name, many in _takers(relief, ports).items():
        parts.append(
            ngettext(
                "%(name)s prend %(num)d commande.",
                "%(name)s prend %(num)d commandes.",
                many,
                name=name,
            )
        )
    late = sum(1 for moved in relief.moved if moved.late_s)
    if late:
        parts.append(ngettext("%(num)d arrivera en retard.", "%(num)d arriveront en retard.", late))
    if relief.unplaced:
        parts.append(
            ngettext(
                "%(num)d commande n’a plus de livreur : à vous de décider.",
                "%(num)d commandes n’ont plus de livreur : à vous de décider.",
                len(relief.unplaced),
            )
        )
    if relief.given_up:
        parts.append(
            ngettext(
                "%(num)d place gardée pour un client qui n’a pas encore payé est rendue.",
                "%(num)d places gardées pour des clients qui n’ont pas encore payé sont rendues.",
                len(relief.given_up),
            )
        )
    if not relief.moved and not relief.unplaced:
        parts.append(_("Il ne lui restait aucun arrêt."))
    return " ".join(parts)


def _takers(relief: Relief, ports: Ports) -> dict[str, int]:
    counts: dict[str, int] = {}
    for moved in relief.moved:
        name = ports.territory.courier(moved.courier_id).name
        counts[name] = counts.get(name, 0) + 1
    return counts


def _told_back(shifts: int, courier: Courier) -> None:
    if shifts:
        flash(_("%(name)s reprend son service.", name=courier.name), "success")
    else:
        flash(_("%(name)s était déjà en service.", name=courier.name), "warning")


def _told_conflict(why: Conflict, courier: Courier, ports: Ports) -> None:
    other = str(why.facts.get("courier_id", courier.courier_id))
    if other == courier.courier_id and request.form.get("to", "") != other:
        flash(_("La journée de %(name)s est déjà finie.", name=courier.name), "error")
    else:
        name = ports.territory.courier(other).name
        flash(_("%(name)s ne peut pas prendre la suite.", name=name), "error")
