"""The only place that reads the wall clock.

``WallClock`` is the real day.  ``PacedClock`` starts a day elsewhere and runs it
faster: the same zero in every process, so that web, jobs and command line agree.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dispatch.core.civil import parse_instant
from dispatch.core.errors import Invalid


class WallClock:
    pace = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def stopwatch_s(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class PacedClock:
    """Shows *starts_at* at the real instant *zero_at*, and runs *pace* times as fast.

    Raises ``ValueError`` for a pace out of 0.1 to 3600.
    """

    starts_at: datetime
    zero_at: datetime
    pace: float = 1.0

    def __post_init__(self) -> None:
        _refuse_odd_pace(self.pace)

    def now(self) -> datetime:
        return self.starts_at + (datetime.now(UTC) - self.zero_at) * self.pace

    def stopwatch_s(self) -> float:
        return time.monotonic()


_CLOCK = re.compile(r"(?P<instant>.+?)(?:x(?P<pace>\d+(?:\.\d+)?))?$")


def parse_clock(text: str) -> tuple[datetime, float]:
    """Read ``2026-11-24T09:00+01:00`` or the same with ``x60`` behind it.

    Returns the UTC instant and the pace (1.0 when none is given).  Raises
    ``ValueError`` for anything else, or a pace out of 0.1 to 3600.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a clock; write it as 2026-11-24T09:00+01:00x60")
    pace = float(match["pace"] or 1)
    _refuse_odd_pace(pace)
    return parse_instant(match["instant"]), pace


def _refuse_odd_pace(pace: float) -> None:
    if not 0.1 <= pace <= 3600:
        raise ValueError(f"a clock runs 0.1 to 3600 times as fast, not {pace:g}")


def starting_now(starts_at: datetime, pace: float) -> PacedClock:
    """Return a clock that shows *starts_at* at this very moment."""
    return PacedClock(starts_at, datetime.now(UTC), pace)


def save_clock(clock: PacedClock | None, path: Path) -> None:
    """Write *clock* where other processes find it; None: back to the wall clock."""
    if clock is None:
        path.unlink(missing_ok=True)
        return
    draft = path.with_suffix(".new")
    draft.write_text(
        json.dumps(
            {
                "starts_at": clock.starts_at.isoformat(),
                "zero_at": clock.zero_at.isoformat(),
                "pace": clock.pace,
            }
        )
    )
    draft.replace(path)


def load_clock(path: Path) -> WallClock | PacedClock:
    """Return the clock saved at *path*, or the wall clock when there is none.

    Raises ``Invalid`` when the file is not a clock.
    """
    try:
        saved = json.loads(path.read_text())
        return PacedClock(
            parse_instant(saved["starts_at"]), parse_instant(saved["zero_at"]), saved["pace"]
        )
    except FileNotFoundError:
        return WallClock()
    except (OSError, OverflowError, ValueError, KeyError, TypeError) as why:
        raise Invalid(f"{path} is not a saved clock: {why}", field="clock") from why
