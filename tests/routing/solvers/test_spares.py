from __future__ import annotations

from dataclasses import replace

from dispatch.routing.problem import Job
from dispatch.routing.solvers.spares import without_spares
from tests.routing.towns import courier, errand, halt, town

BREAD = errand("bread", halt(3), halt(8))


def test_of_idle_twins_one_stays() -> None:
    twins = town(BREAD, vehicles=tuple(courier(f"c{n}") for n in range(5)))
    few, kept = without_spares(twins, ((), (), (0, 1), (), ()))
    assert kept == (0, 2)
    assert [vehicle.vehicle_id for vehicle in few.vehicles] == ["c0", "c2"]


def test_vehicles_that_differ_all_stay() -> None:
    west, east = courier("west", start=0), courier("east", start=20)
    problem = town(BREAD, vehicles=(west, east, courier("big", capacity=20)))
    assert without_spares(problem, ((), (), ())) == (problem, (0, 1, 2))


def test_a_vehicle_somebody_is_tied_to_stays_and_the_tie_follows_it() -> None:
    own = Job("own", (halt(1),), halt(2), vehicles=frozenset({3}))
    twins = town(BREAD, own, vehicles=tuple(courier(f"c{n}") for n in range(4)))
    few, kept = without_spares(twins, ((), (), (), ()))
    assert kept == (0, 3)
    assert few.jobs[1].vehicles == frozenset({1})


def test_what_is_pinned_or_published_stays_with_its_vehicle() -> None:
    twins = town(BREAD, vehicles=tuple(courier(f"c{n}") for n in range(4)))
    told = replace(twins, pinned=((), (), (0, 1), ()), published=((), (), (), (0, 1)))
    few, kept = without_spares(told, ((), (), (), ()))
    assert kept == (0, 2, 3)
    assert (few.pinned, few.published) == (((), (0, 1), ()), ((), (), (0, 1)))
