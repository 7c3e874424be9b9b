"""The shop's own books: what was ordered, and what was paid.

Decides nothing about deliveries.  A real shop has this already: its table of orders.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from dispatch.client import Basket, Customer, Doorstep, Event, Line, Order, Quote

_SCHEMA: Final = """
create table if not exists purchases (
    ref text primary key, paid integer not null, settled integer not null, doc text not null);
create table if not exists states (shipment text primary key, seq integer, state text);
"""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One customer's order.  ``option_id``: "" until one is chosen; ``settled``: booked."""

    basket: Basket
    customer: Customer
    quote: Quote
    option_id: str = ""
    paid: bool = False
    settled: bool = False

    @property
    def ref(self) -> str:
        return self.basket.external_ref

    def order(self) -> Order:
        return Order(self.basket, self.quote, self.option_id, self.customer)


class Ledger:
    """The books in the file at *path*."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as db:
            db.executescript(_SCHEMA)

    def write(self, purchase: Purchase) -> None:
        """Write down a purchase; one that is paid stays as it was paid."""
        with self._open() as db:
            db.execute(
                "insert into purchases values (?, 0, 0, ?) on conflict (ref) do update "
                "set doc=excluded.doc where not paid",
                (purchase.ref, _text(purchase)),
            )

    def pay(self, ref: str) -> None:
        """Write down that the money is there: from here on the order must not be lost."""
        with self._open() as db:
            db.execute("update purchases set paid=1 where ref=?", (ref,))

    def settle(self, ref: str) -> None:
        """Write down that the order is booked, or paid back."""
        with self._open() as db:
            db.execute("update purchases set settled=1 where ref=?", (ref,))

    def purchase(self, ref: str) -> Purchase | None:
        with self._open() as db:
            found = db.execute("select * from purchases where ref=?", (ref,)).fetchone()
        return None if found is None else _purchase(*found)

    def paid(self, *, settled: bool | None = None) -> list[Purchase]:
        """Return what is paid; with *settled* only what is, or is not, booked."""
        with self._open() as db:
            found = db.execute("select * from purchases where paid order by rowid").fetchall()
        purchases = [_purchase(*one) for one in found]
        return [one for one in purchases if settled is None or one.settled is settled]

    def note(self, event: Event) -> None:
        """Keep a shipment's latest state; an event that comes twice, or late, changes nothing."""
        with self._open() as db:
            db.execute(
                "insert into states values (?, ?, ?) on conflict (shipment) do update "
                "set seq=excluded.seq, state=excluded.state where excluded.seq > seq",
                (event.shipment_id, event.seq, event.state),
            )

    def state(self, shipment_id: str) -> str:
        """Return the latest state heard of; "" when none was."""
        with self._open() as db:
            found = db.execute("select state from states where shipment=?", (shipment_id,))
            return next((str(state) for (state,) in found), "")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as db, db:
            yield db


def _text(purchase: Purchase) -> str:
    basket = purchase.basket
    doc = {
        "lines": [asdict(line) for line in basket.lines],
        "door": asdict(basket.deliver_to),
        "customer": asdict(purchase.customer),
        "quote": purchase.quote.document,
        "option_id": purchase.option_id,
    }
    return json.dumps(doc)


def _purchase(ref: str, paid: int, settled: int, text: str) -> Purchase:
    doc = json.loads(text)
    lines = tuple(Line(**line) for line in doc["lines"])
    purchase = Purchase(
        Basket(ref, lines, Doorstep(**doc["door"])),
        Customer(**doc["customer"]),
        Quote.of(doc["quote"]),
        doc["option_id"],
    )
    return replace(purchase, paid=bool(paid), settled=bool(settled))
