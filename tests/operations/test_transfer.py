"""What is left behind, by itself: where parcels change hands, and that it is forgotten."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.ids import MerchantId, ShipmentId
from dispatch.core.places import Place
from dispatch.operations.forgetting import without_doorsteps
from dispatch.operations.transfer import is_transfer, last_known, rest_of
from dispatch.tracking.tours import StopKind, StopState
from tests.tracking.stops import DEPOT, at, stop, tour

PARCEL = ShipmentId("s1")
FETCHED = replace(
    stop("q1:0", StopKind.PICKUP, quote="q1", state=StopState.DONE, ended=5),
    merchant_id=MerchantId("m1"),
    shipment_ids=(PARCEL,),
    load=(1000, 8, 0),
)
DOOR = replace(stop("q1:1", quote="q1"), shipment_ids=(PARCEL,), load=(1000, 8, 0))
BESIDE_THE_ROAD = Place(44.6031, 0.2017)


def test_what_is_on_board_is_fetched_where_the_phone_was_last_and_then_brought() -> None:
    begun = replace(tour(FETCHED, DOOR), seen=BESIDE_THE_ROAD)
    transfer, door = rest_of(begun, at(9))
    assert is_transfer(transfer) and not is_transfer(door)
    assert (transfer.place, transfer.load) == (BESIDE_THE_ROAD, (1000, 8, 0))
    assert (transfer.shipment_ids, door.stop_id) == ((PARCEL,), "q1:1")


def test_parcels_that_change_hands_twice_are_two_visits() -> None:
    first, _ = rest_of(tour(FETCHED, DOOR), at(9))
    done = replace(first, state=StopState.DONE, ended_at=at(20))
    second, _ = rest_of(tour(done, DOOR), at(30))
    assert (first.stop_id, second.stop_id) == ("q1:x1", "q1:x2")


def test_a_shop_not_visited_yet_is_visited_as_planned_by_nobody_in_particular() -> None:
    left_for = stop("q2:0", StopKind.PICKUP, quote="q2", departed=3)
    (visit,) = rest_of(tour(left_for), at(9))
    assert visit == replace(left_for, departed_at=None)


def test_who_told_nothing_yet_is_where_the_shift_began() -> None:
    assert last_known(tour(DOOR)) == DEPOT
    assert last_known(replace(tour(DOOR), seen=BESIDE_THE_ROAD)) == BESIDE_THE_ROAD
    there = replace(DOOR, state=StopState.ARRIVED, place=Place(44.7, 0.3))
    assert last_known(replace(tour(there), seen=BESIDE_THE_ROAD)) == there.place


def test_where_couriers_met_is_forgotten_with_the_doorsteps() -> None:
    transfer, door = rest_of(replace(tour(FETCHED, DOOR), seen=BESIDE_THE_ROAD), at(9))
    old = without_doorsteps(tour(FETCHED, transfer, door))
    assert old.stops[0].place == FETCHED.place
    assert old.stops[1].place != BESIDE_THE_ROAD
