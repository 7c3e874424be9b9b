"""A webhook is believed when it is signed, recent, and says something."""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256

import pytest

from dispatch.client import BadSignature, verify_webhook
from dispatch.operations.letters import Letter, signed_headers

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()
EVENT = {
    "position": 12,
    "type": "shipment.state",
    "shipment_id": "shp_1",
    "seq": 3,
    "state": "picked_up",
}
BODY = json.dumps({"type": "shipment.state", "timestamp": "…", "data": EVENT}).encode()
AT_S = 1_700_000_000


def headers(body: bytes = BODY, secret: str = SECRET, at_s: int = AT_S) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"evt_1.{at_s}.".encode() + body
    told = base64.b64encode(hmac.digest(key, signed, sha256)).decode()
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(at_s),
        "Webhook-Signature": f"v1,{told}",
    }


def test_a_signed_message_is_read() -> None:
    told = verify_webhook(headers(), BODY, SECRET, now_s=AT_S + 10)
    assert (told.message_id, told.type) == ("evt_1", "shipment.state")
    assert told.event is not None
    assert (told.event.position, told.event.shipment_id, told.event.state) == (
        12,
        "shp_1",
        "picked_up",
    )


def test_what_the_house_sends_is_believed() -> None:
    letter = Letter("https://shop.example/hook", "evt_shp_1_3", BODY, (OTHER, SECRET), 10)
    told = verify_webhook(signed_headers(letter, AT_S), BODY, SECRET, now_s=AT_S)
    assert told.message_id == "evt_shp_1_3"


def test_the_published_example_of_standard_webhooks_verifies() -> None:
    """The vector of the standard's own libraries; its body is no message of ours."""
    given = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with pytest.raises(BadSignature, match="signed, and yet"):
        verify_webhook(given, b'{"test": 2432232314}', secret, now_s=1614265330)


def test_while_a_secret_is_replaced_either_is_believed() -> None:
    both = headers()
    both["Webhook-Signature"] = f"{headers(secret=OTHER)['Webhook-Signature']} v1a,x v1,???"
    assert verify_webhook(both, BODY, (SECRET, OTHER), now_s=AT_S).event is not None
    with pytest.raises(BadSignature, match="not signed"):
        verify_webhook(both, BODY, SECRET, now_s=AT_S)


@pytest.mark.parametrize("away_s", [-301, 301])
def test_a_recording_is_not_believed(away_s: int) -> None:
    with pytest.raises(BadSignature, match="more than 300 s away"):
        verify_webhook(headers(), BODY, SECRET, now_s=AT_S + away_s)


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_every_header_counts(name: str) -> None:
    given = headers()
    with pytest.raises(BadSignature):
        verify_webhook({**given, name: ""}, BODY, SECRET, now_s=AT_S)
    with pytest.raises(BadSignature):
        verify_webhook({**given, name: "1700000001"}, BODY, SECRET, now_s=AT_S)


def test_one_byte_of_the_body_counts() -> None:
    with pytest.raises(BadSignature, match="not signed"):
        verify_webhook(headers(), BODY.replace(b"12", b"13"), SECRET, now_s=AT_S)


def test_a_trial_is_a_message_about_no_shipment() -> None:
    body = b'{"type": "webhook.test", "timestamp": "x", "data": {"endpoint_id": "wh_1"}}'
    assert verify_webhook(headers(body), body, SECRET, now_s=AT_S).event is None


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64"])
def test_a_secret_that_is_none_is_the_shops_mistake(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(headers(), BODY, secret, now_s=AT_S)
