"""Who may pass: car, bicycle and foot, each direction, from OpenStreetMap's access tags.

Decides the hierarchy (a tag nearer to the vehicle wins: access < vehicle < motor_vehicle <
motorcar), one-way rules with their exceptions for bicycles, and what a barrier lets through.
Rules that hold only at some hours ("…:conditional") are counted and not applied.  Source:
"Key:access", "Key:oneway" and "Key:barrier" of OpenStreetMap's wiki, France where it differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from geodata.recipes.openstreetmap.limits import Tags
from geodata.recipes.openstreetmap.notes import Notes


class Passage(IntEnum):
    """May one pass?  ``DOOR``: only to reach a door there."""

    CLOSED = 0
    DOOR = 1
    OPEN = 2


#: The tags of each vehicle, the nearest to it first.  ``own``: those about it alone.
KEYS: Final = {
    "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "bike": ("bicycle", "vehicle", "access"),
    "foot": ("foot", "access"),
}
_OWN_KEYS: Final = {"car": ("motorcar", "motor_vehicle"), "bike": ("bicycle",), "foot": ("foot",)}

_PASSAGE_OF: Final = {
    word: passage
    for passage, words in {
        Passage.OPEN: "yes permissive designated official public allowed discouraged",
        Passage.DOOR: "destination delivery customers private residents permit permissive_delivery",
        Passage.CLOSED: "no agricultural forestry emergency psv bus military use_sidepath hov taxi "
        "agricultural;forestry forestry;agricultural restricted official_only",
    }.items()
    for word in words.split()
}
#: To be wheeled: for a rider this is open, on foot.
DISMOUNT: Final = "dismount"

#: Vehicles that a barrier lets through where no tag on it says otherwise.
_LETS_THROUGH: Final = {
    barrier: passing
    for passing, barriers in {
        "car bike foot": "gate lift_gate swing_gate sliding_gate sliding_beam hampshire_gate "
        "bump_gate garage_door cattle_grid border_control toll_booth sally_port entrance kerb no "
        "height_restrictor coupure arch",
        "bike foot": "bollard block jersey_barrier concrete_block boulder planter chain rope bar "
        "cycle_barrier motorcycle_barrier wicket_gate bus_trap sump_buster spikes yes",
        "foot": "kissing_gate stile turnstile full-height_turnstile horse_stile log debris wall "
        "fence hedge retaining_wall guard_rail ditch",
    }.items()
    for barrier in barriers.split()
}


#: Barriers that whoever drives through has to open, or to see opened.
GATES: Final = frozenset({"gate", "lift_gate", "swing_gate", "sliding_gate", "hampshire_gate"})


def passage(
    tags: Tags,
    mode: str,
    default: Passage,
    osm_id: int,
    notes: Notes,
    *,
    toward: str = "",
    any_tag_opens: bool = False,
) -> Passage:
    """Return whether *mode* ("car", "bike", "foot") passes, *default* where no tag says.

    toward        : "forward" or "backward" also reads the tags about that direction alone
    any_tag_opens : otherwise, what the class of road closes only a tag about this very
                    vehicle opens: ``access=destination`` on a footpath invites nobody to drive
    """
    for key in KEYS[mode]:
        said = (toward and tags.get(f"{key}:{toward}")) or tags.get(key)
        if said is None:
            continue
        if default is Passage.CLOSED and key not in _OWN_KEYS[mode] and not any_tag_opens:
            continue
        found = Passage.OPEN if said == DISMOUNT and mode == "bike" else _read(said)
        if found is not None:
            return found
        notes.add("not understood", f"{key}={said}", osm_id)
    return default


def _read(said: str) -> Passage | None:
    """Return the most open of "customers;delivery"; None when no part is understood."""
    if said in _PASSAGE_OF:
        return _PASSAGE_OF[said]
    known = [_PASSAGE_OF[part] for part in said.split(";") if part in _PASSAGE_OF]
    return max(known) if known else None


#: Rules that bind what we drive, ride or walk; all others are lorries', buses' and lanes'.
_OURS: Final = frozenset({key for keys in KEYS.values() for key in keys}) | {
    *("oneway", "oneway:bicycle", "maxspeed", "maxweight"),
}


def note_conditions(tags: Tags, way: int, notes: Notes) -> None:
    """Count the rules of *tags* that hold under a condition: none is applied.

    One that binds us is told in full: whoever knows the market's hours reads them there.
    """
    for key, said in tags.items():
        if key.endswith(":conditional"):
            rule = key.removesuffix(":conditional")
            rule = rule.removesuffix(":forward").removesuffix(":backward")
            notes.add("conditional", f"{key}={said}" if rule in _OURS else key, way)


Directions = tuple[bool, bool]  # there, back: along the way as it is drawn, and against it

_ONEWAY: Final[dict[str, Directions]] = {
    "yes": (True, False),
    "true": (True, False),
    "1": (True, False),
    "-1": (False, True),
    "reverse": (False, True),
    "no": (True, True),
    "false": (True, True),
    "0": (True, True),
    "alternating": (True, True),
    # Its direction changes with the hour: nothing can be promised on it.
    "reversible": (False, False),
}


def car_directions(tags: Tags, way: int, notes: Notes) -> Directions:
    """Return in which directions a car drives, as far as one-way rules go."""
    for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"):
        if said := tags.get(key):
            if said in _ONEWAY:
                return _ONEWAY[said]
            notes.add("not understood", f"{key}={said}", way)
    implied = is_roundabout(tags) or tags.get("highway") in ("motorway", "motorway_link")
    return (True, not implied)


def bike_directions(tags: Tags, way: int, notes: Notes) -> Directions:
    """Return in which directions a bicycle rides: as cars do, unless a sign exempts it."""
    if (said := tags.get("oneway:bicycle", "")) in _ONEWAY:
        return _ONEWAY[said]
    there, back = car_directions(tags, way, notes)
    if there != back and not is_roundabout(tags) and _has_contraflow(tags):
        return True, True
    return there, back


def _has_contraflow(tags: Tags) -> bool:
    sides = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    if any(tags.get(side, "").startswith("opposite") for side in sides):
        return True
    return any(tags.get(f"{side}:oneway") in ("-1", "no") for side in sides[1:])


def foot_directions(tags: Tags) -> Directions:
    """Return in which directions one walks: both, but for ``oneway:foot``."""
    return _ONEWAY.get(tags.get("oneway:foot", ""), (True, True))


def is_roundabout(tags: Tags) -> bool:
    """Tell whether the way is a roundabout: one-way for everybody on wheels."""
    return tags.get("junction") in ("roundabout", "circular")


@dataclass(frozen=True, slots=True)
class Barrier:
    """What stands across a road at one node, and who gets through."""

    car: Passage
    bike: Passage
    foot: Passage

    @property
    def stops_nobody(self) -> bool:
        return self.car == self.bike == self.foot == Passage.OPEN


def _kind_of(barrier: Tags) -> str:
    return barrier["barrier"].replace(" ", "_")


def is_gate(tags: Tags) -> bool:
    """Tell whether a barrier is a gate to be opened on the way through."""
    return _kind_of(tags) in GATES and tags.get("access") != "no"


def barrier_of(tags: Tags, node: int, notes: Notes) -> Barrier | None:
    """Return the barrier at *node*, or None when there is none that stops anybody."""
    kind = _kind_of(tags)
    if kind not in _LETS_THROUGH:
        notes.add("not understood", f"barrier={kind}", node)
    passing = "" if tags.get("locked") == "yes" else _LETS_THROUGH.get(kind, "car bike foot")
    usual = {mode: Passage.OPEN if mode in passing.split() else Passage.CLOSED for mode in KEYS}
    # A bollard with ``access=yes`` is let down for everybody, so here any tag may open.
    found = Barrier(
        **{
            mode: passage(tags, mode, default, node, notes, any_tag_opens=True)
            for mode, default in usual.items()
        }
    )
    return None if found.stops_nobody else found
