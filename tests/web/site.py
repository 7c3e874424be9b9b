"""A website on a test house, and the few acts its tests repeat: come in, order, press."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Flask, Response
from flask.testing import FlaskClient

from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.operations.access import PageKind, create_link
from dispatch.operations.book import BookRequest, book
from dispatch.operations.manifest import ManifestStop, courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.shipments import Shipment
from dispatch.slots.service_levels import Mode
from dispatch.web import wiring
from dispatch.web.home import HomeLink
from tests.fakes.house import CUSTOMER, SHOP, an_order, embedded_town, house
from tests.fakes.spaces import loose_marks

SECRET = b"a secret of tests only, 32 bytes"
_META_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


@dataclass
class Site:
    """One installation with its pages."""

    ports: Ports = field(default_factory=house)
    home_links: tuple[HomeLink, ...] = ()
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.app = Flask("site_of_tests")
        self.app.testing = True
        self.app.extensions["ports"] = self.ports
        wiring.register(
            self.app,
            self.ports,
            map_geojson=embedded_town().map_geojson,
            home_links=lambda: self.home_links,
            secret_key=SECRET,
        )
        self.app.after_request(_well_set)

    def visitor(self) -> FlaskClient:
        """A browser that has never been here."""
        return self.app.test_client()

    def signed_in(self, kind: PageKind, subject: str = "") -> FlaskClient:
        """A browser that opened the reader's link."""
        client = self.visitor()
        answer = client.get(f"/l/{create_link(kind, subject, self.ports)}")
        assert answer.status_code == 302
        return client

    def book(
        self,
        *merchant_ids: str,
        mode: Mode = Mode.EXPRESS,
        customer: Customer = CUSTOMER,
        to: Place | None = None,
    ) -> Booking:
        """Order one parcel from each merchant, by the first option of *mode*."""
        offer = quote(an_order(self.ports, *merchant_ids, to=to), SHOP, self.ports)
        option = next(o for o in offer.options if o.mode is mode and o.offered)
        request = BookRequest(offer.quote_id, option.option_id, customer)
        return book(request, SHOP, self.ports).booking

    def hand_out(self) -> None:
        """Close a wave now."""
        wave_by_hand(self.ports)

    def busy_courier(self) -> tuple[CourierId, tuple[ManifestStop, ...]]:
        """The first courier who has a tour, and its open stops."""
        for courier_id in self.ports.territory.couriers:
            stops = self.stops_of(courier_id)
            if stops:
                return courier_id, stops
        raise AssertionError("no courier has a tour; was a wave handed out?")

    def stops_of(self, courier_id: str) -> tuple[ManifestStop, ...]:
        return courier_day(CourierId(courier_id), self.ports).open_stops

    def shipments(self, booking: Booking) -> tuple[Shipment, ...]:
        with self.ports.store.reading() as tx:
            return tuple(tx.shipments_of(booking.booking_id))


def _well_set(answer: Response) -> Response:
    """Hold every page that any test asks for against French typography."""
    if answer.mimetype == "text/html" and not answer.is_streamed:
        html = answer.get_data(as_text=True)
        loose = loose_marks(html) if 'lang="fr"' in html[:200] else []
        assert not loose, f"a line may end before these marks: {loose}"
    return answer


def token_of(html: str) -> str:
    """The token a page's scripts and forms post with."""
    found = _META_TOKEN.search(html)
    assert found is not None, "the page has no token"
    return found[1]
