"""When a process has to end: somebody asked it to, or the one that started it is gone.

Decides nothing about what is still to be finished; it only says that it is time.
"""

from __future__ import annotations

import os
import signal
from time import monotonic, sleep
from types import FrameType
from typing import Final

#: How late a signal may be noticed.
LOOK_EVERY_S: Final = 0.1


class Ending:
    """Says when to end.

    parent_pid : the process that watches over this one; when it is gone, so are we
    """

    def __init__(self, parent_pid: int | None = None) -> None:
        self._parent_pid = parent_pid
        self._asked = False

    def listen(self) -> None:
        """From now on SIGTERM and SIGINT mean "end", in the main thread."""
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        # A flag and no Event: setting an Event from a signal handler can meet its own lock.
        del number, frame
        self._asked = True

    @property
    def is_now(self) -> bool:
        # A killed parent sends no signal, but its children get another parent.
        return self._asked or self._parent_pid not in (None, os.getppid())

    def wait(self, seconds_s: float) -> bool:
        """Wait up to *seconds_s* real seconds; return at once, and True, when it is time."""
        until_s = monotonic() + seconds_s
        while not self.is_now:
            left_s = until_s - monotonic()
            if left_s <= 0:
                return False
            sleep(min(LOOK_EVERY_S, left_s))
        return True
