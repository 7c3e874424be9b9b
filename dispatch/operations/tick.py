"""What is due now?  Run by the jobs process every second; does nothing most of the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict
from dispatch.operations.depart import announce_departures
from dispatch.operations.futures import is_more_likely
from dispatch.operations.looks import look_due_at, row_of_look
from dispatch.operations.ports import Ports
from dispatch.operations.run_wave import run_wave
from dispatch.operations.timetable import waves_on
from dispatch.operations.waves import Wave, WaveState


def tick(ports: Ports) -> Wave | None:
    """Announce couriers who leave now; run the wave that is due, if any, and return it.

    When several are due (the machine was off) only the last is solved: it hands out
    all that the earlier ones would have, and they are closed as skipped.
    """
    announce_departures(ports)
    wave = _due_wave(ports)
    if wave is None:
        return None
    try:
        return run_wave(wave.wave_id, ports)
    except Conflict:
        return None  # another process has it


def tick_due_at(ports: Ports) -> datetime | None:
    """Return when ``tick`` next has a wave to run, as things stand now; None: today no more."""
    now = ports.clock.now()
    rolling = ports.parameters.dispatching.is_rolling
    likely = is_more_likely(now, ports)
    with ports.store.reading() as tx:
        waves = _of_timetable(waves_on(tx, local_day(now), ports), ports)
        look_at = look_due_at(tx, now, ports, likely=likely) if rolling else None
    to_come = [wave.cut_off_at for wave in waves if wave.state is WaveState.OPEN]
    return min((max(now, at) for at in (*to_come, look_at) if at is not None), default=None)


def _of_timetable(waves: Iterable[Wave], ports: Ports) -> list[Wave]:
    """Those whose cut-off tells when they run; a rolling dispatch's own run as things happen."""
    return [w for w in waves if w.by_hand or not ports.parameters.dispatching.is_rolling]


def _due_wave(ports: Ports) -> Wave | None:
    """Return the wave to run now, written; None: there is none."""
    now = ports.clock.now()
    likely = is_more_likely(now, ports)
    with ports.store.reading() as tx:
        waves = _of_timetable(waves_on(tx, local_day(now), ports), ports)
        due = [wave for wave in waves if _is_due(wave, now)]
        look_at = None
        if not due and ports.parameters.dispatching.is_rolling:
            look_at = look_due_at(tx, now, ports, likely=likely)
    if look_at is not None and look_at <= now:
        with ports.store.writing() as tx:
            return row_of_look(tx, look_at, now)
    if not due:
        return None
    # What a person asked for comes first: it tries more than the timetable's own.
    last = next((wave for wave in due if wave.by_hand), due[-1])
    missed = [wave for wave in due if wave is not last]
    with ports.store.writing() as tx:
        for wave in (*missed, last):
            tx.ensure_wave(wave)
        for wave in missed:
            if tx.wave(wave.wave_id).state is WaveState.OPEN:
                tx.put_wave(replace(wave, state=WaveState.SKIPPED))
    return last


def _is_due(wave: Wave, now: datetime) -> bool:
    if wave.cut_off_at > now:
        return False
    if wave.state is WaveState.RUNNING:
        return wave.leased_until is not None and wave.leased_until <= now
    return wave.state is WaveState.OPEN
