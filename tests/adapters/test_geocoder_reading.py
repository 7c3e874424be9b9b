from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.geocoder.reading import Reading, address_key, readings, spell

COMMUNES = ("Marmande", "Tonneins", "Saint-Pardoux-du-Breuil", "Le Mas-d'Agenais")


def read(text: str) -> Reading:
    return readings(text, COMMUNES)[0]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Av. du Gal-Leclerc", ["avenue", "general", "leclerc"]),
        ("bd de la Libération", ["boulevard", "liberation"]),
        ("Pl. St-Étienne", ["place", "saint", "etienne"]),
        ("rte de l'Œuf", ["route", "oeuf"]),
        ("Ch. des Écoliers", ["chemin", "ecoliers"]),
        ("IMP D’ARTAGNAN", ["impasse", "artagnan"]),
        ("D 813", ["d813"]),
        ("Route départementale 813", ["d813"]),
    ],
)
def test_abbreviations_accents_and_small_words_make_no_difference(
    typed: str, words: list[str]
) -> None:
    assert spell(typed) == words


@pytest.mark.parametrize(
    ("typed", "number", "suffix"),
    [
        ("12 rue de la Paix", 12, ""),
        ("12, rue de la Paix", 12, ""),
        ("12bis rue de la Paix", 12, "bis"),
        ("12 ter, rue de la Paix", 12, "ter"),
        ("n° 12 rue de la Paix", 12, ""),
        ("Résidence les Lilas, 12 b rue de la Paix", 12, "b"),
        ("rue de la Paix", None, ""),
        ("0 rue de la Paix", None, ""),
    ],
)
def test_the_number_comes_before_the_street(typed: str, number: int | None, suffix: str) -> None:
    reading = read(typed)
    assert (reading.number, reading.suffix) == (number, suffix)


def test_a_number_in_the_street_name_is_not_the_house_number() -> None:
    assert read("rue schématique 12") == Reading(None, "", ("rue", "schematique", "12"), "", None)
    assert read("7 rue du 8 mai 1945").words == ("rue", "8", "mai", "1945")
    assert read("7 d 813") == Reading(7, "", ("d813",), "", None)


@pytest.mark.parametrize(
    "typed",
    [
        "3 rue schématique 12, 47200 Marmande",
        "3 rue schématique 12 47200 Marmande",
        "3 rue schématique 12, 47 200 MARMANDE CEDEX, France",
        "3 rue schématique 12\n47200 Marmende",
        "3 rue schématique 12, bâtiment B, 2e étage, 47200 Marmande",
    ],
)
def test_postcode_and_commune_are_taken_off_the_street(typed: str) -> None:
    assert read(typed) == Reading(3, "", ("rue", "schematique", "12"), "47200", 0)


def test_a_commune_of_several_words_is_one_commune() -> None:
    assert read("3 rue de la Paix, St Pardoux du Breuil").commune == 2
    assert read("3 rue de la Paix le mas d'agenais").commune == 3


def test_a_commune_at_the_end_may_also_be_the_street_itself() -> None:
    as_commune, as_street = readings("3 rue de Tonneins", COMMUNES)
    assert (as_commune.words, as_commune.commune) == (("rue",), 1)
    assert (as_street.words, as_street.commune) == (("rue", "tonneins"), None)


@given(st.text(max_size=80))
def test_any_text_at_all_can_be_read(text: str) -> None:
    assert readings(text, COMMUNES)


@pytest.mark.parametrize(
    "text",
    [
        "12 Avenue de la Paix, 47200 Marmande",
        "12, av. de la Paix, 3e étage, 47200 MARMANDE",
        "12 avenue de la paix 47200 Marmande",
        "Appt 4, 12 AVENUE DE LA PAIX, 47 200 Marmande",
        "12 Av de la Paix, chez Odile, 47200 Marmande, France",
    ],
)
def test_two_ways_to_write_one_door_have_one_key(text: str) -> None:
    assert address_key(text) == "12 avenue paix marmande 47200"


def test_two_doors_have_two_keys() -> None:
    doors = ["12 rue de la Paix", "12bis rue de la Paix", "12 place de la Paix", "rue de la Paix"]
    assert len({address_key(f"{door}, 47200 Marmande") for door in doors}) == len(doors)
    assert address_key(" , ;") == ""
