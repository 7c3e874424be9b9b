"""The day on the map: where each courier goes, and the doors nobody goes to yet.

Decides which pins and lines there are, and in which group; ``static/map.js`` draws
them and the stylesheet colours them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dispatch.operations.overview import Lane, LaneStop, PlannerDay
from dispatch.tracking.tours import StopKind
from dispatch.web.planner.timeline import numbered
from dispatch.web.planner.words import word
from dispatch.web.words import _, clock

#: Colours and strokes repeat with different lengths: the first 40 couriers differ in one.
COLOURS: Final = 8
DASHES: Final = ("", "12 6", "2 7", "14 5 2 5", "5 5")

LOOSE: Final = "loose"


def letter(index: int) -> str:
    """Return the letters of courier *index*, from 1: A … Z, then AA."""
    text = ""
    while index > 0:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def look(index: int) -> tuple[str, str]:
    """Return the class and the dash pattern of courier *index*, from 1."""
    return f"tour-{(index - 1) % COLOURS + 1}", DASHES[(index - 1) % len(DASHES)]


def courier_indexes(day: PlannerDay) -> Mapping[str, int]:
    """Return each courier's number, from 1, in the order of the lanes."""
    couriers = dict.fromkeys(lane.tour.courier_id for lane in day.lanes)
    return {courier_id: n for n, courier_id in enumerate(couriers, start=1)}


def town_map(day: PlannerDay) -> dict[str, list[dict[str, Any]]]:
    """Return the markers and lines that ``pieces.map`` takes."""
    indexes = courier_indexes(day)
    numbers = numbered(day)
    markers: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for lane in day.lanes:
        index = indexes[lane.tour.courier_id]
        style, dash = look(index)
        markers += _pins(lane, index, numbers)
        if lane.path:
            lines.append(
                {
                    "points": [list(point) for point in lane.path],
                    "label": f"{letter(index)} · {lane.courier.name}",
                    "class": style,
                    "dash": dash,
                    "group": style_group(index),
                }
            )
    markers += _loose(day)
    return {"markers": markers, "lines": lines}


def style_group(index: int) -> str:
    """Return the name of courier *index*'s layer, which a checkbox shows and hides."""
    return f"courier-{index}"


def _pins(lane: Lane, index: int, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    """One pin per place and kind: five parcels from one shop are one halt of the eye."""
    places: dict[tuple[float, float, StopKind], list[LaneStop]] = {}
    for item in lane.stops:
        place = item.stop.place
        places.setdefault((place.lat_deg, place.lon_deg, item.stop.kind), []).append(item)
    return [
        _pin(items, lat_deg, lon_deg, index, numbers)
        for (lat_deg, lon_deg, _kind), items in places.items()
    ]


def _pin(
    items: list[LaneStop], lat_deg: float, lon_deg: float, index: int, numbers: Mapping[str, int]
) -> dict[str, Any]:
    first = next((item for item in items if item.status != "over"), items[-1])
    says = " · ".join(_says(item, index, numbers) for item in items)
    return {
        "lat": lat_deg,
        "lon": lon_deg,
        "text": f"{letter(index)}{numbers[first.stop.stop_id]}",
        "label": says,
        "class": f"{look(index)[0]} {first.stop.kind} {first.status}",
        "group": style_group(index),
    }


def _says(item: LaneStop, index: int, numbers: Mapping[str, int]) -> str:
    name = f"{letter(index)}{numbers[item.stop.stop_id]}"
    when = "" if item.begins_at is None else f", {clock(item.begins_at)}"
    return f"{name} {word('kind', item.stop.kind)} {item.label}{when}"


def _loose(day: PlannerDay) -> list[dict[str, Any]]:
    return [
        {
            "lat": view.order.stops[-1].place.lat_deg,
            "lon": view.order.stops[-1].place.lon_deg,
            "text": "?",
            "label": _("Sans tournée : %(ref)s", ref=view.order_ref),
            "class": "unassigned",
            "group": LOOSE,
        }
        for view in day.loose
        if view.order.stops
    ]
