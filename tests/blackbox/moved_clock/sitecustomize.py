"""Lets a test move the machine's clock, for the processes that have this folder on their path.

Read by Python itself at its start.  ``DISPATCH_TEST_CLOCK`` names a file with the seconds to
add; it is read at each look at the clock, so that the clock may jump while they run.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from dispatch.adapters import clock

_OFFSET = Path(os.environ["DISPATCH_TEST_CLOCK"])


class _Moved(datetime):
    """``datetime``, whose present is somewhere else."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        present = datetime.now(tz)  # noqa: TID251  it stands in for the clock's own look
        return present + timedelta(seconds=float(_OFFSET.read_text()))


clock.datetime = _Moved  # type: ignore[attr-defined]
