"""A tour is laid out once for each form that questions look at, and again when it changed."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.windows import TimeWindow
from dispatch.operations.lines import OpenLine, line_at
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import Tour
from tests.operations.drawn import TEN, at, drawn_house, order, tours_today, with_stops

SPAN = at(30), at(540)


def lined(tour: Tour, ports: Ports) -> OpenLine:
    return line_at(tour, TEN, SPAN, ports)


def tour_of(ports: Ports, *orders: str) -> Tour:
    (tour,) = tours_today(ports)
    return with_stops(tour, *(order(name, "B") for name in orders))


def test_with_a_hold_and_without_it_a_tour_is_laid_out_once_each() -> None:
    ports = drawn_house()
    full, free = tour_of(ports, "one", "held"), tour_of(ports, "one")
    first, other = lined(full, ports).line, lined(free, ports).line
    assert (len(first.stops), len(other.stops)) == (4, 2)
    assert lined(full, ports).line is first
    assert lined(free, ports).line is other


def test_writing_a_tour_lays_nothing_out_and_its_version_is_told() -> None:
    ports = drawn_house()
    tour = tour_of(ports, "one")
    before = lined(tour, ports)
    written = replace(tour, version=tour.version + 1)
    after = lined(written, ports)
    assert after.line is before.line
    assert after.seen.tour is written


def test_a_stop_that_changed_lays_the_tour_out_anew() -> None:
    ports = drawn_house()
    tour = tour_of(ports, "one")
    before = lined(tour, ports)
    pickup, drop = tour.stops
    slow = replace(tour, stops=(pickup, replace(drop, service_s=drop.service_s + 60)))
    assert lined(slow, ports).line.stops[1, 0] == before.line.stops[1, 0] + 60
    assert lined(tour, ports).line is before.line


def test_a_shift_that_begins_later_is_not_the_one_remembered() -> None:
    ports = drawn_house()
    tour = tour_of(ports, "one")
    assert lined(tour, ports).seen.free_at == tour.shift.opens_at
    late = replace(tour, shift=TimeWindow(at(60), tour.shift.closes_at))
    assert lined(late, ports).seen.free_at == at(60)


def test_forms_long_not_asked_for_are_forgotten_and_made_alike_again() -> None:
    ports = drawn_house()
    tour = tour_of(ports, "one")
    before = lined(tour, ports)
    for n in range(20):
        lined(tour_of(ports, "one", f"held{n}"), ports)
    after = lined(tour, ports)
    assert after.line is not before.line
    assert after.line.stops.tolist() == before.line.stops.tolist()
    assert after.next_s.tolist() == before.next_s.tolist()
