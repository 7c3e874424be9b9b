"""The shop's own clock.  Decides nothing; it is here so that tests can move it."""

from __future__ import annotations

import time


def now_s() -> float:
    """Return seconds since 1970, UTC, by this machine's clock."""
    return time.time()
