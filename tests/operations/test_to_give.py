"""A wave gives out no plan by which a hold would be lost, and no order that would cost one.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops, x: a door

It is ten, and a wave is due.  ``near`` is packed at half past ten and goes next door, ``far``
is ready and goes 21 minutes away, and ``held`` counts on the hand-out at 10:32 to be brought
by 10:45.  Whoever rides ``far`` first is back at 10:54.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.core.ids import WaveId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.operations.express import places_for
from dispatch.operations.fit import Fit
from dispatch.operations.ports import Ports
from dispatch.operations.standing import standing
from dispatch.operations.to_give import ToGive, to_give
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import Stop, Tour
from tests.operations.drawn import TEN, at, drawn_house, order, tours_today, with_stops

FAR = Place(44.5, 0.185)
NEXT_DOOR = Place(44.5, 0.163)


def packed_at(minute: float, stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    fetch, *rest = stops
    window = TimeWindow(at(minute), fetch.windows[0].closes_at)
    return (replace(fetch, windows=(window,)), *rest)


def to(door: Place, stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    *fetch, drop = stops
    return (*fetch, replace(drop, place=door))


def counts_on(minute: float, stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    return tuple(replace(stop, release_at=at(minute)) for stop in stops)


NEAR = counts_on(2, packed_at(30, to(NEXT_DOOR, order("near", "F", due=60))))
GOES_FAR = counts_on(2, to(FAR, order("far", "F", due=120)))
HELD = tuple(
    replace(stop, held_until=at(14), shipment_ids=())
    for stop in counts_on(32, to(NEXT_DOOR, order("held", "B", due=45)))
)


def given(
    ports: Ports,
    tour: Tour,
    solved: Sequence[Sequence[str]] | None = None,
    *,
    by_hand: bool = False,
) -> ToGive:
    wave = Wave(WaveId("w"), TEN.date(), at(0), by_hand=by_hand)
    return to_give(standing([tour], at(0), ports), solved, (), wave, ports)


def names(tour: Tour) -> list[str]:
    return [stop.stop_id for stop in tour.stops]


def out(tour: Tour) -> list[str]:
    return [stop.stop_id for stop in tour.manifest]


def test_a_plan_that_would_cost_a_hold_does_not_leave() -> None:
    ports = drawn_house()
    tour = with_stops(tours_today(ports)[0], NEAR, HELD, GOES_FAR)
    far_first = ["held:0", "held:1", "far:0", "far:1", "near:0", "near:1"]
    plan = given(ports, tour, [far_first])
    assert plan.is_standing
    assert names(plan.tours[0]) == names(tour)
    assert out(plan.tours[0]) == ["near:0", "near:1", "far:0", "far:1"]


def test_a_plan_leaves_with_the_hold_in_another_place_where_there_is_one() -> None:
    """Nobody fetches it first, as the plan has it: that was to save the way back to B."""
    ports = drawn_house()
    later = (HELD[0], replace(HELD[1], due_at=at(54)))
    tour = with_stops(tours_today(ports)[0], NEAR, later, GOES_FAR)
    solved = ["held:0", "far:0", "far:1", "near:0", "near:1", "held:1"]
    plan = given(ports, tour, [solved])
    assert not plan.is_standing
    assert out(plan.tours[0]) == ["far:0", "far:1", "near:0", "near:1"]
    assert names(plan.tours[0]) == ["far:0", "far:1", "near:0", "held:0", "held:1", "near:1"]


@pytest.mark.parametrize("release", [2, 32])
def test_a_wave_asked_for_by_a_person_leaves_a_hold_its_courier(release: float) -> None:
    """An order after the hold, that counts on a wave to come, waits for that wave."""
    ports = drawn_house()
    tour = with_stops(tours_today(ports)[0], HELD, counts_on(release, GOES_FAR))
    plan = given(ports, tour, by_hand=True)
    harmless = release == 2  # the wave at ten takes it away from the hold anyway
    assert out(plan.tours[0]) == (["far:0", "far:1"] if harmless else [])
    assert names(plan.tours[0]) == names(tour)


def test_an_order_goes_behind_what_leaves_before_it_can() -> None:
    """At 9:50 somebody asks as of 10:32; by then the order booked for the wave of ten is on its
    way to the far door, and from there it is 23 minutes to B."""
    ports = drawn_house(now=at(-10))
    tour = with_stops(tours_today(ports)[0], GOES_FAR)
    new = counts_on(32, to(NEXT_DOOR, order("new", "B", due=90)))
    (fit,) = places_for([new], [tour], at(32), ports)
    assert isinstance(fit, Fit)
    assert names(fit.tour) == ["far:0", "far:1", "new:0", "new:1"]
    assert fit.tour.stops[2].eta_at == at(32 + 23)
    (none,) = places_for([(new[0], replace(new[1], due_at=at(50)))], [tour], at(32), ports)
    assert not isinstance(none, Fit)


def test_an_order_that_leaves_sooner_takes_no_hold_its_courier() -> None:
    """Booked for the wave of ten it would be on the far road when the hold's hand-out comes."""
    ports = drawn_house(now=at(-10))
    tour = with_stops(tours_today(ports)[0], HELD)
    (soon,) = places_for([GOES_FAR], [tour], at(2), ports)
    assert not isinstance(soon, Fit)
    (later,) = places_for([counts_on(32, GOES_FAR)], [tour], at(32), ports)
    assert isinstance(later, Fit)
    assert names(later.tour)[:2] == ["held:0", "held:1"]
