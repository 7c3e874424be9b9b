"""What a merchant does with a shipment: pack it, hand it over, deliver it.

Decides which act moves a shipment where.  A courier's own acts are in
``progress``.
"""

from __future__ import annotations

from enum import StrEnum

from dispatch.core.errors import Forbidden, Invalid, InvalidTransition
from dispatch.core.ids import MerchantId
from dispatch.operations.ports import Ports
from dispatch.operations.steps import step
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode


class Act(StrEnum):
    """Buttons of the merchant's board."""

    PREPARE = "prepare"
    READY = "ready"
    COLLECTED = "collected"
    POSTED = "posted"
    LEAVE = "leave"
    DELIVERED = "delivered"


_LEADS_TO = {
    Act.PREPARE: State.PREPARING,
    Act.READY: State.READY,
    Act.COLLECTED: State.COLLECTED,
    Act.POSTED: State.TO_DROPOFF,
    Act.LEAVE: State.TO_DROPOFF,
    Act.DELIVERED: State.DELIVERED,
}
#: Acts that only make sense in one mode; the others in any.
_ONLY_IN = {
    Act.COLLECTED: Mode.COLLECT,
    Act.POSTED: Mode.STANDARD,
    Act.LEAVE: Mode.MERCHANT,
    Act.DELIVERED: Mode.MERCHANT,
}

#: A courier is already sent: packing it is noted, but the state is the courier's now.
_WITH_A_TOUR = frozenset({State.ASSIGNED, State.TO_PICKUP, State.AT_PICKUP})


def act(
    what: Act, shipment_id: str, merchant_id: MerchantId, ports: Ports, *, code: str | None = None
) -> Shipment:
    """Do *what* to the merchant's own shipment and return it.

    code : what the collecting customer says; needed for ``Act.COLLECTED``

    Raises
    ------
    Forbidden
        When the shipment is another merchant's.
    Invalid
        When the code is not this shipment's.
    InvalidTransition
        When the shipment cannot go there from where it is.
    """
    now = ports.clock.now()
    with ports.store.writing() as tx:
        shipment = tx.shipment(shipment_id)
        if shipment.merchant_id != merchant_id:
            raise Forbidden(f"shipment {shipment_id} is another merchant's")
        if shipment.mode is not _ONLY_IN.get(what, shipment.mode):
            raise InvalidTransition(
                f"shipment {shipment_id} goes by {shipment.mode}, cannot be {what}",
                shipment_id=shipment_id,
                state=shipment.state.value,
            )
        if what is Act.COLLECTED and code != shipment.handover_code:
            raise Invalid("this is not the code of this parcel", field="code")
        if what is Act.READY and shipment.state in _WITH_A_TOUR:
            if shipment.prepared_at is not None:
                return shipment
            packed = shipment.packed(now)
            tx.put_shipment(packed)
            return packed
        if shipment.state is _LEADS_TO[what]:
            return shipment  # a second tap on the same button
        return step(shipment, _LEADS_TO[what], tx, ports, actor="merchant")
