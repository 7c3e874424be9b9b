"""Where customers live: doors along the streets of the served communes.

Decides how likely each street is: more people in it, more orders; the farther from every
shop, the fewer.  Which shop a door buys from is ``generate``'s question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.streets.area import contains
from geodata.network import CLASS_NAMES
from geodata.town import Town

#: Streets that people live in; nobody's door is on a motorway, a path or a ferry.
_LIVED_IN: Final = ("secondary", "tertiary", "unclassified", "residential", "living_street")
#: Draws before the search gives up on a door inside the delivery area.
_TRIES: Final = 200


class Homes:
    """The streets of *town* that people live in; ``near`` are its shops' places.

    Raises ``ValueError`` when there is no such street in a served commune.
    """

    def __init__(self, town: Town, near: Sequence[Place], reach_m: float) -> None:
        network = town.network
        served = np.array([commune.served for commune in town.communes])
        lived_in = np.isin(network.road_class, [CLASS_NAMES.index(name) for name in _LIVED_IN])
        # -1, the open country, would read the last commune: masked out first.
        commune = np.where(network.commune >= 0, network.commune, 0)
        edges = np.flatnonzero(lived_in & (network.commune >= 0) & served[commune])
        if not len(edges):
            raise ValueError(f"town {town.name} has no street to live in in a served commune")
        self._area = town.area
        u, v = network.u[edges], network.v[edges]
        self._ends = (
            np.stack([network.lat_deg[u], network.lon_deg[u]], axis=1),
            np.stack([network.lat_deg[v], network.lon_deg[v]], axis=1),
        )
        length_m = np.asarray(network.length_m, np.float64)[edges]
        people = np.array([max(1, commune.population) for commune in town.communes], np.float64)
        in_all_m = np.bincount(commune[edges], weights=length_m, minlength=len(people))
        dwellers = length_m * (people / np.maximum(in_all_m, 1.0))[commune[edges]]
        weights = dwellers * np.exp(-self._to_nearest_m(near) / reach_m)
        self._share = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> Place:
        """Return a door inside the delivery area.  Raises ``ValueError`` when none is found."""
        for _ in range(_TRIES):
            k = int(rng.choice(len(self._share), p=self._share))
            along = rng.random()
            lat_deg, lon_deg = (1 - along) * self._ends[0][k] + along * self._ends[1][k]
            door = Place(round(float(lat_deg), 5), round(float(lon_deg), 5))
            if contains(self._area, door):
                return door
        raise ValueError("no door inside the delivery area")

    def _to_nearest_m(self, near: Sequence[Place]) -> NDArray[np.float64]:
        """Metres as the crow flies from each street's middle to the nearest of *near*."""
        if not near:
            return np.zeros(len(self._ends[0]))
        middles = (self._ends[0] + self._ends[1]) / 2
        shrink = np.cos(np.radians(middles[:, 0]))
        north = middles[:, :1] - np.array([place.lat_deg for place in near])
        east = (middles[:, 1:] - np.array([place.lon_deg for place in near])) * shrink[:, None]
        away_m = METRES_PER_DEGREE * np.hypot(north, east)
        return np.asarray(away_m.min(axis=1), np.float64)
