"""The day's waves: which there are, and which hand-out is counted on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dispatch.core.civil import instant_at, local_day
from dispatch.core.ids import WaveId
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import Stop


def waves_on(tx: Transaction, day: date, ports: Ports) -> tuple[Wave, ...]:
    """Return the waves of *day*, stored or still to be written, in order of cut-off."""
    stored = {wave.wave_id: wave for wave in tx.waves(day)}
    for minute in ports.parameters.waves.cut_offs_min:
        wave_id = WaveId(f"w_{day:%Y%m%d}_{minute // 60:02d}{minute % 60:02d}")
        stored.setdefault(wave_id, Wave(wave_id, day, instant_at(day, minute)))
    return tuple(sorted(stored.values(), key=lambda wave: (wave.cut_off_at, wave.wave_id)))


def next_release(
    tx: Transaction, now: datetime, ports: Ports, day: date | None = None
) -> datetime | None:
    """Return when the next wave of *day* is surely handed out, or None after its last one.

    day : None: today's
    """
    lag = timedelta(seconds=ports.parameters.waves.publish_lag_s)
    for wave in waves_on(tx, day or local_day(now), ports):
        if wave.cut_off_at > now:
            return wave.cut_off_at + lag
    return None


def planned_release(at: datetime, ports: Ports, day: date | None = None) -> datetime | None:
    """Return ``next_release`` as of *at* by the timetable: a wave by hand is never to come."""
    lag = timedelta(seconds=ports.parameters.waves.publish_lag_s)
    cut_offs = (instant_at(day or local_day(at), m) for m in ports.parameters.waves.cut_offs_min)
    return next((cut_off_at + lag for cut_off_at in cut_offs if cut_off_at > at), None)


def release_of(stop: Stop, day: date, now: datetime, ports: Ports) -> datetime | None:
    """Return which hand-out an open stop of *day* counts on that no courier has; None: on none.

    That is the one its place was found for; when that should have been, it is any moment now.
    """
    if stop.release_at is not None:
        return max(now, stop.release_at)
    return planned_release(stop.held_until or now, ports, day)
