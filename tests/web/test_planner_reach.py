"""What a vehicle reaches, through HTTP: the form, the table, the lines, and every no in words."""

from __future__ import annotations

import gzip
import html
import json
import re
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
from flask.testing import FlaskClient

from dispatch.adapters.town import read_town, street_network
from dispatch.core.places import Place, crow_m
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Geocoder, Ports
from dispatch.streets.profiles import PROFILES, ROAD_CLASSES
from dispatch.streets.slices import Slice
from dispatch.web.planner.reach import hours_text
from tests.fakes.house import house
from tests.fakes.moody_streets import MoodyStreets
from tests.fakes.spaces import plain
from tests.web.site import Site

PAGE = "/planification/portee"
LINES = "/planification/portee.geojson"
FLORIST = "m_pivoine_et_basilic"


@pytest.fixture(scope="module")
def planner() -> FlaskClient:
    return Site().signed_in(PageKind.PLANNER)


def words(client: FlaskClient, status: int = 200, path: str = PAGE, **asked: object) -> str:
    answer = client.get(path, query_string=asked)
    assert answer.status_code == status
    text = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return " ".join(plain(text).split())


def lines(client: FlaskClient, **asked: object) -> list[dict[str, Any]]:
    answer = client.get(LINES, query_string={"boutique": FLORIST, **asked})
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    found = answer.get_json()["features"] if not answer.content_encoding else None
    assert isinstance(found, list)
    return found


def test_the_page_asks_before_it_answers(planner: FlaskClient) -> None:
    page = planner.get(PAGE).text
    assert "Choisissez d’où l’on part" in html.unescape(page)
    assert 'id="reach-map"' not in page
    assert PAGE in planner.get("/planification").text


def test_twenty_minutes_are_told_in_four_bands_commune_by_commune(planner: FlaskClient) -> None:
    page = words(planner, boutique=FLORIST, vehicule="cargo_bike", minutes=20)
    assert "Vélo cargo, 20 min" in page
    for head in ("en 5 min", "en 10 min", "en 15 min", "en 20 min", "de 15 à 20 min"):
        assert head in page
    assert "Marmande" in page
    assert "Tonneins" not in page[page.index("Communes atteintes") :]  # 16 km away


def test_the_lines_are_geojson_by_band_and_grow_from_the_shop(planner: FlaskClient) -> None:
    bands = lines(planner, vehicule="bike", minutes=20)
    assert [band["properties"]["class"] for band in bands] == [f"band-{k}" for k in (1, 2, 3, 4)]
    assert [band["properties"]["until_min"] for band in bands] == [5, 10, 15, 20]
    shop = house().territory.merchant(FLORIST).place
    farthest = []
    for band in bands:
        assert band["geometry"]["type"] == "MultiLineString"
        points = [Place(lat, lon) for line in band["geometry"]["coordinates"] for lon, lat in line]
        farthest.append(max(crow_m(shop, point) for point in points))
    assert farthest == sorted(farthest)
    assert farthest[-1] < 20 * 60 * PROFILES["bike"].speed_kmh["primary"] / 3.6


def test_a_car_reaches_what_a_bicycle_does_not(planner: FlaskClient) -> None:
    by_car, by_bike = (
        lines(planner, vehicule=kind, minutes=10)[-1]["properties"]["km"]
        for kind in ("car", "bike")
    )
    assert by_car > 2 * by_bike


def test_the_lines_are_packed_for_who_takes_it(planner: FlaskClient) -> None:
    query = {"boutique": FLORIST, "minutes": 5}
    plain = planner.get(LINES, query_string=query)
    packed = planner.get(LINES, query_string=query, headers={"Accept-Encoding": "gzip"})
    assert packed.content_encoding == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.get_json()


def slow_hours() -> Ports:
    """Marmande with an evening twice as slow for cars, and a book of three doors."""
    ports = house()
    shop = ports.territory.merchant(FLORIST).place
    doors = [Place(shop.lat_deg, shop.lon_deg + east) for east in (0.0, 0.001, 0.2)]
    evening = Slice("soir", 990, 1110, dict.fromkeys(ROAD_CLASSES, 2.0))
    streets = street_network(read_town("val_de_garonne"), [evening])
    return replace(ports, streets=streets, geocoder=cast(Geocoder, Book(doors)))


