"""How far the streets can be trusted, as the planner reads it: a map, and the same as tables.

Decides which marks there are, their numbers and groups.  The report is the one left beside
the town: nothing is measured here.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template

from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.streets.health import Point, StreetHealth
from dispatch.web.doors import reader
from dispatch.web.planner.explained import number
from dispatch.web.planner.words import word
from dispatch.web.words import _, distance

#: Letter of each group of marks, and its class on the map.
CUT_OFF: Final = "C"
CLOSED: Final = "F"
ONLY_WAY: Final = "U"
BRIDGE: Final = "P"
DETOUR: Final = "D"
LOOKS: Final = {
    CUT_OFF: "tour-5",
    CLOSED: "tour-2",
    ONLY_WAY: "tour-3",
    BRIDGE: "tour-1",
    DETOUR: "tour-6",
}
#: Remarks of an import that have no place on the map.
_REMARKS: Final = (
    "barred",
    "kept",
    "dropped",
    "turns_left_out",
    "conditional",
    "not_understood",
    "holes",
    "mended",
)


def hang(pages: Blueprint, ports: Ports) -> None:
    """Put ``/planification/rues`` on *pages*."""

    @pages.get("/rues")
    @reader(PageKind.PLANNER)
    def street_health() -> str:
        kept = ports.territory.health
        marks = {} if kept is None else health_map(kept.report)
        return render_template(
            "planner/streets.html",
            kept=kept,
            drawn=ports.territory.schematic,
            town_name=ports.territory.name,
            marks=marks,
            groups={mark["group"] for group in marks.values() for mark in group},
            remarks=() if kept is None else remarks(kept.report),
            looks=LOOKS,
            number=number,
            word=word,
        )


def remarks(report: StreetHealth) -> list[tuple[str, tuple[Any, ...]]]:
    """Return the import's remarks by kind, without the empty kinds."""
    found = [(kind, getattr(report, kind)) for kind in _REMARKS]
    return [(kind, rows) for kind, rows in found if rows]


def health_map(report: StreetHealth) -> dict[str, list[dict[str, Any]]]:
    """Return the markers and lines that ``pieces.map`` takes, numbered as the tables are."""
    islands = [(share, island) for share in report.shares for island in share.largest]
    markers = [
        *(
            _mark(
                CUT_OFF,
                n,
                island.at,
                f"{distance(1000 * island.km)}, {word('vehicle', share.profile)}",
            )
            for n, (share, island) in enumerate(islands, 1)
        ),
        *(
            _mark(
                CLOSED, n, road.at, f"{road.name or _('sans nom')} ({word('remark', road.reason)})"
            )
            for n, road in enumerate(report.refused, 1)
            if road.at is not None
        ),
        *(
            _mark(ONLY_WAY, n, one.at, f"{one.name or _('sans nom')}, {distance(1000 * one.km)}")
            for n, one in enumerate(report.single_points, 1)
        ),
        *(
            _mark(BRIDGE, n, one.at, f"{one.name} ({one.river})" if one.river else one.name)
            for n, one in enumerate(report.crossings, 1)
        ),
    ]
    lines = [
        {
            "points": [list(one.start), list(one.end)],
            "label": f"{DETOUR}{n} · {distance(one.crow_m)} → {distance(one.road_m)}",
            "class": LOOKS[DETOUR],
            "dash": "2 7",
            "group": DETOUR,
        }
        for n, one in enumerate(report.detours, 1)
    ]
    return {"markers": markers, "lines": lines}


def _mark(kind: str, n: int, at: Point, says: str) -> dict[str, Any]:
    return {
        "lat": at[0],
        "lon": at[1],
        "text": f"{kind}{n}",
        "label": f"{kind}{n} · {says}",
        "class": f"{LOOKS[kind]} drop",
        "group": kind,
    }
