"""``facts.toml``: what is known of a territory, read and refused when it contradicts itself.

Decides what a well-formed facts file is.  Does not draw anything from it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from geodata.entries import entry
from geodata.network import CLASS_NAMES
from geodata.town import Commune

_KEYS: Final = (
    "title",
    "date",
    "notice_fr",
    "notice_en",
    "attribution",
    "river",
    "bridges",
    "roads",
    "communes",
)

#: A waypoint of a road: a commune's INSEE code, a bridge's id, or (lat, lon).
Waypoint = str | tuple[float, float]


@dataclass(frozen=True, slots=True)
class River:
    """The barrier: a sketch of its course, (lat, lon) from spring to sea."""

    name: str
    width_m: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Bridge:
    """The only places where a road may cross.  ``max_weight_kg`` 0: no limit."""

    id: str
    name: str
    lat_deg: float
    lon_deg: float
    max_weight_kg: int


@dataclass(frozen=True, slots=True)
class Road:
    """A main road through its waypoints, in order."""

    name: str
    road_class: str
    via: tuple[Waypoint, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the recipe starts from.  Points are WGS 84 degrees, latitude first."""

    title: str
    date: date
    notice_fr: str
    notice_en: str
    attribution: str
    river: River
    bridges: tuple[Bridge, ...]
    roads: tuple[Road, ...]
    communes: tuple[Commune, ...]

    def points_by_key(self) -> dict[str, tuple[float, float]]:
        """Return where each INSEE code and each bridge id is."""
        communes = {c.insee: (c.lat_deg, c.lon_deg) for c in self.communes}
        return communes | {b.id: (b.lat_deg, b.lon_deg) for b in self.bridges}


def read_facts(path: Path) -> Facts:
    """Read *path*.

    Raises ``ValueError`` naming the file, the entry and the field when one is
    missing, a road has an unknown class, or a waypoint names no commune and no bridge.
    """
    raw = tomllib.loads(path.read_text("utf-8"))
    missing = [key for key in _KEYS if key not in raw]
    if missing:
        raise ValueError(f"{path.name}: field {missing[0]!r} is missing")
    facts = Facts(
        title=raw["title"],
        date=raw["date"],
        notice_fr=raw["notice_fr"],
        notice_en=raw["notice_en"],
        attribution=raw["attribution"],
        river=River(
            raw["river"]["name"],
            float(raw["river"]["width_m"]),
            tuple(_point(pair) for pair in raw["river"]["points"]),
        ),
        bridges=tuple(
            entry(Bridge, one, f"{path.name}: bridges[{k}]") for k, one in enumerate(raw["bridges"])
        ),
        roads=tuple(
            Road(one["name"], one["class"], tuple(_waypoint(stop) for stop in one["via"]))
            for one in raw["roads"]
        ),
        communes=tuple(
            entry(Commune, one, f"{path.name}: communes[{k}]")
            for k, one in enumerate(raw["communes"])
        ),
    )
    known = facts.points_by_key()
    for road in facts.roads:
        if road.road_class not in CLASS_NAMES:
            raise ValueError(f"{path.name}: road {road.name}: unknown class {road.road_class!r}")
        for stop in road.via:
            if isinstance(stop, str) and stop not in known:
                raise ValueError(f"{path.name}: road {road.name}: no commune or bridge {stop!r}")
    return facts


def _waypoint(stop: str | list[float]) -> Waypoint:
    return stop if isinstance(stop, str) else _point(stop)


def _point(pair: list[float]) -> tuple[float, float]:
    lat_deg, lon_deg = pair
    return float(lat_deg), float(lon_deg)
