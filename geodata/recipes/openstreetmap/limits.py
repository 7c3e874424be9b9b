"""Numbers in OpenStreetMap's tags: speed limits, weights, the duration of a ferry, surfaces.

Decides what each text means in our units.  A text it cannot read is told apart from one
that says "no limit": the caller counts it.  Sources: the tag pages of OpenStreetMap's wiki;
implicit limits, Code de la route art. R413-2 (80, 110 and 130 km/h), R413-3 (50 km/h in
built-up areas), R110-2 (zones of 30 and of 20 km/h).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from geodata.network import SURFACES

Tags = Mapping[str, str]

_IMPLICIT_KMH: Final = {
    "urban": 50,
    "living_street": 20,
    "zone30": 30,
    "zone20": 20,
    "walk": 6,
}
#: Outside towns the number depends on the country.
_FRENCH_KMH: Final = {"rural": 80, "trunk": 110, "motorway": 130}
_KMH_PER_MPH: Final = 1.609344

#: Tags that name the kind of zone rather than a number, the nearest to the sign first.
ZONE_KEYS: Final = ("zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")

_KG_PER: Final = {"": 1000.0, "t": 1000.0, "kg": 1.0, "st": 907.185, "lbs": 0.453592}

_SURFACE_OF: Final = {
    word: SURFACES.index(ours)
    for ours, words in {
        "paved": "paved asphalt chipseal concrete concrete:plates concrete:lanes metal wood "
        "metal_grid tartan acrylic rubber tarmac cement",
        "paving_stones": "paving_stones paving_stones:lanes bricks brick paving_stones:30",
        "cobbles": "sett cobblestone unhewn_cobblestone cobblestone:flattened stone",
        "compacted": "compacted fine_gravel",
        "gravel": "gravel unpaved pebblestone chippings rock shells",
        "soil": "ground dirt earth grass mud sand clay woodchips grass_paver soil dirt/sand",
    }.items()
    for word in words.split()
}
_SURFACE_OF_TRACK: Final = {
    "grade1": SURFACES.index("paved"),
    "grade2": SURFACES.index("compacted"),
    "grade3": SURFACES.index("gravel"),
    "grade4": SURFACES.index("soil"),
    "grade5": SURFACES.index("soil"),
}

#: A ferry that takes longer is a cruise.
LONGEST_FERRY_S: Final = 12 * 3600


def speed_kmh(text: str) -> int | None:
    """Return ``maxspeed``'s value in km/h; 0: no limit is said; None: it cannot be read.

    Of several ("50;30") the lowest: it holds somewhere on this way.
    """
    found = [_one_speed_kmh(part.strip()) for part in re.split(r"[;|,]", text) if part.strip()]
    known = [kmh for kmh in found if kmh is not None]
    return min(known) if known else None


def _one_speed_kmh(text: str) -> int | None:
    if text in ("none", "signals", "variable", "sign"):
        return 0
    if number := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", text):
        kmh = float(number[1]) * (_KMH_PER_MPH if number[2] == "mph" else 1)
        return round(kmh) if 0 < kmh <= 200 else None
    if zone := re.fullmatch(r"(?:([A-Za-z]{2}):)?([a-z_]+:?)?(\d+)?", text):
        return _zone_kmh((zone[1] or "").upper(), (zone[2] or "").rstrip(":"), zone[3])
    return None


def _zone_kmh(country: str, zone: str, number: str | None) -> int | None:
    """Return the limit of "FR:urban", "FR:zone30", "FR:30", "walk"; None for another word."""
    if number is not None:
        known = zone in ("", "zone", "bicycle_road") and 0 < int(number) <= 200
        return int(number) if known else None
    if zone in _FRENCH_KMH:
        return _FRENCH_KMH[zone] if country in ("", "FR") else None
    return _IMPLICIT_KMH.get(zone)


def is_urban(tags: Tags) -> bool | None:
    """Tell whether the tags say that a way lies in a built-up area; None: they do not say."""
    for key in ("maxspeed", *ZONE_KEYS):
        word = tags.get(key, "").rpartition(":")[2]
        if word in ("urban", "living_street") or word.startswith("zone"):
            return True
        if word in ("rural", "motorway", "trunk", "nsl_single", "nsl_dual"):
            return False
    return None


def weight_kg(text: str) -> int | None:
    """Return ``maxweight`` in kilograms, tonnes unless it says so; 0: none; None: unread."""
    if text in ("none", "default", "unsigned"):
        return 0
    if found := re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(t|kg|st|lbs)?", text.strip()):
        kg = round(float(found[1].replace(",", ".")) * _KG_PER[found[2] or ""])
        return kg if 0 < kg <= 200_000 else None
    return None


def duration_s(text: str) -> int | None:
    """Return seconds of ``duration``: "20" (minutes), "00:20", "1:30:00", "PT1H20M"; else None."""
    seconds: float | None = None
    if re.fullmatch(r"\d+(\.\d+)?", text):
        seconds = float(text) * 60
    elif clock := re.fullmatch(r"(\d+):([0-5]?\d)(?::([0-5]?\d))?", text):
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    elif iso := re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text):
        seconds = int(iso[1] or 0) * 3600 + int(iso[2] or 0) * 60 + int(iso[3] or 0)
    return round(seconds) if seconds and 0 < seconds <= LONGEST_FERRY_S else None


def surface(tags: Tags) -> int | None:
    """Return an index into ``SURFACES``; 0 when nothing is said, None when it cannot be read."""
    said = tags.get("surface")
    if said is None:
        return _SURFACE_OF_TRACK.get(tags.get("tracktype", ""), 0)
    known = [_SURFACE_OF[word] for word in said.split(";") if word in _SURFACE_OF]
    return max(known) if known else None  # the worst of several
