"""What a vehicle reaches in some minutes: a form, a map in bands of time, and a table.

Parses, calls one operation, renders.  The lines of the map are GeoJSON at an address of
their own: the page reads without them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from babel.dates import get_day_names
from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext  # type: ignore[import-untyped]

from dispatch.core.errors import DispatchError, Invalid, NotFound
from dispatch.core.reasons import Refusal
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.operations.reach import (
    LEAST_MIN,
    LONGEST_ADDRESS,
    MOST_MIN,
    Reach,
    ReachAsked,
    hours_known,
    reach,
)
from dispatch.web.doors import reader
from dispatch.web.planner.explained import number
from dispatch.web.planner.words import doubt_text, sentence, word
from dispatch.web.words import _, language

if TYPE_CHECKING:
    from dispatch.streets.slices import Slice

_USUAL_MIN = "20"


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/portee`` and ``/planification/portee.geojson`` on *pages*."""

    @pages.get("/portee")
    @reader(PageKind.PLANNER)
    def reach_page() -> ResponseReturnValue:
        found, mistake = _answer(ports) if request.args.keys() - {"lang"} else (None, None)
        page = render_template(
            "planner/reach.html",
            found=found,
            mistake=mistake,
            merchants=sorted(ports.territory.merchants.values(), key=lambda m: m.name),
            vehicles=[kind.value for kind in VehicleKind],
            asked=_as_written(),
            bands=() if found is None else _bands(found),
            hours=[(one.name, hours_text(one)) for one in hours_known(ports)],
            hours_text=hours_text,
            least_min=LEAST_MIN,
            most_min=MOST_MIN,
            longest_address=LONGEST_ADDRESS,
            number=number,
            word=word,
            doubt_text=doubt_text,
        )
        return (page, 422) if mistake else page

    @pages.get("/portee.geojson")
    @reader(PageKind.PLANNER)
    def reach_lines() -> ResponseReturnValue:
        found, mistake = _answer(ports)
        if found is None:
            return jsonify(message=mistake), 422
        return _packed(geojson(found))


def _answer(ports: Ports) -> tuple[Reach | None, str | None]:
    """Return what is reached, or a sentence about what is wrong with the question."""
    try:
        found = reach(_asked(), ports)
    except DispatchError as why:
        if not isinstance(why, Invalid | NotFound):
            raise
        return None, _mistake(why)
    if isinstance(found, Refusal):
        return None, sentence(found.code) or found.code
    return found, None


def _asked() -> ReachAsked:
    written = _as_written()
    if not written["minutes"].isascii() or not written["minutes"].isdigit():
        raise Invalid("minutes is a whole number", field="minutes")
    if written["vehicule"] not in list(VehicleKind):
        raise Invalid("unknown vehicle", field="vehicle")
    return ReachAsked(
        merchant_id="" if written["adresse"] else written["boutique"],
        address=written["adresse"],
        vehicle=VehicleKind(written["vehicule"]),
        minutes=int(written["minutes"][:6]),
        hours=written["heure"],
    )


def _as_written() -> dict[str, str]:
    """Return the form as it was sent, with what is usual where nothing was."""
    usual = {
        "boutique": "",
        "adresse": "",
        "vehicule": VehicleKind.CARGO_BIKE.value,
        "minutes": _USUAL_MIN,
        "heure": "",
    }
    return {name: request.args.get(name, default).strip() for name, default in usual.items()}


def _mistake(why: Invalid | NotFound) -> str:
    if isinstance(why, NotFound):
        return _("Cette boutique n’existe pas (ou plus).")
    said = {
        "minutes": _(
            "Écrivez un nombre entier de minutes, de %(least)s à %(most)s.",
            least=LEAST_MIN,
            most=MOST_MIN,
        ),
        "vehicle": _("Choisissez un véhicule de la liste."),
        "address": _(
            "Choisissez une boutique, ou écrivez une adresse de %(most)s caractères au plus.",
            most=LONGEST_ADDRESS,
        ),
        "engine": _(
            "Le serveur de trajets ne sait pas dire ce qu’on peut atteindre : "
            'seul notre propre moteur le sait ([streets] engine = "own").'
        ),
        "hours": _("Choisissez une heure de la liste : celle-ci n’est plus réglée."),
        "profile": _("Aucune rue n’est ouverte à ce véhicule."),
    }
    return said.get(why.field or "") or _("Cet endroit est trop loin de toute rue.")


def _bands(found: Reach) -> list[dict[str, Any]]:
    """Return each band's look, group and words.

    ``km``, ``doors`` : within its limit, the nearer bands too; ``holds``: the band alone, in words
    """
    doors = found.doors or (None,) * len(found.limits_min)
    rows = zip(pairwise((0, *found.limits_min)), found.inside_km, doors, strict=True)
    bands: list[dict[str, Any]] = []
    for k, ((since, until), km, known) in enumerate(rows, start=1):
        nearer: dict[str, Any] = bands[-1] if bands else {"km": 0.0, "doors": 0}
        bands.append(
            {
                "class": f"band-{k}",
                "group": f"band-{k}",
                "label": _("de %(since)s à %(until)s min", since=since, until=until),
                "holds": _("%(km)s km de rues", km=number(round(km - nearer["km"], 1)))
                if known is None
                else _doors_text(known - nearer["doors"]),
                "until_min": until,
                "km": km,
                "doors": known,
            }
        )
    return bands


def _doors_text(doors: int) -> str:
    return str(ngettext("%(n)s porte", "%(n)s portes", doors, n=number(doors)))


def hours_text(hours: Slice) -> str:
    """Return ``evening : 16 h 30 – 18 h 30, lun.–ven.``: the planner's own name, then when."""
    begins, ends = (_wall_clock(minute) for minute in (hours.from_min, hours.until_min))
    return _(
        "%(name)s : %(begins)s – %(ends)s, %(days)s",
        name=hours.name,
        begins=begins,
        ends=ends,
        days=_days_text(sorted(hours.weekdays)),
    )


def _wall_clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    if language() == "en":
        return f"{hour:02d}:{rest:02d}"
    return f"{hour} h {rest:02d}" if rest else f"{hour} h"


def _days_text(days: Sequence[int]) -> str:
    """Return ``lun.–ven.``, ``mar., sam.``: days in a row by their first and last."""
    names = get_day_names("abbreviated", locale=language())
    rows = [[day for _, day in row] for _, row in groupby(enumerate(days), lambda p: p[1] - p[0])]
    return ", ".join(
        names[row[0]] if len(row) == 1 else f"{names[row[0]]}–{names[row[-1]]}" for row in rows
    )


def geojson(found: Reach) -> bytes:
    """Return one feature per band (WGS 84, longitude first), nearest first."""
    features = [
        {
            "type": "Feature",
            "properties": band,
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [
                    [(lon, lat) for lat, lon in line] for line in found.reached.lines(k)
                ],
            },
        }
        for k, band in enumerate(_bands(found))
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(document: bytes) -> Response:
    response = Response(document, mimetype="application/geo+json")
    response.vary.add("Accept-Encoding")
    response.cache_control.no_store = True
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(document, 3, mtime=0))
        response.content_encoding = "gzip"
    return response
