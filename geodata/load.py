"""Read a town that a recipe built, and refuse it when a file is not the one that was sealed.

Decides what a sound town folder is.  Does not compute anything from it, and
imports nothing slower than NumPy: it runs at every start.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from geodata.entries import entry
from geodata.network import Network, read_network
from geodata.overrides import FILE as OVERRIDES
from geodata.overrides import overridden, read_overrides
from geodata.town import (
    Commune,
    Courier,
    LatLon,
    MapLine,
    Merchant,
    MerchantDelivery,
    People,
    Town,
)

__all__ = [
    "TOWNS",
    "Commune",
    "Courier",
    "DamagedTown",
    "MapLine",
    "Merchant",
    "MerchantDelivery",
    "Network",
    "People",
    "Town",
    "UnknownTown",
    "folder",
    "names",
    "read",
    "town",
]

TOWNS: Final = Path(__file__).parent / "towns"
SEAL: Final = "SOURCES.toml"
#: Everything a town folder holds beside its seal.
FILES: Final = (
    "facts.toml",
    "network.npz",
    "map.geojson",
    "merchants.toml",
    "couriers.toml",
    "people.toml",
)

T = TypeVar("T")


class UnknownTown(LookupError):
    """No folder of that name."""


class DamagedTown(ValueError):
    """A file is missing, cut, edited without a new seal, or contradicts itself."""


def names(towns: Path = TOWNS) -> list[str]:
    """Return the towns of *towns* and the embedded ones, in alphabetical order."""
    found = {path.parent.name for where in (towns, TOWNS) for path in where.glob(f"*/{SEAL}")}
    return sorted(name for name in found if not name.startswith("."))  # a dot: half an import


def folder(name: str, towns: Path = TOWNS) -> Path:
    """Return the folder of town *name*: the installation's own before the embedded one.

    Raises ``UnknownTown``; the message lists those there are.
    """
    known = names(towns)
    if name not in known:
        raise UnknownTown(f"no town {name!r}; known: {', '.join(known) or 'none'}")
    own = towns / name
    return own if (own / SEAL).is_file() else TOWNS / name


def town(name: str, towns: Path = TOWNS) -> Town:
    """Return the town *name* of *towns*, or else the embedded one.

    ``overrides.toml`` in ``towns/name`` corrects its streets, also those of an embedded town.

    Raises
    ------
    UnknownTown
        When there is none; the message lists those there are.
    DamagedTown
        When a file is missing, is not what ``SOURCES.toml`` sealed, or does not
        make sense; the message names the file and, in it, the entry and field.
    """
    home = folder(name, towns)
    try:
        found = read(home, name)
        corrections = towns / name / OVERRIDES
        if not corrections.is_file():
            return found
        overrides = read_overrides(corrections.read_text("utf-8"))
        return replace(found, network=overridden(found.network, found.communes, overrides))
    except ValueError as refused:
        raise DamagedTown(f"town {name}: {refused}") from None


def read(home: Path, name: str) -> Town:
    """Return the town in the folder *home*.  Raises ``ValueError`` naming the file at fault."""
    files, schematic = _sealed(home)
    return _town(name, files, schematic)


def _town(name: str, files: dict[str, bytes], schematic: bool) -> Town:
    facts = _toml(files, "facts.toml")
    for field in ("title", "notice_fr", "notice_en", "attribution"):
        if not isinstance(facts.get(field), str):
            raise ValueError(f"facts.toml: field {field!r} is missing or is not text")
    area, river, roads = _layers(files["map.geojson"])
    return Town(
        name=name,
        title=facts["title"],
        schematic=schematic,
        notice_fr=facts["notice_fr"],
        notice_en=facts["notice_en"],
        attribution=facts["attribution"],
        communes=_entries(Commune, facts, "communes", "facts.toml"),
        area=area,
        merchants=_merchants(_toml(files, "merchants.toml")),
        couriers=_entries(Courier, _toml(files, "couriers.toml"), "couriers", "couriers.toml"),
        people=entry(People, _toml(files, "people.toml"), "people.toml"),
        network=read_network(files["network.npz"]),
        river=river,
        roads=roads,
    )


def _sealed(home: Path) -> tuple[dict[str, bytes], bool]:
    """Return the files of *home*, each as its seal describes it, and whether it is drawn."""
    try:
        sources = tomllib.loads((home / SEAL).read_text("utf-8"))
    except ValueError as broken:
        raise ValueError(f"{SEAL} cannot be read: {broken}") from None
    files: dict[str, bytes] = {}
    schematic = bool(sources.get("network.npz", {}).get("schematic", False))
    for name in FILES:
        path = home / name
        if name not in sources:
            raise ValueError(f"{SEAL} says nothing about {name}")
        if not path.is_file():
            raise ValueError(f"{name} is missing")
        files[name] = path.read_bytes()
        if sources[name].get("edited_by_hand"):  # the installation's own: no seal to break
            continue
        if hashlib.sha256(files[name]).hexdigest() != sources[name].get("sha256"):
            raise ValueError(
                f"{name} is damaged, or was edited since it was sealed: its sha256 is not the "
                f"one in {SEAL}. {_mending(home, schematic)}"
            )
    return files, schematic


def _mending(home: Path, schematic: bool) -> str:
    if not schematic:
        return "Import the town again (dispatch town import): files filled in by hand are kept"
    return f"After an edit on purpose, run python -m geodata.recipes.seal {home.name}"


def _toml(files: dict[str, bytes], name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(files[name].decode("utf-8"))
    except ValueError as broken:  # says the line and the column
        raise ValueError(f"{name} cannot be read: {broken}") from None


def _entries(kind: type[T], raw: dict[str, Any], key: str, file: str) -> tuple[T, ...]:
    """Return the tables ``[[key]]`` of *file* as *kind*, in order."""
    tables = raw.get(key, [])
    if not isinstance(tables, list):
        raise ValueError(f"{file}: {key} must be written as [[{key}]] tables")
    return tuple(entry(kind, one, f"{file}: {key}[{k}]") for k, one in enumerate(tables))


def _merchants(raw: dict[str, Any]) -> tuple[Merchant, ...]:
    found: list[dict[str, Any]] = []
    for k, one in enumerate(raw.get("merchants", [])):
        own = one.get("merchant_delivery")
        where = f"merchants.toml: merchants[{k}].merchant_delivery"
        delivery = None if own is None else entry(MerchantDelivery, own, where)
        found.append({**one, "merchant_delivery": delivery})
    return _entries(Merchant, {"merchants": found}, "merchants", "merchants.toml")


def _layers(
    content: bytes,
) -> tuple[tuple[tuple[LatLon, ...], ...], tuple[MapLine, ...], tuple[MapLine, ...]]:
    """Return area rings, river and roads; GeoJSON's longitude-first order ends here."""
    area: list[tuple[LatLon, ...]] = []
    river: list[MapLine] = []
    roads: list[MapLine] = []
    try:
        for feature in json.loads(content)["features"]:
            kind, name = feature["properties"]["kind"], feature["properties"]["name"]
            course = feature["geometry"]["coordinates"]
            if kind == "area":
                area.append(_lat_lon(course[0])[:-1])
            elif kind == "river":
                river.append(MapLine(name, kind, _lat_lon(course)))
            else:
                roads.append(MapLine(name, kind, _lat_lon(course)))
    except KeyError as missing:
        raise ValueError(f"map.geojson: a feature has no {missing}") from None
    return tuple(area), tuple(river), tuple(roads)


def _lat_lon(course: list[list[float]]) -> tuple[LatLon, ...]:
    return tuple((lat, lon) for lon, lat in course)
