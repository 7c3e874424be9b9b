"""/v1/bookings: take one option of a quote, look at what became of it, change it, give it back."""

from __future__ import annotations

from flask import Response, request

from dispatch.api.booking_models import (
    AmendBody,
    BookingBody,
    BookingPath,
    BookingQuery,
    BookingView,
    IdempotencyHeader,
)
from dispatch.api.doors import Doors, answer, caller
from dispatch.api.models import NoQuery
from dispatch.api.problems import of_error
from dispatch.api.quote_models import QuoteView
from dispatch.core.errors import NoLongerFeasible, QuoteExpired
from dispatch.operations.amend import amend
from dispatch.operations.book import Booked, book
from dispatch.operations.cancel import cancel
from dispatch.operations.enquire import enquire_again
from dispatch.operations.lookup import booked
from dispatch.operations.ports import Ports


def hang(doors: Doors, ports: Ports) -> None:
    @doors.post(
        "/bookings",
        scope="bookings",
        tag="bookings",
        answers={200: BookingView, 201: BookingView},
        problems=(404, 409),
    )
    def create_booking(
        header: IdempotencyHeader, query: BookingQuery, body: BookingBody
    ) -> Response:
        """Book one option of a quote, exactly once.

        With an `Idempotency-Key`, the same call again is answered as the first time,
        with `Idempotent-Replay: true`.  409 `quote_expired` and `no_longer_feasible`
        carry a fresh quote under `quote`.  `dry_run` answers 200 and writes nothing.
        """
        wanted = body.request(header.idempotency_key)
        try:
            made = book(wanted, caller(), ports, dry_run=query.dry_run)
        except (QuoteExpired, NoLongerFeasible) as lost:
            fresh = enquire_again(body.quote_id, caller(), ports, hold=not query.dry_run)
            return of_error(lost, quote=QuoteView.of(fresh))
        # A rehearsal under a key that has booked already is answered with that booking.
        return _born(made, rehearsed=query.dry_run and not made.replayed)

    @doors.get(
        "/bookings/<booking_id>",
        scope="bookings",
        tag="bookings",
        answer=BookingView,
        problems=(404,),
    )
    def show_booking(path: BookingPath, query: NoQuery) -> Response:
        """Look at a booking as it is now."""
        return answer(BookingView.of(booked(path.booking_id, caller(), ports), request.host_url))

    @doors.post(
        "/bookings/<booking_id>/cancel",
        scope="bookings",
        tag="bookings",
        answers={200: BookingView},
        problems=(404, 409),
    )
    def cancel_booking(path: BookingPath, query: BookingQuery) -> Response:
        """Cancel a booking, as long as no parcel has left its shop.

        `fee` is what it costs by how far the order has come.  Cancelling twice is
        harmless.  Later it is 409 `too_late`.  `dry_run` tells the fee and writes nothing.
        """
        gone = Booked(*cancel(path.booking_id, caller(), ports, dry_run=query.dry_run))
        return answer(BookingView.of(gone, request.host_url, dry_run=query.dry_run))

    @doors.post(
        "/bookings/<booking_id>/amend",
        scope="bookings",
        tag="bookings",
        answers={200: BookingView},
        problems=(404, 409),
    )
    def amend_booking(path: BookingPath, query: BookingQuery, body: AmendBody) -> Response:
        """Change the window, whom the courier calls, or the note at the door.

        A new window is tried in the couriers' tours: 409 `no_longer_feasible` keeps the old
        place, 409 `too_late` says that a courier has left.  The price stays.
        """
        change = body.amendment()
        changed = Booked(*amend(path.booking_id, change, caller(), ports, dry_run=query.dry_run))
        return answer(BookingView.of(changed, request.host_url, dry_run=query.dry_run))


def _born(made: Booked, *, rehearsed: bool) -> Response:
    body = BookingView.of(made, request.host_url, dry_run=rehearsed)
    response = answer(body, 200 if rehearsed else 201)
    if made.replayed:
        response.headers["Idempotent-Replay"] = "true"
    return response
