"""What couriers' facts taught and somebody applied; the last one not undone is in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import calibrations
from dispatch.operations.calibration import Calibration

_CALIBRATIONS = Shelf(Calibration, calibrations)
#: Asked at every quote and booking: put together once, here.
_IN_FORCE: Final = (
    select(calibrations)
    .where(calibrations.c.undone_at.is_(None))
    .order_by(calibrations.c.number.desc())
    .limit(1)
)


class CalibrationRows(Rows):
    """The Transaction's words about calibrations."""

    def add_calibration(self, calibration: Calibration) -> bool:
        """Append it; False when its id was seen before."""
        return self._add_once(_CALIBRATIONS, calibration)

    def put_calibration(self, calibration: Calibration) -> None:
        self._put(_CALIBRATIONS, "calibration_id", calibration)

    def calibration_in_force(self) -> Calibration | None:
        """Return the one applied last and not undone."""
        last = self._all(_CALIBRATIONS, _IN_FORCE)
        return last[0] if last else None

    def calibrations(self, limit: int) -> Sequence[Calibration]:
        """Return the *limit* applied last, undone ones too, newest first."""
        query = select(calibrations).order_by(calibrations.c.number.desc()).limit(limit)
        return self._all(_CALIBRATIONS, query)
