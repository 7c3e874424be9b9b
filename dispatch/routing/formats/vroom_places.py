"""Where VROOM's halts are: rows of the travel matrices, one matrix per kind of vehicle.

Decides travel times: from the document's matrices, or as the crow flies at a given
speed.  Two places are added where they are needed, both outside the map:

- the *yard*, where vehicles are before they leave.  Goods of single jobs are loaded
  there, and a vehicle without a start begins there.  From the yard it is as far as from
  the vehicle's own start, and there is no way back into it;
- the *store*, where vehicles are after they are home.  Goods that single jobs take along
  are unloaded there, and there is no way out of it.

So "loaded at the start" and "brought back at the end" need no rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from math import ceil

import numpy as np

from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S, Place, crow_m
from dispatch.routing.formats.strict import MOST_LEGS, MOST_PLACES, told_at
from dispatch.routing.formats.vroom_words import Matrix, Point, QuestionSaid, StepSaid, VehicleSaid
from dispatch.routing.problem import IntMatrix

#: VROOM counts hundredths of a second when it applies a speed factor.
HUNDRED = 100

#: How far and how fast from and to which row: vehicles with the same key share a matrix.
Key = tuple[str, int, int | None, int | None]


@dataclass(slots=True)
class Map:
    """Rows of halts and bases, and the travel matrices of all vehicles.

    size  : places on the map
    yard  : its row, None when there is no need of one; ``store`` likewise
    legs  : seconds, one matrix per profile of the document, as it says them
    metres: likewise, where it says them
    """

    said: QuestionSaid
    kmh: float | None
    yard: int | None = None
    store: int | None = None
    size: int = 0
    legs: dict[str, IntMatrix] = field(default_factory=dict)
    metres: dict[str, IntMatrix] = field(default_factory=dict)
    _rows: dict[Point, int] = field(default_factory=dict)

    @property
    def by_index(self) -> bool:
        """True when the document has matrices, so that places are rows of them."""
        return bool(self.said.matrices) or self.said.matrix is not None

    def row(self, path: str, step: StepSaid) -> int:
        """Return the row of a halt; raises ``Invalid`` when it has none."""
        return self._row(path, "location", step.location_index, step.location)

    def base(self, path: str, vehicle: VehicleSaid, name: str) -> int | None:
        """Return the row of a vehicle's ``start`` or ``end``; None when it has none."""
        index, point = getattr(vehicle, f"{name}_index"), getattr(vehicle, name)
        if index is None and point is None:
            return None
        return self._row(path, name, index, point)

    def _row(self, path: str, name: str, index: int | None, point: Point | None) -> int:
        if self.by_index:
            where = f"{path}.{name}_index"
            if index is None:
                raise Invalid(f"{where}: is missing, though there are matrices", field=where)
            if index >= self.size:
                raise Invalid(
                    f"{where}: {index} is not a row of matrices of {self.size}", field=where
                )
            return index
        where = f"{path}.{name}"
        if point is None:
            raise Invalid(f"{where}: is missing, and there are no matrices", field=where)
        if point not in self._rows:
            raise Invalid(f"{where}: is not on the map", field=where)
        return self._rows[point]


def draw(said: QuestionSaid, kmh: float | None) -> Map:
    """Read or measure all legs; raises ``Invalid`` where the document does not say them."""
    drawn = Map(said, kmh)
    profiles = list(dict.fromkeys(vehicle.profile for vehicle in said.vehicles))
    if drawn.by_index:
        _read(drawn, profiles)
    elif kmh is None:
        raise Invalid(
            "matrices: is missing; VROOM would ask a street server for travel times, this "
            "command asks nobody: add matrices, or accept straight lines (--straight-line KMH)",
            field="matrices",
        )
    else:
        _measure(drawn, profiles, kmh)
    return drawn


def _read(drawn: Map, profiles: list[str]) -> None:
    matrices = drawn.said.matrices_of()
    for profile in profiles:
        path = f"matrices.{profile}"
        found = matrices.get(profile)
        if found is None or found.durations is None:
            raise Invalid(f"{path}.durations: is missing", field=f"{path}.durations")
        if found.costs is not None and found.costs != found.durations:
            raise Invalid(
                f"{path}.costs: legs are priced by their time here; leave it out",
                field=f"{path}.costs",
            )
        drawn.legs[profile] = _square(f"{path}.durations", found.durations, drawn.size)
        drawn.size = len(found.durations)
        if found.distances is not None:
            drawn.metres[profile] = _square(f"{path}.distances", found.distances, drawn.size)


