"""Where learnt factors go: into times, never into ways, and once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pytest

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.operations.book import BookRequest, book
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.depart import announce_departures
from dispatch.operations.learnt import PacedStreets, as_learnt, drop_s, pickup_s
from dispatch.operations.manifest import courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.quotes import Doorstep
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.facts import FactKind
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, embedded_town, house
from tests.fakes.town import express_shops

T = TypeVar("T")


def taught(*lessons: tuple[Subject, str, float]) -> Calibration:
    return Calibration(
        "cal_1",
        date(2026, 11, 1),
        date(2026, 11, 23),
        20,
        tuple(Lesson(subject, key, 20, factor) for subject, key, factor in lessons),
        house().clock.now(),
    )


LEARNT = taught((Subject.WAYS, "car", 1.2), (Subject.SHOP, "m1", 2.0), (Subject.DOOR, "flat", 1.5))


@pytest.fixture
def ports() -> Ports:
    return replace(house(), learnt=LEARNT)


def test_every_way_of_the_vehicle_takes_its_factor_and_no_road_stays_no_road() -> None:
    class Drawn:
        def durations_s(self, *_: object, **__: object) -> IntMatrix:
            return np.array([[0, 100], [101, UNREACHABLE_S]])

    paced = PacedStreets(Drawn(), LEARNT)  # type: ignore[arg-type]

    assert paced.durations_s([], "car").tolist() == [[0, 120], [122, UNREACHABLE_S]]
    assert paced.durations_s([], "bike").tolist() == [[0, 100], [101, UNREACHABLE_S]]


def test_ways_and_metres_are_those_of_the_streets() -> None:
    town = embedded_town()
    shops = [m.place for m in town.territory.merchants.values()][:2]
    here, there = shops
    paced = PacedStreets(town.streets, LEARNT)

    assert paced.path(here, there, "car") == town.streets.path(here, there, "car")
    assert (paced.distances_m(shops, "car") == town.streets.distances_m(shops, "car")).all()
    assert paced.contains(shops[0])
    assert not paced.contains(Place(48.85, 2.35))
    assert paced.snap_m(shops[0]) == town.streets.snap_m(shops[0])


def test_a_shop_and_a_door_take_what_was_learnt_there_and_others_what_is_set(ports: Ports) -> None:
    flat, lodge = (Doorstep(Place(44.5, 0.2), "12 Rue", note) for note in ("2e étage", ""))

    assert (pickup_s("m1", ports), pickup_s("m2", ports)) == (240, 120)
    assert (drop_s(flat, ports), drop_s(lodge, ports)) == (270, 180)
    assert pickup_s("m1", house()) == 120


def test_an_act_within_an_act_does_not_correct_twice() -> None:
    ports = house()
    with ports.store.writing() as tx:
        tx.add_calibration(LEARNT)
    shops = [m.place for m in ports.territory.merchants.values()][:2]

    once = as_learnt(ports)

    assert as_learnt(once) is once
    seconds, paced = (int(p.streets.durations_s(shops, "car")[0, 1]) for p in (ports, once))
    assert paced == pytest.approx(1.2 * seconds, abs=1)


def test_a_factor_nobody_can_have_learnt_is_refused() -> None:
    for factor in (0.0, 11.0, float("nan")):
        with pytest.raises(ValueError, match="factor"):
            Lesson(Subject.WAYS, "car", 3, factor)
    with pytest.raises(ValueError, match="facts"):
        Lesson(Subject.WAYS, "car", -1, 1.0)
    with pytest.raises(ValueError, match="backwards"):
        replace(LEARNT, last_day=date(2026, 10, 1))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the corrected streets were asked: ways, or in which hours ways known are theirs."""
    questions: list[object] = []

    def watched(self: PacedStreets, *args: Any, **more: Any) -> IntMatrix:
        questions.append(args)
        return self.streets.durations_s(*args, **more)

    def watched_hours(self: PacedStreets, at: Any) -> Hashable:
        questions.append(at)
        return self.streets.hours(at)

    monkeypatch.setattr(PacedStreets, "durations_s", watched)
    monkeypatch.setattr(PacedStreets, "hours", watched_hours)
    return questions


def test_every_act_that_looks_at_ways_asks_the_corrected_ones(asked: list[object]) -> None:
    ports = house()
    with ports.store.writing() as tx:
        tx.add_calibration(LEARNT)

    def asks(act: Callable[[], T]) -> T:
        asked.clear()
        answer = act()
        assert asked
        return answer

    given = asks(lambda: quote(an_order(ports, express_shops(ports)[0]), SHOP, ports))
    request = BookRequest(given.quote_id, given.options[0].option_id, CUSTOMER)
    asks(lambda: book(request, SHOP, ports))
    clock_of(ports).advance(minutes=90)  # the parcel is ready: who gets it leaves
    asks(lambda: wave_by_hand(ports))
    with ports.store.reading() as tx:
        (tour,) = (t for t in tx.tours(date(2026, 11, 24)) if t.manifest)
    asks(lambda: courier_day(tour.courier_id, ports))
    stop, now = tour.manifest[0], ports.clock.now()
    report = Report("f1", tour.tour_id, stop.stop_id, FactKind.ARRIVED, now)
    asks(lambda: record(report, tour.courier_id, ports))
    clock_of(ports).advance(minutes=5)
    done = Report("f2", tour.tour_id, stop.stop_id, FactKind.DONE, ports.clock.now())
    asks(lambda: record(done, tour.courier_id, ports))


def test_who_leaves_when_is_looked_up_on_the_corrected_ways(asked: list[object]) -> None:
    ports = house()
    given = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    book(BookRequest(given.quote_id, given.options[0].option_id, CUSTOMER), SHOP, ports)
    wave_by_hand(ports)
    with ports.store.writing() as tx:
        tx.add_calibration(LEARNT)
        tours = [t for t in tx.tours(date(2026, 11, 24)) if t.manifest]
    assert all(t.manifest[0].departed_at is None for t in tours)

    announce_departures(ports)

    assert asked
