"""Links and tracking pages that nobody gave: after some of them, please wait.

Decides which misses count; how many are free is ``operations.strangers``'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

from flask import Flask, current_app, request
from werkzeug.exceptions import TooManyRequests

from dispatch.core.errors import DispatchError, Gone, NotFound, Unauthorised
from dispatch.operations.ports import Ports
from dispatch.operations.strangers import Strangers, network_address

_STRANGERS: Final = "dispatch.strangers"


def hang(app: Flask, ports: Ports) -> None:
    """Let ``guessing`` count on *app*."""
    app.extensions[_STRANGERS] = Strangers(ports.clock.stopwatch_s)


@contextmanager
def guessing() -> Iterator[None]:
    """Count it when what is looked for inside does not exist.

    Raises ``TooManyRequests`` instead of what was raised once that was too often.
    """
    try:
        yield
    except Gone:
        raise
    except (NotFound, Unauthorised) as miss:
        _count(miss)
        raise


def _count(miss: DispatchError) -> None:
    whom = network_address(request.remote_addr, request.headers.get("X-Forwarded-For"))
    strangers = cast(Strangers, current_app.extensions[_STRANGERS])
    if wait_s := strangers.miss(whom):
        raise TooManyRequests(retry_after=wait_s) from miss
