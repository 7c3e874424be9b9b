"""Put to use what was learnt: an act sees corrected travel times and stays, from its start.

Decides where the factors go.  What they are is ``operations.calibrate``'s question.

Each act reads what is in force once, before it opens any transaction, and keeps it to its
end: a problem never mixes times from before and after a planner's click.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.operations.calibration import Calibration, Subject
from dispatch.operations.ports import Ports, Streets, Transaction, When
from dispatch.orders.quotes import Doorstep
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.stays import kind_of_door


def as_learnt(ports: Ports) -> Ports:
    """Return *ports* with the calibration in force, if there is one.

    Ports that have it already are returned as they are: no factor counts twice.
    """
    if ports.learnt is not None:
        return ports
    with ports.store.reading() as tx:
        return learnt_from(tx, ports)


def learnt_from(tx: Transaction, ports: Ports) -> Ports:
    """The same, for an act that reads what it thinks of in one view."""
    learnt = None if ports.learnt is not None else tx.calibration_in_force()
    if learnt is None:
        return ports
    return replace(ports, learnt=learnt, streets=PacedStreets(ports.streets, learnt))


@dataclass(frozen=True, slots=True)
class PacedStreets:
    """The ``Streets`` port with every travel time multiplied by its vehicle's factor.

    Ways and distances are those of *streets*: one factor leaves the fastest way fastest.
    """

    streets: Streets
    learnt: Calibration

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> IntMatrix:
        """Return whole seconds, rounded up; no road stays no road."""
        matrix = self.streets.durations_s(places, profile, to=to, at=at)
        factor = self.learnt.factor(Subject.WAYS, profile)
        if factor == 1.0:
            return matrix
        paced = np.ceil(matrix * factor - 1e-9).astype(np.int64)
        return np.where(matrix >= UNREACHABLE_S, UNREACHABLE_S, paced)

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        return self.streets.hours(at)

    def distances_m(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: datetime | str | None = None,
    ) -> IntMatrix:
        return self.streets.distances_m(places, profile, to=to, at=at)

    def path(
        self, start: Place, end: Place, profile: str, *, at: datetime | str | None = None
    ) -> tuple[tuple[float, float], ...]:
        return self.streets.path(start, end, profile, at=at)

    def contains(self, place: Place) -> bool:
        return self.streets.contains(place)

    def snap_m(self, place: Place) -> float:
        return self.streets.snap_m(place)


def pickup_s(merchant_id: str, ports: Ports) -> int:
    """Return how long a stop at the shop takes, as learnt there."""
    return _stay_s(ports.parameters.service_times.pickup_s, Subject.SHOP, merchant_id, ports)


def drop_s(door: Doorstep, ports: Ports) -> int:
    """Return how long handing over takes at such a door, as learnt."""
    kind = kind_of_door(door.address, door.note)
    return _stay_s(ports.parameters.service_times.drop_s, Subject.DOOR, kind, ports)


def _stay_s(expected_s: int, subject: Subject, key: str, ports: Ports) -> int:
    if ports.learnt is None:
        return expected_s
    return round(expected_s * ports.learnt.factor(subject, key))
