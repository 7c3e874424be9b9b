"""One jobs process per installation: the others wait until it is gone.

The lease is the kernel's lock on a file, not a row with a date in it: it is
given back at the very moment its holder dies, however it dies, and needs no
clock that two processes would have to agree on.  Both run on one machine: the
database is a file as well.  (Two jobs processes would not run a wave twice, a
wave is claimed in a transaction; but they would ask for each one twice.)
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

LOCK_FILE: Final = "jobs.lock"
ASK_EVERY_S: Final = 0.5


@contextmanager
def held(data_dir: Path, wait: Callable[[float], bool]) -> Iterator[bool]:
    """Hold the jobs of *data_dir*; False when it was time to end before they were free.

    wait : waits that many real seconds, and returns True when it is time to end
    """
    # Never removed: a lock on a name that another process made anew locks nothing.
    handle = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(handle, wait)
    finally:
        os.close(handle)  # lets go of the lock as well


def _taken(handle: int, wait: Callable[[float], bool]) -> bool:
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not told:
                structlog.get_logger().info("jobs_standing_by")
                told = True
            if wait(ASK_EVERY_S):
                return False
        else:
            return True
