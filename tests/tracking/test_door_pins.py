"""Which taps on "the door is here" count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.core.ids import CourierId, QuoteId, TourId
from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.tracking.door_pins import DoorPin, PinState, first_state, winner

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
MAP = Place(44.5, 0.16)


def north(metres: float) -> Place:
    return Place(44.5 + metres / METRES_PER_DEGREE, 0.16)


def pin(
    name: str = "p1", *, at_min: float = 0, learnt_min: float = 0, **changes: object
) -> DoorPin:
    tapped = DoorPin(
        pin_id=name,
        address_key="12 rue paix 47200",
        place=north(80),
        known=MAP,
        courier_id=CourierId("c_lea"),
        tour_id=TourId("t1"),
        stop_id="q1:1",
        quote_id=QuoteId("q1"),
        at=NOON + timedelta(minutes=at_min),
        at_server=NOON + timedelta(minutes=learnt_min),
        accuracy_m=8.0,
        state=PinState.KEPT,
    )
    return replace(tapped, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metres", "state"),
    [(0, PinState.KEPT), (299, PinState.KEPT), (301, PinState.ASKED), (9_000, PinState.ASKED)],
)
def test_a_door_beyond_300_m_waits_for_a_person(metres: float, state: PinState) -> None:
    assert first_state(MAP, north(metres)) is state


def test_how_far_the_door_was_is_told_in_metres() -> None:
    assert pin().away_m == 80


@pytest.mark.parametrize("accuracy_m", [50.1, 1_000, -1, float("nan"), float("inf")])
def test_a_vague_position_is_no_door(accuracy_m: float) -> None:
    with pytest.raises(ValueError, match="accuracy_m is"):
        pin(accuracy_m=accuracy_m)


def test_a_pin_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the address"):
        pin(address_key="")


def test_the_tap_made_last_wins_however_late_it_is_told() -> None:
    early_told_late = pin("p1", at_min=0, learnt_min=90)
    late = pin("p2", at_min=30, learnt_min=31)
    assert winner([early_told_late, late]) == late
    assert winner([late, early_told_late]) == late


def test_only_kept_pins_win() -> None:
    kept, asked = pin("p1"), pin("p2", at_min=5, state=PinState.ASKED)
    undone = pin("p3", at_min=9).decided(PinState.UNDONE, NOON)
    assert winner([kept, asked, undone]) == kept
    assert winner([asked, undone]) is None
    assert winner([]) is None
