"""Fifty customers pay for the last place at once: exactly one has it.  And bookings a second.

    python benchmarks/booking_rush.py [--on sqlite|URL|own ...] [--workers N ...] [--clients N]

On SQLite and on a PostgreSQL of its own, unless ``--on`` names some.  A real ``dispatch serve``
over HTTP.  Three ways to be the last: one quote that everybody pays, each with a key of their
own; one call made fifty times, with one key; and fifty customers who ask and pay when the only
courier can keep one promise more.  Then so many clients book as fast as they are answered,
express and collect in turn; their quotes are made before, not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from benchmarks.common.bench_day import (
    CUSTOMER,
    SETTINGS,
    Customers,
    bench_served,
    database_server,
    make_installation,
)
from benchmarks.common.open_loop import Sender
from benchmarks.common.record import keep
from tests.databases import Server
from tests.installation import A_DOOR, ELSEWHERE, MERCHANT

RIVALS = 50
ROUNDS = 20
BOOKINGS = 400
#: What is measured when nobody says otherwise: each database by one web worker and by two.
BOTH = ("sqlite", "own")
WORKERS = (1, 2)
#: Fifty minutes at each door: some ten orders fill a day.
SLOW_DOORS = SETTINGS.replace("drop_s = 60", "drop_s = 3000")

#: What was answered to one call, and what is sent: an option's choice and its key.
Answer = tuple[int, dict[str, Any]]
Call = tuple[dict[str, Any], str]


def main() -> None:
    said = _said()
    figures: dict[str, Any] = {"clients": said.clients, "rivals": 10 if said.quick else RIVALS}
    for named in said.on or BOTH:
        database = "sqlite" if named == "sqlite" else "postgresql"
        with database_server(None if named == "sqlite" else named) as server:
            print(f"{database}:")
            figures[database] = _the_last(said, server, figures["rivals"])
            figures[database]["rates"] = [
                _as_fast_as_answered(said, server, workers) for workers in said.workers or WORKERS
            ]
    print(keep("booking-rush", figures))


def _the_last(said: argparse.Namespace, server: Server | None, rivals: int) -> dict[str, Any]:
    """Let so many want the last, in all rounds; return in how many exactly one had it."""
    won: dict[str, int] = {}
    rounds = 2 if said.quick else said.rounds
    options = ["--no-jobs", "--workers", str(max(said.workers or WORKERS))]
    for name, rush in (("quote", _one_quote), ("key", _one_key), ("place", _one_place)):
        with _one_courier(options, server) as shop:
            won[name] = sum(rush(shop, rivals) for _ in range(rounds))
        print(f"the last {name}: exactly one of {rivals} in {won[name]} of {rounds} rounds")
    return {"rounds": rounds, "exactly_one": won}


def _as_fast_as_answered(
    said: argparse.Namespace, server: Server | None, workers: int
) -> dict[str, Any]:
    with TemporaryDirectory() as scratch:
        data_dir = Path(scratch)
        make_installation(data_dir)
        options = ("--no-jobs", "--workers", str(workers))
        with bench_served(data_dir, *options, server=server) as (served, key):
            wanted = 40 if said.quick else said.bookings
            calls = _calls(Shop(served.url, key), Customers(data_dir, seed=4), wanted)
            before_s = served.web_cpu_s
            answers, took_s = _at_once(Shop(served.url, key), calls, said.clients)
            return _rate(answers, took_s, served.web_cpu_s - before_s, workers)


@contextmanager
def _one_courier(options: Sequence[str], server: Server | None) -> Iterator[Shop]:
    """A shop's line to a town with one courier and slow doors."""
    with TemporaryDirectory() as scratch:
        make_installation(Path(scratch), one_courier="c_malik")
        served_by = bench_served(Path(scratch), *options, settings=SLOW_DOORS, server=server)
        with served_by as (served, key):
            yield Shop(served.url, key)


