"""How far a town's streets can be trusted: the report of its last import, as values.

Decides what a sound report is.  Measures nothing: that takes seconds and libraries that
a serving process does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeVar

T = TypeVar("T")
Point = tuple[float, float]  # lat, lon in degrees, WGS 84
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Island:
    """Streets of one profile that the rest cannot reach, or that cannot reach the rest."""

    km: float
    at: Point
    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """One profile's streets: ``connected_share`` (0 to 1) of ``km`` hang together."""

    profile: str
    km: float
    connected_share: float
    islands: int
    largest: tuple[Island, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A bridge over a river.  ``round_m``: metres by road when it is closed; None: no way."""

    river: str
    name: str
    max_weight_kg: int
    round_m: int | None
    at: Point
    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A road that nothing replaces, with the people and the streets behind it."""

    name: str
    bridge: bool
    inhabitants: int
    km: float
    at: Point
    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Detour:
    """Two doors that are ``ratio`` times as far by road as by air."""

    start: Point
    end: Point
    crow_m: int
    road_m: int
    ratio: float


@dataclass(frozen=True, slots=True)
class RefusedRoad:
    """A main road no car may use, and the tag that says so.  ``at``: None, not kept."""

    name: str
    reason: str
    at: Point | None
    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something met ``count`` times; ``ids``: the first few objects it is about."""

    text: str
    count: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StreetHealth:
    """One town's report.  What only an import sees is empty for a drawn town.

    median_detour, p95_detour : road over crow among ``pairs`` sampled pairs of doors
    dropped        : ways nobody may use
    barred         : main roads that a barrier closes to cars
    conditional    : rules that hold at some hours only, not applied
    mended         : boundaries that crossed themselves: the file, and where
    """

    nodes: int
    edges: int
    shares: tuple[Share, ...]
    crossings: tuple[Crossing, ...]
    single_points: tuple[SinglePoint, ...]
    pairs: int
    median_detour: float
    p95_detour: float
    detours: tuple[Detour, ...]
    refused: tuple[RefusedRoad, ...]
    barred: tuple[Remark, ...]
    kept: tuple[Remark, ...]
    dropped: tuple[Remark, ...]
    turns_left_out: tuple[Remark, ...]
    conditional: tuple[Remark, ...]
    not_understood: tuple[Remark, ...]
    holes: tuple[Remark, ...]
    mended: tuple[Remark, ...]


def health_of(document: Document) -> StreetHealth:
    """Return the report that ``health.json`` holds.  Raises ``ValueError`` naming the entry."""
    detours = document.get("detours", {})
    return StreetHealth(
        nodes=_number(document, "nodes", int),
        edges=_number(document, "edges", int),
        shares=tuple(_share(name, one) for name, one in _table(document, "profiles").items()),
        crossings=_each(document, "crossings", _crossing),
        single_points=_each(document, "single_points", _single_point),
        pairs=_number(detours, "pairs", int),
        median_detour=_number(detours, "median", float, 0.0),
        p95_detour=_number(detours, "p95", float, 0.0),
        detours=_each(detours, "largest", _detour),
        refused=_each(document, "main_roads_refused", _refused),
        barred=_each(document, "main_roads_barred", _remark),
        kept=_each(document, "kept", _remark),
        dropped=_each(document, "dropped", _remark),
        turns_left_out=_each(document, "turns_left_out", _remark),
        conditional=_each(document, "conditional", _remark),
        not_understood=_each(document, "not_understood", _remark),
        holes=_each(document, "holes", _remark),
        mended=_each(document, "mended", _remark),
    )


def _each(document: Document, key: str, make: Callable[[Any], T]) -> tuple[T, ...]:
    rows = document.get(key, [])
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ValueError(f"{key} is no list")
    made = []
    for number, row in enumerate(rows):
        try:
            made.append(make(row))
        except (ValueError, TypeError, AttributeError) as why:
            raise ValueError(f"{key}[{number}]: {why}") from None
    return tuple(made)


def _share(profile: str, one: Document) -> Share:
    return Share(
        profile=profile,
        km=_number(one, "km", float),
        connected_share=_number(one, "connected_share", float),
        islands=_number(one, "islands", int),
        largest=_each(one, "largest_islands", _island),
    )


def _island(one: Document) -> Island:
    return Island(_number(one, "km", float), _at(one), _ids(one, "ways"))


def _crossing(one: Document) -> Crossing:
    return Crossing(
        river=str(one.get("river", "")),
        name=str(one.get("name", "")),
        max_weight_kg=_number(one, "max_weight_kg", int),
        round_m=None if one.get("round_m") is None else _number(one, "round_m", int),
        at=_at(one),
        ways=_ids(one, "ways"),
    )


def _single_point(one: Document) -> SinglePoint:
    return SinglePoint(
        name=str(one.get("name", "")),
        bridge=bool(one.get("bridge", False)),
        inhabitants=_number(one, "inhabitants", int),
        km=_number(one, "km", float),
        at=_at(one),
        ways=_ids(one, "ways"),
    )


def _detour(one: Document) -> Detour:
    return Detour(
        start=_point(*one.get("from", ())),
        end=_point(*one.get("to", ())),
        crow_m=_number(one, "crow_m", int),
        road_m=_number(one, "road_m", int),
        ratio=_number(one, "ratio", float),
    )


def _refused(one: Document) -> RefusedRoad:
    at = _at(one) if "lat" in one else None  # a report of before places were kept
    return RefusedRoad(str(one.get("name", "")), str(one.get("reason", "")), at, _ids(one, "ways"))


def _remark(one: Document) -> Remark:
    return Remark(str(one.get("text", "")), _number(one, "count", int), _ids(one, "ids"))


def _table(document: Document, key: str) -> Document:
    found = document.get(key, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{key} is no table")
    return found


def _number(
    document: Document, key: str, kind: Callable[[float], T], default: float | None = None
) -> T:
    found = document.get(key, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        raise ValueError(f"{key} is no number: {found!r}")
    if found < 0:
        raise ValueError(f"{key} is below zero: {found}")
    return kind(found)


def _ids(document: Document, key: str) -> tuple[int, ...]:
    return tuple(int(one) for one in document.get(key, ()))


def _at(document: Document) -> Point:
    return _point(document.get("lat"), document.get("lon"))


def _point(lat: Any, lon: Any) -> Point:
    point = float(lat), float(lon)
    if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
        raise ValueError(f"no place on Earth: {lat}, {lon}")
    return point
