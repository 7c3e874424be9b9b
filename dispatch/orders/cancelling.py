"""What cancelling costs, by how far the order has come: the marketplace's rules.

Decides no single case.  Whether an order can still be cancelled is its shipments' own
state machine; from the moment a courier has a parcel it cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.orders.shipments import State

#: A merchant still has the parcel, and no courier is under way for it; in this order.
STATES_BEFORE_THE_WAY: Final = (State.BOOKED, State.PREPARING, State.READY, State.ASSIGNED)


@dataclass(frozen=True, slots=True)
class CancelRules:
    """The settings' table ``[cancelling]``.  Fees are in cents, VAT included.

    free_until                : the last state in which cancelling costs nothing
    fee_cents                 : after that, until a courier is under way to the shop
    fee_once_on_the_way_cents : while a courier is under way to the shop, or in it

    First guesses: the pilot has no rule of its own yet.
    """

    free_until: str = State.ASSIGNED.value
    fee_cents: int = 0
    fee_once_on_the_way_cents: int = 250

    def __post_init__(self) -> None:
        known = [state.value for state in STATES_BEFORE_THE_WAY]
        if self.free_until not in known:
            raise ValueError(f"free_until {self.free_until!r} is unknown; known: {known}")
        if not 0 <= self.fee_cents <= self.fee_once_on_the_way_cents:
            raise ValueError(
                "a fee is at least 0 and does not fall once a courier is on the way: "
                f"{self.fee_cents}, then {self.fee_once_on_the_way_cents}"
            )


#: A courier is under way to the shop for this very parcel, or waits there.
_ON_THE_WAY: Final = frozenset({State.TO_PICKUP, State.AT_PICKUP})


def fee_cents(states: Sequence[State], rules: CancelRules) -> int:
    """Return what cancelling shipments in *states* costs: once an order, by the furthest of them.

    A parcel that its shop could not hand over costs the customer nothing.
    """
    if any(state in _ON_THE_WAY for state in states):
        return rules.fee_once_on_the_way_cents
    free = STATES_BEFORE_THE_WAY.index(State(rules.free_until))
    paid = STATES_BEFORE_THE_WAY[free + 1 :]
    return rules.fee_cents if any(state in paid for state in states) else 0
