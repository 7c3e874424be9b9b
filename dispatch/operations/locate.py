"""Where is the doorstep?  An address, a point, or both (then they must agree).

Decides which of several readings is believed, and what is then still to be said about it.
Whether we deliver there is ``operations.service_area``'s question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dispatch.core.places import Place, crow_m
from dispatch.core.reasons import Refusal
from dispatch.operations.ports import Candidate, Ports
from dispatch.operations.service_area import not_served
from dispatch.operations.steady import on_one_engine
from dispatch.orders.doubts import NUMBER_ESTIMATED, STREET_ONLY, Doubt, far_from_street
from dispatch.orders.post import postcode_of
from dispatch.orders.quotes import Doorstep
from dispatch.streets.area import contains

#: Address and point further apart than this are two places.  First guess: a rural
#: address point may lie at the gate, 300 m from the house.
AGREE_WITHIN_M = 500
#: A second reading this close in score makes an address ambiguous.
AMBIGUOUS_WITHIN = 0.02
SURE_FROM = 0.5
#: Below this a reading is too doubtful to contradict a point.
CONTRADICTS_FROM = 0.9

_CODES: Final = frozenset(
    {"outside_area", "unreachable", "address_not_found", "address_ambiguous", "address_mismatch"}
)


def locate(
    address: str | None, point: Place | None, ports: Ports, *, note: str = ""
) -> Doorstep | Refusal:
    """Return the doorstep, or why there is none we can deliver to.

    A point is believed before an address: the geocoder may not know a new street.  A door
    that a courier put right, near the point, is believed before it.  What is not sure about
    the doorstep is told among its ``doubts``: a point far from its street, an estimated door.
    """
    found = _from_address(address or "", ports) if point is None else _at(point, address, ports)
    if isinstance(found, Refusal):
        return found
    served = on_one_engine(lambda held: _served(found, held), ports)
    if isinstance(served, Refusal):
        return served
    place = found.place
    return Doorstep(place, address or place.label, note, found.insee, served)


def beyond_our_area(
    address: str | None, point: Place | None, ports: Ports, *, note: str = ""
) -> Doorstep | None:
    """Return a doorstep that ``locate`` found outside our area; None: nobody knows where it is.

    The post goes there, and perhaps a shop's own van.
    """
    found = _from_address(address or "", ports) if point is None else _at(point, address, ports)
    if isinstance(found, Refusal):
        return None
    return Doorstep(found.place, address or found.place.label, note, found.insee)


def is_doorstep_trouble(refusal: Refusal) -> bool:
    """Tell whether *refusal* is one that ``locate`` gives: no shop and no courier can mend it."""
    about_door = any(name.split(".")[0] == "deliver_to" for name in refusal.binding)
    return about_door and refusal.code in _CODES


@dataclass(frozen=True, slots=True)
class _Found:
    """A place, the commune if an address named one, and whether its door is a guess."""

    place: Place
    insee: str = ""
    doubt: Doubt | None = None


def _served(found: _Found, ports: Ports) -> tuple[Doubt, ...] | Refusal:
    """Return what is not sure about a place that we deliver to, or why we do not."""
    if (refusal := not_served(found.place, found.insee, ports)) is not None:
        return refusal
    far = far_from_street(ports.streets.snap_m(found.place))
    return tuple(doubt for doubt in (found.doubt, far) if doubt is not None)


def _at(point: Place, address: str | None, ports: Ports) -> _Found | Refusal:
    if not address:
        return _Found(point)
    readings = ports.geocoder.find(address)
    near = [r for r in readings if crow_m(r.place, point) <= AGREE_WITHIN_M]
    if (pinned := next((r for r in near if r.pinned), None)) is not None:
        return _Found(pinned.place, pinned.insee)
    if _names_another_town(address, ports) and contains(ports.territory.area, point):
        return Refusal("address_mismatch", binding=("deliver_to.address",))
    sure = [r for r in readings if r.score >= CONTRADICTS_FROM and r.kind != "commune"]
    agreeing = [r for r in sure if r in near]
    if sure and not agreeing:
        return Refusal("address_mismatch", binding=("deliver_to",))
    return _Found(point, agreeing[0].insee if agreeing else "")


def _names_another_town(address: str, ports: Ports) -> bool:
    known, written = ports.territory.postcodes, postcode_of(address)
    return bool(known) and written is not None and written not in known


def _from_address(address: str, ports: Ports) -> _Found | Refusal:
    # A commune's centre is not a doorstep.
    readings = [r for r in ports.geocoder.find(address) if r.score >= SURE_FROM]
    readings = [r for r in readings if r.kind != "commune"]
    if not readings:
        return Refusal("address_not_found", binding=("deliver_to.address",))
    best = readings[0]
    if any(_rival(other, best) for other in readings[1:]):
        return Refusal("address_ambiguous", binding=("deliver_to.address",))
    return _Found(best.place, best.insee, _guess(best))


def _guess(best: Candidate) -> Doubt | None:
    """Return in what way *best* is no surveyed door; None when it is one."""
    if best.exact:
        return None
    return Doubt(NUMBER_ESTIMATED if best.kind == "housenumber" else STREET_ONLY)


def _rival(other: Candidate, best: Candidate) -> bool:
    """Tell whether *other* is as likely as *best*, and another place."""
    as_likely = best.score - other.score < AMBIGUOUS_WITHIN
    return as_likely and crow_m(best.place, other.place) > AGREE_WITHIN_M
