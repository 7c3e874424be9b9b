"""A shipment goes from one merchant to one customer; every change of state is an event.

Decides which state may follow which.  Who may cause it, and when, is decided
by the operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from dispatch.core.errors import InvalidTransition
from dispatch.core.ids import BookingId, MerchantId, ShipmentId, StorefrontId
from dispatch.core.places import Place
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode


class State(StrEnum):
    BOOKED = "booked"
    PREPARING = "preparing"
    READY = "ready"
    ASSIGNED = "assigned"
    TO_PICKUP = "to_pickup"
    AT_PICKUP = "at_pickup"
    PICKED_UP = "picked_up"
    PICKUP_FAILED = "pickup_failed"
    TO_DROPOFF = "to_dropoff"
    AT_DROPOFF = "at_dropoff"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    ATTEMPTED = "attempted"
    HELD_FOR_PICKUP = "held_for_pickup"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


_S = State
_NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        _S.BOOKED: frozenset({_S.PREPARING, _S.READY, _S.ASSIGNED, _S.CANCELLED}),
        _S.PREPARING: frozenset({_S.READY, _S.ASSIGNED, _S.CANCELLED}),
        # A ready parcel is fetched by the customer (collect), or handed to the post or to
        # the merchant's own round (to_dropoff), or given to a courier (assigned).
        # One that nobody fetches goes back to the shelf (returning).
        _S.READY: frozenset({_S.ASSIGNED, _S.COLLECTED, _S.TO_DROPOFF, _S.RETURNING, _S.CANCELLED}),
        # A planner's re-plan may take an assignment back.
        _S.ASSIGNED: frozenset(
            {
                _S.BOOKED,
                _S.READY,
                _S.TO_PICKUP,
                _S.AT_PICKUP,
                _S.PICKED_UP,
                _S.PICKUP_FAILED,
                _S.CANCELLED,
            }
        ),
        _S.TO_PICKUP: frozenset(
            {_S.ASSIGNED, _S.AT_PICKUP, _S.PICKED_UP, _S.PICKUP_FAILED, _S.CANCELLED}
        ),
        _S.AT_PICKUP: frozenset({_S.PICKED_UP, _S.PICKUP_FAILED, _S.CANCELLED}),
        _S.PICKUP_FAILED: frozenset({_S.READY, _S.ASSIGNED, _S.CANCELLED}),
        _S.PICKED_UP: frozenset({_S.TO_DROPOFF, _S.AT_DROPOFF, _S.DELIVERED, _S.ATTEMPTED}),
        # The post may keep a parcel at its counter, or send it back, without ringing first.
        _S.TO_DROPOFF: frozenset(
            {_S.AT_DROPOFF, _S.DELIVERED, _S.ATTEMPTED, _S.HELD_FOR_PICKUP, _S.RETURNING}
        ),
        _S.AT_DROPOFF: frozenset({_S.DELIVERED, _S.ATTEMPTED}),
        _S.ATTEMPTED: frozenset({_S.TO_DROPOFF, _S.DELIVERED, _S.HELD_FOR_PICKUP, _S.RETURNING}),
        _S.HELD_FOR_PICKUP: frozenset({_S.COLLECTED, _S.RETURNING}),
        # A customer may still come for what was about to go back to the shelf.
        # Or open the door after all, before the courier was gone.
        _S.RETURNING: frozenset({_S.RETURNED, _S.COLLECTED, _S.DELIVERED}),
        # Received, and brought back later.
        _S.DELIVERED: frozenset({_S.RETURNED}),
        _S.COLLECTED: frozenset({_S.RETURNED}),
        _S.RETURNED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)

#: The customer has it, and the order was kept.
RECEIVED = frozenset({_S.DELIVERED, _S.COLLECTED})
#: Nothing more is expected: the shipment has ended.
FINAL = RECEIVED | {_S.RETURNED, _S.CANCELLED}
#: Not yet with a courier, the post or the customer: the merchant still has it.
WITH_MERCHANT = frozenset(
    {_S.BOOKED, _S.PREPARING, _S.READY, _S.ASSIGNED, _S.TO_PICKUP, _S.AT_PICKUP, _S.PICKUP_FAILED}
)


@dataclass(frozen=True, slots=True)
class Shipment:
    """One merchant's parcels for one customer.

    items_net_cents : the goods' value before tax, as the storefront said it; None: it did not
    seq           : number of the last event; grows by one with each
    prepared_at   : when the merchant said it is packed; a shipment can be
                    assigned to a courier before that
    handover_code : what the courier (or the collecting customer) says at the counter
    """

    shipment_id: ShipmentId
    booking_id: BookingId
    storefront_id: StorefrontId
    merchant_id: MerchantId
    mode: Mode
    promise: Promise
    drop: Place
    weight_g: int
    volume_cm3: int
    cold: bool
    items_value_cents: int
    handover_code: str
    state: State = State.BOOKED
    seq: int = 0
    prepared_at: datetime | None = None
    ended_at: datetime | None = None
    items_net_cents: int | None = None

    def may_become(self, state: State) -> bool:
        return state in _NEXT[self.state]

    def becomes(self, state: State, at: datetime) -> Shipment:
        """Return the shipment in its next *state*, one event later.

        Raises
        ------
        InvalidTransition
            When a shipment in this state cannot become *state*.
        """
        if not self.may_become(state):
            raise InvalidTransition(
                f"shipment {self.shipment_id} is {self.state}, cannot become {state}",
                shipment_id=self.shipment_id,
                state=self.state.value,
            )
        return replace(
            self,
            state=state,
            seq=self.seq + 1,
            prepared_at=at if state is State.READY and not self.prepared_at else self.prepared_at,
            ended_at=at if state in FINAL else None,
        )

    def told(self) -> Shipment:
        """Return the shipment one event later, in the state it has: something was told of it."""
        return replace(self, seq=self.seq + 1)

    def packed(self, at: datetime) -> Shipment:
        """Return the shipment packed at *at*, in the state it has: a courier is on the way."""
        return replace(self, prepared_at=at)


class EventType(StrEnum):
    """What an event tells.  Most are a new state; the others leave the state as it was."""

    STATE = "shipment.state"
    AMENDED = "shipment.amended"
    REMINDED = "shipment.reminded"
    LABEL = "shipment.label"
    #: What was told before was at another minute, or for another reason.
    RETOLD = "shipment.retold"
    LATE = "promise.late"
    COMPLETED = "order.completed"
    CORRECTED = "order.corrected"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a shipment; written once, never changed.

    state    : the shipment's, after it
    position : place in the log of all shipments, given by the store (0: not yet written)
    at_device: when it happened, by the clock of whoever saw it
    at_server: when we learnt it
    data     : what a state cannot say, as JSON has it; None: the state says all.  Never
               a name, an address or a phone number: the log is kept longer than those

    Raises ``ValueError`` for a type that is not one of ``EventType``.
    """

    shipment_id: ShipmentId
    seq: int
    state: State
    at_device: datetime
    at_server: datetime
    actor: str
    reason: str | None = None
    position: int = 0
    type: EventType = EventType.STATE
    data: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", EventType(self.type))
        if self.data is not None:
            object.__setattr__(self, "data", MappingProxyType(dict(self.data)))
