"""Couriers who do exactly what was forecast: the road as the plan saw it."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.core.civil import local_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.standing import forecast_manifest, tours_of
from dispatch.operations.tick import tick
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import Stop, StopState, Tour
from tests.fakes.house import clock_of


def drive(ports: Ports) -> int:
    """Report every stop that is over by now, at the second it was forecast; return how many."""
    now = ports.clock.now()
    done = 0
    with ports.store.reading() as tx:
        tours = tours_of(tx, local_day(now), ports)
    for tour in tours:
        while (found := _next(tour, ports)) is not None:
            stop, begin_at = found
            leave_at = begin_at + timedelta(seconds=stop.service_s)
            if leave_at > now:
                if begin_at <= now and stop.state is StopState.OPEN:
                    tour = _tell(tour, stop, FactKind.ARRIVED, begin_at, ports)
                break
            tour = _tell(tour, stop, FactKind.DONE, leave_at, ports)
            done += 1
    return done


def _next(tour: Tour, ports: Ports) -> tuple[Stop, datetime] | None:
    """The next stop and when service begins there.

    Asked as of the shift's start, a forecast tells when things were to happen; asked as of
    now, it would put off to now whatever nobody has reported yet.  Once the courier stands
    at the door, only now is right.
    """
    stop = tour.next_stop
    if stop is None:
        return None
    there = stop.state is StopState.ARRIVED
    as_of = ports.clock.now() if there else tour.shift.opens_at
    return stop, forecast_manifest(tour, as_of, ports)[0][1].begin_at


def _tell(tour: Tour, stop: Stop, kind: FactKind, at: datetime, ports: Ports) -> Tour:
    report = Report(f"{stop.stop_id}/{kind}", tour.tour_id, stop.stop_id, kind, at)
    return record(report, tour.courier_id, ports).tour


def live(ports: Ports, *, minutes: int) -> None:
    """Let time pass a minute at a time: couriers ride, waves close.

    What happened within the minute is told before a wave at its end looks: a phone tells it at
    once, and a wave that had not heard would take the courier for late.
    """
    for _ in range(minutes):
        clock_of(ports).advance(minutes=1)
        drive(ports)
        tick(ports)
