"""Does anybody hand out tours?  Who reads them can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.operations.overdue import Overdue, overdue
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import Tour
from tests.fakes.house import clock_of
from tests.operations.drawn import at, drawn_house, order, tours_today, with_stops


@pytest.fixture
def drawn() -> Ports:
    """Ten o'clock; a wave of this house is taken over after 61 seconds, its tick is 60."""
    return drawn_house()


def counting_on(minute: float, ports: Ports, **of_stop: object) -> Tour:
    """Anna's tour with one order that counts on the hand-out of that minute after ten."""
    (tour,) = tours_today(ports)
    stops = order("one", "B")
    return with_stops(tour, tuple(replace(s, release_at=at(minute), **of_stop) for s in stops))  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(("seconds", "tells"), [(0, False), (121, False), (122, True)])
def test_nobody_hands_out_when_even_who_takes_over_should_have(
    drawn: Ports, seconds: int, tells: bool
) -> None:
    tour = counting_on(10, drawn)
    clock_of(drawn).advance(minutes=10, seconds=seconds)
    assert overdue([tour], drawn) == (Overdue(at(10), 1) if tells else None)


@pytest.mark.parametrize(
    "of_stop", [{"published_at": at(0)}, {"held_until": at(15)}], ids=["given", "held"]
)
def test_what_is_given_or_only_held_is_not_overdue(
    drawn: Ports, of_stop: dict[str, object]
) -> None:
    tour = counting_on(0, drawn, **of_stop)
    clock_of(drawn).advance(minutes=30)
    assert overdue([tour], drawn) is None


def test_orders_are_counted_once_and_the_first_tells_since_when(drawn: Ports) -> None:
    (tour,) = tours_today(drawn)
    early = tuple(replace(s, release_at=at(5)) for s in order("early", "B", "F"))
    late = tuple(replace(s, release_at=at(8)) for s in order("late", "B"))
    clock_of(drawn).advance(minutes=30)
    assert overdue([with_stops(tour, late, early)], drawn) == Overdue(at(5), 2)
