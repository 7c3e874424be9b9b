"""Where is the doorstep?  An address, a point, or both (then they must agree)."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.places import Place, crow_m
from dispatch.core.reasons import Refusal
from dispatch.operations.ports import Ports
from dispatch.orders.post import postcode_of
from dispatch.orders.quotes import Doorstep
from dispatch.streets.area import contains

#: Address and point further apart than this are two places.  First guess: a rural
#: address point may lie at the gate, 300 m from the house.
AGREE_WITHIN_M = 500
#: A second reading this close in score makes an address ambiguous.
AMBIGUOUS_WITHIN = 0.02
SURE_FROM = 0.5


def locate(
    address: str | None, point: Place | None, ports: Ports, *, note: str = ""
) -> Doorstep | Refusal:
    """Return the doorstep, or why there is none we can deliver to.

    A point is believed before an address: the geocoder may not know a new street.  A door
    that a courier put right is believed before both, unless the point says otherwise.
    """
    if (pinned := _pinned(address, point, ports)) is not None:
        point = pinned
    elif point is None:
        found = _from_address(address or "", ports)
        if isinstance(found, Refusal):
            return found
        point = found
    elif address:
        if _names_another_town(address, ports) and contains(ports.territory.area, point):
            return Refusal("address_mismatch", binding=("deliver_to.address",))
        readings = ports.geocoder.find(address)
        sure = [r for r in readings if r.score >= 0.9 and r.kind != "commune"]
        if sure and all(crow_m(r.place, point) > AGREE_WITHIN_M for r in sure):
            return Refusal("address_mismatch", binding=("deliver_to",))
    if not contains(ports.territory.area, point) or not ports.streets.contains(point):
        return Refusal("outside_area", binding=("deliver_to",))
    return Doorstep(point, address or point.label, note)


def _pinned(address: str | None, point: Place | None, ports: Ports) -> Place | None:
    """Return where a courier found the door of *address*; None: nobody did, or not near *point*."""
    if not address or ports.door_pins is None:
        return None
    pin = ports.door_pins.pin_for(ports.address_key(address))
    if pin is None or (point is not None and crow_m(pin.place, point) > AGREE_WITHIN_M):
        return None
    return replace(pin.place, label=address)


def _names_another_town(address: str, ports: Ports) -> bool:
    known, written = ports.territory.postcodes, postcode_of(address)
    return bool(known) and written is not None and written not in known


def _from_address(address: str, ports: Ports) -> Place | Refusal:
    readings = [r for r in ports.geocoder.find(address) if r.score >= SURE_FROM]
    # A commune's centre is not a doorstep.
    readings = [r for r in readings if r.kind != "commune"]
    if not readings:
        return Refusal("address_not_found", binding=("deliver_to.address",))
    best = readings[0]
    rivals = [
        r
        for r in readings[1:]
        if best.score - r.score < AMBIGUOUS_WITHIN and crow_m(best.place, r.place) > AGREE_WITHIN_M
    ]
    if rivals:
        return Refusal("address_ambiguous", binding=("deliver_to.address",))
    return best.place
