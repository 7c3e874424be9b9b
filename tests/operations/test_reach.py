"""What is reached from a shop or an address: bands, communes, and clear words for a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from dispatch.core.errors import Invalid, NotFound
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.ports import Geocoder, Ports
from dispatch.operations.reach import Reach, ReachAsked, bands_min, hours_known, reach
from dispatch.operations.territory import Commune
from dispatch.streets.network import StreetNetwork
from dispatch.streets.slices import Slice
from tests.fakes.house import house
from tests.fakes.moody_streets import MoodyStreets
from tests.streets.drawing import Street, at, draw

BIKE = VehicleKind.BIKE


def village(*slices: Slice) -> Ports:
    """Three streets of 160 m in a row, 36 s each by bike (16 km/h): in A, in B, in no commune.

    F --- . --- . --- .
    """
    streets = [Street(0, 1, commune=0), Street(1, 2, commune=1), Street(2, 3, commune=-1)]
    arrays = draw([(0, 0), (160, 0), (320, 0), (480, 0)], streets)
    arrays = replace(arrays, commune=arrays.commune.astype("int16"))
    ports = house()
    shop_id, shop = next(iter(ports.territory.merchants.items()))
    land = replace(
        ports.territory,
        merchants={shop_id: replace(shop, place=at(0, 0))},
        gazetteer=(Commune("47001", "A", 10, True), Commune("47002", "B", 20, False)),
    )
    return replace(ports, streets=StreetNetwork(arrays, slices=slices), territory=land)


def from_shop(ports: Ports, minutes: int) -> Reach:
    (shop_id,) = ports.territory.merchants
    found = reach(ReachAsked(shop_id, "", BIKE, minutes), ports)
    assert isinstance(found, Reach)
    return found


def test_metres_are_told_by_commune_the_most_first() -> None:
    """In one minute 267 m: the whole of A and two thirds of B."""
    found = from_shop(village(), 1)
    assert [(c.name, c.served, round(c.share, 2)) for c in found.communes] == [
        ("A", True, 1.0),
        ("B", False, 0.67),
    ]
    assert found.open_country is None
    assert found.inside_km == (0.3,)


def test_what_is_in_no_commune_is_told_apart() -> None:
    found = from_shop(village(), 2)
    assert found.open_country is not None
    assert round(found.open_country.inside_km[-1], 3) == 0.16
    assert found.open_country.share == 1.0


def test_learnt_times_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bicycles were seen to take a quarter longer: 213 m a minute instead of 267."""
    lesson = Lesson(Subject.WAYS, "bike", 20, 1.25)
    days = date(2026, 11, 1), date(2026, 11, 23)
    ports = village()
    taught = Calibration("cal_1", *days, 20, (lesson,), ports.clock.now())
    monkeypatch.setattr(
        "dispatch.operations.reach.as_learnt", lambda given: replace(given, learnt=taught)
    )
    assert from_shop(ports, 1).reached.metres.sum() == pytest.approx(213.3, abs=0.1)


@pytest.mark.parametrize(
    ("minutes", "bands"),
    [
        (1, (1,)),
        (5, (5,)),
        (12, (5, 10, 12)),
        (20, (5, 10, 15, 20)),
        (21, (10, 20, 21)),
        (60, (15, 30, 45, 60)),
    ],
)
def test_there_are_at_most_four_bands_and_the_last_is_what_was_asked(
    minutes: int, bands: tuple[int, ...]
) -> None:
    assert bands_min(minutes) == bands


@pytest.mark.parametrize(
    ("merchant_id", "address", "minutes", "field"),
    [
        ("m_1", "", 0, "minutes"),
        ("m_1", "", 61, "minutes"),
        ("", "  ", 20, "address"),
        ("", "x" * 201, 20, "address"),
    ],
)
def test_a_question_without_sense_names_its_field(
    merchant_id: str, address: str, minutes: int, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ReachAsked(merchant_id, address, BIKE, minutes)
    assert refused.value.field == field


def test_an_address_is_found_or_refused_as_in_a_quote() -> None:
    ports = house()
    answer = reach(ReachAsked("", "1 rue de Nulle Part, 33000 Bordeaux", BIKE, 10), ports)
    assert isinstance(answer, Refusal)
    assert answer.code == "address_not_found"


def test_an_unknown_shop_is_not_found() -> None:
    with pytest.raises(NotFound):
        reach(ReachAsked("m_nobody", "", BIKE, 10), house())


def test_a_routing_server_is_said_not_to_know() -> None:
    ports = house()
    elsewhere = replace(ports, streets=MoodyStreets(ports.streets, ports.clock))
    shop_id = next(iter(ports.territory.merchants))
    with pytest.raises(Invalid) as refused:
        reach(ReachAsked(shop_id, "", BIKE, 10), elsewhere)
    assert refused.value.field == "engine"


def test_a_shop_far_from_any_street_is_an_error_with_the_distance() -> None:
    ports = village()
    ((shop_id, shop),) = ports.territory.merchants.items()
    far = replace(shop, place=Place(0.01, 0.0))
    ports = replace(ports, territory=replace(ports.territory, merchants={shop_id: far}))
    with pytest.raises(Invalid, match="m from the nearest street"):
        from_shop(ports, 10)


class Book:
    """A geocoder that knows the doors it was given: metres east on the village's street."""

    def __init__(self, *east_m: float) -> None:
        places = [at(x_m, 5) for x_m in east_m]
        self._doors = np.array([p.lat_deg for p in places]), np.array([p.lon_deg for p in places])

    def doors(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        return self._doors


def test_known_doors_are_counted_within_each_limit() -> None:
    """267 m in one minute: the first two of three doors; all of them in two."""
    book = cast(Geocoder, Book(10, 250, 470))
    assert from_shop(replace(village(), geocoder=book), 1).doors == (2,)
    assert from_shop(replace(village(), geocoder=book), 2).doors == (3,)


def test_where_nobody_told_the_doors_none_are_counted_and_not_zero() -> None:
    assert from_shop(village(), 1).doors is None


def test_at_slower_hours_less_is_reached() -> None:
    """Twice as slow in the evening, bicycles too: 133 m a minute instead of 267."""
    slow = Slice("evening", 16 * 60, 18 * 60, {"residential": 2.0}, motor_only=False)
    ports = village(slow)
    (shop_id,) = ports.territory.merchants
    found = reach(ReachAsked(shop_id, "", BIKE, 1, "evening"), ports)
    assert isinstance(found, Reach)
    assert found.hours == slow
    assert found.reached.metres.sum() == pytest.approx(133.3, abs=0.1)
    assert hours_known(ports) == (slow,)
    with pytest.raises(Invalid) as refused:
        reach(ReachAsked(shop_id, "", BIKE, 1, "noon"), ports)
    assert refused.value.field == "hours"


def test_a_routing_server_has_no_hours_to_choose() -> None:
    ports = house()
    assert hours_known(replace(ports, streets=MoodyStreets(ports.streets, ports.clock))) == ()
