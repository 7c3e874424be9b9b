"""One booking's page as its customer sees it, for notices to be written of."""

from __future__ import annotations

from dataclasses import replace

from dispatch.adapters.notify.written import Letter, Text
from dispatch.core.ids import BookingId, ShipmentId
from dispatch.operations.notices import Channel, Kind, Notice, Telling
from dispatch.operations.ports import Ports
from dispatch.operations.track import Tracking, track
from dispatch.slots.service_levels import Mode
from tests.fakes.house import house
from tests.fakes.town import express_shops
from tests.operations.test_prepare import order_by

A_LETTER = Letter(
    "bkg_1.booked.order.email",
    "camille@example.org",
    "Commande 4K7QZ confirmée",
    "Bonjour,\n.\nC’est tout.\n",
    "<p>Bonjour</p>",
    "https://livraison.example.fr/avis/email-0",
)
A_TEXT = Text("bkg_1.ready.shp_1.sms", "+33639980042", "Commande 4K7QZ prête")


def page(mode: Mode, language: str = "fr", ports: Ports | None = None) -> Tracking:
    """The page of an order by *mode*, from a shop with a long name."""
    ports = ports or house()
    shop = next(
        m.merchant_id
        for m in sorted(ports.territory.merchants.values(), key=lambda m: -len(m.name))
        if mode in m.shop.modes and m.merchant_id in express_shops(ports)
    )
    booked = order_by(mode, shop, ports)
    seen = track(booked.booking.tracking_token, ports)
    return replace(seen, booking=replace(seen.booking, language=language))


def telling(
    kind: Kind, seen: Tracking, channel: Channel = Channel.EMAIL, reason: str | None = None
) -> Telling:
    """A notice of that *kind* on its way to the customer of *seen*."""
    item = seen.shipments[0].shipment
    notice = Notice(
        f"{item.booking_id}.{kind}.{channel}",
        BookingId(item.booking_id),
        ShipmentId(item.shipment_id),
        kind,
        channel,
        1,
        seen.now,
        seen.now,
        seen.now,
    )
    who = seen.booking.customer
    contact = (who.email or "") if channel is Channel.EMAIL else who.phone
    return Telling(notice, contact, seen, reason)