def _square(path: str, rows: Matrix, size: int) -> IntMatrix:
    if not rows or len(rows) > MOST_PLACES:
        raise Invalid(f"{path}: {len(rows)} rows, expected 1 to {MOST_PLACES}", field=path)
    if size and len(rows) != size:
        raise Invalid(f"{path}: {len(rows)} rows, other matrices have {size}", field=path)
    for i, row in enumerate(rows):
        if len(row) != len(rows):
            where = f"{path}[{i}]"
            raise Invalid(f"{where}: {len(row)} entries, expected {len(rows)}", field=where)
    return np.array(rows, dtype=np.int64)


def _measure(drawn: Map, profiles: list[str], kmh: float) -> None:
    for path, point in _points(drawn.said):
        if point not in drawn._rows:
            with told_at(path):
                Place(point[1], point[0])
            drawn._rows[point] = len(drawn._rows)
    drawn.size = len(drawn._rows)
    if drawn.size > MOST_PLACES:
        raise Invalid(
            f"vehicles, jobs: {drawn.size} different places, at most {MOST_PLACES}", field="jobs"
        )
    places = [Place(lat, lon) for lon, lat in drawn._rows]
    seconds_per_m = 3.6 / kmh
    legs = [[ceil(crow_m(a, b) * seconds_per_m) for b in places] for a in places]
    for profile in profiles:
        drawn.legs[profile] = np.array(legs, dtype=np.int64).reshape(drawn.size, drawn.size)


def _points(said: QuestionSaid) -> Iterator[tuple[str, Point]]:
    for v, vehicle in enumerate(said.vehicles):
        for name in ("start", "end"):
            if (point := getattr(vehicle, name)) is not None:
                yield f"vehicles[{v}].{name}", point
    halts = chain(
        ((f"jobs[{j}]", job) for j, job in enumerate(said.jobs)),
        (
            (f"shipments[{s}].{kind}", getattr(shipment, kind))
            for s, shipment in enumerate(said.shipments)
            for kind in ("pickup", "delivery")
        ),
    )
    for path, halt in halts:
        if halt.location is not None:
            yield f"{path}.location", halt.location


def per_hundred(vehicle: VehicleSaid) -> int:
    """Return how long *vehicle* takes for what takes others 100, as VROOM rounds it."""
    return round(HUNDRED / vehicle.speed_factor)


def key_of(drawn: Map, vehicle: VehicleSaid, start: int | None, end: int | None) -> Key:
    """Return what tells the travel matrix of *vehicle* from those of others."""
    return (
        vehicle.profile,
        per_hundred(vehicle),
        start if drawn.yard is not None else None,
        end if drawn.store is not None else None,
    )


def travel_s(drawn: Map, keys: list[Key], longest_s: int) -> tuple[IntMatrix, ...]:
    """Return one matrix per key; legs beyond *longest_s* can never be driven.

    Legs are rounded up to whole seconds where a speed factor splits them: a tour that
    holds here holds in VROOM.
    """
    size = drawn.size + (drawn.yard is not None) + (drawn.store is not None)
    if size * size * len(keys) > MOST_LEGS:
        raise Invalid(
            f"vehicles: {len(keys)} kinds of vehicle over {size} places are more than "
            f"{MOST_LEGS} legs",
            field="vehicles",
        )
    matrices = []
    for profile, pace, start, end in keys:
        own = -(-drawn.legs[profile] * pace // HUNDRED)
        matrix = np.full((size, size), UNREACHABLE_S, dtype=np.int64)
        matrix[: drawn.size, : drawn.size] = own
        if drawn.yard is not None:
            matrix[drawn.yard, : drawn.size] = 0 if start is None else own[start]
            matrix[drawn.yard, drawn.yard] = 0
        if drawn.store is not None:
            matrix[: drawn.size, drawn.store] = 0 if end is None else own[:, end]
            matrix[drawn.store, drawn.store] = 0
        if drawn.yard is not None and drawn.store is not None:
            # Only a vehicle without a stop goes this way, and it does not go at all.
            matrix[drawn.yard, drawn.store] = 0
        matrix[matrix > longest_s] = UNREACHABLE_S
        matrices.append(matrix)
    return tuple(matrices)
