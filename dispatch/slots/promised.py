"""A promise, as a value: what we answer for, and from which doors it is fetched.

Decides nothing but what a promise may not be.  How one is found is
``dispatch.slots.promises``; whether a courier can keep it, ``dispatch.routing``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dispatch.core.civil import local_day
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class Pickup:
    """When one shop's parcel may be fetched: its opening hours from ``ready_at`` on."""

    merchant_id: MerchantId
    windows: tuple[TimeWindow, ...]

    def __post_init__(self) -> None:
        if not self.windows:
            raise ValueError(f"pickup at {self.merchant_id} has no window")

    @property
    def ready_at(self) -> datetime:
        return self.windows[0].opens_at

    @property
    def deadline(self) -> datetime:
        """The last closing: fetching must be over by then."""
        return self.windows[-1].closes_at


@dataclass(frozen=True, slots=True)
class Promise:
    """A mode and the window we answer for.

    window   : delivery at the door, or for collect from ready until no longer kept
    ready_at : when the last parcel can be fetched; None: it does not bind this mode
    pickups  : for a courier: one per shop, otherwise empty
    """

    mode: Mode
    window: TimeWindow
    ready_at: datetime | None = None
    pickups: tuple[Pickup, ...] = ()

    def __post_init__(self) -> None:
        if self.ready_at is not None and self.window.opens_at < self.ready_at:
            raise ValueError(f"promised from {self.window.opens_at}, ready only at {self.ready_at}")

    @property
    def pickup_deadline(self) -> datetime | None:
        """When the last shop to close does; each pickup has its own.  None: no courier."""
        return max((pickup.deadline for pickup in self.pickups), default=None)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last local day of the window."""
        last_instant = self.window.closes_at - timedelta(microseconds=1)
        return local_day(self.window.opens_at), local_day(last_instant)

    def narrowed(self, slot: TimeWindow) -> Promise:
        """Return the same promise for *slot*, a part of its window.

        Raises ``ValueError`` when *slot* is not inside the window.
        """
        if not self.window.covers(slot):
            raise ValueError(f"{slot} is not inside the promise {self.window}")
        pickups = []
        for pickup in self.pickups:
            until_slot_ends = TimeWindow(pickup.ready_at, slot.closes_at)
            parts = (until_slot_ends.meet(window) for window in pickup.windows)
            kept = tuple(part for part in parts if part is not None)
            pickups.append(replace(pickup, windows=kept))
        return replace(self, window=slot, pickups=tuple(pickups))


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer of the calendar: a promise, or why there is none.

    window : the window that was asked about; None: "as soon as possible", and there is none
    """

    answer: Promise | Refusal
    window: TimeWindow | None = None

    def __post_init__(self) -> None:
        if isinstance(self.answer, Promise) and self.window != self.answer.window:
            raise ValueError(f"asked about {self.window}, promised {self.answer.window}")

    @classmethod
    def of(cls, answer: Promise | Refusal) -> Offer:
        """Return the offer of a promise as soon as possible, or of its refusal."""
        return cls(answer, answer.window if isinstance(answer, Promise) else None)
