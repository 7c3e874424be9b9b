"""What is due now?  Run by the jobs process every second; does nothing most of the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict
from dispatch.operations.depart import announce_departures
from dispatch.operations.ports import Ports
from dispatch.operations.run_wave import run_wave
from dispatch.operations.timetable import waves_on
from dispatch.operations.waves import Wave, WaveState


def tick(ports: Ports) -> Wave | None:
    """Announce couriers who leave now; run the wave that is due, if any, and return it.

    When several are due (the machine was off) only the last is solved: it hands out
    all that the earlier ones would have, and they are closed as skipped.
    """
    now = ports.clock.now()
    announce_departures(ports)
    with ports.store.reading() as tx:
        due = [wave for wave in waves_on(tx, local_day(now), ports) if _is_due(wave, now)]
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
    try:
        return run_wave(last.wave_id, ports)
    except Conflict:
        return None  # another process has it


def _is_due(wave: Wave, now: datetime) -> bool:
    if wave.cut_off_at > now:
        return False
    if wave.state is WaveState.RUNNING:
        return wave.leased_until is not None and wave.leased_until <= now
    return wave.state is WaveState.OPEN
