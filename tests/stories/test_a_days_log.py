"""A day through ``dispatch serve``, mishaps too: what it writes names nobody, opens nothing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.adapters.storage.engine import DATABASE_FILE
from dispatch.adapters.storage.store import SqlStore
from dispatch.app import open_house
from dispatch.demo.pages import Browser
from dispatch.operations.access import PageKind, create_link
from dispatch.operations.devices import invite
from tests.installation import MERCHANT, PATIENCE_S, Served, a_key, serving, wait_for

NAME, PHONE, EMAIL = "Zoé Témoin", "+33639980042", "temoin@example.org"
NOTE, ADDRESS = "digicode 90Z37Q", "12 impasse des Glycines Bleues"
DOOR = {"lat": 44.507123, "lon": 0.164321}
SEEN_AT = {"lat": 44.506987, "lon": 0.163789}


@dataclass
class Day:
    """One installation at work, and every word that may not be found in what it wrote."""

    served: Served
    data_dir: Path
    clients: ExitStack
    secrets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ports = open_house(self.data_dir).ports
        self.key = self.keep(a_key(self.data_dir))
        headers = {"Authorization": f"Bearer {self.key}"}
        self.shop = self.visitor(headers)

    def keep(self, secret: str) -> str:
        self.secrets.append(secret.removeprefix("dk_"))
        return secret

    def visitor(self, headers: dict[str, str] | None = None) -> httpx.Client:
        client = httpx.Client(base_url=self.served.url, headers=headers, timeout=PATIENCE_S)
        return self.clients.enter_context(client)

    def browser(self, kind: PageKind, subject: str) -> Browser:
        token = self.keep(create_link(kind, subject, self.ports))
        return Browser(self.visitor(), f"/l/{token}", lambda _: True)

    def order(self) -> dict[str, Any]:
        """One express order, asked, booked, looked at; and the same by a clumsy storefront."""
        order = {
            "merchants": [{"merchant_id": MERCHANT, "weight_g": 1000}],
            "deliver_to": {"location": DOOR, "address": ADDRESS, "note": NOTE},
        }
        quote = self.shop.post("/v1/quotes", json=order).json()
        express = next(o for o in quote["options"] if o["mode"] == "express" and o["offered"])
        wanted = {
            "quote_id": quote["id"],
            "option_id": express["id"],
            "customer": {"name": NAME, "phone": PHONE, "email": EMAIL},
        }
        headers = {"Idempotency-Key": self.keep("key-of-one-order")}
        booked = self.shop.post("/v1/bookings", json=wanted, headers=headers)
        assert booked.status_code == 201, booked.text
        other = wanted | {"customer": {"name": NAME + "!", "phone": PHONE}}
        for body in (other, wanted | {"customer": {"name": NAME, "phone": PHONE * 3}}, {}):
            assert self.shop.post("/v1/bookings", json=body, headers=headers).status_code == 422
        assert self.shop.post("/v1/quotes", content=NAME.encode()).status_code == 415
        return dict(booked.json())

    def follow(self, booking: dict[str, Any]) -> None:
        token = self.keep(booking["tracking_url"].rpartition("/")[2])
        customer, thief = self.visitor(), self.visitor()
        assert customer.get(f"/suivi/{token}").status_code == 200
        for path in (f"/suivi/{token}x", f"/{NAME}/{PHONE}", f"/?q={ADDRESS}", f"/l/{token}"):
            customer.get(path)
        thief.get("/v1/merchants", headers={"Authorization": f"Bearer {self.key}x"})
        thief.get("/v1/merchants", headers=[(b"X-Request-Id", NAME.encode())])

    def drive(self) -> None:
        """Every courier looks at the phone; whoever has the order brings it, and is seen."""
        couriers = [self.browser(PageKind.COURIER, c) for c in self.ports.territory.couriers]

        def with_a_stop() -> tuple[Browser, str, list[str]] | None:
            for courier in couriers:
                for tour in courier.read_json("/livreur/etat.json")["tours"]:
                    if tour["stops"]:
                        ids = [stop["stop_id"] for stop in tour["stops"]]
                        return courier, tour["tour_id"], ids
            return None

        courier, tour_id, stop_ids = wait_for(with_a_stop, "a courier with the order")
        at = self.ports.clock.now().isoformat()
        facts = [
            {
                **{"fact_id": f"{stop_id}/{kind}", "tour_id": tour_id, "stop_id": stop_id},
                **{"kind": kind, "at_device": at, "position": SEEN_AT},
            }
            for stop_id in stop_ids
            for kind in ("arrived", "done")
        ]
        facts.append(facts[0] | {"fact_id": NAME, "reason": ADDRESS})  # a phone gone mad
        told = courier.send_json("/livreur/faits", {"facts": facts})["results"]
        assert [one["status"] for one in told[:-1]] == ["ok"] * (len(facts) - 1)

    def read(self) -> None:
        """The shop and the planner look; the planner lets somebody in anew."""
        self.browser(PageKind.MERCHANT, MERCHANT).page()
        planner = self.browser(PageKind.PLANNER, "")
        planner.page()
        self.visitor().get(f"/l/{self.keep(invite(PageKind.PLANNER, '', self.ports))}")

    def break_the_database(self) -> None:
        """From now on whatever touches a shipment fails, in the web and in the jobs process."""
        with sqlite3.connect(self.data_dir / DATABASE_FILE) as raw:
            raw.execute("ALTER TABLE bookings RENAME TO gone")
        raw.close()

    def written(self) -> str:
        """All that was written since the start, on both outputs."""
        self.served.process.terminate()
        assert self.served.process.stdout is not None
        rest = self.served.process.stdout.read()
        return self.served.welcome + rest + self.served.errors.read_text()


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    clock = "2026-11-24T09:30:00+01:00x30"  # a wave every two seconds
    with serving(tmp_path, "--clock", clock) as served, ExitStack() as clients:
        day = Day(served, tmp_path, clients)
        yield day
        assert isinstance(day.ports.store, SqlStore)
        day.ports.store.close()


def test_a_day_and_its_mishaps_write_no_name_no_address_no_place_and_no_secret(day: Day) -> None:
    booking = day.order()
    day.follow(booking)
    day.drive()
    day.read()
    day.break_the_database()
    assert day.shop.get(f"/v1/bookings/{booking['id']}").status_code >= 500
    token = booking["tracking_url"].rpartition("/")[2]
    assert day.visitor().get(f"/suivi/{token}").status_code >= 500
    wait_for(lambda: "page_failed" in day.served.errors.read_text(), "the crash in the log")
    text = day.written()
    assert "path=/suivi/<token>" in text and "status=201" in text  # it did write of that day
    words = [NAME, "Témoin", EMAIL, NOTE, "90Z37Q", ADDRESS, "Glycines", *day.secrets]
    words += [PHONE, PHONE.removeprefix("+33"), "06 39 98 00 42"]
    words += [str(number) for place in (DOOR, SEEN_AT) for number in place.values()]
    found = [word for word in words if word in text or ascii(word)[1:-1] in text]
    assert found == []
    assert not re.search(r"[\w.]+@[\w.]+|\+33\d|/(?:l|suivi)/(?!<token>)", text)
