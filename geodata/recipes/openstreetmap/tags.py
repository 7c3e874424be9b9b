"""One OpenStreetMap way's tags become one street of ours, or the reason why it is none.

Decides class, who may use it in which direction, limits, surface, name.  Does not know where
the way lies.  Where the rules differ by vehicle (cars to a door only, bicycles through) the
street has two rules, which become two edges side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from geodata import network as net
from geodata.recipes.openstreetmap import access, limits
from geodata.recipes.openstreetmap.access import Passage
from geodata.recipes.openstreetmap.limits import Tags
from geodata.recipes.openstreetmap.notes import Notes

BITS: Final = {
    "car": (net.CAR_THERE, net.CAR_BACK),
    "bike": (net.BIKE_THERE, net.BIKE_BACK),
    "foot": (net.FOOT_THERE, net.FOOT_BACK),
}

#: highway=… → our class, and to whom it is open where no tag says (c, b, f; p: bicycle pushed).
_HIGHWAYS: Final = {
    "motorway": ("motorway", "c"),
    "trunk": ("trunk", "cbf"),
    "primary": ("primary", "cbf"),
    "secondary": ("secondary", "cbf"),
    "tertiary": ("tertiary", "cbf"),
    "unclassified": ("unclassified", "cbf"),
    "road": ("unclassified", "cbf"),
    "residential": ("residential", "cbf"),
    "living_street": ("living_street", "cbf"),
    "service": ("service", "cbf"),
    "track": ("path", "bf"),
    "cycleway": ("path", "bf"),
    "path": ("path", "bf"),
    "trail": ("path", "bf"),
    "bridleway": ("path", "f"),
    # France lets bicycles into pedestrian areas at walking pace (Code de la route R431-9).
    "pedestrian": ("path", "bpf"),
    "footway": ("path", "bpf"),
    "steps": ("path", "f"),
    "corridor": ("path", "f"),
    "platform": ("path", "f"),
}
_LINKED: Final = ("motorway", "trunk", "primary", "secondary", "tertiary")
#: What a path becomes where cars are let in by name.
_DRIVEN_PATH: Final = {"pedestrian": "living_street"}

#: The classes a town cannot do without: when one is refused the report says so.
MAIN_CLASSES: Final = frozenset(_LINKED)
#: highway=… of what is not built, or no more.
_UNBUILT: Final = ("construction", "proposed", "planned", "abandoned", "disused", "razed")
_NO_SHORT_CUT: Final = ("emergency_access",)
#: Mountain paths (sac_scale=…) that a bicycle can be ridden on.
_EASY: Final = ("hiking", "strolling")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a street, and its kind: bits of ``Network.access`` and ``Network.kind``."""

    access: int
    kind: int


