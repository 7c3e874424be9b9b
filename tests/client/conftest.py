"""A shop with the real interface at the other end of a bad road."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from dispatch.api.wiring import flask_app
from dispatch.client import Basket, Customer, Doorstep, Line, Order, Quote, Shop, Tolerance
from dispatch.core.civil import local_day
from dispatch.operations.access import create_key
from dispatch.operations.ports import Ports
from tests.fakes.house import house, near

#: Open on the test's Tuesday from 9:30 to 12:30 and from 14:00 to 19:00.
MERCHANT = "m_atelier_gariguette"
CAMILLE = Customer("Camille Essai", "+33639980042")

#: The call never arrives; it arrives, and its answer does not.
LOST, ANSWER_LOST = "lost", "answer lost"


class Road(httpx.BaseTransport):
    """Carries calls to the interface; ``ahead`` says what happens to the next ones.

    passed : (method and path, ``Idempotency-Key``, status) of each call, status 0 when lost
    """

    def __init__(self, interface: httpx.BaseTransport) -> None:
        self._interface = interface
        self.ahead: list[str | httpx.Response] = []
        self.passed: list[tuple[str, str | None, int]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fate = self.ahead.pop(0) if self.ahead else ""
        answer = httpx.Response(0)
        if isinstance(fate, httpx.Response):
            answer = fate
        elif fate != LOST:
            answer = self._interface.handle_request(request)
            answer.read()
        name = f"{request.method} {request.url.path}"
        status = 0 if fate in (LOST, ANSWER_LOST) else answer.status_code
        self.passed.append((name, request.headers.get("Idempotency-Key"), status))
        if fate == LOST:
            raise httpx.ConnectError("no road")
        if fate == ANSWER_LOST:
            raise httpx.ReadTimeout("no answer")
        return answer

    def keys(self) -> list[str | None]:
        """The keys of the calls that book, in order."""
        return [key for name, key, _ in self.passed if name == "POST /v1/bookings"]


class Watch:
    """The shop's clock: it moves only when told."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def ports() -> Ports:
    return house()


@pytest.fixture
def road(ports: Ports) -> Road:
    return Road(httpx.WSGITransport(app=flask_app(ports, quota=None)))


@pytest.fixture
def watch() -> Watch:
    return Watch()


OpenShop = Callable[..., Shop]


@pytest.fixture
def open_shop(ports: Ports, road: Road, watch: Watch, tmp_path: Path) -> Iterator[OpenShop]:
    """Opens the shop on its one outbox: again and again, as after a crash."""
    key = create_key("sf_test", ("quotes", "bookings"), ports)
    opened = []

    def open_it(tolerance: Tolerance | None = None) -> Shop:
        shop = Shop(
            "http://dispatch.test",
            key,
            outbox=tmp_path / "outbox.sqlite",
            tolerance=tolerance or Tolerance(),
            now_s=watch,
            transport=road,
        )
        opened.append(shop)
        return shop

    yield open_it
    for shop in opened:
        shop.close()


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    return open_shop()


def basket(ports: Ports, ref: str = "CMD-1") -> Basket:
    door = near(ports.territory.merchant(MERCHANT).place)
    line = Line(MERCHANT, items_value_cents=3490, weight_g=1000, volume_cm3=8000)
    return Basket(ref, (line,), Doorstep(lat_deg=door.lat_deg, lon_deg=door.lon_deg))


def chosen(quote: Quote, mode: str = "express") -> str:
    return next(option.option_id for option in quote.offered if option.mode == mode)


def paid(shop: Shop, ports: Ports, ref: str = "CMD-1", mode: str = "express") -> Order:
    """An order as it is the moment the customer has paid."""
    asked = basket(ports, ref)
    quote = shop.quote(asked)
    return Order(asked, quote, chosen(quote, mode), CAMILLE)


def booked_refs(ports: Ports) -> list[str | None]:
    """The references of the house's bookings of the day, in order of reference."""
    with ports.store.reading() as tx:
        made = tx.bookings(local_day(ports.clock.now()))
    return sorted((booking.external_ref for booking in made), key=str)
