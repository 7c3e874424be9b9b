"""From an OpenStreetMap extract to a town that can be served, in one call.

Decides the order of the work, and that nothing is written before everything is known to be
sound.  What each step does is in the module of its name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import osmium
import shapely  # type: ignore[import-untyped]

from geodata import load
from geodata.network import Network, pack_network
from geodata.overrides import FILE as OVERRIDES
from geodata.overrides import Override, opened_ways, overridden, read_overrides
from geodata.recipes.health.report import Health, health_of
from geodata.recipes.holding import TownsHeld, alone
from geodata.recipes.openstreetmap import outlines
from geodata.recipes.openstreetmap.assembling import network_of
from geodata.recipes.openstreetmap.communes import Area, areas_of
from geodata.recipes.openstreetmap.drawing import map_geojson, rivers_of
from geodata.recipes.openstreetmap.folder import (
    RECIPE,
    Header,
    facts_text,
    first_files,
    seal_text,
    with_header,
)
from geodata.recipes.openstreetmap.installing import install
from geodata.recipes.openstreetmap.notes import ImportRefused, Notes
from geodata.recipes.openstreetmap.reading import (
    ClosedRoad,
    Extract,
    Tell,
    check_name,
    read_extract,
    readable,
)
from geodata.recipes.openstreetmap.relations import Relations, read_relations
from geodata.town import Commune

HEALTH: Final = "health.json"
STEPS: Final = 6  # how often ``import_town`` calls ``step``
#: Read so far beyond the clip: the outlines of communes need not follow the boundary given.
MARGIN_M: Final = 2_000.0
DOORSTEP_M: Final = 50.0  # around the outermost streets of an extract without a boundary
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Request:
    """What to import and where to.

    boundary, insee, place : what lies inside; none of them: the whole extract.  Codes with a
                boundary choose among its features, without one among the extract's communes
    overrides : None: those of the last import of this town, if it had any
    """

    osm: Path
    name: str
    towns: Path
    today: date
    boundary: Path | None = None
    insee: tuple[str, ...] = ()
    place: str = ""
    title: str = ""
    overrides: Path | None = None
    buffer_km: float = 4.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ImportRefused(
                f"a town's name is up to 40 of a-z, 0-9, _ and -, not {self.name!r}"
            )
        if self.place and (self.boundary or self.insee):
            raise ImportRefused("a place, or a boundary or codes say what lies inside, not both")
        if not 0 <= self.buffer_km <= 50:
            raise ImportRefused(f"a buffer is 0 to 50 km wide, not {self.buffer_km:g}")


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """The town's new folder and the health of its streets."""

    folder: Path
    health: Health


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """Everything between reading and writing."""

    extract: Extract
    outline: Any
    areas: list[Area]
    network: Network
    rivers: dict[str, Any]
    notes: Notes
    mended: list[str] = field(default_factory=list)

    @property
    def communes(self) -> list[Commune]:
        return [area.commune for area in self.areas]


def import_town(
    asked: Request, tell: Tell = lambda words: None, step: Callable[[str], None] | None = None
) -> Imported:
    """Read, check and install the town; the old one stays in use until then.

    tell : hears what is going on inside a step; step : hears each step begin

    Raises ``ImportRefused`` in one sentence when the input cannot become a town, ``OSError``
    when a file cannot be read or written.
    """
    try:
        with alone(asked.towns, asked.name):
            return _import(asked, tell, step or tell)
    except TownsHeld as why:
        raise ImportRefused(str(why)) from None


def _import(asked: Request, tell: Tell, begin: Callable[[str], None]) -> Imported:
    check_name(asked.osm)
    overrides, correction = _overrides(asked)
    begin("checking the file")
    digest = _sha256(asked.osm)
    with readable(asked.osm):
        stamp = _stamp(asked.osm)
        relations = read_relations(asked.osm)
    begin("finding the boundary")
    outline, mended = _outline(asked, relations)
    made = _make(asked, relations, outline, mended, overrides, tell, begin)
    begin("measuring the health of the streets")
    health = _health(made)
    header = Header(
        source=asked.osm.name,
        sha256=digest,
        extract_at=stamp or made.extract.newest,
        imported_on=asked.today.isoformat(),
        recipe=RECIPE,
        box_deg=tuple(round(side, 6) for side in made.outline.bounds),
    )
    begin("writing the town")
    files = _files(asked, made, header, health, correction)
    return Imported(install(files, asked.towns, asked.name), health)


