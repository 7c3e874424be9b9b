"""Small towns for the routing tests: one straight street, one number per house.

House n is n ticks of walking from house 0, so every time can be done in the head.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from dispatch.routing.problem import IntMatrix, Job, Problem, Vehicle, Visit, Weights

ALWAYS = ((0, 1000),)


def street(houses: int = 21, pace: int = 1) -> IntMatrix:
    """Travel between houses 0 … houses - 1, *pace* ticks from one to the next."""
    at = np.arange(houses, dtype=np.int64)
    steps: IntMatrix = np.abs(at[:, None] - at[None, :])
    return steps * pace


def halt(
    house: int,
    load: int = 1,
    windows: tuple[tuple[int, int], ...] = ALWAYS,
    service: int = 0,
    due: int | None = None,
) -> Visit:
    return Visit(house, windows, service, (load,), due)


def errand(name: str, fetch: Visit, drop: Visit) -> Job:
    return Job(name, (fetch,), drop)


def courier(
    name: str = "lea",
    start: int = 0,
    end: int | None = None,
    until: int = 1000,
    capacity: int = 10,
    profile: int = 0,
    price: int = 1,
) -> Vehicle:
    return Vehicle(name, start, end, 0, until, (capacity,), profile, price)


def town(
    *jobs: Job,
    vehicles: tuple[Vehicle, ...] = (courier(),),
    weights: Weights = Weights(),
    travel: tuple[IntMatrix, ...] = (street(),),
) -> Problem:
    return Problem(travel, vehicles, jobs, weights)


@st.composite
def visits(draw: st.DrawFn, load: int) -> Visit:
    opens = draw(st.integers(0, 60))
    closes = opens + draw(st.integers(5, 60))
    windows: tuple[tuple[int, int], ...] = ((opens, closes),)
    if draw(st.booleans()):
        again = closes + draw(st.integers(2, 20))
        windows = (*windows, (again, again + draw(st.integers(0, 20))))
    due = draw(st.none() | st.integers(opens, closes + 20))
    return halt(draw(st.integers(0, 20)), load, windows, draw(st.integers(0, 3)), due)


@st.composite
def days(
    draw: st.DrawFn, max_jobs: int = 6, max_pickups: int = 3, max_vehicles: int = 3
) -> Problem:
    """A random day: windows, several pickups, two paces, optional ends; some is on board."""
    vehicles = tuple(
        courier(
            f"c{v}",
            draw(st.integers(0, 20)),
            draw(st.none() | st.integers(0, 20)),
            draw(st.integers(20, 150)),
            draw(st.integers(1, 6)),
            draw(st.integers(0, 1)),
            draw(st.integers(0, 3)),
        )
        for v in range(draw(st.integers(1, max_vehicles)))
    )
    jobs = []
    for j in range(draw(st.integers(0, max_jobs))):
        loads = draw(st.lists(st.integers(0, 3), max_size=max_pickups))
        pickups = tuple(draw(visits(load)) for load in loads)
        mine = frozenset({draw(st.integers(0, len(vehicles) - 1))})
        only = mine if not loads or draw(st.integers(0, 3)) == 0 else None
        aboard = 0 if only is None else draw(st.integers(0, 3))
        drop = draw(visits(sum(loads) + aboard))
        jobs.append(Job(f"j{j}", pickups, drop, only, draw(st.integers(1, 3))))
    weights = Weights(
        paid_per_s=draw(st.integers(0, 2)), vehicle_used=draw(st.sampled_from([0, 50]))
    )
    return Problem((street(), street(pace=2)), vehicles, tuple(jobs), weights)
