"""When couriers are told what: the plug between a replayed day and what decides it.

A policy says when it wants to be asked, and acts on the tours of the store then; everything
else of a day is the same whatever the policy.  New ones are a line of ``POLICIES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from dispatch.core.errors import Invalid
from dispatch.operations.dispatch_rules import TOWN_POLICIES
from dispatch.operations.parameters import Parameters
from dispatch.operations.ports import Ports
from dispatch.operations.tick import tick, tick_due_at
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


class AsEveryDay:
    """What runs every day: waves or a rolling dispatch, as the parameters say."""

    def due(self, ports: Ports) -> datetime | None:
        return tick_due_at(ports)

    def release(self, ports: Ports) -> None:
        tick(ports)


#: Name → what makes one for one day.
POLICIES: Final[Mapping[str, Callable[[], Policy]]] = MappingProxyType(
    {**dict.fromkeys(TOWN_POLICIES, AsEveryDay), "one-by-one": OneByOne}
)


def policy(name: str) -> Policy:
    """Return the policy called *name*; raises ``Invalid`` listing the known ones."""
    if name not in POLICIES:
        known = ", ".join(sorted(POLICIES))
        raise Invalid(f"unknown policy {name!r}; known: {known}", field="policy")
    return POLICIES[name]()


def parameters_under(name: str, parameters: Parameters) -> Parameters:
    """Return *parameters* as a town has them that is run by the policy called *name*."""
    if name not in TOWN_POLICIES:
        return parameters
    return replace(parameters, dispatching=replace(parameters.dispatching, policy=name))
