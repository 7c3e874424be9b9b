from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from dispatch.core.places import Place, crow_m
from dispatch.core.reasons import Refusal
from dispatch.operations.locate import is_doorstep_trouble, locate
from dispatch.operations.ports import Candidate, Geocoder, Ports, Streets
from dispatch.orders.quotes import Doorstep
from tests.fakes.house import house
from tests.operations.drawn import TOWN, drawn_house

HERE, SAME_STREET, FAR = TOWN["D"], TOWN["B"], TOWN["y"]  # 160 m and 560 m apart
ELSEWHERE = Place(48.8566, 2.3522)


class Readings:
    """A geocoder that reads every text the same way."""

    def __init__(self, *readings: tuple[Place, float, str]) -> None:
        self._found = [Candidate(place, "label", score, kind) for place, score, kind in readings]

    def find(self, text: str) -> list[Candidate]:
        return self._found if text else []

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        return next((one for one in self._found if crow_m(one.place, place) <= within_m), None)


def drawn(*readings: tuple[Place, float, str]) -> Ports:
    geocoder: Geocoder = Readings(*readings)
    return replace(drawn_house(), geocoder=geocoder)


def code(found: Doorstep | Refusal) -> str:
    assert isinstance(found, Refusal), found
    return found.code


def test_an_address_alone_is_enough(ports: Ports) -> None:
    address = "12 Rue schématique 1, 47200 Marmande"
    found = locate(address, None, ports, note="2e étage")
    assert isinstance(found, Doorstep)
    assert (found.address, found.note, found.place.label) == (address, "2e étage", address)


def test_a_point_alone_is_enough_and_is_called_by_its_label() -> None:
    found = locate(None, HERE, drawn())
    assert found == Doorstep(HERE, "D", "")


def test_an_address_and_a_point_that_agree_give_the_point() -> None:
    found = locate("12 rue", SAME_STREET, drawn((HERE, 1.0, "housenumber")))
    assert found == Doorstep(SAME_STREET, "12 rue", "")


def test_an_address_and_a_point_half_a_kilometre_apart_disagree() -> None:
    found = locate("12 rue", FAR, drawn((HERE, 1.0, "housenumber")))
    assert found == Refusal("address_mismatch", binding=("deliver_to",))


def test_a_point_tells_two_equal_addresses_apart() -> None:
    twins = drawn((HERE, 1.0, "housenumber"), (FAR, 1.0, "housenumber"))
    assert code(locate("12 rue", None, twins)) == "address_ambiguous"
    assert locate("12 rue", FAR, twins) == Doorstep(FAR, "12 rue", "")


@pytest.mark.parametrize(
    "doubtful", [(HERE, 0.89, "street"), (HERE, 1.0, "commune")], ids=["unsure", "commune"]
)
def test_a_point_is_believed_before_a_doubtful_reading(
    doubtful: tuple[Place, float, str],
) -> None:
    assert isinstance(locate("rue Neuve", FAR, drawn(doubtful)), Doorstep)


def test_a_street_the_index_does_not_know_yet_is_believed_on_the_map() -> None:
    assert isinstance(locate("12 rue Neuve", HERE, drawn()), Doorstep)


@pytest.mark.parametrize(
    "reading",
    [(), ((HERE, 0.49, "street"),), ((HERE, 1.0, "commune"),)],
    ids=["none", "too unsure", "a commune's centre"],
)
def test_an_address_that_is_no_door_is_not_found(
    reading: tuple[tuple[Place, float, str], ...],
) -> None:
    found = locate("somewhere", None, drawn(*reading))
    assert found == Refusal("address_not_found", binding=("deliver_to.address",))


def test_a_clearly_better_reading_is_not_ambiguous() -> None:
    found = locate("12 rue", None, drawn((HERE, 1.0, "housenumber"), (FAR, 0.97, "housenumber")))
    assert isinstance(found, Doorstep)
    assert found.place == HERE


def test_two_readings_of_one_street_are_one_place() -> None:
    near = drawn((HERE, 1.0, "housenumber"), (SAME_STREET, 1.0, "housenumber"))
    assert isinstance(locate("12 rue", None, near), Doorstep)


@pytest.mark.parametrize(
    ("address", "point"),
    [
        (None, ELSEWHERE),
        ("12 rue", None),
    ],
)
def test_a_door_outside_the_area_is_refused(address: str | None, point: Place | None) -> None:
    found = locate(address, point, drawn((ELSEWHERE, 1.0, "housenumber")))
    assert code(found) == "outside_area"
    assert "km" in found.fr  # type: ignore[union-attr]


def test_neither_address_nor_point_is_an_address_not_found() -> None:
    assert code(locate(None, None, drawn())) == "address_not_found"
    assert code(locate("", None, drawn((HERE, 1.0, "housenumber")))) == "address_not_found"


def test_the_same_street_number_in_several_communes_is_ambiguous(ports: Ports) -> None:
    assert code(locate("12 Avenue schématique 1", None, ports)) == "address_ambiguous"
    assert isinstance(locate("12 Avenue schématique 1, Tonneins", None, ports), Doorstep)


