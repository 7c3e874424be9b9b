from __future__ import annotations

import pytest

from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.orders.post import postcode_of, refused_by_post
from dispatch.orders.quotes import Doorstep, Line

HOME = Doorstep(Place(44.5, 0.16), "12 rue des Lilas, 47200 Marmande")
PARCEL = Line(MerchantId("m_shop"), weight_g=30_000, volume_cm3=125_000)


def why(line: Line, door: Doorstep = HOME, trouble: str | None = None) -> str | None:
    refusal = refused_by_post(line, door, None if trouble is None else Refusal(trouble))
    return None if refusal is None else refusal.code


def test_the_heaviest_and_largest_parcel_the_post_takes_goes() -> None:
    assert why(PARCEL) is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Line(MerchantId("m"), weight_g=30_001), "too_heavy"),
        (Line(MerchantId("m"), volume_cm3=125_001), "too_large"),
        (Line(MerchantId("m"), cold=True), "cold_chain_unavailable"),
    ],
)
def test_what_the_post_does_not_take_is_refused_by_name(line: Line, code: str) -> None:
    assert why(line) == code


def test_latitude_and_longitude_swapped_is_not_france() -> None:
    assert why(PARCEL, Doorstep(Place(0.166, 44.503))) == "outside_area"


def test_the_post_goes_beyond_our_own_roads() -> None:
    bordeaux = Doorstep(Place(44.84, -0.58))
    assert why(PARCEL, bordeaux, "outside_area") is None


@pytest.mark.parametrize(
    ("address", "code"),
    [("5 rue inconnue, 33000 Bordeaux", None), ("xyz", "address_not_found")],
)
def test_an_address_we_do_not_know_is_posted_to_when_it_names_a_postcode(
    address: str, code: str | None
) -> None:
    door = Doorstep(Place(44.5, 0.16), address)
    assert why(PARCEL, door, "address_not_found") == code


def test_an_address_that_contradicts_its_point_is_asked_about_first() -> None:
    assert why(PARCEL, HOME, "address_mismatch") == "address_mismatch"


@pytest.mark.parametrize(
    ("text", "code"),
    [("47200 Marmande", "47200"), ("bâtiment 123456", None), ("99999 Ailleurs", None), ("", None)],
)
def test_a_postcode_is_read_where_there_is_one(text: str, code: str | None) -> None:
    assert postcode_of(text) == code
