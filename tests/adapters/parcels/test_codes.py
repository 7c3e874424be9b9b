"""La Poste's codes: each known one has its name, and its meaning for a shipment."""

from __future__ import annotations

import pytest

from dispatch.adapters.parcels.codes import CODES, state_of
from dispatch.orders.shipments import State

#: The codes that "Suivi v2" documents, one line a meaning.
MEANS = {
    None: "DR1 DR2 ID0 PB1 PB2 DI3",
    State.TO_DROPOFF: "PC1 PC2 ET1 ET2 ET3 ET4 EP1 DO1 DO2 DO3 MD2",
    State.ATTEMPTED: "ND1",
    State.HELD_FOR_PICKUP: "AG1",
    State.DELIVERED: "DI0 DI1",
    State.RETURNING: "RE1",
    State.RETURNED: "DI2",
}


@pytest.mark.parametrize("state", MEANS)
def test_a_code_moves_a_shipment_as_written_by_hand(state: State | None) -> None:
    assert {code for code in CODES if state_of(code) is state} == set(MEANS[state].split())


def test_every_code_has_its_french_name() -> None:
    assert all(name for name, _ in CODES.values())


def test_a_code_nobody_documented_moves_nothing() -> None:
    assert state_of("XX9") is None
