"""Many customers who pay at once, at a server that is being hurt; and the books afterwards.

A customer of these never gives up: whatever happened to a call, it is made again with the
same ``Idempotency-Key``.  ``audit`` then holds what they were told against what is stored.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import httpx

from dispatch.core.civil import local_day
from dispatch.operations.ports import Ports
from tests.installation import A_DOOR, ELSEWHERE, MERCHANT, PATIENCE_S, opened

#: One order in so many is express: the others cost the couriers no room.
EXPRESS_EVERY: Final = 8
CLIENTS: Final = 8


@dataclass(frozen=True, slots=True)
class Receipt:
    """One 201 that a customer saw, and what was sent for it."""

    key: str
    idempotency_key: str
    choice: dict[str, Any]
    booking: dict[str, Any]


@dataclass(slots=True)
class Storm:
    """So many orders, from so many clients at once.

    interrupted : calls that were made again because no answer came
    refused     : calls that were answered 503
    paying      : the keys of who waits to be told that they have booked
    trouble     : what ended a client before its time
    """

    url: str
    keys: Sequence[str]
    wanted: int
    receipts: list[Receipt] = field(default_factory=list)
    interrupted: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    paying: set[str] = field(default_factory=set)
    trouble: list[BaseException] = field(default_factory=list)

    @contextmanager
    def raging(self) -> Iterator[Storm]:
        """Book in the background; at the end everybody has a receipt, or the test fails."""
        turns = count()
        clients = [threading.Thread(target=self._client, args=(turns,)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        yield self
        for client in clients:
            client.join()
        if self.trouble:
            raise self.trouble[0]
        assert len(self.receipts) == self.wanted

    def wait_until(self, done: int) -> None:
        """Wait until so many have their receipt."""
        while len(self.receipts) < done and not self.trouble:
            sleep(0.005)

    def wait_for_payment(self) -> bool:
        """Wait until somebody pays, and is not answered yet; False: nobody will any more."""
        while not self.paying and len(self.receipts) < self.wanted and not self.trouble:
            sleep(0.001)
        return bool(self.paying)

    def wait_for_refusals(self, more: int) -> None:
        """Wait until so many more calls were answered 503."""
        before = self.refused
        while self.refused < before + more and not self.trouble:
            sleep(0.005)

    def _client(self, turns: Iterator[int]) -> None:
        try:
            while (n := next(turns)) < self.wanted:
                self.receipts.append(self._order(n))
        except BaseException as why:  # seen by the test, in its own thread
            self.trouble.append(why)

    def _order(self, n: int) -> Receipt:
        key = self.keys[n % len(self.keys)]
        express = n % EXPRESS_EVERY == 0
        order = {
            "merchants": [{"merchant_id": MERCHANT, "weight_g": 500}],
            "deliver_to": {"location": A_DOOR if express else ELSEWHERE},
        }
        quote = self.patiently("/v1/quotes", order, {"Authorization": f"Bearer {key}"})
        offered = [option for option in quote["options"] if option["offered"]]
        mode = "express" if express and offered[0]["mode"] == "express" else "collect"
        option = next(option for option in offered if option["mode"] == mode)
        choice = {
            "quote_id": quote["id"],
            "option_id": option["id"],
            "customer": {"name": f"Camille Essai {n}", "phone": "+33639980042"},
            "external_ref": f"order-{n}",
        }
        payment = f"pay-{n}"
        self.paying.add(payment)
        booking = self.patiently(
            "/v1/bookings",
            choice,
            {"Authorization": f"Bearer {key}", "Idempotency-Key": payment},
        )
        self.paying.discard(payment)
        return Receipt(key, payment, choice, booking)

    def patiently(self, path: str, body: object, headers: dict[str, str]) -> dict[str, Any]:
        """POST until the answer is 201; only silence and 503 are asked again."""
        until_s = monotonic() + PATIENCE_S
        while True:
            try:
                answer = httpx.post(self.url + path, json=body, headers=headers, timeout=10)
            except httpx.TransportError:
                self.interrupted[path] += 1
            else:
                if answer.status_code == 201:
                    return dict(answer.json())
                assert answer.status_code == 503, answer.text
                self.refused += 1
            assert monotonic() < until_s, f"{path} stayed silent for {PATIENCE_S} s"
            sleep(0.05)


def audit(url: str, data_dir: Path, receipts: Sequence[Receipt]) -> None:
    """Every 201 is there, none twice, none half; and its key is answered as it was then."""
    with httpx.Client(base_url=url, timeout=30) as shop:
        for receipt in receipts:
            _still_answered(shop, receipt)
    with opened(data_dir) as ports:
        _in_the_books(ports, receipts)


def _in_the_books(ports: Ports, receipts: Sequence[Receipt]) -> None:
    booked = {receipt.booking["id"]: receipt.booking for receipt in receipts}
    assert len(booked) == len(receipts), "two customers share a booking"
    with ports.store.reading() as tx:
        stored = tx.bookings(local_day(ports.clock.now()))
        ids = Counter(booking.booking_id for booking in stored)
        assert ids == Counter(list(booked)), "lost, doubled, or never told to the customer"
        for booking in stored:
            shipments = tx.shipments_of(booking.booking_id)
            told = [s["id"] for s in booked[booking.booking_id]["shipments"]]
            assert [s.shipment_id for s in shipments] == told == list(booking.shipment_ids)
            for shipment in shipments:
                events = tx.events_of(shipment.shipment_id)
                assert [event.seq for event in events] == list(range(len(events)))
                assert events[-1].state is shipment.state
    _on_a_tour_once(ports, {b.quote_id for b in stored if b.mode == "express"})


def _still_answered(shop: httpx.Client, receipt: Receipt) -> None:
    head = {"Authorization": f"Bearer {receipt.key}"}
    again = shop.post(
        "/v1/bookings",
        json=receipt.choice,
        headers={**head, "Idempotency-Key": receipt.idempotency_key},
    )
    assert again.status_code == 201, again.text
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json() == receipt.booking
    seen = shop.get(f"/v1/bookings/{receipt.booking['id']}", headers=head)
    assert seen.status_code == 200, seen.text


def _on_a_tour_once(ports: Ports, express: set[Any]) -> None:
    """Each express order has its stops in one tour, or is known to be loose."""
    day = local_day(ports.clock.now())
    with ports.store.reading() as tx:
        tours, loose = tx.tours(day), tx.loose_orders(day)
    holders: Counter[Any] = Counter(order.quote_id for order in loose)
    for tour in tours:
        holders.update({s.quote_id for s in tour.stops if s.held_until is None and not s.over})
    assert holders == Counter(express), "an order is in two tours, or in none"


def every(done: Sequence[int], storm: Storm, act: Callable[[], object]) -> None:
    """Do *act* each time so many customers have their receipt."""
    for n in done:
        storm.wait_until(n)
        act()
