"""The shop's counter: from a basket to a delivery that is paid for and booked.

This is the part to copy.  The order of its steps is what matters: the payment is written
down, then the outbox is, then Dispatch is called; ``sweep`` does again what a crash cut off.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.client import (
    Basket,
    Booked,
    Customer,
    Pending,
    Quote,
    Shop,
    Why,
)
from examples.shop.ledger import Ledger, Purchase


class Counter:
    """One shop, with its books and its line to Dispatch."""

    def __init__(self, shop: Shop, ledger: Ledger) -> None:
        self._shop, self.ledger = shop, ledger

    def offer(self, basket: Basket, customer: Customer) -> Quote:
        """Ask how *basket* can reach *customer*.  Nothing is paid: errors go to the page."""
        quote = self._shop.quote(basket)
        self.ledger.write(Purchase(basket, customer, quote))
        return quote

    def choose(self, purchase: Purchase, option_id: str) -> Purchase:
        """Keep the customer's choice, and hold its place while they look for their card."""
        quote = self._shop.hold(purchase.quote, option_id)
        chosen = replace(purchase, quote=quote, option_id=option_id)
        self.ledger.write(chosen)
        return chosen

    def pay(self, ref: str) -> Booked | Pending:
        """The money is there.  Book; never raises for the network."""
        self.ledger.pay(ref)
        purchase = self.ledger.purchase(ref)
        if purchase is None:
            raise KeyError(ref)
        return self._book(purchase)

    def where(self, ref: str) -> Booked | Pending | None:
        return self._shop.order(ref)

    def accept(self, ref: str, option_id: str) -> Booked | Pending:
        """The customer takes what there is now, in place of what is gone."""
        return self._settled(self._shop.accept(ref, option_id))

    def pay_back(self, ref: str) -> Pending:
        """The customer does not: give the money back."""
        gone = self._shop.withdraw(ref)
        self.ledger.settle(ref)
        return gone

    def sweep(self) -> None:
        """Do again what a crash, or the network, cut off; hear what happened.

        Call it every few seconds.  Raises ``ClientError`` when Dispatch cannot be heard.
        """
        for purchase in self.ledger.paid(settled=False):
            self._book(purchase)
        for told in self._shop.deliver_outbox():
            self._settled(told)
        self._shop.catch_up(self.ledger.note)

    def _book(self, purchase: Purchase) -> Booked | Pending:
        return self._settled(self._shop.book(purchase.order()))

    def _settled(self, told: Booked | Pending) -> Booked | Pending:
        if isinstance(told, Booked) or told.why is Why.WITHDRAWN:
            self.ledger.settle(told.external_ref)
        return told