def _make(
    asked: Request,
    relations: Relations,
    outline: Any,
    mended: list[str],
    overrides: Sequence[Override],
    tell: Tell,
    begin: Callable[[str], None],
) -> _Made:
    """Read the streets inside *outline* and its buffer, and make the network of them."""
    begin("reading streets")
    notes = Notes()
    clip = box = None
    if outline is not None:
        clip = outlines.widened(outline, asked.buffer_km * 1000)
        box = tuple(outlines.widened(outline, asked.buffer_km * 1000 + MARGIN_M).bounds)
    extract = read_extract(
        asked.osm, relations, box, notes, opened=opened_ways(overrides), tell=tell
    )
    if not extract.ways:
        raise ImportRefused(_nothing(asked, outline, extract))
    begin("making the network")
    if outline is None:
        outline = _hull(extract)
    elif not shapely.contains_xy(outline, extract.lon_e7 / 1e7, extract.lat_e7 / 1e7).any():
        raise ImportRefused(_nothing(asked, outline, extract))
    title = asked.title or asked.place or asked.name
    areas = areas_of(extract, relations, outline, title)
    inside = [area.outline for area in areas]
    network = network_of(extract, relations.restrictions, clip, inside, notes)
    try:
        network = overridden(network, [area.commune for area in areas], overrides)
    except ValueError as why:
        raise ImportRefused(str(why)) from None
    rivers = rivers_of(extract, outline if clip is None else clip)
    return _Made(extract, outline, areas, network, rivers, notes, mended)


def _overrides(asked: Request) -> tuple[tuple[Override, ...], bytes | None]:
    """Return the overrides given, or those the town already has, and their text."""
    path = asked.overrides or asked.towns / asked.name / OVERRIDES
    if asked.overrides is None and not path.is_file():
        return (), None
    text = path.read_bytes()
    try:
        return read_overrides(text.decode("utf-8")), text
    except ValueError as why:
        raise ImportRefused(str(why)) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp(path: Path) -> str:
    """Return the extract's own date, ISO 8601; "" when it does not say."""
    with osmium.io.Reader(path) as reader:
        header = reader.header()
        return header.get("osmosis_replication_timestamp") or header.get("timestamp") or ""


def _outline(asked: Request, relations: Relations) -> tuple[Any, list[str]]:
    if asked.boundary is not None:
        return outlines.read_boundary(asked.boundary, asked.insee)
    if not (asked.insee or asked.place):
        return None, []
    chosen = (
        outlines.communes_by_code(relations, asked.insee)
        if asked.insee
        else [outlines.boundary_by_name(relations, asked.place)]
    )
    with readable(asked.osm):
        found = outlines.read_outlines(asked.osm, chosen)
    return shapely.union_all(found), []


def _hull(extract: Extract) -> Any:
    """Without a boundary the town is what its streets enclose."""
    points = [extract.points(way.refs) for way in extract.ways]
    hull = shapely.MultiPoint([xy for way in points for xy in way]).convex_hull
    return outlines.widened(hull, DOORSTEP_M)


def _nothing(asked: Request, outline: Any, extract: Extract) -> str:
    file = asked.osm.name
    if outline is None:
        return f"{file} holds no street a courier could use"
    west, south, east, north = outline.bounds
    return (
        f"{file} holds no street inside the boundary ({west:.3f}, {south:.3f} to {east:.3f}, "
        f"{north:.3f}; longitude first): is it the extract of another place?"
    )


def _health(made: _Made) -> Health:
    """The report on the arrays, and what only the import knows."""
    bridges = {way.osm_id: way.street.bridge_name for way in made.extract.ways}
    names = {way: name for way, name in bridges.items() if name}
    health = health_of(made.network, made.communes, made.rivers, names)
    refused: dict[tuple[str, str], list[ClosedRoad]] = {}
    for road in made.extract.refused:
        refused.setdefault((road.name, road.reason), []).append(road)
    notes = made.notes
    return {
        **health,
        "main_roads_refused": [
            {
                "name": name,
                "reason": reason,
                "ways": [road.osm_id for road in roads],
                **_middle(made.extract, roads[0]),
            }
            for (name, reason), roads in sorted(refused.items())
        ],
        "bridge_names": names,
        "main_roads_barred": notes.of("barriers"),
        "kept": notes.of("kept"),
        "dropped": notes.of("refused"),
        "turns_left_out": notes.of("turns"),
        "conditional": notes.of("conditional"),
        "not_understood": notes.of("not understood"),
        "holes": notes.of("data"),
        "mended": [{"text": text, "count": 1, "ids": []} for text in made.mended],
    }


def _middle(extract: Extract, road: ClosedRoad) -> Health:
    """Return where a road is: the middle one of those of its points that were kept."""
    points = extract.points(road.refs)
    lon, lat = points[len(points) // 2].tolist()
    return {"lat": round(lat, 5), "lon": round(lon, 5)}


def _files(
    asked: Request, made: _Made, header: Header, health: Health, correction: bytes | None
) -> dict[str, bytes]:
    communes = made.communes
    title = asked.title or asked.place or (communes[0].name if len(communes) == 1 else asked.name)
    sealed = {
        "facts.toml": facts_text(title, header, communes),
        "network.npz": with_header(pack_network(made.network), header),
        "map.geojson": map_geojson(title, made.outline, made.rivers, made.network),
    }
    before = asked.towns / asked.name
    files = first_files(title, communes[0])
    for path in sorted(before.iterdir()) if before.is_dir() else ():
        if path.is_file() and not path.name.startswith("."):  # a dot: half a file of addresses
            files[path.name] = path.read_bytes()
    files |= sealed  # all that is in the folder stays, but for what an import makes
    files[HEALTH] = (json.dumps(health, ensure_ascii=False, indent=1) + "\n").encode()
    if correction is not None:
        files[OVERRIDES] = correction
    files[load.SEAL] = seal_text(sealed, header)
    return files
