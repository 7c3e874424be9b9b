"""Labels: what is asked is what Colissimo documents, and every answer of its is understood."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.parcels.asking import Answer
from dispatch.adapters.parcels.colissimo import LINE, question, read
from dispatch.core.errors import CarrierRefused, CarrierUnavailable
from dispatch.operations.carrier import LabelWanted, PostalAddress
from tests.adapters.parcels.conftest import Office

WANTED = LabelWanted(
    order_ref="K7QM",
    sender=PostalAddress(
        "3 Rue de la Filhole", "47200", "Marmande", company="Maison Lisière", phone="05 53 00 00 00"
    ),
    addressee=PostalAddress(
        "12 bis Avenue du Général Leclerc",
        "47400",
        "Tonneins",
        person="Camille Essai Dupont",
        phone="+33639980042",
        email="camille@example.org",
    ),
    weight_g=1250,
    deposit_on=date(2026, 11, 24),
)


def answered(
    said: Any, pdf: bytes = b"%PDF-1.4", edge: str = "uuid:1", status: int = 200
) -> Answer:
    """An answer in two parts, as the service lays it out."""
    body = (
        f"--{edge}\r\nContent-Type: application/json;charset=UTF-8\r\n"
        "Content-Transfer-Encoding: binary\r\nContent-ID: <jsonInfos>\r\n\r\n"
        f"{json.dumps(said)}\r\n--{edge}\r\nContent-Type: application/octet-stream\r\n"
        "Content-Transfer-Encoding: binary\r\nContent-ID: <label>\r\n\r\n"
    ).encode()
    whole = body + pdf + f"\r\n--{edge}--".encode()
    return Answer(status, f'multipart/mixed; boundary="{edge}"; type="application/json"', whole)


def made(number: str = "6A00000000001", name: str = "labelV31Response") -> dict[str, Any]:
    message = {"id": "0", "type": "INFOS", "messageContent": "La requête a été traitée"}
    return {"messages": [message], name: {"parcelNumber": number, "pdfUrl": None}}


def test_the_question_has_the_documented_shape() -> None:
    asked = question(WANTED, "DOM", "PDF_A4_300dpi")
    assert asked == {
        "outputFormat": {"x": 0, "y": 0, "outputPrintingType": "PDF_A4_300dpi"},
        "letter": {
            "service": {
                "productCode": "DOM",
                "depositDate": "2026-11-24",
                "orderNumber": "K7QM",
                "commercialName": "Maison Lisière",
            },
            "parcel": {"weight": 1.25},
            "sender": {
                "senderParcelRef": "K7QM",
                "address": {
                    "companyName": "Maison Lisière",
                    "line2": "3 Rue de la Filhole",
                    "countryCode": "FR",
                    "city": "Marmande",
                    "zipCode": "47200",
                    "phoneNumber": "0553000000",
                },
            },
            "addressee": {
                "addresseeParcelRef": "K7QM",
                "address": {
                    "lastName": "Essai Dupont",
                    "firstName": "Camille",
                    "line2": "12 bis Avenue du Général Leclerc",
                    "countryCode": "FR",
                    "city": "Tonneins",
                    "zipCode": "47400",
                    "mobileNumber": "0639980042",
                    "email": "camille@example.org",
                },
            },
        },
    }


@given(st.text("abcdef ", min_size=1, max_size=120).map(str.strip).filter(bool))
def test_a_long_street_takes_two_lines_and_no_word_is_lost(street: str) -> None:
    asked = replace(WANTED, addressee=replace(WANTED.addressee, street=street))
    try:
        address = question(asked, "DOM", "PDF_A4_300dpi")["letter"]["addressee"]["address"]
    except CarrierRefused:
        assert len(street) > LINE
        return
    lines = [address["line2"], address.get("line3", "")]
    assert all(len(line) <= LINE for line in lines)
    assert "".join("".join(lines).split()) == "".join(street.split())


@given(st.binary(max_size=400))
def test_the_label_arrives_byte_by_byte(junk: bytes) -> None:
    """A PDF is bytes: read as text it would be spoilt, and nobody would notice."""
    pdf = b"%PDF-1.4\r\n\r\n" + bytes(range(256)) + junk + b"%%EOF"
    label = read(answered(made(), pdf))
    assert (label.tracking_number, label.pdf) == ("6A00000000001", pdf)


@pytest.mark.parametrize("name", ["labelV31Response", "labelV2Response"])
def test_the_number_is_found_in_each_version_s_answer(name: str) -> None:
    assert read(answered(made(name=name))).tracking_number == "6A00000000001"


@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_one_whatever_its_status_and_repeats_no_address(status: int) -> None:
    message = {"id": "30109", "type": "ERROR", "messageContent": "12 bis Avenue inconnue"}
    said = {"messages": [message], "labelV31Response": None}
    for answer in (
        answered(said, b"", status=status),
        Answer(status, "application/json", json.dumps(said).encode()),
    ):
        with pytest.raises(CarrierRefused, match="30109") as why:
            read(answer)
        assert "Avenue" not in str(why.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "text/html", b"<html>maintenance</html>"),
        Answer(200, "application/json", b"[]"),
        answered(made(number="")),
        answered(made(), b"no pdf"),
    ],
)
def test_what_is_no_answer_of_its_is_a_silence(answer: Answer) -> None:
    with pytest.raises(CarrierUnavailable):
        read(answer)


def test_a_label_is_made_over_http(office: Office) -> None:
    label = office.carrier.label(WANTED)
    assert label.tracking_number == "6A00000000001"
    assert label.pdf.startswith(b"%PDF-1.4")
    assert b"NE PAS POSTER" in label.pdf
    assert office.post.asked[0] == question(WANTED, "DOM", "PDF_A4_300dpi")


def test_the_key_is_sent_and_never_shown(office: Office) -> None:
    assert "k1" not in repr(office.carrier)
    assert "k2" not in repr(office.carrier)
    keyless = replace(office.carrier, labels=replace(office.carrier.labels, key=""))
    with pytest.raises(CarrierRefused, match="30000"):
        keyless.label(WANTED)
