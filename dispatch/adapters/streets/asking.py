"""One conversation with a routing server: ask, wait so long and no longer, ask again if it helps.

Decides how long silence lasts before it is one, and which failures are worth a second
try.  Does not know what is asked.

Measured on ``osrm-routed`` 26.10: it hangs up on a connection after 5 s of silence, and
after 512 questions on one connection; the next question on it fails at once.  That is
why a broken connection is tried again and a slow answer is not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import inf
from threading import Lock
from time import sleep
from typing import Any, Final

import httpx

from dispatch import __version__
from dispatch.core.errors import StreetsUnavailable

#: In all, the first one counted.
TRIES: Final = 3
_FIRST_PAUSE_S: Final = 0.05
#: Another try may find another server behind the same address, or a quieter moment.
_AGAIN: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
#: Less than the server's five seconds: better a new connection than a broken one.
_IDLE_S: Final = 4.0

# At INFO it writes whole addresses, and a customer's doorstep is in them.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the server said: its HTTP status and its JSON object."""

    status: int
    body: Mapping[str, Any] | list[Any]

    def get(self, key: str, default: object = None) -> Any:
        """Return an entry of the object; *default* when there is none, or no object."""
        return self.body.get(key, default) if isinstance(self.body, Mapping) else default


class RoutingServer:
    """The server at *url*.  Safe to share between threads, not across a fork: ``hang_up`` first.

    timeout_s   : for one question, tries and pauses included; an answer that comes in
                  drops counts its longest gap
    rest_s      : after a silence, questions are refused at once for so long: a page of a
                  hundred trips must not wait a hundred times
    stopwatch_s : real seconds from an arbitrary start
    """

    def __init__(
        self, url: str, timeout_s: float, rest_s: float, stopwatch_s: Callable[[], float]
    ) -> None:
        self.url = url.rstrip("/")
        self._timeout_s, self._rest_s, self._stopwatch_s = timeout_s, rest_s, stopwatch_s
        self._client: httpx.Client | None = None
        self._lock = Lock()
        self._silent_from_s: float | None = None
        self._rests_until_s = -inf
        self._heard_s = -inf

    def get(self, path: str) -> Heard:
        """Ask for *path*, which starts with a slash.  Raises ``StreetsUnavailable``."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, object]) -> Heard:
        """Send *body* as JSON to *path*.  Raises ``StreetsUnavailable``."""
        return self._ask("POST", path, body)

    def hang_up(self) -> None:
        """Close the connections; the next question opens new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    @property
    def heard_ago_s(self) -> float:
        """Seconds since its last answer; infinite before the first, and after a silence."""
        with self._lock:
            return self._stopwatch_s() - self._heard_s

    @property
    def silent_for_s(self) -> float | None:
        """Seconds since the first of its silences in a row; None when it answered last."""
        with self._lock:
            since_s = self._silent_from_s
        return None if since_s is None else self._stopwatch_s() - since_s

    @property
    def rests(self) -> bool:
        """Whether a question would be refused at once."""
        with self._lock:
            return self._stopwatch_s() < self._rests_until_s

    def trouble(self, reason: str) -> StreetsUnavailable:
        """Return the error that says so, with the server's address and nothing that was asked."""
        return StreetsUnavailable(f"the routing server {self.url} {reason}")

    def note_answer(self) -> None:
        """What it said made sense."""
        with self._lock:
            self._silent_from_s = None
            self._heard_s = self._stopwatch_s()

    def note_silence(self) -> None:
        """It said nothing, or nothing of use; it is left alone for a while."""
        if self.rests:
            return  # told already; a rest that each question made longer would never end
        with self._lock:
            if self._silent_from_s is None:
                self._silent_from_s = self._stopwatch_s()
            self._rests_until_s = self._stopwatch_s() + self._rest_s
            self._heard_s = -inf

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None) -> Heard:
        if self.rests:
            raise self.trouble("did not answer a moment ago")
        until_s = self._stopwatch_s() + self._timeout_s
        reason = ""
        for number in range(TRIES):
            left_s = until_s - self._stopwatch_s()
            if number:
                pause_s = _FIRST_PAUSE_S * 2 ** (number - 1)
                if left_s <= pause_s:
                    break
                sleep(pause_s)
                left_s -= pause_s
            try:
                answer = self._open().request(method, self.url + path, json=body, timeout=left_s)
            except httpx.TimeoutException:
                raise self.trouble(f"did not answer within {self._timeout_s:g} s") from None
            except httpx.TransportError as error:
                reason = f"cannot be reached ({type(error).__name__})"
                continue
            if answer.status_code in _AGAIN:
                reason = f"is busy or down (HTTP {answer.status_code})"
                continue
            return self._read(answer)
        raise self.trouble(reason)

    def _read(self, answer: httpx.Response) -> Heard:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict | list):
            raise self.trouble(f"sent what is not its JSON (HTTP {answer.status_code})")
        return Heard(answer.status_code, body)

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                limits = httpx.Limits(max_keepalive_connections=8, keepalive_expiry=_IDLE_S)
                # The server is our own: no proxy of the machine's environment stands between.
                self._client = httpx.Client(
                    limits=limits,
                    trust_env=False,
                    headers={"User-Agent": f"tournees/{__version__}"},
                )
            return self._client


@dataclass(frozen=True, slots=True)
class Asked:
    """Where one vehicle's questions go, and what the server calls it."""

    server: RoutingServer
    name: str
