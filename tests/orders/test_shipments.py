"""The life of a shipment, as a table: what may follow what, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import InvalidTransition
from dispatch.orders.shipments import FINAL, RECEIVED, WITH_MERCHANT, EventType, Shipment, State
from tests.adapters.storage_samples import NOON, event, shipment

#: Written down by hand from what may happen to a parcel, one line a state.
MAY_BECOME = {
    "booked": "preparing ready assigned cancelled",
    "preparing": "ready assigned cancelled",
    "ready": "assigned collected to_dropoff returning cancelled",
    "assigned": "booked ready to_pickup at_pickup picked_up pickup_failed cancelled",
    "to_pickup": "assigned at_pickup picked_up pickup_failed cancelled",
    "at_pickup": "picked_up pickup_failed cancelled",
    "pickup_failed": "ready assigned cancelled",
    "picked_up": "to_dropoff at_dropoff delivered attempted",
    "to_dropoff": "at_dropoff delivered attempted held_for_pickup returning",
    "at_dropoff": "delivered attempted",
    "attempted": "to_dropoff delivered held_for_pickup returning",
    "held_for_pickup": "collected returning",
    "returning": "returned collected delivered",
    "delivered": "returned",
    "collected": "returned",
    "returned": "",
    "cancelled": "",
}
LEGAL = [(State(a), State(b)) for a, after in MAY_BECOME.items() for b in after.split()]
ILLEGAL = [(a, b) for a in State for b in State if (a, b) not in LEGAL]


def in_state(state: State) -> Shipment:
    return replace(shipment(), state=state, seq=7)


def test_the_table_speaks_of_every_state() -> None:
    assert set(MAY_BECOME) == set(State)


@pytest.mark.parametrize(("before", "after"), LEGAL)
def test_what_may_follow_is_one_event_later(before: State, after: State) -> None:
    moved = in_state(before).becomes(after, NOON)
    assert (moved.state, moved.seq) == (after, 8)


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_what_may_not_follow_is_refused_by_name(before: State, after: State) -> None:
    stays = in_state(before)
    with pytest.raises(InvalidTransition, match=f"is {before}, cannot become {after}") as why:
        stays.becomes(after, NOON)
    assert why.value.facts == {"shipment_id": "s1", "state": before.value}


def test_a_parcel_on_board_cannot_be_cancelled() -> None:
    on_board = set(State) - WITH_MERCHANT - FINAL
    assert not any(in_state(state).may_become(State.CANCELLED) for state in on_board)
    assert all(in_state(state).may_become(State.CANCELLED) for state in WITH_MERCHANT)


def test_four_states_are_final() -> None:
    assert {
        State.DELIVERED,
        State.COLLECTED,
        State.RETURNED,
        State.CANCELLED,
    } == FINAL


def test_a_shipment_ends_when_its_state_is_final_and_not_before() -> None:
    assert in_state(State.PICKED_UP).becomes(State.ATTEMPTED, NOON).ended_at is None
    assert in_state(State.AT_DROPOFF).becomes(State.DELIVERED, NOON).ended_at == NOON


def test_it_was_prepared_the_first_time_it_was_ready() -> None:
    ready = in_state(State.PREPARING).becomes(State.READY, NOON)
    given_back = replace(ready, state=State.ASSIGNED).becomes(
        State.READY, NOON + timedelta(hours=1)
    )
    assert ready.prepared_at == given_back.prepared_at == NOON


def test_packing_is_noted_without_taking_the_courier_s_state() -> None:
    packed = in_state(State.TO_PICKUP).packed(NOON)
    assert (packed.state, packed.seq, packed.prepared_at) == (State.TO_PICKUP, 7, NOON)


@given(st.lists(st.sampled_from(list(State)), max_size=30))
def test_whatever_is_tried_the_events_are_counted_and_an_end_is_the_end(
    tried: list[State],
) -> None:
    one = shipment()
    done = 0
    for state in tried:
        if one.state in FINAL:  # only what was received can still be brought back
            assert one.may_become(state) == (one.state in RECEIVED and state is State.RETURNED)
        if one.may_become(state):
            one = one.becomes(state, NOON)
            done += 1
    assert one.seq == done
    assert (one.ended_at is not None) == (one.state in FINAL)


def test_what_is_told_of_a_shipment_counts_as_an_event_and_changes_no_state() -> None:
    told = in_state(State.READY).told()
    assert (told.state, told.seq, told.ended_at) == (State.READY, 8, None)


def test_an_event_of_an_undocumented_type_is_a_bug() -> None:
    with pytest.raises(ValueError, match=r"'shipment\.lost' is not a valid EventType"):
        replace(event(), type=cast(EventType, "shipment.lost"))


def test_what_an_event_says_can_no_longer_be_changed() -> None:
    said: dict[str, object] = {"days": 3}
    reminded = replace(event(), type=EventType.REMINDED, data=said)
    said["days"] = 4
    assert reminded.data == {"days": 3}
