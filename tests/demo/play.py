"""A demonstration with no server and no waiting: the app called directly, a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
from flask import Flask

from dispatch.api.wiring import flask_app
from dispatch.core.civil import instant_at
from dispatch.demo.day import Doors
from dispatch.demo.orders import DAY, FIRST_MIN
from dispatch.demo.storefront import Storefront, Tally
from dispatch.operations.access import PageKind, create_key, create_link
from dispatch.operations.ports import Ports
from dispatch.operations.tick import tick
from dispatch.web import wiring as web
from tests.fakes.house import clock_of, house
from tests.fakes.plugs import StoppedClock


class JumpingClock(StoppedClock):
    """Moves only when somebody waits, twenty minutes for each second waited."""

    pace = 1200.0

    def stopwatch_s(self) -> float:
        return super().stopwatch_s() / self.pace


class LossyTransport(httpx.BaseTransport):
    """Hands every request on; every *nth* answer is lost on its way back."""

    def __init__(self, inner: httpx.BaseTransport, nth: int) -> None:
        self._inner, self._nth = inner, nth
        self.requests = 0
        self.lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        answer.read()
        self.requests += 1
        if self.requests % self._nth == 0:
            self.lost += 1
            raise httpx.ReadError("the answer was lost", request=request)
        return answer


def no_wait(seconds: float) -> bool:
    """Pauses between tries cost a test nothing."""
    del seconds
    return False


def demo_house() -> Ports:
    """The embedded town just before its first customer."""
    ports = replace(house(), clock=JumpingClock("2026-11-24T08:55+01:00"))
    clock_of(ports).move_to(instant_at(DAY, FIRST_MIN - 1))
    return ports


def whole_app(ports: Ports) -> Flask:
    """API and pages on *ports*."""
    app = flask_app(ports, quota=None)
    web.register(app, ports, map_geojson=b"{}", secret_key=b"of this test only, not secret")
    return app


def time_passes(ports: Ports) -> Callable[[float], bool]:
    """A wait that moves the clock and lets due waves run, as the jobs process would."""
    clock = clock_of(ports)

    def wait(seconds: float) -> bool:
        clock.advance(seconds=seconds * clock.pace)
        tick(ports)
        return False

    return wait


@contextmanager
def storefront(ports: Ports, transport: httpx.BaseTransport) -> Iterator[Storefront]:
    """A storefront with a key of its own."""
    key = create_key("demo", ("quotes", "bookings"), ports)
    with httpx.Client(transport=transport, base_url="http://town.test") as http:
        yield Storefront(http, key, no_wait, Tally())


def doors(ports: Ports, transport: httpx.BaseTransport) -> Doors:
    """Links for everybody; each browser is a client of its own."""
    links: dict[str, str] = {}
    for courier_id in ports.territory.couriers:
        links[courier_id] = f"/l/{create_link(PageKind.COURIER, courier_id, ports)}"
    for merchant_id in ports.territory.merchants:
        links[merchant_id] = f"/l/{create_link(PageKind.MERCHANT, merchant_id, ports)}"
    return Doors(
        lambda: httpx.Client(transport=transport, base_url="http://town.test"), links, no_wait
    )
