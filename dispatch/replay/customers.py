"""Customers of a replayed day: each asks once, takes the window that suits best, or something else.

Decides what a customer takes of what is offered.  The rule: whoever wants it as soon as
possible takes the first express window there is; whoever means to be at home at an hour, the
one that begins nearest to it.  Without any, the way out the customer would take; else none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict
from dispatch.core.ids import MerchantId, QuoteId, ShipmentId, StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.locate import locate
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.bookings import Customer
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest, Quote
from dispatch.replay.day import DayOrder
from dispatch.replay.journal import Journal
from dispatch.slots.service_levels import Mode

STOREFRONT: Final = StorefrontId("replay")
#: Numbers that ARCEP keeps for fiction.
_NOBODY: Final = Customer("Client", "+33639980099")
#: What a courier reads at a door that is one of several.
_FLAT_NOTE: Final = "Appartement"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a courier fetches at one shop, which said that it is ready at ``ready_at``."""

    shipment_id: ShipmentId
    merchant_id: MerchantId
    ready_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What one order became when it was asked for.

    mode     : None: the customer left
    refusals : codes of the first express option that was refused, when none was offered
    window   : the promise
    parcels  : one a shop; none when no courier brings it
    """

    order: DayOrder
    mode: Mode | None
    refusals: tuple[str, ...] = ()
    window: TimeWindow | None = None
    quote_id: QuoteId | None = None
    parcels: tuple[Parcel, ...] = ()


class Customers:
    """All of a day's, in order of asking.  ``taken`` grows as they ask."""

    def __init__(self, orders: tuple[DayOrder, ...], ports: Ports, journal: Journal) -> None:
        self._orders, self._ports, self._journal = orders, ports, journal
        self.taken: list[Taken] = []

    def next_at(self) -> datetime | None:
        """Return when the next customer asks; None: all have."""
        if len(self.taken) == len(self._orders):
            return None
        return self._orders[len(self.taken)].asked_at

    def act(self) -> None:
        """Let the next customer ask, and take what suits best."""
        order = self._orders[len(self.taken)]
        taken = self._ask(order)
        self.taken.append(taken)
        window = "-" if taken.window is None else f"{taken.window.opens_at:%H:%M}Z"
        self._journal.note(
            order.asked_at,
            "takes",
            order=order.number,
            mode=taken.mode,
            window=window,
            refused=",".join(taken.refusals) or "-",
        )

    def _ask(self, order: DayOrder) -> Taken:
        found = locate(None, order.place, self._ports, note=_FLAT_NOTE if order.flat else "")
        refusal = found if isinstance(found, Refusal) else None
        door = Doorstep(order.place) if isinstance(found, Refusal) else found
        answer = quote(_request(order, door), STOREFRONT, self._ports, refusal=refusal)
        codes = _refused(answer)
        for option in _wished(order, answer):
            try:
                booked = self._book(order, answer, option)
            except Conflict as why:
                codes = (*codes, why.code)
                continue
            return Taken(
                order, option.mode, codes, option.window, answer.quote_id, _parcels(booked)
            )
        return Taken(order, None, codes)

    def _book(self, order: DayOrder, answer: Quote, option: Option) -> Booked:
        ref = f"order-{order.number}"
        ask = BookRequest(answer.quote_id, option.option_id, _NOBODY, external_ref=ref)
        return book(ask, STOREFRONT, self._ports)


def _parcels(booked: Booked) -> tuple[Parcel, ...]:
    return tuple(
        Parcel(s.shipment_id, s.merchant_id, s.promise.ready_at)
        for s in booked.shipments
        if s.mode is Mode.EXPRESS and s.promise.ready_at is not None
    )


def _request(order: DayOrder, door: Doorstep) -> OrderRequest:
    return OrderRequest(
        lines=tuple(
            Line(
                MerchantId(line.merchant_id),
                line.items_value_cents,
                line.weight_g,
                line.volume_cm3,
                line.cold,
            )
            for line in order.lines
        ),
        deliver_to=door,
        external_ref=f"order-{order.number}",
        # Who names an hour is shown every window of the day, not those of the next hours only.
        day=None if order.wants_at is None else local_day(order.asked_at),
    )


def _refused(answer: Quote) -> tuple[str, ...]:
    """Why express was not offered at all; nothing when it was."""
    express = [option for option in answer.options if option.mode is Mode.EXPRESS]
    if not express or any(option.offered for option in express):
        return ()
    return tuple(refusal.code for refusal in express[0].refusals)


def _wished(order: DayOrder, answer: Quote) -> list[Option]:
    """What the customer would take, best first."""
    offered = [option for option in answer.options if option.offered]
    express = [option for option in offered if option.mode is Mode.EXPRESS]
    others = [option for option in offered if option.mode is order.otherwise]
    if (wants_at := order.wants_at) is not None:
        express.sort(key=lambda option: _away_s(option, wants_at))
    return [*express[:1], *others[:1]]


def _away_s(option: Option, wants_at: datetime) -> float:
    if option.window is None:
        return float("inf")
    return abs((option.window.opens_at - wants_at).total_seconds())
