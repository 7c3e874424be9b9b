"""What a customer paid for, held against what there is now.

Decides which of a fresh quote's options stands for one that is gone, what is different,
and whether that may be taken without asking.  Asks nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from dispatch.client.words import Option, Quote


@dataclass(frozen=True, slots=True)
class Terms:
    """Of an option, what the customer said yes to.  ``start``, ``end``: as in ``Option``."""

    mode: str
    price_cents: int
    start: str
    end: str

    @classmethod
    def of(cls, option: Option) -> Self:
        return cls(option.mode, option.price_cents or 0, option.start, option.end)


@dataclass(frozen=True, slots=True)
class Difference:
    """``before``: what was paid for; ``now``: what stands for it; None: nothing does."""

    before: Terms
    now: Terms | None

    @property
    def dearer_cents(self) -> int:
        """Cents that the delivery costs more now; negative: less."""
        return 0 if self.now is None else self.now.price_cents - self.before.price_cents

    @property
    def later_s(self) -> float:
        """Seconds by which the promise ends later; negative: earlier."""
        return 0.0 if self.now is None else _later_s(self.before.end, self.now.end)

    @property
    def earlier_s(self) -> float:
        """Seconds by which the promise begins earlier: the customer may not be there yet."""
        return 0.0 if self.now is None else _later_s(self.now.start, self.before.start)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a fresh option may be from what was paid for and still be booked unasked.

    Nothing by default: what is exactly as good is booked, all else is asked.  Either way
    the difference is told.
    """

    dearer_cents: int = 0
    later_s: float = 0.0
    earlier_s: float = 0.0

    def __post_init__(self) -> None:
        if min(self.dearer_cents, self.later_s, self.earlier_s) < 0:
            raise ValueError(f"a tolerance below nothing: {self!r}")

    def allows(self, change: Difference) -> bool:
        return (
            change.now is not None
            and change.now.mode == change.before.mode
            and change.dearer_cents <= self.dearer_cents
            and change.later_s <= self.later_s
            and change.earlier_s <= self.earlier_s
        )


def nearest(before: Terms, fresh: Quote) -> Option | None:
    """Return the offered option of the same mode whose window is nearest; None: none is.

    Of two as near the one that is cheaper.
    """
    same = [option for option in fresh.offered if option.mode == before.mode]

    def distance(option: Option) -> tuple[float, int]:
        away_s = abs(_later_s(before.start, option.start)) + abs(_later_s(before.end, option.end))
        return away_s, option.price_cents or 0

    return min(same, key=distance, default=None)


def _later_s(one: str, other: str) -> float:
    """Return by how many seconds *other* is later; a day counts as its midnight."""
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    # A day, as the post has them, held against an hour is a day where that hour is.
    first = first if first.tzinfo else first.replace(tzinfo=second.tzinfo)
    second = second if second.tzinfo else second.replace(tzinfo=first.tzinfo)
    return (second - first).total_seconds()
