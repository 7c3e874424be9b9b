"""/v1/merchants, /v1/tours and /v1/health: who sells, who rides, and is anybody home."""

from __future__ import annotations

from flask import Response

from dispatch.api.day_models import HealthView, MerchantsView, MerchantView, ToursQuery, ToursView
from dispatch.api.doors import Doors, answer
from dispatch.api.models import NoQuery
from dispatch.operations.arrivals import late_arrivals
from dispatch.operations.lookup import pulse, tours_on
from dispatch.operations.ports import Ports
from dispatch.operations.steady import streets_state


def hang(doors: Doors, ports: Ports) -> None:
    @doors.get("/merchants", scope="quotes", tag="territory", answer=MerchantsView)
    def list_merchants(query: NoQuery) -> Response:
        """List the merchants of the territory."""
        merchants = ports.territory.merchants.values()
        return answer(MerchantsView(merchants=[MerchantView.of(m) for m in merchants]))

    @doors.get("/tours", scope="tours:read", tag="territory", answer=ToursView)
    def list_tours(query: ToursQuery) -> Response:
        """List the couriers' tours of a day: places and times, no names."""
        tours = tours_on(query.day, ports)
        return answer(ToursView.of(query.day, tours, late_arrivals(tours, ports)))

    @doors.get("/health", scope=None, tag="territory", answer=HealthView)
    def show_health(query: NoQuery) -> Response:
        """Say that the store answers, who tells travel times, what time it is.  Asks for no key."""
        return answer(HealthView.of(pulse(ports), ports.clock.pace, streets_state(ports)))
