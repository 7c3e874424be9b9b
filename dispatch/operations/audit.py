"""Who changed what: keys, links, devices, doors, learnt times, closings, webhooks, parameters.

Decides what an entry says; each act writes its own, in the transaction that does it, so
that neither is there without the other.  Entries are never changed or removed, and name
nobody: couriers, shops and devices by their ids.

``Ports.actor`` says on whose behalf: a command on the machine, or a device at a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.operations.ports import Ports, Transaction


class Change(StrEnum):
    """What can be changed, and by which act."""

    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    LINK_MADE = "link.made"
    LINKS_REVOKED = "links.revoked"
    DEVICE_IN = "device.in"
    DEVICE_OUT = "device.out"
    DOOR_MOVED = "door.moved"
    DOOR_DECIDED = "door.decided"
    TIMES_APPLIED = "times.applied"
    TIMES_UNDONE = "times.undone"
    WAVE_ASKED = "wave.asked"
    WET_SAID = "wet.said"
    WET_TAKEN_BACK = "wet.taken_back"
    CLOSURE_ADDED = "closure.added"
    CLOSURE_REMOVED = "closure.removed"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_ROTATED = "webhook.rotated"
    WEBHOOK_REMOVED = "webhook.removed"
    COURIER_RELIEVED = "courier.relieved"
    COURIER_BACK = "courier.back"
    SHOP_LATE = "shop.late"
    HOLD_RELEASED = "hold.released"
    MISSED_DECIDED = "missed.decided"
    PARCEL_DECIDED = "parcel.decided"
    LEFT_OUT_DECIDED = "left_out.decided"
    PROMISE_HELPED = "promise.helped"
    PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change.

    number  : place in the trail, given by the store (0: not yet written)
    actor   : ``command``, ``planner/5f0c2a91`` (a device's name), ``courier/c_lea``
    subject : what was changed, by its id
    before, after : what of it is different, as JSON has it; None: nothing was, or is, there
    """

    at: datetime
    actor: str
    act: Change
    subject: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    number: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "act", Change(self.act))
        for side in ("before", "after"):
            if (said := getattr(self, side)) is not None:
                object.__setattr__(self, side, MappingProxyType(dict(said)))

    @property
    def difference(self) -> tuple[Mapping[str, object], Mapping[str, object]]:
        """What ``before`` and ``after`` say otherwise than each other."""
        was, is_now = self.before or {}, self.after or {}
        return _otherwise(was, is_now), _otherwise(is_now, was)


def _otherwise(one: Mapping[str, object], other: Mapping[str, object]) -> Mapping[str, object]:
    missing = object()
    return {name: value for name, value in one.items() if other.get(name, missing) != value}


def note(
    act: Change,
    subject: str,
    tx: Transaction,
    ports: Ports,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    actor: str | None = None,
) -> None:
    """Write down one change, in the transaction that makes it.

    actor : who made it; default: on whose behalf *ports* act
    """
    who = actor or ports.actor
    tx.add_entry(Entry(ports.clock.now(), who, act, subject, before, after))


def note_parameters(written: Mapping[str, object], ports: Ports) -> None:
    """Write down what is set now, if it is not what was set last.

    written : every key of the settings' file that somebody wrote, dotted → its value
    """
    with ports.store.writing() as tx:
        earlier = tx.latest_entry(Change.PARAMETERS)
        set_before = dict(earlier.after or {}) if earlier else {}
        if set_before == dict(written):
            return
        note(Change.PARAMETERS, "", tx, ports, before=set_before, after=written)


def trail(since: datetime, limit: int, ports: Ports) -> tuple[Entry, ...]:
    """Return at most *limit* changes made at *since* or later, oldest first."""
    with ports.store.reading() as tx:
        return tuple(tx.entries(since, limit))
