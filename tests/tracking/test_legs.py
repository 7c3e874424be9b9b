"""Which facts measure the road, and which only tell how telephones are used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dispatch.core.places import Place
from dispatch.tracking.facts import FactKind
from dispatch.tracking.legs import legs_and_stays
from dispatch.tracking.tours import Tour
from tests.tracking.stops import at, stop, tour, window
from tests.tracking.test_facts import fact

DOOR = Place(44.51, 0.17, "door")
ARRIVED, DONE, FAILED = FactKind.ARRIVED, FactKind.DONE, FactKind.FAILED


def two_stops(**changes: Any) -> Tour:
    """A and B; the way to B counts one minute of parking."""
    return tour(stop("a"), replace(stop("b"), place=DOOR, setup_s=60, **changes))


def took_s(day: Tour, *said: tuple[str, FactKind, float]) -> tuple[list[int], list[int]]:
    """Seconds of the legs and of the stays that (stop, kind, minute) measure."""
    legs, stays = legs_and_stays(day, [fact(name, kind, minute) for name, kind, minute in said])
    return [leg.took_s for leg in legs], [stay.took_s for stay in stays]


def test_a_leg_runs_from_one_handover_to_the_next_arrival() -> None:
    day = two_stops()
    told = [fact("a", DONE, 5), fact("b", ARRIVED, 12), fact("b", DONE, 15)]

    (leg,), (stay,) = legs_and_stays(day, told)

    assert (leg.start, leg.end) == (day.stops[0].place, day.stops[1].place)
    assert (leg.left_at, leg.took_s, leg.setup_s) == (at(5), 420, 60)
    assert (stay.stop.stop_id, stay.took_s) == ("b", 180)


def test_facts_that_came_late_and_out_of_order_measure_the_same() -> None:
    said = [("a", DONE, 5), ("b", ARRIVED, 12), ("b", DONE, 15)]

    assert took_s(two_stops(), *said[::-1]) == took_s(two_stops(), *said) == ([420], [180])


def test_the_way_to_the_first_stop_is_no_leg() -> None:
    assert took_s(two_stops(), ("a", ARRIVED, 5), ("a", DONE, 8)) == ([], [180])


def test_who_presses_arrived_and_done_together_measures_nothing() -> None:
    assert took_s(two_stops(), ("a", DONE, 5), ("b", ARRIVED, 15), ("b", DONE, 15.1)) == ([], [])


def test_a_failed_stop_ends_a_leg_but_is_no_stay() -> None:
    told = [fact("a", FAILED, 5), fact("b", ARRIVED, 12), fact("b", FAILED, 20)]

    legs, stays = legs_and_stays(two_stops(), told)

    assert ([leg.took_s for leg in legs], stays) == ([420], ())


def test_who_had_to_wait_before_leaving_drove_no_leg() -> None:
    said = ("a", DONE, 5.0), ("b", ARRIVED, 40.0), ("b", DONE, 43.0)

    for waited in (two_stops(departed_at=at(33)), two_stops(published_at=at(33))):
        assert took_s(waited, *said) == ([], [180])
    assert took_s(two_stops(departed_at=at(5.5)), *said)[0] == [35 * 60]


def test_waiting_for_the_door_to_open_is_not_part_of_the_stay() -> None:
    later = two_stops(windows=(window(20, 60),))

    assert took_s(later, ("a", DONE, 5), ("b", ARRIVED, 12), ("b", DONE, 23)) == ([420], [180])


def test_two_parcels_at_one_door_are_no_leg() -> None:
    first = stop("a")
    same = tour(first, replace(stop("b"), place=first.place))

    assert took_s(same, ("a", DONE, 5), ("b", ARRIVED, 6), ("b", DONE, 8)) == ([], [120])


def test_a_stop_reported_while_another_was_still_open_measures_nothing() -> None:
    said = ("a", ARRIVED, 5), ("b", ARRIVED, 6), ("a", DONE, 8), ("b", DONE, 9)

    assert took_s(two_stops(), *said) == ([], [180])


def test_a_lunch_is_neither_leg_nor_stay() -> None:
    assert took_s(two_stops(), ("a", DONE, 5), ("b", ARRIVED, 130), ("b", DONE, 260)) == ([], [])


def test_an_arrival_quicker_than_parking_measures_nothing() -> None:
    said = ("a", DONE, 5), ("b", ARRIVED, 5.9), ("b", DONE, 9)

    assert took_s(two_stops(), *said)[0] == []
