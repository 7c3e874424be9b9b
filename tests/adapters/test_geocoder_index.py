"""Two towns on one line, ten metres a house number.

::

    Marmande 47200                     Tonneins 47400 (also Fauillet, 2 km north)
    0 ── 1 ── 2                        4 ── 5      Rue du Port, 100 m a piece
    │
    3  Boulevard de la Paix, 50 m; and the D813 from 2 to 4
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.geocoder.index import AddressIndex
from dispatch.core.places import Place, crow_m
from dispatch.operations.ports import Candidate
from dispatch.streets.arrays import StreetArrays
from geodata import load
from tests.streets.drawing import Street, at, draw


@dataclass(frozen=True)
class Commune:
    name: str
    postcode: str
    lat_deg: float
    lon_deg: float


def commune(name: str, postcode: str, x_m: float, y_m: float) -> Commune:
    place = at(x_m, y_m)
    return Commune(name, postcode, place.lat_deg, place.lon_deg)


COMMUNES = [
    commune("Marmande", "47200", 100, 0),
    commune("Tonneins", "47400", 5_000, 0),
    commune("Fauillet", "47400", 5_000, 2_000),
]
STREETS = draw(
    [(0, 0), (100, 0), (200, 0), (0, 50), (5_000, 0), (5_100, 0), (5_000, 2_000), (5_100, 2_000)],
    [
        Street(0, 1, name="Rue schématique 12", commune=0),
        Street(1, 2, name="Rue schématique 12", commune=0),
        Street(0, 3, name="Boulevard de la Paix", commune=0),
        Street(2, 4, name="D813", commune=-1),
        Street(4, 5, name="Rue du Port", commune=1),
        Street(4, 5, name="Rue de Marmande", commune=1),
        Street(6, 7, name="Rue du Port", commune=2),
        Street(5, 6, name="", commune=2),
    ],
)
INDEX = AddressIndex(STREETS, COMMUNES)


def only(text: str) -> Candidate:
    (candidate,) = INDEX.find(text)
    return candidate


@pytest.mark.parametrize(("number", "x_m"), [(1, 10), (10, 100), (12, 120), (20, 200)])
def test_house_numbers_grow_by_one_every_ten_metres(number: int, x_m: float) -> None:
    found = only(f"{number} rue schématique 12, 47200 Marmande")
    assert (found.kind, found.score) == ("housenumber", 1.0)
    assert found.label == f"{number} Rue schématique 12, 47200 Marmande"
    assert found.place.label == found.label
    assert crow_m(found.place, at(x_m, 0)) < 0.01


def test_a_number_past_the_end_of_the_street_is_not_placed() -> None:
    found = only("21 rue schématique 12, 47200 Marmande")
    assert (found.kind, found.label) == ("street", "Rue schématique 12, 47200 Marmande")
    assert found.score < 0.5
    assert crow_m(found.place, at(100, 0)) < 0.01


def test_a_street_without_a_number_is_its_middle() -> None:
    found = only("bd de la Paix, Marmande")
    assert (found.kind, found.score) == ("street", 0.8)
    assert crow_m(found.place, at(0, 25)) < 0.01


def test_a_slip_of_the_finger_is_forgiven_and_costs_score() -> None:
    found = only("12 ru schmatique 12, Marmende")
    assert found.label == "12 Rue schématique 12, 47200 Marmande"
    assert 0.85 < found.score < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "12 rue schématique 13, 47200 Marmande",  # no such street
        "12 rue schématique, 47200 Marmande",
        "3 rue de la Paix, 47200 Marmande",  # it is a boulevard
        "12 rue schématique 12, Paris",
        "12 rue schématique 12, 75001 Paris",
        "12 rue schématique 12, 33000",
        "12 rue schématique 12, 47400 Tonneins",
        "12 avenue du Général Leclerc, 47200 Marmande",
        "rue",
        "12",
        "",
        "🙂 ,,, ;;",
        "x" * 10_000,
    ],
)
def test_what_is_not_here_is_not_found(text: str) -> None:
    assert INDEX.find(text) == []


def test_the_same_street_in_two_communes_gives_both() -> None:
    labels = ["5 Rue du Port, 47400 Fauillet", "5 Rue du Port, 47400 Tonneins"]
    assert [found.label for found in INDEX.find("5 rue du port")] == labels
    assert [found.label for found in INDEX.find("5 rue du port 47400")] == labels
    assert only("5 rue du port, 47400 Fauillet").label == labels[0]
    assert only("5 rue du port Tonneins").label == labels[1]


def test_a_street_named_after_a_commune_is_found_where_it_is() -> None:
    assert only("3 rue de Marmande").label == "3 Rue de Marmande, 47400 Tonneins"
    assert only("3 rue de Marmande, 47400 Tonneins").score == 1.0


def test_a_wrong_postcode_beside_a_known_commune_is_doubted_not_believed() -> None:
    found = only("5 rue du port, 47200 Tonneins")
    assert (found.label, found.score) == ("5 Rue du Port, 47400 Tonneins", 0.8)


def test_a_country_road_belongs_to_the_nearest_commune() -> None:
    assert only("7 route départementale 813").label == "7 D813, 47400 Tonneins"


def test_a_bis_keeps_its_number_and_its_name() -> None:
    found = only("4 bis, bd de la Paix, Marmande")
    assert found.label == "4 bis Boulevard de la Paix, 47200 Marmande"
    assert crow_m(found.place, at(0, 40)) < 0.01


def test_a_commune_alone_is_not_a_doorstep() -> None:
    found = only("47200 Marmande")
    assert (found.kind, found.label) == ("commune", "47200 Marmande")
    assert found.score < 0.5


def test_communes_the_streets_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="streets name commune 2, only 2 given"):
        AddressIndex(STREETS, COMMUNES[:2])


def test_communes_without_a_postcode_rule_no_postcode_out() -> None:
    """Towns made from OpenStreetMap may know none."""
    index = AddressIndex(STREETS, [replace(commune, postcode="") for commune in COMMUNES])
    for typed in ("12 rue schématique 12, 47200 Marmande", "12 rue schématique 12, 47200"):
        (found,) = index.find(typed)
        assert (found.label, found.score) == ("12 Rue schématique 12, Marmande", 1.0)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_index_and_every_answer_lies_in_a_commune(text: str) -> None:
    for found in INDEX.find(text):
        assert found.place.label.endswith(("Marmande", "Tonneins", "Fauillet"))


def test_every_shop_of_the_embedded_town_is_found_at_its_own_door() -> None:
    town = load.town("val_de_garonne")
    network = town.network
    index = AddressIndex(
        StreetArrays(
            **{name: getattr(network, name) for name in StreetArrays.__dataclass_fields__}
        ),
        town.communes,
    )
    for shop in town.merchants:
        (found,) = index.find(shop.address)
        assert found.kind == "housenumber"
        assert crow_m(found.place, Place(shop.lat_deg, shop.lon_deg)) < 15, shop.address
