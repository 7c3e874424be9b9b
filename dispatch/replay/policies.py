"""When couriers are told what: the plug between a replayed day and what decides it.

A policy says when it wants to be asked, and acts on the tours of the store then; everything
else of a day is the same whatever the policy.  New ones are a line of ``POLICIES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid
from dispatch.operations.ports import Ports
from dispatch.operations.tick import tick
from dispatch.operations.timetable import waves_on
from dispatch.operations.waves import WaveState
from dispatch.replay.one_by_one import OneByOne


class Policy(Protocol):
    def due(self, ports: Ports) -> datetime | None:
        """Return the next instant at which it wants to act, as things stand now.

        None: not before something else happens; it is asked again after everything that does.
        """
        ...

    def release(self, ports: Ports) -> None:
        """Act on the day as of now: hand tours out, change them, or leave them."""
        ...


class Waves:
    """What runs every day: everything booked is solved and handed out at each cut-off."""

    def due(self, ports: Ports) -> datetime | None:
        now = ports.clock.now()
        with ports.store.reading() as tx:
            waves = waves_on(tx, local_day(now), ports)
        to_come = (w.cut_off_at for w in waves if w.state is WaveState.OPEN and w.cut_off_at >= now)
        return next(to_come, None)

    def release(self, ports: Ports) -> None:
        tick(ports)


#: Name → what makes one for one day.
POLICIES: Final[Mapping[str, Callable[[], Policy]]] = MappingProxyType(
    {"waves": Waves, "one-by-one": OneByOne}
)
DEFAULT_POLICY: Final = "waves"


def policy(name: str) -> Policy:
    """Return the policy called *name*; raises ``Invalid`` listing the known ones."""
    if name not in POLICIES:
        known = ", ".join(sorted(POLICIES))
        raise Invalid(f"unknown policy {name!r}; known: {known}", field="policy")
    return POLICIES[name]()
