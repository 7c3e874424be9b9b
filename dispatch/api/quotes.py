"""/v1/quotes and GET /v1/slots: every way to get one order, kept, kept elsewhere, or browsed."""

from __future__ import annotations

from flask import Response

from dispatch.api.doors import Doors, answer, caller
from dispatch.api.models import NoQuery
from dispatch.api.quote_bodies import (
    OptionBody,
    QuoteBody,
    QuotePath,
    SlotsQuery,
    SplitBody,
    WriteQuery,
)
from dispatch.api.quote_models import QuotesView, QuoteView, SlotsView
from dispatch.operations.enquire import enquire
from dispatch.operations.hold import hold
from dispatch.operations.ports import Ports
from dispatch.operations.split import split


def hang(doors: Doors, ports: Ports) -> None:
    @doors.post("/quotes", scope="quotes", tag="quotes", answers={201: QuoteView})
    def create_quote(query: NoQuery, body: QuoteBody) -> Response:
        """Ask for every way to get an order.

        All four modes in one answer; what is not offered says why.  The first express
        option keeps its place in a courier's day until the quote expires.
        """
        quote = enquire(body.enquiry(), caller(), ports)
        return answer(QuoteView.of(quote), 201)

    @doors.post(
        "/quotes/<quote_id>/hold",
        scope="quotes",
        tag="quotes",
        answers={200: QuoteView},
        problems=(404, 409),
    )
    def hold_option(path: QuotePath, query: WriteQuery, body: OptionBody) -> Response:
        """Move the quote's hold to the express option that the customer picked.

        `held` says which option has it now; until when stays as it was.  409
        `no_longer_feasible`: that window is full by now, and the hold stays where it was.
        """
        held = hold(path.quote_id, body.option_id, caller(), ports, dry_run=query.dry_run)
        return answer(QuoteView.of(held))

    @doors.post(
        "/quotes/<quote_id>/split",
        scope="quotes",
        tag="quotes",
        answers={200: QuotesView, 201: QuotesView},
        problems=(404, 409),
    )
    def split_quote(path: QuotePath, query: WriteQuery, body: SplitBody) -> Response:
        """Take an order of several shops apart: one quote for each group, held beside each other.

        The quote ends with it: book the new ones, each with a key of its own.  409
        `no_longer_feasible`: the parts do not all fit, and the quote stays as it was.
        """
        parts = split(path.quote_id, body.shops(), caller(), ports, dry_run=query.dry_run)
        return answer(QuotesView.of(parts), 200 if query.dry_run else 201)

    @doors.get("/slots", scope="quotes", tag="quotes", answer=SlotsView)
    def browse_slots(query: SlotsQuery) -> Response:
        """Browse the same options; nothing is written and nothing is kept."""
        quote = enquire(query.enquiry(), caller(), ports, hold=False)
        return answer(SlotsView.of(quote))
