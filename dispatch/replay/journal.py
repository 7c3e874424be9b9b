"""What happened on a replayed day, line by line, and one number for all of it.

Decides what makes two days the same: the same acts at the same instants with the same
results, then the same events of every shipment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from dispatch.core.civil import local_text
from dispatch.core.errors import Broken
from dispatch.operations.ports import Ports


class Journal:
    """The acts of a day, in order of time; a line is an instant, a word and facts."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._last_at: datetime | None = None

    def note(self, at: datetime, what: str, **facts: object) -> None:
        """Raises ``Broken`` for what happened before the last line: time does not go back."""
        if self._last_at is not None and at < self._last_at:
            raise Broken(f"{what} at {at}, told after {self._last_at}")
        self._last_at = at
        told = "".join(f" {name}={value}" for name, value in facts.items())
        self._lines.append(f"{local_text(at)} {what}{told}")

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)


def digest(lines: Iterable[str]) -> str:
    """Return the SHA-256 of *lines*, in hexadecimal."""
    return sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def event_lines(shipment_ids: Iterable[str], ports: Ports) -> list[str]:
    """Return every event of these shipments as a line, as the store keeps it."""
    with ports.store.reading() as tx:
        events = [event for name in shipment_ids for event in tx.events_of(name)]
    return [
        f"{local_text(e.at_device)} {e.type} {e.shipment_id} {e.seq} {e.state} {e.actor} {e.reason}"
        for e in events
    ]
