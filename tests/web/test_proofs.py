"""Proofs of a handover: brought by a phone, seen by planner, shop and customer, each their part."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.adapters.proofs.disk import DiskProofs
from dispatch.core.errors import StorageError
from dispatch.operations.access import PageKind
from dispatch.operations.manifest import ManifestStop
from dispatch.operations.ports import Picture
from dispatch.operations.proofs import pin_of
from dispatch.tracking.proofs import Asked, ProofKind, ProofRules
from tests.fakes.spaces import plain
from tests.fakes.town import express_shops
from tests.tracking.pictures import WHERE, jpeg, segment
from tests.web.site import Site, token_of
from tests.web.test_courier import fact, fields_of_first_form, press, send

NAME, PIN, CODE, PHOTO, SIGNATURE = ProofKind
AT = "2026-11-24T10:00:00+01:00"


@pytest.fixture
def proving(site: Site, tmp_path: Path) -> Site:
    """The usual house; it asks for a name and a signature, requires PIN and photo."""
    rules = ProofRules(Asked(asked=(NAME, SIGNATURE), required=(PIN, PHOTO)))
    parameters = replace(site.ports.parameters, proof=rules)
    proofs = DiskProofs(tmp_path / "proofs")
    return Site(ports=replace(site.ports, parameters=parameters, proofs=proofs))


@pytest.fixture
def courier_id(proving: Site) -> str:
    proving.book(express_shops(proving.ports)[0])
    proving.hand_out()
    return proving.busy_courier()[0]


@pytest.fixture
def phone(proving: Site, courier_id: str) -> FlaskClient:
    return proving.signed_in(PageKind.COURIER, courier_id)


@pytest.fixture
def door(proving: Site, courier_id: str) -> ManifestStop:
    return proving.stops_of(courier_id)[1]


def word(door: ManifestStop, what: str, said: str) -> dict[str, object]:
    return {**fact(door, "proof"), "fact_id": f"{what}-{said}", "what": what, "said": said}


def bring(phone: FlaskClient, door: ManifestStop, data: bytes, **changes: str) -> Any:
    asked = {
        "tour_id": door.tour_id,
        "stop_id": door.stop.stop_id,
        "kind": "photo",
        "at_device": AT,
        **changes,
    }
    headers = {"X-CSRFToken": token_of(phone.get("/livreur").text)}
    return phone.put("/livreur/preuves/p1", query_string=asked, data=data, headers=headers)


def pin(site: Site, door: ManifestStop) -> str:
    with site.ports.store.reading() as tx:
        return pin_of(tx.booking_of_quote(door.stop.quote_id))


def test_a_door_shows_what_is_asked_and_what_must_be_there(phone: FlaskClient) -> None:
    pickup, drop = html.unescape(phone.get("/livreur").text).split('data-kind="drop"')
    assert "Preuve de la remise" in drop and "Preuve de la remise" not in pickup
    assert 'name="received_by"' in drop and "data-signature" in drop
    assert "Remis, mais sans la preuve demandée" in drop
    (tour,) = phone.get("/livreur/etat.json").get_json()["tours"]
    assert tour["stops"][1]["asks"] == {
        "asked": ["name", "pin", "photo", "signature"],
        "required": ["pin", "photo"],
    }


def test_the_courier_s_page_never_has_the_pin(
    proving: Site, phone: FlaskClient, door: ManifestStop
) -> None:
    digits = pin(proving, door)
    for path in ("/livreur", "/livreur/etat.json"):
        assert (
            f">{digits}<" not in phone.get(path).text and f'"{digits}"' not in phone.get(path).text
        )


def test_names_and_pins_come_with_the_facts_in_any_order(
    proving: Site, phone: FlaskClient, courier_id: str, door: ManifestStop
) -> None:
    pickup = proving.stops_of(courier_id)[0]
    told = [
        word(door, "name", "M. Durand"),
        fact(pickup, "done"),
        fact(door, "done"),
        word(door, "pin", pin(proving, door)),
    ]
    assert [r["status"] for r in send(phone, *told)] == ["ok"] * 4
    assert [r["status"] for r in send(phone, *told[::-1])] == ["ok"] * 4
    page = html.unescape(proving.signed_in(PageKind.PLANNER).get("/planification").text)
    assert "Remis, mais il manque la preuve demandée\u00a0: photo" in page


def test_a_wrong_pin_is_told_while_the_customer_is_there(
    proving: Site, phone: FlaskClient, door: ManifestStop
) -> None:
    wrong = f"{(int(pin(proving, door)) + 1) % 10_000:04d}"
    (result,) = send(phone, word(door, "pin", wrong))
    assert (result["status"], result["code"]) == ("refused", "wrong_pin")


def test_without_javascript_a_wrong_pin_hands_nothing_over_and_a_right_one_does(
    proving: Site, phone: FlaskClient, courier_id: str, door: ManifestStop
) -> None:
    press(phone, "done")
    right = pin(proving, door)
    press(phone, "done", pin=f"{(int(right) + 1) % 10_000:04d}", received_by="M. Durand")
    assert "Ce n’est pas le code du client" in html.unescape(phone.get("/livreur").text)
    assert len(proving.stops_of(courier_id)) == 1
    press(phone, "done", pin=right, received_by="M. Durand")
    assert proving.stops_of(courier_id) == ()


def test_a_form_that_lost_its_stop_is_refused(phone: FlaskClient) -> None:
    fields = fields_of_first_form(phone.get("/livreur").text)
    body = {**fields, "stop_id": "", "kind": "done", "received_by": "M. Durand"}
    assert phone.post("/livreur/arret", data=body).status_code == 422


# --- pictures -------------------------------------------------------------------------------


def test_a_photo_is_seen_by_planner_and_shop_and_kept_by_no_computer(
    proving: Site, phone: FlaskClient, door: ManifestStop
) -> None:
    press(phone, "done")
    press(phone, "done")
    assert bring(phone, door, jpeg(segment(0xE1, WHERE))).get_json() == {"status": "ok"}
    shop = express_shops(proving.ports)[0]
    for reader, path in (
        (proving.signed_in(PageKind.PLANNER), "/planification/preuves"),
        (proving.signed_in(PageKind.MERCHANT, shop), "/commerce/preuves"),
    ):
        page = reader.get(path)
        assert f"{path}/p1" in page.text and "no-store" in page.headers["Cache-Control"]
        picture = reader.get(f"{path}/p1")
        assert (picture.data, picture.mimetype) == (jpeg(), "image/jpeg")
        assert picture.headers["Cache-Control"] == "no-store"
        assert picture.headers["X-Content-Type-Options"] == "nosniff"


def test_another_shop_and_a_stranger_see_nothing(
    proving: Site, phone: FlaskClient, door: ManifestStop
) -> None:
    press(phone, "done")
    press(phone, "done")
    bring(phone, door, jpeg())
    other = proving.signed_in(PageKind.MERCHANT, express_shops(proving.ports)[1])
    assert other.get("/commerce/preuves/p1").status_code == 404
    assert "Rien n’a été remis" in html.unescape(other.get("/commerce/preuves").text)
    assert phone.get("/planification/preuves/p1").status_code == 403
    assert proving.visitor().get("/commerce/preuves/p1").status_code == 401


def test_the_day_of_the_proofs_is_chosen(proving: Site) -> None:
    planner = proving.signed_in(PageKind.PLANNER)
    assert planner.get("/planification/preuves?jour=2026-11-20").status_code == 200
    assert planner.get("/planification/preuves?jour=demain").status_code == 400


def test_a_picture_that_is_too_large_or_none_is_refused(
    proving: Site, phone: FlaskClient, door: ManifestStop
) -> None:
    assert bring(phone, door, jpeg(segment(0xE1, bytes(60_000))) * 5).status_code == 413
    refused = bring(phone, door, b"GIF89a")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "not_a_picture")
    assert bring(phone, door, jpeg(), kind="name").status_code == 422
    with proving.ports.store.reading() as tx:
        assert tx.proofs_of(door.stop.quote_id) == ()


def test_a_photo_is_not_taken_without_the_page_s_token(
    phone: FlaskClient, door: ManifestStop
) -> None:
    where = {"tour_id": door.tour_id, "stop_id": door.stop.stop_id, "kind": "photo"}
    answer = phone.put("/livreur/preuves/p1", query_string={**where, "at_device": AT}, data=jpeg())
    assert answer.status_code == 400


def test_on_a_full_disk_the_delivery_counts_and_the_photo_is_asked_for_again(
    proving: Site, courier_id: str, tmp_path: Path
) -> None:
    class Full(DiskProofs):
        def put(self, key: str, picture: Picture) -> None:
            raise StorageError("No space left on device")

    full = Site(ports=replace(proving.ports, proofs=Full(tmp_path / "full")))
    phone = full.signed_in(PageKind.COURIER, courier_id)
    pickup, door = full.stops_of(courier_id)
    assert [r["status"] for r in send(phone, fact(pickup, "done"), fact(door, "done"))] == [
        "ok",
        "ok",
    ]
    assert bring(phone, door, jpeg()).status_code == 503
    later = proving.signed_in(PageKind.COURIER, courier_id)
    assert bring(later, door, jpeg()).status_code == 200


# --- the customer --------------------------------------------------------------------------------


def test_the_customer_reads_the_pin_and_then_who_took_it(
    proving: Site, phone: FlaskClient, door: ManifestStop
) -> None:
    with proving.ports.store.reading() as tx:
        booking = tx.booking_of_quote(door.stop.quote_id)

    def page() -> str:
        return html.unescape(proving.visitor().get(f"/suivi/{booking.tracking_token}").text)

    assert pin_of(booking) in page()
    press(phone, "done")
    press(phone, "done", received_by="M. Durand")
    after = plain(page())
    assert "à M. Durand" in after and pin_of(booking) not in after
    assert "preuves" not in after