class Shop:
    """A storefront with one key."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        #: What fills the day, the latest last.
        self.booked: list[str] = []
        self._line = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )

    def quote(self, order: dict[str, Any]) -> dict[str, Any]:
        return dict(self._line.post("/v1/quotes", json=order).raise_for_status().json())

    def book(self, choice: dict[str, Any], key: str) -> dict[str, Any]:
        head = {"Idempotency-Key": key}
        answer = self._line.post("/v1/bookings", json=choice, headers=head)
        return dict(answer.raise_for_status().json())

    def cancel(self, booking_id: str) -> None:
        self._line.post(f"/v1/bookings/{booking_id}/cancel").raise_for_status()


def _one_quote(shop: Shop, rivals: int) -> bool:
    choice = _collected(shop)
    keys = [f"{choice['quote_id']}-{n}" for n in range(rivals)]
    answers, _ = _at_once(shop, [(choice, key) for key in keys], rivals)
    return _exactly_one(answers, "quote_used")


def _one_key(shop: Shop, rivals: int) -> bool:
    choice = _collected(shop)
    answers, _ = _at_once(shop, [(choice, choice["quote_id"])] * rivals, rivals)
    told = {json.dumps(body, sort_keys=True) for _, body in answers}
    return len(told) == 1 and all(status == 201 for status, _ in answers)


def _one_place(shop: Shop, rivals: int) -> bool:
    """Fill the day, give one place back, and let everybody ask for it and pay at once."""
    while (choice := _choice(shop.quote(_order(A_DOOR)), "express")) is not None:
        shop.booked.append(shop.book(choice, choice["quote_id"])["id"])
    shop.cancel(shop.booked.pop())
    gate, won = threading.Barrier(rivals), list[str]()

    def rival() -> None:
        asks, pays = Sender(shop.url, "/v1/quotes"), Sender(shop.url, "/v1/bookings")
        gate.wait()
        status, quote = asks.ask(json.dumps(_order(A_DOOR)).encode(), shop.key)
        choice = _choice(quote, "express") if status == 201 else None
        if choice is None:
            won.append("refused" if status == 201 else f"quote {status}")
            return
        status, body = pays.ask(json.dumps(choice).encode(), shop.key, choice["quote_id"])
        won.append("booked" if status == 201 else body.get("code", f"booking {status}"))
        if status == 201:
            shop.booked.append(body["id"])

    threads = [threading.Thread(target=rival) for _ in range(rivals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = Counter(won)
    lost = said["refused"] + said["no_longer_feasible"]
    if (said["booked"], lost) == (1, rivals - 1):
        return True
    print(f"   not exactly one: {dict(said)}")
    return False


def _collected(shop: Shop) -> dict[str, Any]:
    choice = _choice(shop.quote(_order(ELSEWHERE)), "collect")
    if choice is None:
        raise SystemExit("collect was not offered")
    return choice


def _exactly_one(answers: Sequence[Answer], lost: str) -> bool:
    """Is there one 201, and for everybody else the problem *lost*?"""
    said = Counter(
        "booked" if status == 201 else body.get("code", status) for status, body in answers
    )
    if said == {"booked": 1, lost: len(answers) - 1}:
        return True
    print(f"   not exactly one: {dict(said)}")
    return False


def _order(door: dict[str, float]) -> dict[str, Any]:
    line = {"merchant_id": MERCHANT, "weight_g": 500}
    return {"merchants": [line], "deliver_to": {"location": door}}


def _choice(quote: dict[str, Any], mode: str) -> dict[str, Any] | None:
    """Return what books the first offered option of *mode*; None: there is none."""
    for option in quote["options"]:
        if option["mode"] == mode and option["offered"]:
            return {"quote_id": quote["id"], "option_id": option["id"], "customer": CUSTOMER}
    return None


def _calls(shop: Shop, customers: Customers, wanted: int) -> list[Call]:
    """Ask for quotes, one after the other; every second order is express as long as it fits."""
    calls: list[Call] = []
    for n in range(wanted):
        order = customers.order()
        if n % 2:
            order["deliver_to"] = {"location": ELSEWHERE}
        quote = shop.quote(order)
        choice = _choice(quote, "express") or _choice(quote, "collect")
        choice = choice or _choice(quote, "standard")
        if choice is not None:
            calls.append((choice, f"call-{n}"))
    return calls


def _at_once(shop: Shop, calls: Sequence[Call], clients: int) -> tuple[list[Answer], float]:
    """Make all calls from so many clients that begin together; return the answers and seconds."""
    turns, gate = count(), threading.Barrier(clients + 1)
    answers: list[Answer] = []

    def client() -> None:
        sender = Sender(shop.url, "/v1/bookings")
        gate.wait()
        while (n := next(turns)) < len(calls):
            choice, key = calls[n]
            answers.append(sender.ask(json.dumps(choice).encode(), shop.key, key))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    gate.wait()
    began_s = monotonic()
    for thread in threads:
        thread.join()
    return answers, monotonic() - began_s


def _rate(answers: Sequence[Answer], took_s: float, cpu_s: float, workers: int) -> dict[str, Any]:
    statuses = Counter(str(status) for status, _ in answers)
    booked = [body for status, body in answers if status == 201]
    express = sum(body["mode"] == "express" for body in booked)
    per_s, cpu_ms = len(booked) / took_s, 1000 * cpu_s / max(1, len(answers))
    said = f"{len(booked)} bookings ({express} express) in {took_s:.1f} s: {per_s:.0f} a second"
    print(f"{workers} web worker{'s' * (workers > 1)}: {said}")
    print(f"{cpu_ms:.1f} ms of the server's CPU each; statuses {dict(statuses)}")
    return {
        "workers": workers,
        "bookings": len(booked),
        "express": express,
        "bookings_per_s": round(per_s, 1),
        "server_cpu_ms": round(cpu_ms, 2),
        "statuses": dict(statuses),
    }


def _said() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 rivals, 2 rounds, 40 bookings")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--bookings", type=int, default=BOOKINGS)
    parser.add_argument("--clients", type=int, default=8, help="who book at the same time")
    parser.add_argument("--on", nargs="+", help="sqlite, a PostgreSQL's URL, own (default: both)")
    parser.add_argument("--workers", type=int, nargs="+", help="web workers (default: 1, then 2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
