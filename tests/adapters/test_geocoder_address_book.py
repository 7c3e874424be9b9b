"""Two communes whose doors are known; 0.001 degrees of latitude are 111 m."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.geocoder.address_book import AddressBook
from dispatch.core.places import Place, crow_m
from dispatch.operations.ports import Candidate
from tests.geodata.ban import MARMANDE, TONNEINS, addresses, row


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> AddressBook:
    rows = [
        *(row(n, "Rue du Port", at=(44.5 + n / 1e4, 0.16)) for n in (2, 4, 6, 10)),
        row(4, "Rue du Port", rep="bis", at=(44.50045, 0.16)),
        row(4, "Rue du Port", TONNEINS, at=(44.39, 0.31)),
        *(row(n, "Rue Victor Hugo", at=(44.51, 0.16 + n / 1e4)) for n in (1, 3, 12)),
        row(1, "Avenue Victor Hugo", at=(44.52, 0.16)),
        row(5, "Boulevard du Maréchal Foch", at=(44.53, 0.16)),
        row(7, "Avenue de la Libération", at=(44.505, 0.165)),
        row(3, "Rue du 8 Mai 1945", at=(44.506, 0.166)),
        row(3, "Rue du 8 Mai 1845", at=(44.507, 0.167)),
        row(5, "Rue de Tonneins", at=(44.508, 0.168)),
        row(1250, "Route de Duras", at=(44.55, 0.2), hamlet="Bourdieu"),
        row(0, "Lieu-dit Lacoste", at=(44.56, 0.21)),
        row(9, "Rue Basse", TONNEINS, at=(44.391, 0.311), former="Unet"),
        *(row(n, "Chemin de Lande", at=(44.57, 0.2 + n / 1e4)) for n in (2, 6)),
        *(row(n, "Rue de la Marne", at=(44.59, 0.2)) for n in (6, 8)),
        row(7, "Avenue de l'Égalité", at=(44.6, 0.2)),
        row(7, "Impasse Marie Curie", at=(44.61, 0.2)),
        row(7, "Rue de l'Église", TONNEINS, at=(44.4, 0.31)),
        row(7, "Rue de la Mairie", TONNEINS, at=(44.41, 0.31)),
        row(4, "Chemin des Landes", at=(44.58, 0.2)),
        row(2, "Allée Anatole France", TONNEINS, at=(44.392, 0.312)),
    ]
    return AddressBook(addresses(tmp_path_factory.mktemp("book"), *rows))


def only(book: AddressBook, text: str) -> Candidate:
    (candidate,) = book.find(text)
    return candidate


def test_a_door_is_found_where_it_was_surveyed_and_names_its_commune(book: AddressBook) -> None:
    found = only(book, "6 rue du port, 47200 Marmande")
    assert found.label == found.place.label == "6 Rue du Port, 47200 Marmande"
    assert (found.kind, found.exact, found.score, found.insee) == (
        "housenumber",
        True,
        1.0,
        "47157",
    )
    assert (found.place.lat_deg, found.place.lon_deg) == (44.5006, 0.16)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("7 av. de la liberation marmande", "7 Avenue de la Libération, 47200 Marmande"),
        ("7 avneue de la Libératoin, Marmende", "7 Avenue de la Libération, 47200 Marmande"),
        ("7 av ed la Libération Marmande", "7 Avenue de la Libération, 47200 Marmande"),
        ("5 bd Foch, Marmande", "5 Boulevard du Maréchal Foch, 47200 Marmande"),
        ("5 bd du mal. Foch, Marmande", "5 Boulevard du Maréchal Foch, 47200 Marmande"),
        ("5 bouelvad du Mal Foch Marmande", "5 Boulevard du Maréchal Foch, 47200 Marmande"),
        ("12 rue Vcitro Hugo Marmande", "12 Rue Victor Hugo, 47200 Marmande"),
        ("12 rue V. Hugo Marmande", "12 Rue Victor Hugo, 47200 Marmande"),
        ("12 rue Victorhugo Marmande", "12 Rue Victor Hugo, 47200 Marmande"),
        ("3 rue du huit mai 1945", "3 Rue du 8 Mai 1945, 47200 Marmande"),
        ("4bis rue du port 47200", "4 bis Rue du Port, 47200 Marmande"),
        ("rue du port 6, Marmande", "6 Rue du Port, 47200 Marmande"),
        ("5 rue de Tonneins", "5 Rue de Tonneins, 47200 Marmande"),
        ("9 rue basse, Unet", "9 Rue Basse, Unet, 47400 Tonneins"),
        ("2 all. Anatole France, Tonneins, France", "2 Allée Anatole France, 47400 Tonneins"),
        ("Bourdieu, Marmande", "Bourdieu, 47200 Marmande"),
        ("Lieu-dit Lacoste, 47200 Marmande", "Lieu-dit Lacoste, 47200 Marmande"),
        ("au lieu dit lacoste marmande", "Lieu-dit Lacoste, 47200 Marmande"),
        ("Bar du Port, 6 rue du Port, 47200 Marmande", "6 Rue du Port, 47200 Marmande"),
    ],
)
def test_however_people_write_it_the_door_is_found(
    book: AddressBook, typed: str, label: str
) -> None:
    best = book.find(typed)[0]
    assert (best.label, best.exact) == (label, True)
    assert best.score >= 0.6


@pytest.mark.parametrize(
    "typed",
    [
        "6 rue du Port, 33000 Bordeaux",
        "6 rue du Port, Agen",
        "6 rue du Port Pau",
        "6 rue du Phare, 47200 Marmande",
        "6 rue Pht, 47200 Marmande",  # not Rue de la Marne: Marmande is the town
        "6 place du Port, Marmande",
        "3 rue du 8 mai 1946, Marmande",
        "3 rue Gambetta, Marmande",
        "6 rue du Port, 75011 Paris",
        "rue",
        "🙂",
        "",
    ],
)
def test_what_is_not_in_the_book_is_not_found(book: AddressBook, typed: str) -> None:
    assert book.find(typed) == []


@pytest.mark.parametrize(
    ("absent", "slip", "label"),
    [
        ("7 avenue de l'Église", "7 avenue de l'Égalté", "7 Avenue de l'Égalité"),
        ("7 impasse de la Mairie", "7 impasse Maire Curie", "7 Impasse Marie Curie"),
    ],
)
def test_a_word_that_streets_are_named_after_is_no_slip_for_another(
    book: AddressBook, absent: str, slip: str, label: str
) -> None:
    assert book.find(f"{absent}, 47200 Marmande") == []
    assert only(book, f"{slip}, 47200 Marmande").label == f"{label}, 47200 Marmande"


def test_a_missing_number_is_placed_between_its_neighbours_and_says_so(book: AddressBook) -> None:
    found = only(book, "8 rue du Port, 47200 Marmande")
    assert (found.label, found.exact) == ("8 Rue du Port, 47200 Marmande", False)
    assert 0.5 <= found.score < 0.9
    assert crow_m(found.place, Place(44.5008, 0.16)) < 1


def test_a_number_nobody_can_place_is_the_street_and_below_belief(book: AddressBook) -> None:
    found = only(book, "600 rue du Port, 47200 Marmande")
    assert (found.label, found.kind) == ("Rue du Port, 47200 Marmande", "street")
    assert found.score < 0.5


def test_the_number_of_a_street_written_well_is_not_looked_for_on_another(
    book: AddressBook,
) -> None:
    """4 is in Chemin des Landes only, 12 in Rue Victor Hugo only: others were asked for."""
    lane = only(book, "4 chemin de Lande, Marmande")
    assert (lane.label, lane.exact) == ("4 Chemin de Lande, 47200 Marmande", False)
    avenue = only(book, "12 avenue Victor Hugo, Marmande")
    assert (avenue.label, avenue.kind) == ("Avenue Victor Hugo, 47200 Marmande", "street")


def test_the_same_street_in_two_communes_gives_both(book: AddressBook) -> None:
    found = book.find("4 rue du port")
    assert [one.label for one in found] == [
        "4 Rue du Port, 47200 Marmande",
        "4 Rue du Port, 47400 Tonneins",
    ]
    assert found[0].score == found[1].score


def test_without_the_kind_of_street_every_kind_is_a_candidate(book: AddressBook) -> None:
    labels = {found.label for found in book.find("1 Victor Hugo, Marmande")}
    assert labels == {"1 Rue Victor Hugo, 47200 Marmande", "1 Avenue Victor Hugo, 47200 Marmande"}


def test_a_year_left_out_leaves_both_years(book: AddressBook) -> None:
    assert len(book.find("3 rue du 8 mai, Marmande")) == 2


def test_a_wrong_postcode_beside_a_known_commune_is_doubted(book: AddressBook) -> None:
    assert only(book, "6 rue du port, 47400 Marmande").score == 0.8


def test_a_commune_alone_is_not_a_doorstep(book: AddressBook) -> None:
    found = only(book, "47200 Marmande")
    assert (found.kind, found.label) == ("commune", "47200 Marmande")
    assert found.score < 0.5


def test_a_point_is_told_its_nearest_door_and_only_within_reach(book: AddressBook) -> None:
    beside = Place(44.5006, 0.1601)  # 8 m east of number 6
    found = book.nearest(beside, 50)
    assert found is not None
    assert (found.label, found.insee) == ("6 Rue du Port, 47200 Marmande", "47157")
    assert book.nearest(beside, 5) is None
    assert book.nearest(Place(48.85, 2.35), 1_000) is None


@given(st.integers(0, 20), st.floats(44.38, 44.57), st.floats(0.15, 0.32))
@settings(max_examples=60, deadline=None)
def test_the_nearest_door_is_the_nearest_of_all(
    book: AddressBook, number: int, lat_deg: float, lon_deg: float
) -> None:
    del number
    here = Place(lat_deg, lon_deg)
    found = book.nearest(here, 30_000)
    known = book._book
    away_m = [
        crow_m(here, Place(lat / 1e6, lon / 1e6))
        for lat, lon in zip(known.lat_e6.tolist(), known.lon_e6.tolist(), strict=True)
    ]
    assert found is not None
    assert crow_m(here, found.place) == pytest.approx(min(away_m), rel=0.01)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_book(book: AddressBook, text: str) -> None:
    for found in book.find(text):
        assert found.label.endswith((MARMANDE[2], TONNEINS[2]))
