"""Waves: each is taken by one process at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from dispatch.adapters.storage.dialect import by_code_point
from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import waves
from dispatch.core.ids import WaveId
from dispatch.operations.waves import Wave, WaveState

_WAVES = Shelf(Wave, waves)
#: Asked at every quote and booking: put together once, here.
_OF_DAY: Final = (
    select(waves)
    .where(waves.c.day == bindparam("of_day"))
    .order_by(waves.c.cut_off_at, by_code_point(waves.c.wave_id))
)


class WaveRows(Rows):
    """The Transaction's words about waves."""

    def ensure_wave(self, wave: Wave) -> None:
        """Write the wave unless one of its id exists."""
        self._add_once(_WAVES, wave)

    def waves(self, day: date) -> Sequence[Wave]:
        """Return the day's waves in order of their cut-offs."""
        return self._all(_WAVES, _OF_DAY, of_day=day)

    def wave(self, wave_id: str) -> Wave:
        return self._one(_WAVES, "wave_id", wave_id)

    def put_wave(self, wave: Wave) -> None:
        self._put(_WAVES, "wave_id", wave)

    def claim_wave(self, wave_id: WaveId, now: datetime, leased_until: datetime) -> bool:
        """Take an open wave, or a running one whose lease is over; False: it is not to be had.

        Raises ``NotFound`` when there is no such wave.
        """
        abandoned = (waves.c.state == WaveState.RUNNING.value) & (waves.c.leased_until <= now)
        free = (waves.c.state == WaveState.OPEN.value) | abandoned
        claim = (
            update(waves)
            .where(waves.c.wave_id == wave_id, free)
            .values(state=WaveState.RUNNING.value, leased_until=leased_until)
        )
        if self._connection.execute(claim).rowcount:
            return True
        self.wave(wave_id)  # a misspelt id is not "somebody has it"
        return False
