"""How often each key called within its present window, in this process's memory.

Decides what is remembered, and for how long.  How many calls are too many is the limiter's.
The library's own memory starts a thread at nearly every call, to forget what is over; here it
is forgotten when the next window begins.
"""

from __future__ import annotations

from threading import Lock
from typing import Final

from limits.storage import Storage

from dispatch.adapters.clock import WallClock

#: What ``Limiter`` is told as ``storage_uri``.
HERE: Final = "here://"


class CallCounts(Storage):
    """Fixed windows of ``limits``, which begin with a first call.  Safe to share between threads.

    A window is ``[calls, end]``: its end in seconds of the wall clock, which the limiter's
    ``reset_at`` is told in.
    """

    STORAGE_SCHEME = ["here"]  # noqa: RUF012 -- the base class declares it so

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._windows: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count *amount* calls more; the first begins a window of *expiry* seconds."""
        now_s = _now_s()
        with self._lock:
            calls, end_s = self._windows.get(key, (0, now_s))
            if end_s <= now_s:
                calls, end_s = 0, now_s + expiry
                self._windows = {k: w for k, w in self._windows.items() if w[1] > now_s}
            self._windows[key] = calls + amount, end_s
        return calls + amount

    def get(self, key: str) -> int:
        calls, end_s = self._windows.get(key, (0, 0.0))
        return calls if end_s > _now_s() else 0

    def get_expiry(self, key: str) -> float:
        return self._windows.get(key, (0, _now_s()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            forgotten, self._windows = len(self._windows), {}
        return forgotten

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)


def _now_s() -> float:
    return WallClock().now().timestamp()
