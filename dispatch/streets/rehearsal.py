"""Everything the kernel can be asked, asked once of two streets, so that it is compiled.

Decides nothing.  Separate from ``warmth``, which must not import the compiler.
"""

from __future__ import annotations

import numpy as np

from dispatch.core.places import Place
from dispatch.streets.arrays import StreetArrays
from dispatch.streets.labels import FEW
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import ROAD_CLASSES


def rehearse() -> None:
    """Build a network of two streets that meet, ask for times, metres, a way and what is near."""
    network = StreetNetwork(_two_streets())
    places = [Place(0.0001 * k, 0.0) for k in range(1, FEW + 2)]
    for some in (places[:2], places):
        network.durations_s(some, "car")
        network.distances_m(some, "car")
    network.path(places[0], places[1], "car")
    network.reach(places[0], "car", (60,))


def _two_streets() -> StreetArrays:
    nothing, two = np.zeros(0), np.zeros(2, np.uint8)
    none = np.zeros(0, np.int32)
    return StreetArrays(
        lat_deg=np.array([0, 0.001, 0.003]),
        lon_deg=np.zeros(3),
        signal=np.zeros(3, np.bool_),
        gate=np.zeros(3, np.bool_),
        u=np.array([0, 1], np.int32),
        v=np.array([1, 2], np.int32),
        length_m=np.array([111.0, 222.0]),
        road_class=two,
        class_names=("residential", *ROAD_CLASSES),
        access=two + 255,
        kind=two,
        limit_there_kmh=two,
        limit_back_kmh=two,
        surface=two,
        fixed_s=two,
        max_weight_kg=two,
        name=two,
        names=("",),
        commune=two,
        shape_at=np.zeros(3, np.int32),
        shape_lat_deg=nothing,
        shape_lon_deg=nothing,
        turn_from=none,
        turn_via=none,
        turn_to=none,
        turn_who=np.zeros(0, np.uint8),
    )
