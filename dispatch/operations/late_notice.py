"""What is told of a promise that will not be kept: as an event has it, and read back from it.

Decides how it is spelt.  When it is told is ``late_promises``' question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from dispatch.core.civil import local_text, parse_instant
from dispatch.core.windows import TimeWindow
from dispatch.orders.quotes import Option
from dispatch.orders.shipments import Event, EventType
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class Instead:
    """Another way to get the order: what it costs, and when it is there."""

    mode: Mode
    price_cents: int
    window: TimeWindow

    @classmethod
    def of(cls, option: Option) -> Self:
        """Return *option*, which is offered, in short."""
        assert option.price is not None, "what is offered has a price"
        promises = [part.promise.window for part in option.parts]
        window = TimeWindow(
            min(one.opens_at for one in promises), max(one.closes_at for one in promises)
        )
        return cls(option.mode, option.price.amount_cents, window)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return what ``told`` wrote."""
        window = TimeWindow(parse_instant(told["start"]), parse_instant(told["end"]))
        return cls(Mode(told["mode"]), told["price_cents"], window)

    def told(self) -> dict[str, object]:
        """Return it as an event has it."""
        return {
            "mode": self.mode.value,
            "price_cents": self.price_cents,
            **span_told(self.window.opens_at, self.window.closes_at),
        }


def last_notice(events: Sequence[Event]) -> Event | None:
    """Return what was told of the present promise of a shipment; None: nothing, or it moved."""
    told = [e for e in events if e.type in (EventType.LATE, EventType.AMENDED)]
    moved = [e for e in told if e.type is EventType.LATE or "promise" in (e.data or {})]
    return moved[-1] if moved and moved[-1].type is EventType.LATE else None


def instead_in(notice: Event) -> tuple[Instead, ...]:
    """Return what *notice* says can be had instead."""
    told = (notice.data or {}).get("instead")
    return tuple(Instead.read(one) for one in told) if isinstance(told, Sequence) else ()


def span_told(start: datetime, end: datetime) -> dict[str, str]:
    """Return a span as an event has it."""
    return {"start": local_text(start), "end": local_text(end)}
