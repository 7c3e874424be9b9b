"""The day's cut-offs: at which instants tours may be handed out, and which one is counted on.

Under waves they are ``waves.cut_offs``.  A rolling dispatch may hand out every ``tick_s``, from
the first of them to the last.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from dispatch.core.civil import instant_at, local_day
from dispatch.core.ids import WaveId
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import Stop

#: Real seconds, besides the search, after which a wave whose process died may be taken over.
_LEASE_S: Final = 60


def waves_on(tx: Transaction, day: date, ports: Ports) -> tuple[Wave, ...]:
    """Return the waves of *day*, stored or still to be written, in order of cut-off.

    A rolling dispatch has those that are stored; while nothing waits, no other is to come.
    """
    stored = {wave.wave_id: wave for wave in tx.waves(day) if not wave.is_idle}
    if not ports.parameters.dispatching.is_rolling:
        for minute in ports.parameters.waves.cut_offs_min:
            wave_id = WaveId(f"w_{day:%Y%m%d}_{minute // 60:02d}{minute % 60:02d}")
            stored.setdefault(wave_id, Wave(wave_id, day, instant_at(day, minute)))
    return tuple(sorted(stored.values(), key=lambda wave: (wave.cut_off_at, wave.wave_id)))


def next_cut_off(at: datetime, ports: Ports, day: date | None = None) -> datetime | None:
    """Return the first cut-off of *day* after *at*, or None after the last one.

    day : None: that of *at*
    """
    day = day or local_day(at)
    minutes = ports.parameters.waves.cut_offs_min
    if not ports.parameters.dispatching.is_rolling:
        cut_offs = (instant_at(day, minute) for minute in minutes)
        return next((cut_off_at for cut_off_at in cut_offs if cut_off_at > at), None)
    first_at, last_at = instant_at(day, minutes[0]), instant_at(day, minutes[-1])
    if at < first_at:
        return first_at
    tick = timedelta(seconds=ports.parameters.dispatching.tick_s)
    then = first_at + ((at - first_at) // tick + 1) * tick
    return then if then <= last_at else None


def tick_of(at: datetime, ports: Ports) -> datetime | None:
    """Return the last tick of a rolling dispatch not after *at*; None before the day's first."""
    day, minutes = local_day(at), ports.parameters.waves.cut_offs_min
    first_at, last_at = instant_at(day, minutes[0]), instant_at(day, minutes[-1])
    if at < first_at:
        return None
    tick = timedelta(seconds=ports.parameters.dispatching.tick_s)
    return first_at + ((min(at, last_at) - first_at) // tick) * tick


def publish_lag(ports: Ports) -> timedelta:
    """By how long after a cut-off what leaves with it is surely handed out."""
    return timedelta(seconds=ports.parameters.waves.publish_lag_s)


def lease(ports: Ports) -> timedelta:
    """For how long a wave that is begun is one process's: it is dead if it needs longer."""
    real_s = _LEASE_S + ports.parameters.waves.budget_s
    return timedelta(seconds=real_s * ports.clock.pace)


def room_s(ports: Ports) -> float:
    """Return how many real seconds a search may take and keep no hand-out waiting."""
    rules, waves = ports.parameters.dispatching, ports.parameters.waves
    town_s = rules.tick_s / 2 if rules.is_rolling else waves.publish_lag_s
    return float(town_s) / ports.clock.pace


def next_release(
    tx: Transaction, now: datetime, ports: Ports, day: date | None = None
) -> datetime | None:
    """Return when the next wave of *day* is surely handed out, or None after its last one.

    day : None: today's
    """
    if ports.parameters.dispatching.is_rolling:
        return planned_release(now, ports, day)
    for wave in waves_on(tx, day or local_day(now), ports):
        if wave.cut_off_at > now:
            return wave.cut_off_at + publish_lag(ports)
    return None


def planned_release(at: datetime, ports: Ports, day: date | None = None) -> datetime | None:
    """Return ``next_release`` as of *at* by the timetable: a wave by hand is never to come."""
    cut_off_at = next_cut_off(at, ports, day)
    return None if cut_off_at is None else cut_off_at + publish_lag(ports)


def release_of(stop: Stop, day: date, now: datetime, ports: Ports) -> datetime | None:
    """Return which hand-out an open stop of *day* counts on that no courier has; None: on none.

    That is the one its place was found for; when that should have been, it is any moment now.
    """
    if stop.release_at is not None:
        return max(now, stop.release_at)
    return planned_release(stop.held_until or now, ports, day)