class Book:
    """A geocoder that knows some doors, and finds none."""

    def __init__(self, doors: list[Place]) -> None:
        self._doors = np.array([d.lat_deg for d in doors]), np.array([d.lon_deg for d in doors])

    def doors(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        return self._doors


def test_hours_and_known_doors_are_part_of_the_answer() -> None:
    planner = Site(slow_hours()).signed_in(PageKind.PLANNER)
    asked: Any = {"boutique": FLORIST, "vehicule": "car", "minutes": 20}
    page = words(planner, **asked)
    assert "soir : 16 h 30 – 18 h 30, lun.–ven." in page
    assert "de 0 à 5 min 2 portes" in page
    assert "de 5 à 10 min 0 porte" in page  # the band alone, not what is nearer
    assert "Portes connues 2 2" in page
    assert "Sans circulation" in page
    slower = words(planner, heure="soir", **asked)
    assert "Marche jusqu’à la rue comprise" in slower
    assert "heure=soir" in planner.get(PAGE, query_string={**asked, "heure": "soir"}).text
    km = [lines(planner, heure=hour, **asked)[-1]["properties"]["km"] for hour in ("", "soir")]
    assert km[1] < km[0] / 2
    assert "Choisissez une heure de la liste" in words(planner, 422, heure="midi", **asked)
    assert "soir: 16:30 – 18:30, Mon–Fri" in words(planner, lang="en", heure="soir", **asked)


def test_where_neither_is_known_the_page_says_so(planner: FlaskClient) -> None:
    page = words(planner, boutique=FLORIST, minutes=20, lang="fr")
    assert "Aucune heure de pointe n’est réglée" in page
    assert "seules les longueurs de rues sont comptées" in page
    assert re.search(r"de 15 à 20 min [\d,]+ km de rues", page)
    assert 'name="heure"' not in planner.get(PAGE).text


@pytest.mark.parametrize(
    ("days", "said"),
    [({0, 1, 2, 3, 4}, "lun.–ven."), ({1, 5}, "mar., sam."), ({0, 1, 3}, "lun.–mar., jeu.")],
)
def test_days_in_a_row_are_said_by_their_ends(days: set[int], said: str) -> None:
    site = Site()
    with site.app.test_request_context("/"):
        text = hours_text(Slice("nuit", 0, 300, {}, frozenset(days)))
    assert plain(text) == f"nuit : 0 h – 5 h, {said}"


def test_an_address_comes_before_the_shop(planner: FlaskClient) -> None:
    page = words(planner, 422, boutique=FLORIST, adresse="1 rue de Nulle Part, 33000 Bordeaux")
    assert "Adresse introuvable" in page


def test_a_start_far_from_its_street_is_told() -> None:
    """A shop in midstream: the walk ashore is part of the answer."""
    ports = house()
    shop = replace(ports.territory.merchant(FLORIST), place=Place(44.4915, 0.1570))
    land = replace(ports.territory, merchants={shop.merchant_id: shop})
    planner = Site(replace(ports, territory=land)).signed_in(PageKind.PLANNER)
    page = words(planner, boutique=FLORIST, minutes=20)
    assert re.search(r"La porte est à \d+ m de la rue la plus proche", page)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"minutes": "vingt"}, "un nombre entier de minutes, de 1 à 60"),
        ({"minutes": "0"}, "un nombre entier de minutes"),
        ({"minutes": "61"}, "un nombre entier de minutes"),
        ({"minutes": "²"}, "un nombre entier de minutes"),
        ({"minutes": "9" * 5000}, "un nombre entier de minutes"),
        ({"vehicule": "foot"}, "un véhicule de la liste"),
        ({"boutique": "m_nobody"}, "Cette boutique n’existe pas"),
        ({"boutique": ""}, "Choisissez une boutique, ou écrivez une adresse"),
        ({"adresse": "a" * 201}, "200 caractères au plus"),
    ],
)
def test_nonsense_is_told_in_a_sentence_and_the_form_stays(
    planner: FlaskClient, asked: dict[str, str], said: str
) -> None:
    query = {"boutique": FLORIST, "minutes": "20", **asked}
    page = words(planner, 422, **query)
    assert said in page
    assert "Voir la portée" in page
    answer = planner.get(LINES, query_string=query)
    assert answer.status_code == 422
    assert said in answer.get_json()["message"]


def test_a_routing_server_says_that_it_cannot() -> None:
    ports = house()
    site = Site(replace(ports, streets=MoodyStreets(ports.streets, ports.clock)))
    page = words(site.signed_in(PageKind.PLANNER), 422, boutique=FLORIST, minutes=10)
    assert "Le serveur de trajets ne sait pas dire ce qu’on peut atteindre" in page


def test_the_page_is_english_when_asked() -> None:
    planner = Site().signed_in(PageKind.PLANNER)
    page = words(planner, boutique=FLORIST, minutes=20, lang="en")
    assert "What can be reached, and how soon?" in page
    assert "from 15 to 20 min" in page


def test_the_reach_is_for_planners_only() -> None:
    site = Site()
    for path in (PAGE, LINES):
        assert site.visitor().get(path).status_code == 401
        assert site.signed_in(PageKind.MERCHANT, FLORIST).get(path).status_code == 403
