"""The example shop in French, from its window to its order page, over the real interface."""

from __future__ import annotations

import base64
import hmac
import re
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dispatch.client import Shop, clock
from dispatch.operations.ports import Ports
from examples.shop.app import make_app
from examples.shop.counter import Counter
from examples.shop.ledger import Ledger
from tests.client.conftest import LOST, Road, booked_refs
from tests.fakes.house import clock_of

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def counter(shop: Shop, tmp_path: Path) -> Counter:
    return Counter(shop, Ledger(tmp_path / "ledger.sqlite"))


@pytest.fixture
def bell() -> threading.Event:
    return threading.Event()


@pytest.fixture
def pages(counter: Counter, shop: Shop, bell: threading.Event) -> FlaskClient:
    return make_app(counter, shop.merchants, secret=SECRET, bell=bell).test_client()


def filled_in(page: str) -> dict[str, str]:
    """The form of a page as a browser would send it untouched."""
    return dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))


def to_payment(pages: FlaskClient, mode: str) -> str:
    """Fill the basket, choose the first window of *mode*; return the order's reference."""
    form = filled_in(pages.get("/").text)
    assert form["name"] == "Camille Essai"
    asked = pages.post("/livraison", data=form)
    page = pages.get(asked.location).text
    offered = dict(re.findall(r'value="(opt_\w+)"[^>]*>\s*(Coursier|Retrait)', page))
    option = next(name for name, word in offered.items() if word == mode)
    ref = asked.location.rpartition("/")[2]
    chosen = pages.post(f"/commande/{ref}/choix", data={"option": option})
    assert "aucun argent ne change de main" in pages.get(chosen.location).text
    return str(ref)


def test_from_the_window_to_the_tracking_link(pages: FlaskClient, ports: Ports) -> None:
    ref = to_payment(pages, "Coursier")
    order = pages.post(f"/commande/{ref}/paiement").location
    assert pages.post(f"/commande/{ref}/paiement").location == order, "pressed twice"
    page = pages.get(order).text
    assert "Coursier" in page
    assert "réservée" in page
    assert "/suivi/token-" in page
    assert booked_refs(ports) == [ref]


def test_a_paid_order_waits_in_sight_while_dispatch_is_away(
    pages: FlaskClient, counter: Counter, road: Road, ports: Ports
) -> None:
    ref = to_payment(pages, "Retrait")
    road.ahead = [LOST]
    page = pages.get(pages.post(f"/commande/{ref}/paiement").location).text
    assert "Nous confirmons la livraison" in page
    assert ref in pages.get("/boutique").text
    assert booked_refs(ports) == []


def test_a_crash_between_the_payment_and_the_outbox_is_made_good(
    pages: FlaskClient, counter: Counter, ports: Ports
) -> None:
    ref = to_payment(pages, "Retrait")
    counter.ledger.pay(ref)
    assert "pas encore envoyée" in pages.get("/boutique").text
    counter.sweep()
    assert booked_refs(ports) == [ref]
    assert "Aucune." in pages.get("/boutique").text


def test_a_window_that_is_gone_after_payment_is_the_customers_choice(
    pages: FlaskClient, ports: Ports
) -> None:
    one, other = to_payment(pages, "Coursier"), to_payment(pages, "Coursier")
    clock_of(ports).advance(minutes=40)
    for ref in (one, other):
        page = pages.get(pages.post(f"/commande/{ref}/paiement").location).text
        assert "n'est plus possible" in page
    option = filled_in(pages.get(f"/commande/{one}").text)["option"]
    taken = pages.get(pages.post(f"/commande/{one}/accord", data={"option": option}).location)
    assert "plus tout à fait celle que vous aviez payée" in taken.text
    assert "La Poste au lieu de Coursier" in taken.text, "the last one on the page"
    back = pages.get(pages.post(f"/commande/{other}/remboursement").location)
    assert "remboursée" in back.text
    assert booked_refs(ports) == [one]


def test_before_payment_dispatch_away_is_a_sentence(pages: FlaskClient, road: Road) -> None:
    form = filled_in(pages.get("/").text)
    road.ahead = ["", LOST]
    answer = pages.post("/livraison", data=form)
    assert (answer.status_code, "Rien n" in answer.text) == (503, True)


def test_only_a_signed_webhook_rings_the_bell(pages: FlaskClient, bell: threading.Event) -> None:
    body = (
        b'{"type": "shipment.state", "data": {"position": 1, "type": "shipment.state",'
        b' "shipment_id": "shp_1", "seq": 0, "state": "booked"}}'
    )
    stamp = str(int(clock.now_s()))
    signed = hmac.digest(b"s" * 32, f"evt_1.{stamp}.".encode() + body, sha256)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": stamp}
    good = {**headers, "webhook-signature": "v1," + base64.b64encode(signed).decode()}
    assert pages.post("/dispatch-hook", data=body, headers=headers).status_code == 401
    assert not bell.is_set()
    assert pages.post("/dispatch-hook", data=body, headers=good).status_code == 204
    assert bell.is_set()


def test_what_happened_to_the_parcels_is_on_the_orders_page(
    pages: FlaskClient, counter: Counter, ports: Ports, shop: Shop
) -> None:
    ref = to_payment(pages, "Retrait")
    pages.post(f"/commande/{ref}/paiement")
    told = counter.where(ref)
    assert told is not None
    booking = told.booking  # type: ignore[union-attr]
    shop.cancel(booking.booking_id)
    counter.sweep()
    assert "annulée" in pages.get(f"/commande/{ref}").text
