"""Put to use what was learnt: an act sees corrected travel times and stays, from its start.

Decides where the factors go, those of wet days too.  What they are is ``operations.calibrate``'s
question, which days are wet ``operations.weather``'s.

Each act reads what is in force once, before it opens any transaction, and keeps it to its
end: a problem never mixes times from before and after a planner's click.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from dispatch.core.civil import local_day
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.operations.calibration import Calibration, Subject
from dispatch.operations.ports import Ports, Streets, Transaction, When
from dispatch.operations.weather_rules import WeatherRules
from dispatch.orders.quotes import Doorstep
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.stays import kind_of_door


def as_learnt(ports: Ports) -> Ports:
    """Return *ports* with the calibration in force, if there is one, and the weather of the days.

    Ports that have it already are returned as they are: no factor counts twice.
    """
    if _are_corrected(ports):
        return ports
    with ports.store.reading() as tx:
        return learnt_from(tx, ports)


def learnt_from(tx: Transaction, ports: Ports) -> Ports:
    """The same, for an act that reads what it thinks of in one view."""
    if _are_corrected(ports):
        return ports
    wet = tx.wet_days(local_day(ports.clock.now()))
    return corrected(ports, tx.calibration_in_force(), frozenset(one.day for one in wet))


def corrected(ports: Ports, learnt: Calibration | None, wet: frozenset[date]) -> Ports:
    """Return uncorrected *ports* with what was *learnt*, and longer ways on *wet* days."""
    if learnt is None and not wet:
        return ports
    today_is_wet = local_day(ports.clock.now()) in wet
    paced = PacedStreets(ports.streets, learnt, wet, ports.parameters.weather, today_is_wet)
    return replace(ports, learnt=learnt, wet=wet, streets=paced)


def _are_corrected(ports: Ports) -> bool:
    return ports.learnt is not None or ports.wet is not None


def way_factor(
    learnt: Calibration | None, vehicle: str, rules: WeatherRules, *, wet: bool
) -> float:
    """Return what to multiply the streets' times of *vehicle* by, on a wet day or a dry one."""
    factor = 1.0 if learnt is None else learnt.factor(Subject.WAYS, vehicle)
    if not wet:
        return factor
    lesson = None if learnt is None else learnt.lesson(Subject.WET, vehicle)
    return factor * (rules.wet_factor if lesson is None else lesson.factor)


@dataclass(frozen=True, slots=True)
class PacedStreets:
    """The ``Streets`` port with every travel time multiplied by its vehicle's factor.

    Ways and distances are those of *streets*: one factor leaves the fastest way fastest.

    wet          : days of which somebody said so;  rules: what that does, as long as nobody knows
    today_is_wet : times that are asked for without an instant are today's
    """

    streets: Streets
    learnt: Calibration | None
    wet: frozenset[date] = frozenset()
    rules: WeatherRules = WeatherRules()
    today_is_wet: bool = False

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
        factor = way_factor(self.learnt, profile, self.rules, wet=self.is_wet(at))
        if factor == 1.0:
            return matrix
        paced = np.ceil(matrix * factor - 1e-9).astype(np.int64)
        return np.where(matrix >= UNREACHABLE_S, UNREACHABLE_S, paced)

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        hours = self.streets.hours(at)
        # What is known of the ways of a dry day is not known of a wet one.
        return (hours, "wet") if self.is_wet(at) else hours

    def is_wet(self, at: When) -> bool:
        """True for an instant of a wet day, and for a span that touches one."""
        if at is None or isinstance(at, str):
            return self.today_is_wet
        if not self.wet:
            return False
        first_at, last_at = at if isinstance(at, tuple) else (at, at)
        return bool({local_day(first_at), local_day(last_at)} & self.wet)

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
