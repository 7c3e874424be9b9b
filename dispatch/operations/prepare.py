"""What a merchant does with a shipment: pack it, hand it over, deliver it, take it back.

Decides which act moves a shipment where.  A courier's own acts are in
``progress``.
"""

from __future__ import annotations

from enum import StrEnum

from dispatch.core.errors import DispatchError, Forbidden, InvalidTransition
from dispatch.core.ids import MerchantId
from dispatch.operations.collecting import hand_over
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steps import step
from dispatch.orders.shipments import RECEIVED, Shipment, State
from dispatch.slots.service_levels import Mode


class Act(StrEnum):
    """Buttons of the merchant's board."""

    PREPARE = "prepare"
    READY = "ready"
    COLLECTED = "collected"
    POSTED = "posted"
    LEAVE = "leave"
    DELIVERED = "delivered"
    TAKEN_BACK = "taken_back"


_LEADS_TO = {
    Act.PREPARE: State.PREPARING,
    Act.READY: State.READY,
    Act.COLLECTED: State.COLLECTED,
    Act.POSTED: State.TO_DROPOFF,
    Act.LEAVE: State.TO_DROPOFF,
    Act.DELIVERED: State.DELIVERED,
    Act.TAKEN_BACK: State.RETURNED,
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


#: Why what the customer had is back: kept with the event.
BROUGHT_BACK = "brought_back"


def act(
    what: Act,
    shipment_id: str,
    merchant_id: MerchantId,
    ports: Ports,
    *,
    code: str | None = None,
    by: str = "",
) -> Shipment:
    """Do *what* to the merchant's own shipment and return it.

    code : what the collecting customer says; needed for ``Act.COLLECTED``
    by   : who came for it, when it is not the customer

    Raises
    ------
    Forbidden
        When the shipment is another merchant's.
    Invalid
        When the code is not this shipment's.
    TooManyTries
        When wrong codes were said too often a moment ago.
    InvalidTransition
        When the shipment cannot go there from where it is.
    """
    with ports.store.writing() as tx:
        done = _act(what, tx.shipment(shipment_id), merchant_id, tx, ports, code, by)
    # A wrong code is counted, and that has to stay: only now is it refused.
    if isinstance(done, DispatchError):
        raise done
    return done


def _act(
    what: Act,
    shipment: Shipment,
    merchant_id: MerchantId,
    tx: Transaction,
    ports: Ports,
    code: str | None,
    by: str,
) -> Shipment | DispatchError:
    if shipment.merchant_id != merchant_id:
        raise Forbidden(f"shipment {shipment.shipment_id} is another merchant's")
    kept = what is Act.COLLECTED and shipment.state in (State.HELD_FOR_PICKUP, State.COLLECTED)
    if not kept and shipment.mode is not _ONLY_IN.get(what, shipment.mode):
        raise InvalidTransition(
            f"shipment {shipment.shipment_id} goes by {shipment.mode}, cannot be {what}",
            shipment_id=shipment.shipment_id,
            state=shipment.state.value,
        )
    if what is Act.READY and shipment.state in _WITH_A_TOUR:
        if shipment.prepared_at is not None:
            return shipment
        packed = shipment.packed(ports.clock.now())
        tx.put_shipment(packed)
        return packed
    if what is Act.COLLECTED:
        return hand_over(shipment, code, by, tx, ports)
    if shipment.state is _LEADS_TO[what]:
        return shipment  # a second tap on the same button
    reason = BROUGHT_BACK if shipment.state in RECEIVED else None
    return step(shipment, _LEADS_TO[what], tx, ports, actor="merchant", reason=reason)
