"""The customer's page: one link, one order, nobody else's data.

Parses, calls one operation, renders.  What may be seen is decided by
``dispatch.tracking.public_view``.
"""

from __future__ import annotations

import segno
from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound as NoSuchPage

from dispatch.core.errors import Gone, NotFound
from dispatch.core.places import Place
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports
from dispatch.operations.refuse_notices import choices_of
from dispatch.operations.track import Tracking, track
from dispatch.orders.shipments import FINAL
from dispatch.slots.service_levels import Mode
from dispatch.web.guesses import guessing
from dispatch.web.tracking import choices, words
from dispatch.web.words import _


def blueprint(ports: Ports) -> Blueprint:
    """Return ``/suivi/<token>`` and ``/avis/<sealed>``."""
    pages = Blueprint("tracking", __name__)
    choices.hang(pages, ports)

    @pages.get("/suivi/<token>")
    def follow(token: str) -> str:
        try:
            with guessing():
                seen = track(token, ports)
        except Gone:
            raise
        except NotFound:
            # The error's own words would name what was looked for.
            raise NoSuchPage from None
        over = all(item.shipment.state in FINAL for item in seen.shipments)
        return render_template(
            "tracking/order.html",
            seen=seen,
            now=seen.now,
            over=over,
            order_ref=short_ref(seen.booking.quote_id),
            headline=words.headline(seen),
            instead=words.instead,
            mode_text=_(words.MODES[seen.booking.mode]),
            steps=words.steps,
            event_text=words.event,
            qr=_square,
            shop_phone=lambda item: ports.territory.merchant(item.shipment.merchant_id).phone,
            map_data=_map_of(seen, ports, over),
            choices=choices_of(seen.booking.customer, ports),
            channels=choices.CHANNELS,
        )

    return pages


def _square(code: str) -> str:
    """Return the collect code as an inline SVG, to be scanned at the counter."""
    return segno.make(code, micro=False, error="m").svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None
    )


def _map_of(seen: Tracking, ports: Ports, over: bool) -> dict[str, object]:
    """What the map shows: the shops, the door, and the courier when next."""
    merchants = [ports.territory.merchant(s.shipment.merchant_id) for s in seen.shipments]
    markers = [_pin(m.place, "shop", "●", m.name) for m in merchants]
    if seen.booking.mode is Mode.COLLECT:
        return {"markers": markers}
    markers.append(_pin(seen.drop, "door", "⌂", _("Chez vous")))
    if seen.courier.position is not None and not over:
        markers.append(
            _pin(seen.courier.position, "courier", "➤", _("Dernière position connue du livreur"))
        )
    return {"markers": markers}


def _pin(place: Place, kind: str, text: str, label: str) -> dict[str, object]:
    return {
        "lat": place.lat_deg,
        "lon": place.lon_deg,
        "class": kind,
        "text": text,
        "label": label,
    }
