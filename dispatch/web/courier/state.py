"""The courier's day as data: for the map, and for a phone that keeps it.

Decides the shape of ``/livreur/etat.json``.  What the courier may see is already
decided by ``dispatch.operations.manifest``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Final

from dispatch.core.civil import local_text
from dispatch.core.windows import TimeWindow
from dispatch.operations.manifest import CourierDay, ManifestStop
from dispatch.web.courier import words
from dispatch.web.words import N_, _

Json = dict[str, object]

_WHAT: Final = MappingProxyType(
    {
        "pickup": N_("Retrait"),
        "transfer": N_("Relais"),
        "drop": N_("Livraison"),
        "return": N_("Retour"),
    }
)


def state_of(day: CourierDay, next_wave_at: datetime | None) -> Json:
    """Return the day: instants as ISO 8601 with the town's offset, loads in grams."""
    return {
        "now": local_text(day.now),
        "day": day.day.isoformat(),
        "courier": {"id": day.courier.courier_id, "name": day.courier.name},
        "shifts": [_span(shift) for shift in day.shifts],
        "next_wave_at": _text(next_wave_at),
        "waiting": _waiting(day),
        "tours": [
            {"tour_id": tour_id, "stops": [_stop(item) for item in items]}
            for tour_id, items in groupby(day.stops, key=lambda item: item.tour_id)
        ],
    }


def map_of(day: CourierDay) -> Json:
    """Return what the courier's map shows: open stops numbered in order, and the way ahead."""
    markers: list[Json] = []
    for number, item in enumerate(day.open_stops, start=1):
        what = _WHAT[item.kind]
        markers.append(
            {
                "lat": item.place.lat_deg,
                "lon": item.place.lon_deg,
                "text": str(number),
                "label": f"{number}. {_(what)} · {item.who}",
                "class": f"{item.stop.kind.value}{' next' if number == 1 else ''}",
                # The first on top of those that share its place; tabs go from first to last.
                "under": number,
            }
        )
    lines: list[Json] = [{"points": day.path}] if len(day.path) > 1 else []
    return {"markers": markers, "lines": lines}


def _waiting(day: CourierDay) -> Json | None:
    if day.waiting is None:
        return None
    tour_id, told = day.waiting
    return {
        "tour_id": tour_id,
        "near": told.near,
        "place": {"lat": told.place.lat_deg, "lon": told.place.lon_deg},
        "there_at": _text(told.there_at),
    }


def _stop(item: ManifestStop) -> Json:
    stop = item.stop
    return {
        "stop_id": stop.stop_id,
        "kind": item.kind,
        "state": stop.state.value,
        "who": item.who,
        "phone": item.phone,
        "address": item.address,
        "note": item.note,
        "doubts": [{"code": one.code, "text": words.doubt(one)} for one in item.doubts],
        "place": {"lat": item.place.lat_deg, "lon": item.place.lon_deg},
        "order_ref": item.order_ref,
        "codes": list(item.codes),
        "parcels": item.parcels,
        "weight_g": item.weight_g,
        "prepared": item.prepared,
        "promised": _span(item.promised),
        "windows": _spans(stop.windows),
        "target_at": _text(stop.target_at),
        "eta_at": _text(stop.eta_at),
        "service_s": stop.service_s,
        "ended_at": _text(stop.ended_at),
        "reason": stop.reason,
        "asks": {
            "asked": [kind.value for kind in item.asks.kinds],
            "required": [kind.value for kind in item.asks.required],
        },
    }


def _text(instant: datetime | None) -> str | None:
    return local_text(instant) if instant is not None else None


def _span(window: TimeWindow | None) -> dict[str, str] | None:
    if window is None:
        return None
    return {"start": local_text(window.opens_at), "end": local_text(window.closes_at)}


def _spans(windows: Iterable[TimeWindow]) -> list[dict[str, str] | None]:
    return [_span(window) for window in windows]
