"""Turn restrictions: relations between ways become triples piece, node, piece.

Decides which restrictions are applied: those at one node.  Those through a way, under a
condition, or between ways that do not meet where they say, are counted and left out.  Source:
"Relation:restriction" of OpenStreetMap's wiki.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from geodata.network import TURN_BIKE, TURN_CAR
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.relations import Restriction

#: (piece, its way's id) of the pieces of way that end at a node.
PiecesAt = Callable[[int], list[tuple[int, int]]]
#: From piece, via node, to piece, who.
Turn = tuple[int, int, int, int]

_NO: Final = frozenset(
    {
        "no_left_turn",
        "no_right_turn",
        "no_straight_on",
        "no_u_turn",
        "no_entry",
        "no_exit",
        "no_turn",
    }
)
_ONLY: Final = frozenset(
    {"only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn", "only_turn"}
)
_WHO: Final = {"motorcar": TURN_CAR, "motor_vehicle": TURN_CAR, "bicycle": TURN_BIKE}
#: restriction:… of vehicles that we do not drive.
_OTHERS: Final = ("hgv", "bus", "psv", "caravan", "motorhome", "agricultural", "hazmat", "coach")


def forbidden_turns(
    restrictions: Iterable[Restriction],
    node_of: Callable[[int], int | None],
    pieces_at: PiecesAt,
    notes: Notes,
) -> list[Turn]:
    """Return the forbidden turns of *restrictions*, each once, sorted.

    node_of : a node's OpenStreetMap id → our node; None when it is not in the network
    pieces_at : the pieces at one of our nodes

    A restriction away from the network (outside the clip) is no remark.
    """
    found: dict[tuple[int, int, int], int] = {}
    for one in restrictions:
        for a, node, b, who in _turns(one, node_of, pieces_at, notes):
            found[a, node, b] = found.get((a, node, b), 0) | who
    return sorted((*turn, who) for turn, who in found.items())


def _turns(
    one: Restriction,
    node_of: Callable[[int], int | None],
    pieces_at: PiecesAt,
    notes: Notes,
) -> list[Turn]:
    meaning = _meaning(one, notes)
    if meaning is None:
        return []
    word, who = meaning
    froms = {ref for kind, ref, role in one.members if role == "from" and kind == "w"}
    tos = {ref for kind, ref, role in one.members if role == "to" and kind == "w"}
    vias = [(kind, ref) for kind, ref, role in one.members if role == "via"]
    if any(kind == "w" for kind, _ in vias):
        notes.add("turns", "through a way (via)", one.osm_id)
        return []
    if len(vias) != 1 or not froms or not tos:
        notes.add("turns", "without one from, via and to", one.osm_id)
        return []
    node = node_of(vias[0][1])
    if node is None:
        return []
    meeting = pieces_at(node)
    ins = [piece for piece, way in meeting if way in froms]
    outs = [piece for piece, way in meeting if way in tos]
    if not ins or not outs:
        notes.add("turns", "between ways that do not meet at its node, or are not used", one.osm_id)
        return []
    if froms != tos and (len(ins) > len(froms) or len(outs) > len(tos)):
        notes.add("turns", "from or to a way that runs on behind the node", one.osm_id)
        return []
    if word in _ONLY:
        barred = [piece for piece, _ in meeting if piece not in outs and piece not in ins]
        return [(a, node, b, who) for a in ins for b in barred]
    if froms == tos:
        return [(a, node, a, who) for a in ins]
    return [(a, node, b, who) for a in ins for b in outs if a != b]


def _meaning(one: Restriction, notes: Notes) -> tuple[str, int] | None:
    """Return the restriction's word and whom it binds; None when it binds none of ours."""
    exempt = sum({_WHO[word] for word in one.tags.get("except", "").split(";") if word in _WHO})
    for key, whom in (
        ("restriction", TURN_CAR | TURN_BIKE),
        ("restriction:motorcar", TURN_CAR),
        ("restriction:motor_vehicle", TURN_CAR),
        ("restriction:bicycle", TURN_BIKE),
    ):
        word = one.tags.get(key)
        if word is None:
            continue
        if word not in _NO | _ONLY:
            notes.add("not understood", f"{key}={word}", one.osm_id)
            return None
        bound = whom & ~exempt
        return (word, bound) if bound else None
    if any(key.endswith(":conditional") for key in one.tags):
        notes.add("conditional", "restriction:conditional", one.osm_id)
    elif not any(f"restriction:{vehicle}" in one.tags for vehicle in _OTHERS):
        notes.add("turns", "without a known restriction", one.osm_id)
    return None
