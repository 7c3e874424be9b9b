"""The benchmark's waves are the house's own work, and the same for everybody."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.common.waves import town_wave
from dispatch.fleet.vehicles import VehicleKind
from dispatch.routing.check import violations
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy


def same(a: Problem, b: Problem) -> bool:
    ways = all(np.array_equal(x, y) for x, y in zip(a.travel_s, b.travel_s, strict=True))
    return ways and (a.vehicles, a.jobs) == (b.vehicles, b.jobs)


def test_the_same_seed_is_the_same_wave_and_another_is_another() -> None:
    assert same(town_wave(6, 2, seed=1), town_wave(6, 2, seed=1))
    assert not same(town_wave(6, 2, seed=1), town_wave(6, 2, seed=2))


def test_a_wave_has_as_many_orders_and_couriers_as_were_asked_for() -> None:
    wave = town_wave(7, 3, seed=1)

    assert (len(wave.jobs), len(wave.vehicles)) == (7, 3)


@pytest.mark.parametrize("plain", [True, False])
def test_a_wave_can_be_delivered(plain: bool) -> None:
    wave = town_wave(10, 2, seed=1, plain=plain)
    plan = greedy.solve(wave, budget_s=1.0)

    assert violations(wave, plan) == []
    assert len(plan.unserved) < 5


def test_a_plain_wave_asks_nothing_that_an_engine_may_not_know() -> None:
    wave = town_wave(40, 4, seed=1, plain=True)

    assert {len(job.pickups) for job in wave.jobs} == {1}
    assert {len(visit.windows) for visit in wave.visits} == {1}
    assert {visit.due_s for visit in wave.visits} == {None}


def test_a_full_wave_has_two_shops_closings_at_noon_and_promises_that_can_be_late() -> None:
    wave = town_wave(40, 4, seed=1)

    assert {len(job.pickups) for job in wave.jobs} == {1, 2}
    assert {len(visit.windows) for visit in wave.visits} == {1, 2}
    assert all(job.drop.due_s is not None for job in wave.jobs)
    assert all((job.drop.due_s or 0) <= job.drop.windows[-1][1] for job in wave.jobs)


def test_a_promise_ends_within_four_hours_of_its_order() -> None:
    wave = town_wave(40, 4, seed=1, plain=True, over_min=1)

    # Everybody orders at nine o'clock, second 0.
    assert max(job.drop.windows[-1][1] for job in wave.jobs) < 4 * 3600


def test_couriers_ride_their_own_vehicles_from_both_towns() -> None:
    wave = town_wave(20, 6, seed=1)

    assert len({courier.start for courier in wave.vehicles}) > 1
    kinds = [courier.vehicle_id.rpartition("-")[0] for courier in wave.vehicles]
    assert len(set(kinds)) > 1
    assert [courier.profile for courier in wave.vehicles] == [
        list(VehicleKind).index(VehicleKind(kind)) for kind in kinds
    ]


def test_a_bicycle_is_slower_than_a_car_on_the_road_between_the_towns() -> None:
    wave = town_wave(20, 2, seed=1)
    bike_s, car_s = (
        wave.travel_s[list(VehicleKind).index(kind)] for kind in (VehicleKind.BIKE, VehicleKind.CAR)
    )
    farthest = np.unravel_index(int(car_s.argmax()), car_s.shape)

    assert bike_s[farthest] > 2 * car_s[farthest]


def test_a_wave_without_orders_or_couriers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        town_wave(0, 2, seed=1)
    with pytest.raises(ValueError, match="at least one"):
        town_wave(2, 0, seed=1)
