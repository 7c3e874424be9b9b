"""The relations of an OpenStreetMap file: boundaries of communes, and forbidden turns.

Decides which relations matter.  What a restriction means for edges is ``turns``' business;
what a boundary looks like, ``outlines``'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import osmium
from osmium.filter import KeyFilter

COMMUNE_LEVEL: Final = 8  # admin_level of French communes, and of most municipalities
_INSEE: Final = re.compile(r"\d[\dAB]\d{3}")


@dataclass(frozen=True, slots=True)
class Boundary:
    """An administrative boundary.

    insee      : "" when it is no French commune, or does not say which
    population : 0 when it is not said
    postcode   : "" when it is not said; the first of several
    members    : ways it is made of: (way id, "outer" or "inner")
    centre     : node people call its centre; 0 when it is not said
    """

    osm_id: int
    name: str
    level: int
    insee: str
    population: int
    postcode: str
    members: tuple[tuple[int, str], ...]
    centre: int


@dataclass(frozen=True, slots=True)
class Restriction:
    """A ``type=restriction`` relation: its tags, and its members as (type, id, role)."""

    osm_id: int
    tags: dict[str, str]
    members: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """What was found; ``members`` and ``centres`` are those of all boundaries."""

    boundaries: tuple[Boundary, ...]
    restrictions: tuple[Restriction, ...]
    members: frozenset[int]
    centres: frozenset[int]


def objects(
    path: Path, entities: osmium.osm.osm_entity_bits, *keys: str, tagged: Any = None
) -> Iterable[Any]:
    """Return the *entities* of *path*; of the kinds *tagged*, only those with one of *keys*."""
    reader = osmium.FileProcessor(path, entities)
    if keys:
        wanted = KeyFilter(*keys)
        wanted.enable_for(tagged or entities)
        reader = reader.with_filter(wanted)
    return reader


def read_relations(path: Path) -> Relations:
    """Read the relations of *path*, and nothing else: the rest of the file is skipped over."""
    boundaries: list[Boundary] = []
    restrictions: list[Restriction] = []
    for found in objects(path, osmium.osm.RELATION, "boundary", "type"):
        tags = dict(found.tags)
        if tags.get("boundary") == "administrative":
            boundaries.append(_boundary(found, tags))
        elif tags.get("type", "").startswith("restriction"):
            members = tuple((m.type, m.ref, m.role) for m in found.members)
            restrictions.append(Restriction(found.id, tags, members))
    return Relations(
        tuple(boundaries),
        tuple(restrictions),
        frozenset(way for one in boundaries for way, _ in one.members),
        frozenset(one.centre for one in boundaries if one.centre),
    )


def _boundary(relation: Any, tags: dict[str, str]) -> Boundary:
    members = [(m.type, m.ref, m.role) for m in relation.members]
    centres = [ref for kind, ref, role in members if kind == "n" and role == "admin_centre"]
    centres += [ref for kind, ref, role in members if kind == "n" and role == "label"]
    insee = tags.get("ref:INSEE", "")
    level = tags.get("admin_level", "")
    postcode = (tags.get("postal_code") or tags.get("addr:postcode") or "").split(";")[0].strip()
    return Boundary(
        osm_id=relation.id,
        name=tags.get("name", ""),
        level=int(level) if level.isdecimal() else 0,
        insee=insee if _INSEE.fullmatch(insee) else "",
        population=whole_number(tags.get("population", "")),
        postcode=postcode if re.fullmatch(r"\d{5}", postcode) else "",
        members=tuple(
            (ref, "inner" if role == "inner" else "outer")
            for kind, ref, role in members
            if kind == "w"
        ),
        centre=centres[0] if centres else 0,
    )


def whole_number(text: str) -> int:
    """Return the number in "17 849"; 0 when there is none."""
    digits = text.replace(" ", "").replace("\u202f", "")
    return int(digits) if digits.isdecimal() else 0
