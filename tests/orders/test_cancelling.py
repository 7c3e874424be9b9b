from __future__ import annotations

import pytest

from dispatch.orders.cancelling import STATES_BEFORE_THE_WAY, CancelRules, fee_cents
from dispatch.orders.shipments import WITH_MERCHANT, State


@pytest.mark.parametrize("state", STATES_BEFORE_THE_WAY)
def test_cancelling_may_be_free_in_any_state_before_a_courier_is_on_the_way(state: str) -> None:
    assert state in WITH_MERCHANT
    assert CancelRules(free_until=state).free_until == state


def test_once_a_courier_is_on_the_way_it_cannot_be_called_free() -> None:
    with pytest.raises(ValueError, match=r"free_until 'to_pickup' is unknown; known: .*'assigned'"):
        CancelRules(free_until="to_pickup")


@pytest.mark.parametrize(("before", "on_the_way"), [(-1, 250), (300, 250)])
def test_the_fee_never_falls_while_the_order_comes_nearer(before: int, on_the_way: int) -> None:
    with pytest.raises(ValueError, match=f"{before}, then {on_the_way}"):
        CancelRules(fee_cents=before, fee_once_on_the_way_cents=on_the_way)


RULES = CancelRules(free_until="preparing", fee_cents=100, fee_once_on_the_way_cents=250)


@pytest.mark.parametrize(
    ("states", "cents"),
    [
        ([State.BOOKED], 0),
        ([State.PREPARING], 0),
        ([State.READY], 100),
        ([State.BOOKED, State.ASSIGNED], 100),
        ([State.READY, State.TO_PICKUP], 250),
        ([State.AT_PICKUP, State.AT_PICKUP], 250),
        ([State.PICKUP_FAILED], 0),
    ],
)
def test_an_order_pays_once_by_the_furthest_of_its_parcels(states: list[State], cents: int) -> None:
    assert fee_cents(states, RULES) == cents
