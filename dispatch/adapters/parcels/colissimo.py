"""Colissimo's label service: a JSON question, and an answer in several parts.

Decides how our words are spelt in theirs.  ``POST …/generateLabel`` of the "SLS" REST service
3.1, with the key in the header ``apiKey``.  The answer is ``multipart`` (MTOM): a part
``<jsonInfos>`` with ``messages`` and ``labelV31Response.parcelNumber``, and a part ``<label>``
with the PDF's bytes.  A refusal may come with HTTP 200 as with 400: its ``messages`` say so.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import Any, Final

from dispatch.adapters.parcels.asking import Answer, ask
from dispatch.core.errors import CarrierRefused, CarrierUnavailable
from dispatch.operations.carrier import Label, LabelWanted, PostalAddress
from dispatch.orders.parcels import is_tracking_number

#: Characters of one line of an address, and how many lines a street may take.
LINE: Final = 35
_LINES: Final = ("line2", "line3")
#: Names of the answer's label, the newest first: each version of the service has its own.
_LABELS: Final = ("labelV31Response", "labelV2Response", "labelResponse")
_DONE: Final = "0"


@dataclass(frozen=True, slots=True)
class LabelService:
    """Colissimo's service at *url*, opened by *key*."""

    url: str
    key: str = field(repr=False)
    timeout_s: float
    product_code: str
    print_on: str

    def label(self, wanted: LabelWanted) -> Label:
        """Make a label.  Raises ``CarrierRefused`` or ``CarrierUnavailable``."""
        answer = ask(
            "POST",
            f"{self.url.rstrip('/')}/generateLabel",
            timeout_s=self.timeout_s,
            headers={"apiKey": self.key, "Accept": "application/json, multipart/*"},
            json=question(wanted, self.product_code, self.print_on),
        )
        return read(answer)


def question(wanted: LabelWanted, product_code: str, print_on: str) -> dict[str, Any]:
    """Return the body of ``generateLabel``.  Raises ``CarrierRefused`` for too long a street."""
    return {
        "outputFormat": {"x": 0, "y": 0, "outputPrintingType": print_on},
        "letter": {
            "service": {
                "productCode": product_code,
                "depositDate": wanted.deposit_on.isoformat(),
                "orderNumber": wanted.order_ref,
                "commercialName": wanted.sender.company,
            },
            # Kilogrammes, to the gram.
            "parcel": {"weight": wanted.weight_g / 1000},
            "sender": {
                "senderParcelRef": wanted.order_ref,
                "address": _address(wanted.sender),
            },
            "addressee": {
                "addresseeParcelRef": wanted.order_ref,
                "address": _address(wanted.addressee),
            },
        },
    }


def read(answer: Answer) -> Label:
    """Return the label in *answer*.

    Raises ``CarrierRefused`` with the service's own numbers, ``CarrierUnavailable`` for what
    is not an answer of its.
    """
    said, pdf = _parts(answer)
    refusals = [
        str(message.get("id"))
        for message in said.get("messages") or ()
        if message.get("type") == "ERROR" or str(message.get("id", _DONE)) != _DONE
    ]
    if refusals:
        # Its sentences may repeat an address; its numbers do not.
        raise CarrierRefused(f"the post refused the label ({', '.join(refusals)})", ids=refusals)
    found: Mapping[str, Any] = next((said[name] for name in _LABELS if said.get(name)), {})
    number = str(found.get("parcelNumber") or "").replace(" ", "").upper()
    if not is_tracking_number(number) or not pdf.startswith(b"%PDF"):
        raise CarrierUnavailable("the post's answer has no parcel number, or no label")
    return Label(number, pdf)


def _parts(answer: Answer) -> tuple[Mapping[str, Any], bytes]:
    """Return the answer's JSON object and its PDF (empty: there is none)."""
    if "multipart/" not in answer.content_type.lower():
        return _object(answer.body), b""
    head = f"MIME-Version: 1.0\r\nContent-Type: {answer.content_type}\r\n\r\n".encode()
    whole = BytesParser(policy=policy.HTTP).parsebytes(head + answer.body)
    said: Mapping[str, Any] = {}
    pdf = b""
    for part in whole.walk():
        if part.is_multipart():
            continue
        body = _bytes(part)
        if part.get_content_type() == "application/json" or _called(part, "jsonInfos"):
            said = _object(body)
        elif _called(part, "label") or (not pdf and body.startswith(b"%PDF")):
            pdf = body
    return said, pdf


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _called(part: Message, name: str) -> bool:
    return str(part.get("Content-ID", "")).strip("<> ") == name


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CarrierUnavailable("the post sent what is not its JSON")
    return found


def _address(side: PostalAddress) -> dict[str, str]:
    """Return an address in Colissimo's words; what is empty is left out, as it asks."""
    lines = textwrap.wrap(side.street, LINE)
    if len(lines) > len(_LINES):
        raise CarrierRefused(f"a street is longer than {len(_LINES)} lines of {LINE}")
    first, _, last = side.person.strip().partition(" ")
    phone = _national(side.phone)
    mobile = phone[:2] in ("06", "07")
    said = {
        "companyName": side.company[:LINE],
        "lastName": (last or first)[:LINE],
        "firstName": (first if last else "")[:LINE],
        **dict(zip(_LINES, lines, strict=False)),
        "countryCode": "FR",
        "city": side.city[:LINE],
        "zipCode": side.postcode,
        "mobileNumber" if mobile else "phoneNumber": phone,
        "email": side.email,
    }
    return {name: text for name, text in said.items() if text}


def _national(phone: str) -> str:
    """Return a French number as Colissimo takes it, ``0612345678``; "" for any other."""
    digits = re.sub(r"[^\d+]", "", phone)
    digits = re.sub(r"^(?:\+|00)33", "0", digits)
    return digits if re.fullmatch(r"0\d{9}", digits) else ""