@dataclass(frozen=True, slots=True)
class Street:
    """What one way's tags say.  Units and codes are those of ``geodata.network.Network``.

    rules       : one, or two for different vehicles
    urban       : True or False where the tags tell, None where they do not
    bridge_name : "" when it is no bridge, or one without a name of its own
    main        : one of the classes a town cannot do without
    no_car      : why no car may use it; "" when one may
    """

    name: str
    road_class: str
    rules: tuple[Rule, ...]
    limit_there_kmh: int
    limit_back_kmh: int
    surface: int
    fixed_s: int
    max_weight_kg: int
    urban: bool | None
    bridge_name: str
    main: bool
    no_car: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A way that becomes no street: why, and whether it is a main road of that name."""

    reason: str
    main: bool
    name: str


def street_of(
    tags: Tags, way: int, notes: Notes, opened: frozenset[str] = frozenset()
) -> Street | Refused:
    """Return what *tags* say; odd ones are counted in *notes*.

    opened : vehicles ("car", "bike", "foot") for whom somebody who knows opened this way
    """
    highway, link = _highway(tags)
    name = tags.get("name") or tags.get("ref") or ""
    main = highway.removesuffix("_link") in MAIN_CLASSES
    ferry = "highway" not in tags and tags.get("route") == "ferry"
    unbuilt = tags.get("highway") in _UNBUILT
    if ferry:
        road_class, default = "ferry", "bf"  # cars only where somebody said that it takes them
    elif highway in _HIGHWAYS and not unbuilt:
        road_class, default = _HIGHWAYS[highway]
    elif opened:  # for those it was opened to, and nobody else
        road_class, default = _HIGHWAYS.get(highway, ("unclassified", ""))[0], ""
    else:
        return Refused(f"highway={tags.get('highway', '')}", main, name)
    _note_doubts(tags, way, notes, main)
    access.note_conditions(tags, way, notes)
    bits, door = _who(tags, way, notes, default, opened)
    if not any(bits.values()):
        return Refused(_why(tags, "car"), main, name)
    kind = _kind(tags, highway, link, "p" in default)
    no_car = "" if bits["car"] else _why(tags, "car")
    if bits["car"] and road_class == "path":
        road_class = _DRIVEN_PATH.get(highway, "service")
    there_kmh, back_kmh = _limits(tags, way, notes)
    return Street(
        name=name,
        road_class=road_class,
        rules=rules_of(bits, door, kind),
        limit_there_kmh=there_kmh,
        limit_back_kmh=back_kmh,
        surface=_surface(tags, way, notes),
        fixed_s=_read(tags, "duration", limits.duration_s, way, notes) if ferry else 0,
        max_weight_kg=_read(tags, "maxweight", limits.weight_kg, way, notes),
        urban=limits.is_urban(tags),
        bridge_name=tags.get("bridge:name", "") if kind & net.BRIDGE else "",
        main=main,
        no_car=no_car,
    )


def _highway(tags: Tags) -> tuple[str, bool]:
    """Return the class a way has, or will have once it is built, and whether it is a link."""
    highway = tags.get("highway", "")
    if highway in _UNBUILT:
        highway = tags.get(highway, "")
    base = highway.removesuffix("_link")
    linked = base != highway and base in _LINKED
    return (base if linked else highway), linked


def _who(
    tags: Tags, way: int, notes: Notes, default: str, opened: frozenset[str]
) -> tuple[dict[str, int], dict[str, bool]]:
    """Return for each vehicle its access bits, and whether it passes to a door only."""
    directions = {
        "car": access.car_directions(tags, way, notes),
        "bike": access.bike_directions(tags, way, notes),
        "foot": access.foot_directions(tags),
    }
    bits: dict[str, int] = {}
    door: dict[str, bool] = {}
    for mode, oneway in directions.items():
        usual = Passage.OPEN if mode[0] in default else Passage.CLOSED
        if mode != "foot" and tags.get("area") == "yes":
            usual = Passage.CLOSED  # its outline is no lane
        if mode != "car" and tags.get("motorroad") == "yes":
            usual = Passage.CLOSED
        if mode == "bike" and tags.get("sac_scale", _EASY[0]) not in _EASY:
            usual = Passage.CLOSED
        if mode == "car" and tags.get("service") in _NO_SHORT_CUT:
            usual = Passage.CLOSED
        found = [
            access.passage(tags, mode, usual, way, notes, toward=toward)
            for toward in ("forward", "backward")
        ]
        if mode in opened:
            found = [Passage.OPEN, Passage.OPEN]
        bits[mode] = sum(
            bit
            for bit, along, may in zip(BITS[mode], oneway, found, strict=True)
            if along and may is not Passage.CLOSED
        )
        door[mode] = max(found) is Passage.DOOR
    return bits, door


def rules_of(bits: dict[str, int], door: dict[str, bool], kind: int) -> tuple[Rule, ...]:
    """Return one rule, or two where some vehicles pass to a door only and others through."""
    through = sum(bits[mode] for mode in bits if not door[mode])
    to_door = sum(bits[mode] for mode in bits if door[mode])
    both = (Rule(through, kind), Rule(to_door, kind | net.NO_THROUGH))
    return tuple(rule for rule in both if rule.access)


def _kind(tags: Tags, highway: str, link: bool, pushed: bool) -> int:
    bicycle = tags.get("bicycle")
    by_foot = bicycle == access.DISMOUNT or (pushed and bicycle is None)
    by_foot |= highway == "steps"
    said = {
        net.BRIDGE: tags.get("bridge", "no") != "no",
        net.TUNNEL: tags.get("tunnel", "no") not in ("no", "building_passage", "culvert"),
        net.ROUNDABOUT: access.is_roundabout(tags),
        net.LINK: link,
        net.STEPS: highway == "steps",
        net.PUSHED: by_foot,
    }
    return sum(bit for bit, is_so in said.items() if is_so)


def _limits(tags: Tags, way: int, notes: Notes) -> tuple[int, int]:
    """Return the limit each way in km/h: a number before a zone, a direction before both."""
    both = 0
    for key in ("maxspeed", *limits.ZONE_KEYS):
        if (said := tags.get(key)) is None or said in ("sign", "markings"):
            continue
        if (kmh := limits.speed_kmh(said)) is not None:
            both = kmh
            break
        if key == "maxspeed":
            notes.add("not understood", f"{key}={said}", way)
    there = _read(tags, "maxspeed:forward", limits.speed_kmh, way, notes, both)
    back = _read(tags, "maxspeed:backward", limits.speed_kmh, way, notes, both)
    return there, back


def _surface(tags: Tags, way: int, notes: Notes) -> int:
    found = limits.surface(tags)
    if found is None:
        notes.add("not understood", f"surface={tags['surface']}", way)
    return found or 0


def _read(
    tags: Tags,
    key: str,
    reading: Callable[[str], int | None],
    way: int,
    notes: Notes,
    otherwise: int = 0,
) -> int:
    """Return what *reading* makes of ``tags[key]``; *otherwise* when it is absent or unread."""
    if (said := tags.get(key)) is None:
        return otherwise
    if (found := reading(said)) is None:
        notes.add("not understood", f"{key}={said}", way)
        return otherwise
    return found


def _note_doubts(tags: Tags, way: int, notes: Notes, main: bool) -> None:
    """Remark a main road in use that is also tagged as not there: a stale tag, most likely.

    Refusing it could cut a town in two, and keeping it in silence would be a promise nobody
    checked: it is kept, and said.
    """
    for key in _UNBUILT:
        value = tags.get(key, "no")
        if main and value != "no" and tags.get("highway") not in _UNBUILT:
            notes.add("kept", f"highway={tags['highway']} with {key}={value}", way)


def _why(tags: Tags, mode: str) -> str:
    """Return the tag that closes a way to *mode*, the nearest to the vehicle first."""
    for key in (*access.KEYS[mode], "oneway", "area", "motorroad", "service"):
        if key in tags and tags[key] not in ("yes", "designated", "permissive", "destination"):
            return f"{key}={tags[key]}"
    return f"highway={tags['highway']}" if "highway" in tags else "no vehicle is said to be taken"