def test_nobody_delivers_into_the_garonne(ports: Ports) -> None:
    """Inside the area, in midstream, farther from any street than a courier walks."""
    midstream = Place(44.36061, 0.32254)
    found = locate(None, midstream, ports)
    assert isinstance(found, Refusal)
    assert found.code == "unreachable"
    assert found.away_m is not None
    assert 500 < found.away_m < 1_000
    assert f"rue la plus proche à {found.away_m} m" in found.fr
    bank = Place(44.4925, 0.1570)
    assert isinstance(locate(None, bank, ports), Doorstep)


def test_a_house_number_beyond_the_end_of_the_street_is_not_found(ports: Ports) -> None:
    assert code(locate("999 Rue schématique 1, 47200 Marmande", None, ports)) == "address_not_found"


def test_an_address_of_another_town_contradicts_a_point_in_ours() -> None:
    ports = house()
    marmande = next(iter(ports.territory.merchants.values())).place
    found = locate("5 rue inconnue, 33000 Bordeaux", marmande, ports)
    assert isinstance(found, Refusal)
    assert found.code == "address_mismatch"
    assert not isinstance(locate("5 rue inconnue, 47200 Marmande", marmande, ports), Refusal)


def test_a_door_that_a_courier_put_right_wins_over_the_customers_point() -> None:
    pin = Candidate(SAME_STREET, "12 rue", 1.0, "housenumber", pinned=True)
    ports = replace(drawn_house(), geocoder=Pinned(pin))
    assert locate("12 rue", HERE, ports) == Doorstep(SAME_STREET, "12 rue", "")
    assert code(locate("12 rue", ELSEWHERE, ports)) == "address_mismatch"


def test_a_door_put_right_that_is_doubtful_alone_is_believed_beside_a_point() -> None:
    pin = Candidate(SAME_STREET, "12 rue", 0.49, "housenumber", pinned=True)
    ports = replace(drawn_house(), geocoder=Pinned(pin))
    assert locate("12 rue", HERE, ports) == Doorstep(SAME_STREET, "12 rue", "")
    assert code(locate("12 rue", None, ports)) == "address_not_found"


class Pinned(Readings):
    """A geocoder that knows one corrected door."""

    def __init__(self, pin: Candidate) -> None:
        self._found = [pin]


def test_a_number_placed_between_its_neighbours_does_not_contradict_a_point() -> None:
    placed = drawn((HERE, 0.85, "housenumber"))
    assert isinstance(locate("12 rue", FAR, placed), Doorstep)
    assert isinstance(locate("12 rue", None, placed), Doorstep)


def test_only_what_is_wrong_with_the_doorstep_is_doorstep_trouble() -> None:
    assert is_doorstep_trouble(Refusal("unreachable", binding=("deliver_to",)))
    assert is_doorstep_trouble(Refusal("address_not_found", binding=("deliver_to.address",)))
    assert not is_doorstep_trouble(Refusal("unreachable"))  # no road from one of the shops
    assert not is_doorstep_trouble(Refusal("outside_area", binding=("post",)))


class Wide:
    """A drawn town whose doors all lie *away_m* metres from their street."""

    def __init__(self, away_m: float) -> None:
        self._away_m = away_m

    def contains(self, place: Place) -> bool:
        return True

    def snap_m(self, place: Place) -> float:
        return self._away_m


def doubts_of(found: Doorstep | Refusal) -> list[tuple[str, int | None]]:
    assert isinstance(found, Doorstep), found
    return [(doubt.code, doubt.away_m) for doubt in found.doubts]


@pytest.mark.parametrize(("away_m", "told"), [(60, []), (85, [("far_from_street", 85)])])
def test_a_door_far_from_its_street_is_served_with_a_word_about_it(
    away_m: int, told: list[tuple[str, int]]
) -> None:
    ports = replace(drawn((HERE, 1.0, "housenumber")), streets=cast(Streets, Wide(away_m)))
    assert doubts_of(locate(None, HERE, ports)) == told
    assert doubts_of(locate("12 rue", None, ports)) == told


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (Candidate(HERE, "3 rue", 0.85, "housenumber", exact=False), "number_estimated"),
        (Candidate(HERE, "rue", 0.8, "street", exact=False), "street_only"),
        (Candidate(HERE, "Lieu-dit", 1.0, "street"), None),
        (Candidate(HERE, "4 rue", 1.0, "housenumber"), None),
    ],
    ids=["between neighbours", "no number", "a hamlet", "surveyed"],
)
def test_an_address_that_is_no_surveyed_door_says_so(reading: Candidate, told: str | None) -> None:
    ports = replace(drawn_house(), geocoder=Pinned(reading))
    assert doubts_of(locate("3 rue", None, ports)) == ([(told, None)] if told else [])
    # Whoever shows the door on the map has put it right.
    assert doubts_of(locate("3 rue", HERE, ports)) == []
