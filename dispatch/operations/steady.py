"""One act, one engine: travel times of two engines must not meet in one problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from dispatch.core.errors import StreetsUnavailable
from dispatch.operations.ports import ChangingStreets, Ports, StreetsState

T = TypeVar("T")

_OWN = StreetsState("own", "own", None)


def on_one_engine(act: Callable[[Ports], T], ports: Ports) -> T:
    """Do *act* on streets that stay one engine's; once more, from its start, if that falls silent.

    *act* has to leave nothing behind when it fails.  Raises ``StreetsUnavailable`` when no
    engine answers.
    """
    streets = ports.streets
    if not isinstance(streets, ChangingStreets):
        return act(ports)
    try:
        return act(replace(ports, streets=streets.steady()))
    except StreetsUnavailable:
        return act(replace(ports, streets=streets.steady()))


def streets_state(ports: Ports) -> StreetsState:
    """Return who tells the travel times, in this process."""
    if isinstance(ports.streets, ChangingStreets):
        return ports.streets.state()
    return _OWN
