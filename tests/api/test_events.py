"""What happened since I last asked: by position, page by page, by type."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from dispatch.api.event_models import EventView
from dispatch.core.ids import StorefrontId
from dispatch.operations.event_words import as_told
from dispatch.operations.mailroom import deliver_next
from dispatch.operations.steps import tell
from dispatch.operations.webhooks import add_endpoint
from dispatch.orders.shipments import EventType
from tests.adapters.storage_samples import event
from tests.api.conftest import Storefront
from tests.fakes.postbox import Postbox, read


def test_events_are_caught_up_with_from_any_position(shop: Storefront) -> None:
    ids = [shop.book("collect")["shipments"][0]["id"] for _ in range(3)]
    first = shop.get("/v1/events", limit=2).get_json()
    rest = shop.get("/v1/events", after=first["next_after"]).get_json()
    assert [e["shipment_id"] for e in first["events"] + rest["events"]] == ids
    assert shop.get("/v1/events", after=rest["next_after"]).get_json() == {
        "events": [],
        "next_after": rest["next_after"],
    }


def test_a_page_says_whether_there_is_another_and_how_to_get_it(shop: Storefront) -> None:
    ids = [shop.book("collect")["shipments"][0]["id"] for _ in range(3)]
    first = shop.get("/v1/events", limit=2).get_json()
    last = shop.get("/v1/events", limit=2, page_token=first["next_page_token"]).get_json()
    assert [e["shipment_id"] for e in first["events"] + last["events"]] == ids
    assert "next_page_token" not in last
    whole = shop.get("/v1/events", limit=3).get_json()
    assert "next_page_token" not in whole, "a full page is not a sign of another"


@pytest.mark.parametrize("token", ["x", "YWZ0ZXI6MDI", "YWZ0ZXI6LTE", "é" * 5, "YWZ0ZXI6Mg=="])
def test_a_page_token_that_we_never_gave_is_refused(shop: Storefront, token: str) -> None:
    answer = shop.get("/v1/events", page_token=token)
    assert answer.status_code == 422
    assert [field["field"] for field in answer.get_json()["fields"]] == ["page_token"]


def test_a_page_token_and_a_position_are_two_beginnings(shop: Storefront) -> None:
    assert shop.get("/v1/events", page_token="YWZ0ZXI6Mg", after=2).status_code == 422
    assert shop.get("/v1/events", page_token="YWZ0ZXI6Mg").get_json()["next_after"] == 2


def test_events_are_asked_for_by_type(shop: Storefront) -> None:
    shipment_id = shop.book("collect")["shipments"][0]["id"]
    with shop.ports.store.writing() as tx:
        shipment = tx.shipment(shipment_id)
        tell(shipment, EventType.REMINDED, tx, shop.ports, actor="house", data={"days": 3})

    def seqs(*types: str) -> list[int]:
        return [e["seq"] for e in shop.get("/v1/events", type=list(types)).get_json()["events"]]

    assert seqs("shipment.state") == [0]
    assert seqs("shipment.reminded") == [1]
    assert seqs("shipment.state", "shipment.reminded") == seqs() == [0, 1]
    assert seqs("order.completed") == []
    assert shop.get("/v1/events", type="shipment.lost").status_code == 422


def test_an_event_names_its_booking(shop: Storefront) -> None:
    bookings = [shop.book("collect") for _ in range(2)]
    events = shop.get("/v1/events").get_json()["events"]
    assert [e["booking_id"] for e in events] == [b["id"] for b in bookings]
    shipment = shop.get(f"/v1/shipments/{bookings[0]['shipments'][0]['id']}").get_json()
    assert [e["booking_id"] for e in shipment["events"]] == [shipment["booking_id"]]


def test_the_api_and_a_webhook_tell_an_event_in_the_same_words() -> None:
    plain = replace(event(), position=7)
    full = replace(plain, reason="refused", type=EventType.LABEL, data={"pages": [1, 2]})
    for each in (plain, full):
        told = EventView.of(each, "b1").model_dump(mode="json", exclude_none=True)
        sent = as_told(each, "b1")
        assert (list(told), told) == (list(sent), sent)


def test_what_a_shop_is_sent_is_in_the_contract(shop: Storefront) -> None:
    post = Postbox()
    ports = replace(shop.ports, post=post)
    told, _ = add_endpoint(StorefrontId("sf_test"), "https://shop.example/", [], ports)
    shop.book("collect")
    deliver_next(told.endpoint_id, ports)
    document = shop.client.get("/openapi.json").get_json()
    body = document["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]
    contract = {**body["schema"], "components": document["components"]}
    (letter,) = post.letters
    sent = read(letter)
    assert list(Draft202012Validator(contract).iter_errors(sent)) == []
    assert list(Draft202012Validator(contract).iter_errors({**sent, "data": {}})) != []
    assert sent["data"] == shop.get("/v1/events").get_json()["events"][0]
