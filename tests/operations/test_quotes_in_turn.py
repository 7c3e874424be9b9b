"""Customers who ask at once are answered in turn: nobody's hold makes another think again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from time import sleep

from dispatch.adapters.storage.store import SqlStore, open_store
from dispatch.adapters.storage.turn import Turn
from dispatch.core.places import Place
from dispatch.operations.ports import Ports, Transaction, When
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote
from dispatch.routing.problem import IntMatrix
from tests.fakes.house import SHOP
from tests.fakes.plugs import DrawnTown
from tests.operations.drawn import TOWN, drawn_house, territory

ASKING = 4


class SlowTown(DrawnTown):
    """The drawn town, whose ways take a while to tell; others go on meanwhile."""

    def __init__(self) -> None:
        pass

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> IntMatrix:
        sleep(0.02)
        return super().durations_s(places, profile, to=to, at=at)


class CountedStore:
    """A store that counts how often somebody looks."""

    def __init__(self, store: SqlStore) -> None:
        self._store, self.looks = store, 0
        self.writing = store.writing

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        self.looks += 1
        with self._store.reading() as tx:
            yield tx


def ask(ports: Ports) -> Quote:
    (shop, *_) = ports.territory.merchants
    line = Line(shop, items_value_cents=3000, weight_g=100, volume_cm3=100)
    return quote(OrderRequest((line,), Doorstep(TOWN["x"], "", "")), SHOP, ports)


def test_each_of_many_at_once_looks_once_and_holds_a_place_of_its_own(tmp_path: Path) -> None:
    counted = CountedStore(open_store(tmp_path))
    ports = drawn_house(territory(), store=counted)
    ports = replace(ports, streets=SlowTown(), thinking=Turn("the tours"))
    together = Barrier(ASKING)

    def customer(_: int) -> Quote:
        together.wait()
        return ask(ports)

    with ThreadPoolExecutor(ASKING) as pool:
        offers = list(pool.map(customer, range(ASKING)))
    assert all(offer.options[0].held for offer in offers)
    assert counted.looks == ASKING
