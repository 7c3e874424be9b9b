"""Carry one paid order from the outbox to a booking, whatever the network does.

Decides what each answer means for it.  Everything that a call depends on is in the
outbox before the call is made, so that after a crash the same call is made again.

::

    201                                    booked; the same key again is the same booking again
    409 quote_expired, no_longer_feasible  its fresh quote: as good? booked.  Else CHANGED
    404                                    the quote is not known (any more): ask anew, as above
    409 quote_used, duplicate_external_ref booked before: with a quote of ours? that one is it
    401, 403, 429, 5xx, no answer          WAITING, and tried again later
    any other no                           REFUSED: a person must look
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import uuid4

from dispatch.client.errors import ClientError, Problem, Unreachable
from dispatch.client.outbox import BOOKED, Moved, Outbox, Row
from dispatch.client.terms import Difference, Terms, Tolerance, nearest
from dispatch.client.wire import Wire
from dispatch.client.words import Json, Option, Order, Quote, Why

#: Seconds before the second try, doubled before each further one.
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
#: How many quotes in a row may be gone before the order waits for a calmer moment.
_FRESH_QUOTES: Final = 3

_GONE: Final = frozenset({"quote_expired", "no_longer_feasible"})
_BEFORE: Final = frozenset({"quote_used", "duplicate_external_ref"})
#: A key that is withdrawn or lacks its scope is a person's to repair, and then it works.
_LOCKED_OUT: Final = frozenset({401, 403})


class Delivery:
    """Sends rows of *outbox* over *wire*; ``now_s`` reads the shop's clock."""

    def __init__(
        self, wire: Wire, outbox: Outbox, tolerance: Tolerance, now_s: Callable[[], float]
    ) -> None:
        self._wire, self._outbox = wire, outbox
        self._tolerance, self._now_s = tolerance, now_s

    def send(self, row: Row) -> tuple[Row, bool]:
        """Try *row* now; return it as it is then, and whether the server answered at all."""
        try:
            for _ in range(_FRESH_QUOTES):
                row = self._try(row)
                if row.state != Why.WAITING:
                    return row, True
            return self._later(row, "each quote was gone before it was booked", 0.0), True
        except Unreachable as why:
            return self._failed(row.ref, why, why.retry_after_s), False
        except Problem as why:
            return self._failed(row.ref, why, 0.0), True
        except Moved:
            return self._read(row.ref), True

    def take(self, row: Row, quote: Quote, option: Option, *, agreed: bool = False) -> Row:
        """Write down that *option* of *quote* is to be booked, under a key of its own."""
        terms = Terms.of(option)
        return self._outbox.put(
            replace(
                row,
                state=Why.WAITING,
                key=new_key(),
                quote_id=quote.quote_id,
                option_id=option.option_id,
                tried=(*row.tried, quote.quote_id),
                taken=terms,
                agreed=terms if agreed else row.agreed,
                fresh=None,
                due_s=self._now_s(),
            )
        )

    def _try(self, row: Row) -> Row:
        """Make one call.  Raises what leaves the order waiting."""
        try:
            made = self._wire.post("/v1/bookings", _body(row), key=row.key)
        except Problem as no:
            return self._after(row, no)
        return self._done(row, made)

    def _after(self, row: Row, no: Problem) -> Row:
        if no.code in _GONE and "quote" in no.document:
            return self._changed(row, Quote.of(no.document["quote"]), no.code)
        if no.code in _BEFORE and "booking_id" in no.facts:
            return self._booked_before(row, str(no.facts["booking_id"]), no)
        if no.code == "not_found" or no.code in _GONE:
            fresh = Quote.of(self._wire.post("/v1/quotes", row.basket))
            return self._changed(row, fresh, no.code)
        if no.status in _LOCKED_OUT or not no.code:
            raise no
        return self._stopped(row, Why.REFUSED, str(no))

    def _changed(self, row: Row, fresh: Quote, code: str) -> Row:
        stands = nearest(row.agreed, fresh)
        if stands is not None and self._tolerance.allows(Difference(row.agreed, Terms.of(stands))):
            return self.take(row, fresh, stands)
        return self._stopped(replace(row, fresh=fresh.document), Why.CHANGED, code)

    def _booked_before(self, row: Row, booking_id: str, no: Problem) -> Row:
        made = self._wire.get(f"/v1/bookings/{booking_id}")
        if made.get("quote_id") in row.tried and made.get("external_ref") == row.ref:
            first = made["quote_id"] == row.tried[0]
            return self._done(replace(row, taken=row.paid) if first else row, made)
        # Somebody else's order under our reference: to take it for ours would lose this one.
        return self._stopped(row, Why.REFUSED, str(no))

    def _done(self, row: Row, made: Json) -> Row:
        done = replace(row, state=BOOKED, booking=made, tries=row.tries + 1, error="")
        return self._outbox.put(done.forgetting())

    def _stopped(self, row: Row, why: Why, error: str) -> Row:
        return self._outbox.put(replace(row, state=why, tries=row.tries + 1, error=error))

    def _failed(self, ref: str, why: ClientError, retry_after_s: float) -> Row:
        # Read again: a fresh quote may have been taken since ``send`` was called.
        try:
            return self._later(self._read(ref), str(why), retry_after_s)
        except Moved:
            return self._read(ref)

    def _later(self, row: Row, error: str, retry_after_s: float) -> Row:
        if row.state != Why.WAITING:
            return row
        wait_s = max(retry_after_s, backoff_s(row.tries, random.random()))
        due_s = self._now_s() + wait_s
        return self._outbox.put(replace(row, tries=row.tries + 1, error=error, due_s=due_s))

    def _read(self, ref: str) -> Row:
        row = self._outbox.get(ref)
        if row is None:
            raise KeyError(f"{ref} has left the outbox, and nothing of ours takes anything out")
        return row


def backoff_s(tries: int, share: float) -> float:
    """Return the seconds to wait after *tries* failures before this one.

    share : 0 to 1, drawn: a server that comes back is not called by all shops in one second
    """
    longest_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries, 20))
    return longest_s * (1 + share) / 2


def first_row(order: Order, now_s: float) -> Row:
    """Return *order* as it enters the outbox."""
    quote_id, option = order.quote.quote_id, order.quote.option(order.option_id)
    terms = Terms.of(option)
    return Row(
        ref=order.basket.external_ref,
        asked=f"{quote_id}/{option.option_id}",
        key=new_key(),
        quote_id=quote_id,
        option_id=option.option_id,
        tried=(quote_id,),
        basket=order.basket.body(),
        customer=order.customer.body(),
        paid=terms,
        agreed=terms,
        taken=terms,
        due_s=now_s,
    )


def new_key() -> str:
    """Return an ``Idempotency-Key`` that nobody has used."""
    return uuid4().hex


def _body(row: Row) -> Json:
    return {
        "quote_id": row.quote_id,
        "option_id": row.option_id,
        "external_ref": row.ref,
        "customer": row.customer,
    }
