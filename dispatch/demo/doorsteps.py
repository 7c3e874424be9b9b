"""Doors to deliver to: house numbers on the town's own streets, more often near than far.

Decides how far from a shop its customers live.  Does not find an address again:
that is the geocoder's work, and the demonstration asks it like anybody else.
"""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dispatch.adapters.geocoder.house_numbers import METRES_PER_NUMBER
from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.streets.area import contains
from geodata.town import Town

#: Half the customers of a small town's shop live within some two kilometres of it.
#: First guess.
REACH_M: Final = 1_500.0
#: Draws before the search gives up on finding a door inside the delivery area.
_TRIES: Final = 200


class Doorsteps:
    """The numbered doors of the served communes' named streets."""

    def __init__(self, town: Town) -> None:
        """Raises ``ValueError`` when no served commune has a named street."""
        network = town.network
        named = np.array([bool(name) for name in network.names])[network.name]
        served = np.array([commune.served for commune in town.communes])
        # -1, the open country, would read the last commune: masked out first.
        in_commune = np.where(network.commune >= 0, network.commune, 0)
        edges = np.flatnonzero(named & (network.commune >= 0) & served[in_commune])
        if not len(edges):
            raise ValueError(f"town {town.name} has no named street in a served commune")
        self._town = town
        self._edges = edges
        self._length_m = np.asarray(network.length_m, np.float64)[edges]
        u, v = network.u[edges], network.v[edges]
        self._lat = (network.lat_deg[u] + network.lat_deg[v]) / 2
        self._lon = (network.lon_deg[u] + network.lon_deg[v]) / 2
        self._along_m = _metres_along(network.name[edges], network.commune[edges], self._length_m)

    def near(self, place: Place, rng: Random, reach_m: float = REACH_M) -> str:
        """Return an address such as ``12 Rue schématique 34, 47400 Tonneins``.

        A door at *d* metres is drawn in proportion to exp(-d / *reach_m*); always one
        inside the delivery area.  Raises ``ValueError`` when none is found.
        """
        weights = self._length_m * np.exp(-self._crow_m(place) / reach_m)
        up_to = np.cumsum(weights)
        for _ in range(_TRIES):
            k = int(np.searchsorted(up_to, rng.random() * up_to[-1]))
            if contains(self._town.area, Place(float(self._lat[k]), float(self._lon[k]))):
                return self._address(k)
        raise ValueError(f"no door inside the delivery area near {place.label or place}")

    def _crow_m(self, place: Place) -> NDArray[np.float64]:
        north = (self._lat - place.lat_deg) * METRES_PER_DEGREE
        shrink = np.cos(np.radians(place.lat_deg))
        east = (self._lon - place.lon_deg) * METRES_PER_DEGREE * shrink
        return np.asarray(np.hypot(north, east), np.float64)

    def _address(self, k: int) -> str:
        network = self._town.network
        edge = int(self._edges[k])
        commune = self._town.communes[int(network.commune[edge])]
        number = max(1, round(float(self._along_m[k]) / METRES_PER_NUMBER))
        street = network.names[int(network.name[edge])]
        return f"{number} {street}, {commune.postcode} {commune.name}"


def _metres_along(
    name: NDArray[np.int32], commune: NDArray[np.int16], length_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (m,) metres from the start of each edge's street to the edge's middle."""
    so_far: dict[tuple[int, int], float] = {}
    along = np.empty(len(name))
    for k, street in enumerate(zip(name.tolist(), commune.tolist(), strict=True)):
        before = so_far.get(street, 0.0)
        along[k] = before + length_m[k] / 2
        so_far[street] = before + length_m[k]
    return along
