"""What the marketplace and those who recommend get of an order: terms, lines, statements.

Decides the amounts of one shipment and how a month adds up.  Shares are in basis points
(550 = 5.5 %) of the goods' value before tax; delivery itself is not shared.  Only what the
customer received counts.  Every amount is rounded half up to a cent on its own line, and a
sum is the sum of its lines: whoever adds up a statement by hand finds the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from dispatch.orders.bookings import Booking
from dispatch.orders.shipments import RECEIVED, Shipment

#: The share that is all of it.
WHOLE_BP: Final = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings' table ``[settlement]``.

    commission_bp : the marketplace's share; the pilot's takes 5.5 %
    reward_bp     : the share of whoever recommended the customer; 0: nobody is rewarded
    items_vat_bp  : the tax contained in goods whose value came without the value before tax
    """

    commission_bp: int = 550
    reward_bp: int = 0
    items_vat_bp: int = 2000

    def __post_init__(self) -> None:
        for name in ("commission_bp", "reward_bp", "items_vat_bp"):
            if not 0 <= getattr(self, name) <= WHOLE_BP:
                raise ValueError(f"{name} is out of 0 to 10000: {getattr(self, name)}")


class Entry(StrEnum):
    """Why a line is in a statement."""

    COMPLETED = "completed"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One shipment's amounts, in cents; a corrected one takes them back and is negative.

    base_cents   : the goods' value before tax, of what was received
    base_derived : nobody said that value; it was worked out with ``Terms.items_vat_bp``
    received     : False: it came back, or never arrived, and counts nothing
    """

    shipment_id: str
    merchant_id: str
    items_value_cents: int
    base_cents: int
    base_derived: bool
    commission_bp: int
    commission_cents: int
    reward_cents: int
    received: bool

    def taken_back(self) -> SettlementLine:
        """Return the line that undoes this one."""
        return replace(
            self,
            items_value_cents=-self.items_value_cents,
            base_cents=-self.base_cents,
            commission_cents=-self.commission_cents,
            reward_cents=-self.reward_cents,
            received=False,
        )

    def doc(self) -> dict[str, Any]:
        """Return the line as an event carries it."""
        return asdict(self)

    @classmethod
    def read(cls, doc: Mapping[str, Any]) -> SettlementLine:
        """Return the line that was written as *doc*."""
        return cls(**{field.name: doc[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class Settled:
    """A line with where and when it counts.

    at             : when the order was completed, or corrected
    order_ref      : the storefront's own reference, else the booking's id
    recommended_by : the storefront's reference of who is rewarded; None: nobody is
    """

    at: datetime
    entry: Entry
    storefront_id: str
    booking_id: str
    order_ref: str
    recommended_by: str | None
    line: SettlementLine


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one merchant, or of one recommender, and their sums, in cents."""

    storefront_id: str
    subject: str
    lines: tuple[Settled, ...]

    @property
    def items_value_cents(self) -> int:
        return sum(settled.line.items_value_cents for settled in self.lines)

    @property
    def base_cents(self) -> int:
        return sum(settled.line.base_cents for settled in self.lines)

    @property
    def commission_cents(self) -> int:
        return sum(settled.line.commission_cents for settled in self.lines)

    @property
    def reward_cents(self) -> int:
        return sum(settled.line.reward_cents for settled in self.lines)

    @property
    def derived(self) -> int:
        """How many lines rest on a value before tax that nobody said."""
        return sum(settled.line.base_derived for settled in self.lines)


def share_cents(base_cents: int, share_bp: int) -> int:
    """Return *share_bp* of *base_cents*, rounded half up to a cent; both at least 0."""
    return (base_cents * share_bp + WHOLE_BP // 2) // WHOLE_BP


def before_tax_cents(value_cents: int, vat_bp: int) -> int:
    """Return the part of *value_cents* before a tax of *vat_bp*, rounded half up to a cent."""
    rate = WHOLE_BP + vat_bp
    return (value_cents * WHOLE_BP + rate // 2) // rate


def line_of(shipment: Shipment, booking: Booking, terms: Terms) -> SettlementLine:
    """Return what *shipment*, which has ended, counts in its order's settlement.

    The marketplace's share is the booking's, of the day it was made.  Nobody is rewarded for
    an order without ``recommended_by``.
    """
    received = shipment.state in RECEIVED
    value_cents = shipment.items_value_cents if received else 0
    net_cents = shipment.items_net_cents if received else 0
    base_cents = before_tax_cents(value_cents, terms.items_vat_bp)
    if net_cents is not None:
        base_cents = net_cents
    reward_bp = 0 if booking.recommended_by is None else terms.reward_bp
    return SettlementLine(
        shipment_id=shipment.shipment_id,
        merchant_id=shipment.merchant_id,
        items_value_cents=value_cents,
        base_cents=base_cents,
        base_derived=received and net_cents is None and value_cents > 0,
        commission_bp=booking.commission_bp,
        commission_cents=share_cents(base_cents, booking.commission_bp),
        reward_cents=share_cents(base_cents, reward_bp),
        received=received,
    )


def by_merchant(lines: Iterable[Settled]) -> tuple[Statement, ...]:
    """Return one statement for each storefront's merchant, in order of their ids."""
    return _grouped((settled, settled.line.merchant_id) for settled in lines)


def by_recommender(lines: Iterable[Settled]) -> tuple[Statement, ...]:
    """Return one statement for each storefront's recommender, of what is rewarded.

    A line without a reward is not in it: it would only tell who bought what.
    """
    return _grouped(
        (settled, settled.recommended_by)
        for settled in lines
        if settled.recommended_by is not None and settled.line.reward_cents
    )


def _grouped(lines: Iterable[tuple[Settled, str]]) -> tuple[Statement, ...]:
    groups: dict[tuple[str, str], list[Settled]] = {}
    for settled, subject in lines:
        groups.setdefault((settled.storefront_id, subject), []).append(settled)
    return tuple(Statement(*key, tuple(groups[key])) for key in sorted(groups))
