"""OpenStreetMap files drawn as letters: each letter is a node, one cell is 100 m.

Node ids are the letters' code points (A is 65); ways are numbered from 1 and relations from
1, in the order written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from geodata.network import Network
from geodata.recipes.openstreetmap.assembling import network_of
from geodata.recipes.openstreetmap.importing import Imported, Request, import_town
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.reading import Extract, read_extract
from geodata.recipes.openstreetmap.relations import read_relations

LAT, LON = 44.5, 0.16
CELL_DEG = 100 / 111_195
LON_CELL_DEG = CELL_DEG / float(np.cos(np.radians(LAT)))
TODAY = date(2026, 11, 23)

Tags = Mapping[str, str]
Member = tuple[str, int, str]

STREET = {"highway": "residential"}
ROAD = {"highway": "tertiary"}


@dataclass(frozen=True)
class Sheet:
    """A drawing, its ways as (letters, tags), tags of nodes by letter, relations."""

    drawing: str
    ways: Sequence[tuple[str, Tags]]
    nodes: Mapping[str, Tags] = field(default_factory=dict)
    relations: Sequence[tuple[Tags, Sequence[Member]]] = ()

    def place(self, letter: str) -> tuple[float, float]:
        """Latitude and longitude of a letter; the drawing's first letter of all is at LAT, LON."""
        rows = [row for row in self.drawing.strip("\n").splitlines()]
        for y, row in enumerate(rows):
            for x, found in enumerate(row.split()):
                if found == letter:
                    return LAT - y * CELL_DEG, LON + x * LON_CELL_DEG
        raise KeyError(letter)

    @property
    def letters(self) -> list[str]:
        return sorted({c for c in self.drawing if c.isalpha()})

    def xml(self) -> str:
        """The file's text."""
        out = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="by hand">']
        for letter in self.letters:
            lat, lon = self.place(letter)
            out.append(f'<node id="{ord(letter)}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">')
            out += [_tag(k, v) for k, v in self.nodes.get(letter, {}).items()] + ["</node>"]
        for number, (path, tags) in enumerate(self.ways, 1):
            out.append(f'<way id="{number}" version="1" timestamp="2026-11-20T06:00:00Z">')
            out += [f'<nd ref="{ord(letter)}"/>' for letter in path]
            out += [_tag(k, v) for k, v in tags.items()] + ["</way>"]
        for number, (tags, members) in enumerate(self.relations, 1):
            out.append(f'<relation id="{number}" version="1">')
            out += [f'<member type="{t}" ref="{ref}" role="{role}"/>' for t, ref, role in members]
            out += [_tag(k, v) for k, v in tags.items()] + ["</relation>"]
        return "\n".join([*out, "</osm>"]) + "\n"

    def write(self, path: Path) -> Path:
        path.write_text(self.xml(), "utf-8")
        return path


def _tag(key: str, value: str) -> str:
    return f"<tag k={quoteattr(key)} v={quoteattr(value)}/>"


@dataclass(frozen=True)
class Drawn:
    """A sheet's network, asked by letters."""

    network: Network
    notes: Notes
    extract: Extract
    sheet: Sheet

    def node(self, letter: str) -> int:
        """The first node at the letter's place."""
        lat, lon = self.sheet.place(letter)
        at = np.hypot(self.network.lat_deg - lat, self.network.lon_deg - lon)
        return int(np.flatnonzero(at < 1e-6)[0])

    def nodes(self, letter: str) -> list[int]:
        lat, lon = self.sheet.place(letter)
        at = np.hypot(self.network.lat_deg - lat, self.network.lon_deg - lon)
        return np.flatnonzero(at < 1e-6).tolist()

    def edges(self, way: int) -> list[int]:
        return np.flatnonzero(self.network.way == way).tolist()

    def reaches(self, start: str, end: str, there: int, back: int) -> bool:
        """Whether one gets from *start* to *end* with those access bits, turns aside."""
        net = self.network
        arcs = [
            (int(u), int(v))
            for along, u, v in [(there, net.u, net.v), (back, net.v, net.u)]
            for u, v in np.column_stack([u, v])[net.access & along != 0]
        ]
        seen, new = set(), set(self.nodes(start))
        while new:
            seen |= new
            new = {v for u, v in arcs if u in seen} - seen
        return bool(seen & set(self.nodes(end)))


def drawn(sheet: Sheet, tmp_path: Path) -> Drawn:
    """Read *sheet* as a file and make its network, everything inside."""
    path, notes = sheet.write(tmp_path / "sheet.osm"), Notes()
    relations = read_relations(path)
    extract = read_extract(path, relations, None, notes, opened={})
    network = network_of(extract, relations.restrictions, None, [], notes)
    return Drawn(network, notes, extract, sheet)


def imported(path: Path, towns: Path, **asked: object) -> Imported:
    """Import *path* as the town "sheet"."""
    return import_town(
        Request(osm=path, towns=towns, **{"name": "sheet", "today": TODAY} | asked)  # type: ignore[arg-type]
    )
