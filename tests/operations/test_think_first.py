from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from dispatch.core.errors import Stale
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.quote import quote
from dispatch.operations.think_first import TRIES_WITHOUT_LOCK, think_first
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from tests.fakes.house import CUSTOMER, SHOP
from tests.operations.drawn import TOWN, drawn_house


class _Watched:
    """A store that knows whether its lock is taken, and streets that mind."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.locked = False
        self.reading = ports.store.reading

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with self._ports.store.writing() as tx:
            self.locked = True
            try:
                yield tx
            finally:
                self.locked = False

    def durations_s(self, *args: Any, **kwargs: Any) -> Any:
        assert not self.locked, "somebody asks for travel times while everybody waits"
        return self._ports.streets.durations_s(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ports.streets, name)


@pytest.fixture
def watched() -> Ports:
    house = drawn_house()
    guard = _Watched(house)
    return replace(house, store=guard, streets=guard)


def test_nobody_waits_while_a_place_is_looked_for(watched: Ports) -> None:
    line = Line(MerchantId("B"), weight_g=1000)
    offer = quote(OrderRequest((line,), Doorstep(TOWN["x"])), SHOP, watched)
    for option in ("opt_2", "opt_1"):  # tried again, and held
        made = book(BookRequest(offer.quote_id, option, CUSTOMER), SHOP, watched, dry_run=True)
    made = book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, watched)
    cancel(made.booking.booking_id, SHOP, watched)


def test_who_is_overtaken_again_and_again_thinks_under_the_lock(watched: Ports) -> None:
    tries: list[bool] = []

    def overtaken(seen: bool, tx: Transaction) -> bool:
        del tx
        tries.append(seen)
        if len(tries) <= TRIES_WITHOUT_LOCK:
            raise Stale("somebody was quicker")
        return seen

    def locked(_: Transaction) -> bool:
        guard = watched.store
        assert isinstance(guard, _Watched)
        return guard.locked

    assert think_first(locked, lambda seen: seen, overtaken, watched)
    assert tries == [False] * TRIES_WITHOUT_LOCK + [True]
