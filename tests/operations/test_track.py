from __future__ import annotations

import pytest

from dispatch.core.errors import NotFound
from dispatch.operations.ports import Ports
from dispatch.operations.track import track
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind
from tests.fakes.house import clock_of
from tests.fakes.town import express_shops
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


def test_a_token_that_opens_nothing_says_so(ports: Ports) -> None:
    with pytest.raises(NotFound):
        track("nothing", ports)


def test_before_the_wave_the_customer_sees_the_promise_and_no_forecast(ports: Ports) -> None:
    booked = order(ports)
    view = track(booked.booking.tracking_token, ports)
    assert view.promise == booked.shipments[0].promise.window
    assert (view.courier.eta, view.courier.you_next, view.courier.position) == (None, False, None)


def test_the_courier_is_shown_only_to_the_door_that_is_next(ports: Ports) -> None:
    """Two customers of one courier: the second never sees where the first one lives."""
    shop = express_shops(ports)[0]
    first, second = order(ports, shop), order(ports, shop)
    tour = given_tour(ports)
    views = []
    while (stop := tour.next_stop) is not None:
        clock_of(ports).advance(minutes=4)
        tour = report(tour, ports)
        seen = {
            b.booking.quote_id: track(b.booking.tracking_token, ports).courier
            for b in (first, second)
        }
        came_from_a_door = stop.kind is StopKind.DROP
        for quote_id, view in seen.items():
            next_stop = tour.next_stop
            is_next = (
                next_stop is not None
                and next_stop.quote_id == quote_id
                and next_stop.kind is StopKind.DROP
            )
            assert view.you_next is is_next
            # Where the last customer lives is nobody's business.
            assert (view.position is not None) is (is_next and not came_from_a_door)
        views.append((stop.stop_id, seen))
    assert any(v.you_next for _, seen in views for v in seen.values())


def test_the_forecast_is_a_window_that_never_ends_in_the_past(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    view = track(booked.booking.tracking_token, ports)
    assert view.courier.eta is not None
    clock_of(ports).advance(minutes=120)  # no news from the road for two hours
    later = track(booked.booking.tracking_token, ports)
    assert later.courier.eta is not None
    assert later.courier.eta.closes_at > ports.clock.now()
    tour = report(tour, ports)
    report(tour, ports, FactKind.DONE)
    over = track(booked.booking.tracking_token, ports)
    assert over.courier.eta is None
    assert [event.state.value for event in over.shipments[0].events][-1] == "delivered"
