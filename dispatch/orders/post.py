"""What the post takes, and where: a parcel beyond that is refused before anybody pays for it."""

from __future__ import annotations

import re
from typing import Final

from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.orders.quotes import Doorstep, Line

#: Colissimo's own limits: 30 kg, and length + width + height up to 150 cm, which is at
#: most a cube of 50 cm.
MAX_WEIGHT_G: Final = 30_000
MAX_VOLUME_CM3: Final = 125_000
#: A box round metropolitan France and Corsica: (south, north, west, east).
FRANCE: Final = (41.3, 51.2, -5.3, 9.7)

_POSTCODE: Final = re.compile(r"\b(?:0[1-9]|[1-8]\d|9[0-5])\d{3}\b")


def postcode_of(address: str) -> str | None:
    """Return the French postcode written in *address*, or None."""
    found = _POSTCODE.search(address)
    return found[0] if found else None


def refused_by_post(line: Line, door: Doorstep, trouble: Refusal | None) -> Refusal | None:
    """Return why the post does not take *line* to *door*, or None.

    trouble : what our own map had to say of the doorstep; the post knows more places,
              but it needs an address that names a postcode, or a point in France
    """
    if line.cold:
        return Refusal("cold_chain_unavailable", binding=("post",))
    if line.weight_g > MAX_WEIGHT_G:
        return Refusal("too_heavy", binding=("post.weight_g",))
    if line.volume_cm3 > MAX_VOLUME_CM3:
        return Refusal("too_large", binding=("post.volume_cm3",))
    if trouble is not None and trouble.code != "outside_area":
        readable = trouble.code != "address_mismatch" and postcode_of(door.address) is not None
        return None if readable else trouble
    return None if _in_france(door.place) else Refusal("outside_area", binding=("post",))


def _in_france(place: Place) -> bool:
    south, north, west, east = FRANCE
    return south <= place.lat_deg <= north and west <= place.lon_deg <= east
