"""/v1/shipments and /v1/events: where is it, and what happened since I last asked."""

from __future__ import annotations

from flask import Response

from dispatch.api.booking_models import ShipmentPath, ShipmentView
from dispatch.api.doors import Doors, answer, caller
from dispatch.api.event_models import EventsQuery, EventsView
from dispatch.api.models import NoQuery
from dispatch.operations.lookup import events_after, follow
from dispatch.operations.ports import Ports


def hang(doors: Doors, ports: Ports) -> None:
    @doors.get(
        "/shipments/<shipment_id>",
        scope="bookings",
        tag="shipments",
        answer=ShipmentView,
        problems=(404,),
    )
    def show_shipment(path: ShipmentPath, query: NoQuery) -> Response:
        """Look at a shipment: promised, forecast, and what happened so far."""
        return answer(ShipmentView.of(follow(path.shipment_id, caller(), ports)))

    @doors.get("/events", scope="bookings", tag="shipments", answer=EventsView)
    def list_events(query: EventsQuery) -> Response:
        """Catch up: the events of all your shipments behind a position, in order."""
        after = query.begins_after
        found = events_after(after, query.limit, caller(), ports, types=query.type or ())
        return answer(EventsView.of(found, after))
