"""The post, as operations see it: it makes labels and says where parcels are.

Decides nothing.  Which service answers, and in what shapes, is an adapter's
(``dispatch.adapters.parcels``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from dispatch.orders.shipments import State


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """One side of a label.  Personal data when it is a customer's: never logged.

    person  : first and last name, of a customer
    company : of a shop
    street  : number and street, with what a floor or a building is called
    """

    street: str
    postcode: str
    city: str
    person: str = ""
    company: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class LabelWanted:
    """A parcel that needs a label.

    order_ref  : what both sides read on the label
    deposit_on : when the shop hands it to the post
    """

    order_ref: str
    sender: PostalAddress
    addressee: PostalAddress
    weight_g: int
    deposit_on: date

    def __post_init__(self) -> None:
        if self.weight_g <= 0:
            raise ValueError(f"a parcel weighs something, not {self.weight_g} g")


@dataclass(frozen=True, slots=True)
class Label:
    """What the post gives for it: the parcel's number, and a sheet to print."""

    tracking_number: str
    pdf: bytes


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """One thing the post says of a parcel.

    code  : the post's own
    state : what our shipment is then; None: what it was
    """

    code: str
    at: datetime
    state: State | None


class Carrier(Protocol):
    """Both raise ``CarrierUnavailable`` when nobody answers, or nothing of use."""

    def label(self, wanted: LabelWanted) -> Label:
        """Make a label.  Raises ``CarrierRefused`` when asking again would not help."""
        ...

    def follow(self, numbers: Sequence[str]) -> Mapping[str, tuple[CarrierEvent, ...]]:
        """Return what is known of each parcel, oldest first; none of one it never saw.

        At most ``parcels.BATCH`` numbers.
        """
        ...
