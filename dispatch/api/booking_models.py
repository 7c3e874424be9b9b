"""Bookings and shipments, in and out.  A customer comes in here and never goes out."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from dispatch.api.event_models import EventView
from dispatch.api.models import (
    Email,
    Id,
    Instant,
    LocalTime,
    Model,
    Money,
    Note,
    Phone,
    Ref,
    SpanView,
    Text,
    text_of,
)
from dispatch.api.quote_models import PickupView
from dispatch.core.civil import local_text
from dispatch.operations.amend import Amendment
from dispatch.operations.book import Booked, BookRequest
from dispatch.operations.lookup import Followed
from dispatch.orders.bookings import Customer
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode


class CustomerBody(Model):
    """The person at the door.  ``language``: what they are written to in."""

    name: Text
    phone: Phone
    email: Email | None = None
    language: Literal["fr", "en"] = "fr"


class BookingBody(Model):
    """One option of one quote."""

    quote_id: Id
    option_id: Id
    external_ref: Ref | None = None
    customer: CustomerBody

    def request(self, idempotency_key: str | None) -> BookRequest:
        # Of what was understood, not of the bytes: spaces and key order change nothing.
        # A field left at its default is left out, so that a call from before there was such a
        # field is the same call after it.
        usual = {"customer": {"language"}} if self.customer.language == "fr" else None
        fingerprint = sha256(self.model_dump_json(exclude=usual).encode()).hexdigest()
        who = self.customer
        return BookRequest(
            quote_id=self.quote_id,
            option_id=self.option_id,
            customer=Customer(who.name, who.phone, who.email),
            external_ref=self.external_ref,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            language=who.language,
        )


class BookingQuery(Model):
    """``dry_run``: answer as if, write nothing."""

    dry_run: bool = False


class WindowBody(Model):
    """The window that begins at ``start``, as ``GET /v1/slots`` shows them."""

    start: Instant


class CallBody(Model):
    """Whom the courier calls."""

    phone: Phone


class AmendBody(Model):
    """What is to be another; what is left out stays as it was.  ``note`` "": none any more."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": kind}}}
                for name, kind in (("window", "object"), ("customer", "object"), ("note", "string"))
            ]
        }
    )

    window: WindowBody | None = None
    customer: CallBody | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.window is None and self.customer is None and self.note is None:
            raise ValueError("give a window, a customer, a note, or several")
        return self

    def amendment(self) -> Amendment:
        return Amendment(
            window_from=None if self.window is None else self.window.start,
            phone=None if self.customer is None else self.customer.phone,
            note=self.note,
        )


class IdempotencyHeader(Model):
    """The same key and body again is the same booking again."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: Annotated[
        str | None,
        StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$"),
        Field(alias="Idempotency-Key"),
    ] = None


class BookingPath(Model):
    booking_id: str


class ShipmentPath(Model):
    shipment_id: str


def _pickup(promise: Promise) -> PickupView | None:
    return PickupView.of(promise.pickups[0]) if promise.pickups else None


class ShipmentBrief(Model):
    """One merchant's parcels.  ``collect_code``: what the customer says at the counter."""

    id: str
    merchant_id: str
    mode: Mode
    state: State
    pickup: PickupView | None = None
    promise: SpanView
    collect_code: str | None = None

    @classmethod
    def of(cls, shipment: Shipment) -> Self:
        return cls(
            id=shipment.shipment_id,
            merchant_id=shipment.merchant_id,
            mode=shipment.mode,
            state=shipment.state,
            pickup=_pickup(shipment.promise),
            promise=SpanView.of(shipment.promise.window),
            collect_code=shipment.handover_code if shipment.mode is Mode.COLLECT else None,
        )


class BookingView(Model):
    """What we owe.  ``tracking_url`` is for the customer alone.

    ``fee``: what cancelling cost; left out when it was free.

    ``dry_run``: true when nothing was written; its ids then name nothing.
    """

    id: str
    state: State
    quote_id: str
    option_id: str
    external_ref: str | None = None
    mode: Mode
    price: Money
    fee: Money | None = None
    created_at: LocalTime
    cancelled_at: LocalTime | None = None
    shipments: list[ShipmentBrief]
    tracking_url: str
    dry_run: bool | None = None

    @classmethod
    def of(cls, booked: Booked, root_url: str, *, dry_run: bool = False) -> Self:
        booking = booked.booking
        return cls(
            id=booking.booking_id,
            state=State.BOOKED if booking.cancelled_at is None else State.CANCELLED,
            quote_id=booking.quote_id,
            option_id=booking.option_id,
            external_ref=booking.external_ref,
            mode=booking.mode,
            price=Money.of(booking.price),
            fee=None if booking.fee is None else Money.of(booking.fee),
            created_at=local_text(booking.created_at),
            cancelled_at=text_of(booking.cancelled_at),
            shipments=[ShipmentBrief.of(shipment) for shipment in booked.shipments],
            tracking_url=f"{root_url.rstrip('/')}/suivi/{booking.tracking_token}",
            dry_run=dry_run or None,
        )


class ShipmentView(Model):
    """A shipment now: promised, forecast, and what happened so far.

    ``tracking_number``: the post's, once there is a label.
    """

    id: str
    booking_id: str
    merchant_id: str
    mode: Mode
    state: State
    seq: int
    pickup: PickupView | None = None
    promise: SpanView
    eta: SpanView | None = None
    prepared_at: LocalTime | None = None
    ended_at: LocalTime | None = None
    collect_code: str | None = None
    tracking_number: str | None = None
    events: list[EventView]

    @classmethod
    def of(cls, followed: Followed) -> Self:
        shipment = followed.shipment
        return cls(
            **dict(ShipmentBrief.of(shipment)),
            booking_id=shipment.booking_id,
            seq=shipment.seq,
            eta=followed.eta and SpanView.of(followed.eta),
            prepared_at=text_of(shipment.prepared_at),
            ended_at=text_of(shipment.ended_at),
            tracking_number=followed.tracking_number,
            events=[EventView.of(event, shipment.booking_id) for event in followed.events],
        )
