"""One geocoder of several: corrected doors, then the town's own index, then the network.

Decides whose answer counts.  Couriers who stood at the door win; the network is
asked only where the town's index is not sure, and never missed when it is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from dispatch.adapters.geocoder.reading import address_key
from dispatch.core.errors import DispatchError
from dispatch.core.places import Place, crow_m
from dispatch.operations.credits import Credited
from dispatch.operations.ports import Candidate, DoorPins, Geocoder, Pin
from dispatch.operations.reach import DoorBook
from geodata.addresses import ATTRIBUTION

Floats = npt.NDArray[np.float64]

#: A reading of our own index at least this good is not asked about.  First guess.
SETTLED_FROM: Final = 0.7
#: Where neither reading is a surveyed door, the network's must be this much better than ours.
#: First guess.
CLEARLY_BETTER: Final = 0.1
#: Below what is believed of an address alone.
NEEDS_A_POINT: Final = 0.49
#: A pin this far from where the map has the address is another address of the same words.
SAME_DOOR_M: Final = 500.0


class Online(Protocol):
    """What is asked over the network.  Raises ``DispatchError`` when it does not answer."""

    def find(self, text: str) -> Sequence[Candidate]: ...


class TownGeocoder:
    """The geocoder of an installation.  Safe to share between threads.

    offline : the town's own index; ``online``: None: the network is never asked
    pins    : None: no door was ever put right
    """

    def __init__(
        self, offline: Geocoder, *, online: Online | None = None, pins: DoorPins | None = None
    ) -> None:
        self._offline, self._online, self._pins = offline, online, pins

    def find(self, text: str) -> Sequence[Candidate]:
        """Return readings of *text*, best first; none when nothing is good enough."""
        found = self._offline.find(text)
        if self._online is not None and not _settled(found):
            found = _better(found, self._asked(self._online, text))
        return found if self._pins is None else _with_pins(text, found, self._pins)

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        """Return the known door nearest to *place*: the network is not asked."""
        return self._offline.nearest(place, within_m)

    def doors(self) -> tuple[Floats, Floats] | None:
        """Return (k,) latitudes and longitudes of every known door; None: none is known."""
        return self._offline.doors() if isinstance(self._offline, DoorBook) else None

    @property
    def credit(self) -> str:
        """What the licence of these addresses asks pages to say; "" where none of them is real."""
        own = self._offline.credit if isinstance(self._offline, Credited) else ""
        return own or (ATTRIBUTION if self._online is not None else "")

    def _asked(self, online: Online, text: str) -> Sequence[Candidate]:
        try:
            return online.find(text)
        except DispatchError:
            return ()  # our own doors must do


def _settled(found: Sequence[Candidate]) -> bool:
    """Tell whether asking would not help: a sure door, or a street asked for without one."""
    if not found or found[0].score < SETTLED_FROM:
        return False
    return found[0].exact or found[0].kind == "street"


def _better(ours: Sequence[Candidate], theirs: Sequence[Candidate]) -> Sequence[Candidate]:
    if not theirs or not ours:
        return theirs or ours
    surveyed = theirs[0].exact and not ours[0].exact
    return theirs if surveyed or theirs[0].score > ours[0].score + CLEARLY_BETTER else ours


def _with_pins(text: str, found: Sequence[Candidate], pins: DoorPins) -> Sequence[Candidate]:
    """Move each reading to its corrected door.

    A pin kept under the customer's own words moves the reading nearest to it.  Where none is
    near, the same words may mean a door in another town: the pin is a reading of its own,
    believed only if the words name a postcode and no map knows them, or with a point beside it.
    """
    moved = [
        _moved(one, pins.pin_for(address_key(one.label)) if _is_door(one) else None)
        for one in found
    ]
    key = address_key(text)
    pin = pins.pin_for(key) if key else None
    if pin is None:
        return moved
    away_m = [crow_m(one.place, pin.place) for one in found]
    nearest = min(range(len(found)), key=away_m.__getitem__, default=None)
    if nearest is not None and away_m[nearest] <= SAME_DOOR_M:
        if not moved[nearest].pinned:
            moved[nearest] = _moved(found[nearest], pin)
    else:
        sure = not found and key[-5:].isdigit()
        place = Place(pin.place.lat_deg, pin.place.lon_deg, key)
        score = 1.0 if sure else NEEDS_A_POINT
        moved.append(Candidate(place, key, score, "housenumber", pinned=True))
    return sorted(moved, key=lambda one: -one.score)


def _is_door(one: Candidate) -> bool:
    """Tell whether the label names a door: a pin must not move a whole street."""
    return one.kind == "housenumber" or one.exact


def _moved(one: Candidate, pin: Pin | None) -> Candidate:
    if pin is None:
        return one
    place = Place(pin.place.lat_deg, pin.place.lon_deg, one.label)
    return replace(one, place=place, score=1.0, kind="housenumber", exact=True, pinned=True)
