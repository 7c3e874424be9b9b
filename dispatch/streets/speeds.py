"""How long one vehicle takes over each edge, there and back, and where it may not go.

Decides times from class, sign, surface and the hour's factor, and which edges are open.
Does not know turns: what a junction costs is ``turns``' question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.arrays import (
    FOOT_THERE,
    LINK,
    NO_THROUGH,
    PUSHED,
    STEPS,
    SURFACES,
    URBAN,
    Flags,
    Floats,
    StreetArrays,
)
from dispatch.streets.profiles import (
    ELSE_LIMIT_KMH,
    LIMIT_SHARE,
    OPEN_LIMIT_KMH,
    ROAD_CLASSES,
    URBAN_LIMIT_KMH,
    Profile,
)
from dispatch.streets.slices import Slice

#: Longest an edge may take: far above any ferry, and sums stay far below ``NO_ROAD_MS``.
LONGEST_EDGE_MS: Final = 2**26


@dataclass(frozen=True, slots=True, eq=False)
class EdgeTimes:
    """The edges as one vehicle may use them, m of them.

    there, back       : (m,) bool, open from u to v, from v to u
    there_ms, back_ms : (m,) int32, at least 1; meaningless where not open
    no_through        : (m,) bool, only as the first or the last stretch of a way
    """

    there: Flags
    back: Flags
    there_ms: npt.NDArray[np.int32]
    back_ms: npt.NDArray[np.int32]
    no_through: Flags


def edge_times(streets: StreetArrays, profile: Profile, during: Slice | None = None) -> EdgeTimes:
    """Return how long *profile* takes over each edge, in the hours of *during*.

    None: free flow.  Raises ``ValueError`` for a road class that no profile knows.
    """
    if strangers := set(streets.class_names) - set(ROAD_CLASSES):
        raise ValueError(f"class_names has {min(strangers)!r}; known: {', '.join(ROAD_CLASSES)}")
    cruise_kmh = _cruise_kmh(streets, profile)
    limit_kg = streets.max_weight_kg
    is_open = (cruise_kmh > 0) & ((limit_kg == 0) | (profile.gross_kg <= limit_kg))
    times_ms = [
        _edge_ms(streets, _signed_kmh(streets, profile, cruise_kmh, limit_kmh), profile, during)
        for limit_kmh in (streets.limit_there_kmh, streets.limit_back_kmh)
    ]
    return EdgeTimes(
        there=is_open & ((streets.access & profile.there) > 0),
        back=is_open & ((streets.access & profile.back) > 0),
        there_ms=times_ms[0],
        back_ms=times_ms[1],
        no_through=(
            np.zeros(len(limit_kg), np.bool_)
            if profile.through_no_through
            else (streets.kind & NO_THROUGH) > 0
        ),
    )


def _cruise_kmh(streets: StreetArrays, profile: Profile) -> Floats:
    """(m,) the class's speed here; 0 where the vehicle does not go."""

    def of(table: dict[str, float]) -> Floats:
        by_class = np.array([table.get(road, 0.0) for road in streets.class_names])
        return np.asarray(by_class[streets.road_class])

    in_town = of(dict(profile.speed_kmh))
    urban = (streets.kind & URBAN) > 0
    kmh = np.where(urban, in_town, of({**profile.speed_kmh, **profile.open_kmh}))
    link_kmh = of(dict(profile.link_kmh))
    kmh = np.where(((streets.kind & LINK) > 0) & (link_kmh > 0), link_kmh, kmh)
    pushed = ((streets.kind & PUSHED) > 0) & (profile.there != FOOT_THERE)
    if profile.pushed_kmh > 0:
        # Pushed also where its class is not ridden at all: access has the last word.
        kmh = np.where(pushed, profile.pushed_kmh, kmh)
    steps = (streets.kind & STEPS) > 0
    return np.where(steps, profile.steps_kmh, kmh)


def _signed_kmh(
    streets: StreetArrays,
    profile: Profile,
    cruise_kmh: Floats,
    limit_kmh: npt.NDArray[np.integer],
) -> Floats:
    """(m,) what is driven under the sign, or as the profile says where there is none."""
    if not profile.by_limits:
        return cruise_kmh
    by_class = np.array([OPEN_LIMIT_KMH.get(road, ELSE_LIMIT_KMH) for road in streets.class_names])
    urban = (streets.kind & URBAN) > 0
    legal_kmh = np.where(urban, URBAN_LIMIT_KMH, by_class[streets.road_class])
    unsigned_kmh = cruise_kmh
    if profile.unsigned == "law":
        unsigned_kmh = np.minimum(cruise_kmh, LIMIT_SHARE * legal_kmh)
    return np.where(limit_kmh > 0, LIMIT_SHARE * limit_kmh, unsigned_kmh)


def _edge_ms(
    streets: StreetArrays, kmh: Floats, profile: Profile, during: Slice | None
) -> npt.NDArray[np.int32]:
    cap_kmh = np.array([profile.surface_kmh.get(on, np.inf) for on in SURFACES])
    kmh = np.minimum(kmh, cap_kmh[streets.surface])
    length_m = np.asarray(streets.length_m, dtype=np.float64)
    time_ms = length_m * (3600.0 / np.where(kmh > 0, kmh, 1.0))
    if during is not None and (profile.by_limits or not during.motor_only):
        factor = np.array([during.factor.get(road, 1.0) for road in streets.class_names])
        time_ms = time_ms * factor[streets.road_class]
    time_ms = np.where(streets.fixed_s > 0, streets.fixed_s * 1000.0, time_ms)
    # At least one, so that no way round costs nothing.
    return np.clip(np.rint(time_ms), 1, LONGEST_EDGE_MS).astype(np.int32)
