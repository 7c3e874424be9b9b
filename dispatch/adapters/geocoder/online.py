"""Asking the national service without ever making a customer wait for it.

Decides when it is asked: not for an answer already known, not while it is away,
not more often than it allows, and for no longer than the timeout.  What is sent
and believed is ``ban``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Final, Protocol

from dispatch.adapters.geocoder.answers import Answers
from dispatch.adapters.geocoder.ban import ServiceError
from dispatch.adapters.geocoder.circuit import Circuit
from dispatch.adapters.geocoder.reading import address_key
from dispatch.operations.ports import Candidate

#: Questions in the air at a time; beyond, the town's own doors must do.
MOST_AT_ONCE: Final = 4


class Asked(Protocol):
    """The service itself."""

    def find(self, text: str) -> list[Candidate]: ...


class OnlineGeocoder:
    """The service behind a memory, a circuit and a deadline.  Safe to share between threads."""

    def __init__(
        self, service: Asked, circuit: Circuit, answers: Answers, *, timeout_s: float
    ) -> None:
        self._service, self._circuit, self._answers = service, circuit, answers
        self._timeout_s = timeout_s
        self._in_the_air = BoundedSemaphore(MOST_AT_ONCE)

    def find(self, text: str) -> Sequence[Candidate]:
        """Return what the service says *text* may mean, remembered or asked now.

        Raises ``ServiceError`` at once while it is away, and after the timeout at the latest.
        """
        key = address_key(text)
        if (known := self._answers.get(key)) is not None:
            return known
        if not self._in_the_air.acquire(blocking=False):
            raise ServiceError("too many questions to the address service at once")
        if not self._circuit.lets_pass():
            self._in_the_air.release()
            raise ServiceError("the address service is not asked for now")
        try:
            found = self._within_the_timeout(lambda: self._service.find(text))
        except ServiceError as why:
            if why.at_fault:
                self._circuit.failed(why.retry_after_s)
            else:
                self._circuit.succeeded()
            raise
        self._circuit.succeeded()
        self._answers.put(key, found)
        return found

    def _within_the_timeout(self, ask: Callable[[], list[Candidate]]) -> list[Candidate]:
        """Run *ask* beside us and leave it behind when it takes too long.

        A socket's own timeout starts again with every byte, and looking a name up has none.
        Its place in the air is free again only when it ends.
        """
        outcome: SimpleQueue[list[Candidate] | ServiceError | Exception] = SimpleQueue()

        def run() -> None:
            try:
                outcome.put(ask())
            except Exception as why:  # handed over, and raised where somebody waits
                outcome.put(why)
            finally:
                self._in_the_air.release()

        Thread(target=run, name="address-service", daemon=True).start()
        try:
            answer = outcome.get(timeout=self._timeout_s)
        except Empty:
            raise ServiceError(
                f"the address service did not answer within {self._timeout_s:g} s"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer
