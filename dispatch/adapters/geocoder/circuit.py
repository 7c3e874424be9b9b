"""May the network be asked now?  Not while it is known to be away, and not too often.

Decides when to leave a service alone and when to try it again.  Does not call it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

#: The service's limit is 50 questions a second for one address (its own page on limits);
#: the web server and the jobs process may both ask, and each keeps to half.
PER_SECOND: Final = 25.0
#: How long a service that failed is left alone, doubled each time up to the most.
FIRST_REST_S: Final = 30.0
MOST_REST_S: Final = 600.0


class Circuit:
    """Closed: questions pass.  Open after a failure: none does, until the rest is over.

    Then one is tried; what becomes of it closes the circuit or opens it for twice as
    long.  So a dead service costs one wait, not one a question.  Safe between threads.

    stopwatch_s : real seconds, never going back
    """

    def __init__(
        self,
        stopwatch_s: Callable[[], float],
        *,
        per_second: float = PER_SECOND,
        first_rest_s: float = FIRST_REST_S,
        most_rest_s: float = MOST_REST_S,
    ) -> None:
        self._stopwatch_s = stopwatch_s
        self._per_second = per_second
        self._first_rest_s, self._most_rest_s = first_rest_s, most_rest_s
        self._lock = Lock()
        self._failures = 0
        self._rests_until_s = 0.0
        self._tokens, self._counted_at_s = per_second, stopwatch_s()

    def lets_pass(self) -> bool:
        """Tell whether one question may be asked now; whoever is told so must report."""
        with self._lock:
            now_s = self._stopwatch_s()
            if self._failures and now_s < self._rests_until_s:
                return False
            if not self._has_token(now_s):
                return False
            if self._failures:
                # One tries; the others wait for what becomes of it.
                self._rests_until_s = now_s + self._first_rest_s
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self, rest_s: float | None = None) -> None:
        """Leave the service alone: for *rest_s* where it said how long."""
        with self._lock:
            self._failures += 1
            doubled_s = self._first_rest_s * 2.0 ** min(self._failures - 1, 16)
            wait_s = min(doubled_s if rest_s is None else max(rest_s, 1.0), self._most_rest_s)
            self._rests_until_s = self._stopwatch_s() + wait_s

    def _has_token(self, now_s: float) -> bool:
        """Take one of the questions that a second allows."""
        earned = (now_s - self._counted_at_s) * self._per_second
        self._tokens = min(self._per_second, self._tokens + earned)
        self._counted_at_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
