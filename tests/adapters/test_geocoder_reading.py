from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.geocoder.communes import CommuneSpeller
from dispatch.adapters.geocoder.reading import (
    Reading,
    address_key,
    public_part,
    readings,
    spell,
)

COMMUNES = CommuneSpeller(
    ("Marmande", "Tonneins", "Saint-Pardoux-du-Breuil", "Le Mas-d'Agenais", "Meilhan-sur-Garonne")
)


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
    "typed",
    [
        "Garage du Pont, 3 rue de la Paix, 47200 Marmande",
        "Marmande, 3 rue de la Paix",
        "3/5 rue de la Paix Marmande",
        "3 et 5, r. de la Paix, Marmande, FRANCE",
        "rue de la Paix 3, Marmande CEDEX 9",
        "rue de la Paix n°3 Marmande",
    ],
)
def test_however_it_is_arranged_the_door_is_the_same(typed: str) -> None:
    ways = [(way.number, way.words, way.commune) for way in readings(typed, COMMUNES)]
    assert (3, ("rue", "paix"), 0) in ways


def test_a_date_is_not_a_pair_of_house_numbers() -> None:
    assert read("12 8 mai 1945, Marmande").words == ("8", "mai", "1945")
    assert read("12 14 juillet Marmande").words == ("14", "juillet")
    assert read("1250 route de Duras").number == 1250


def test_france_is_a_country_only_behind_a_town() -> None:
    assert read("2 rue Anatole France, Marmande").words == ("rue", "anatole", "france")
    assert read("2 rue Anatole France").words == ("rue", "anatole", "france")
    assert read("2 rue de la Paix Marmande France") == Reading(2, "", ("rue", "paix"), "", 0)


def test_kinds_of_street_are_abbreviated_at_the_beginning_only() -> None:
    assert spell("lot du Lot") == ["lotissement", "lot"]
    assert spell("Rue du Col") == ["rue", "colonel"]


def test_a_firm_before_the_number_is_not_left_out_when_no_town_is_named() -> None:
    assert all("garage" in way.words for way in readings("Garage du Pont, 3 rue Basse", COMMUNES))


@pytest.mark.parametrize(
    "typed",
    [
        "12 Avenue de la Paix, 47200 Marmande",
        "12, av. de la Paix, 3e étage, 47200 MARMANDE",
        "12 ave de la paix 47 200 marmande",
        "12 avenue de la Paix, chez Mme Lamy, digicode 4B12, 47200 Marmande",
    ],
)
def test_one_door_has_one_key_however_it_is_written(typed: str) -> None:
    assert address_key(typed) == "12 avenue paix marmande 47200"


def test_a_key_names_the_door_and_the_building_and_nothing_private() -> None:
    assert address_key("12bis rue Basse") == address_key("12 bis, r. Basse") == "12bis rue basse"
    assert address_key("12 rue Basse, bâtiment B") != address_key("12 rue Basse")
    assert address_key("12 rue Basse") != address_key("13 rue Basse")
    assert address_key("") == ""


def test_what_is_sent_to_a_public_service_holds_no_name_and_no_code() -> None:
    typed = "12 rue Basse, chez Mme Lamy, digicode 4B12, Bât. B; 47200 Marmande"
    assert public_part(typed) == "12 rue Basse, Bât. B, 47200 Marmande"


@given(st.text(alphabet="abdelnrstuvàâçéèêîôùœ0123456789 ,;-'.", max_size=60))
def test_capitals_and_spaces_never_change_a_key(text: str) -> None:
    key = address_key(text)
    assert address_key(text.upper()) == key
    assert address_key(f"  {text.replace(' ', '  ')} ") == key


@given(st.text(max_size=80))
def test_any_text_at_all_has_a_key_in_plain_letters(text: str) -> None:
    assert address_key(text).replace(" ", "a").isascii()
