"""Where learnt factors go: into times, never into ways, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.learnt import PacedStreets, as_learnt, drop_s, pickup_s
from dispatch.operations.ports import Ports
from dispatch.orders.quotes import Doorstep
from tests.fakes.house import embedded_town, house


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
        def durations_s(self, *_: object, **__: object) -> np.ndarray:  # type: ignore[type-arg]
            return np.array([[0, 100], [101, UNREACHABLE_S]])

    paced = PacedStreets(Drawn(), LEARNT)  # type: ignore[arg-type]

    assert paced.durations_s([], "car").tolist() == [[0, 120], [122, UNREACHABLE_S]]
    assert paced.durations_s([], "bike").tolist() == [[0, 100], [101, UNREACHABLE_S]]


def test_ways_and_metres_are_those_of_the_streets() -> None:
    town = embedded_town()
    shops = [m.place for m in town.territory.merchants.values()][:2]
    paced = PacedStreets(town.streets, LEARNT)

    assert paced.path(*shops, "car") == town.streets.path(*shops, "car")
    assert (paced.distances_m(shops, "car") == town.streets.distances_m(shops, "car")).all()
    assert paced.contains(shops[0])
    assert not paced.contains(Place(48.85, 2.35))
    assert paced.snap_m(shops[0]) == town.streets.snap_m(shops[0])


def test_a_shop_and_a_door_take_what_was_learnt_there_and_others_what_is_set(ports: Ports) -> None:
    flat, lodge = (Doorstep(Place(44.5, 0.2), "12 Rue", note) for note in ("2e étage", ""))

    assert (pickup_s("m1", ports), pickup_s("m2", ports)) == (240, 120)
    assert (drop_s(flat, ports), drop_s(lodge, ports)) == (270, 180)
    assert pickup_s("m1", house()) == 120


def test_an_act_within_an_act_does_not_correct_twice(ports: Ports) -> None:
    assert as_learnt(ports) is ports


def test_a_factor_nobody_can_have_learnt_is_refused() -> None:
    for factor in (0.0, 11.0, float("nan")):
        with pytest.raises(ValueError, match="factor"):
            Lesson(Subject.WAYS, "car", 3, factor)
    with pytest.raises(ValueError, match="facts"):
        Lesson(Subject.WAYS, "car", -1, 1.0)
    with pytest.raises(ValueError, match="backwards"):
        replace(LEARNT, last_day=date(2026, 10, 1))
