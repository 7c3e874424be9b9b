"""From what a storefront says to a quote: find the doorstep, fill in what was left out, ask.

Decides what is believed when the storefront leaves something out.  The options
themselves are ``operations.quote``'s; where an address is, ``operations.locate``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day, local_text
from dispatch.core.errors import Invalid, NotFound
from dispatch.core.ids import MerchantId, StorefrontId
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.operations.locate import beyond_our_area, is_doorstep_trouble, locate
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.merchants import Merchant
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote

#: "Ready now", said by a server whose clock is a little behind ours, is not in the past.
CLOCKS_DIFFER: Final = timedelta(minutes=5)
#: Opening hours are looked at this far ahead; nothing can be promised beyond.
AHEAD: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Item:
    """One merchant's share of an order, as the storefront says it.

    cold     : None: as this merchant's goods usually travel
    ready_at : None: by the shop's usual pace
    items_net_cents : the goods' value before tax; None: derived where it is needed
    """

    merchant_id: str
    items_value_cents: int = 0
    weight_g: int = 0
    volume_cm3: int = 0
    cold: bool | None = None
    ready_at: datetime | None = None
    items_net_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Enquiry:
    """One order, one doorstep.  ``address`` or ``point`` or both; each merchant once.

    day : see ``OrderRequest``
    """

    items: tuple[Item, ...]
    address: str | None = None
    point: Place | None = None
    note: str = ""
    external_ref: str | None = None
    recommended_by: str | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if self.address is None and self.point is None:
            raise ValueError("an enquiry needs an address or a point")


def enquire(
    enquiry: Enquiry, storefront_id: StorefrontId, ports: Ports, *, hold: bool = True
) -> Quote:
    """Return every option for *enquiry*; a doorstep we cannot serve is an answer, not an error.

    hold : False only browses

    Raises ``Invalid`` naming the field: an unknown merchant, a ready time or a day in the
    past or too far ahead.
    """
    merchants = [_merchant(n, item, ports) for n, item in enumerate(enquiry.items)]
    for n, item in enumerate(enquiry.items):
        _check_ready(n, item, ports.clock.now())
    check_day(enquiry.day, ports.clock.now())
    found = locate(enquiry.address, enquiry.point, ports, note=enquiry.note)
    if isinstance(found, Refusal):
        # Nobody will ride there: only what needs no doorstep of ours is still offered.
        # Without a point the order lies where it is fetched, at its first shop.
        refusal = found
        beyond = None
        if refusal.code == "outside_area":
            beyond = beyond_our_area(enquiry.address, enquiry.point, ports, note=enquiry.note)
        door = beyond or Doorstep(
            enquiry.point or merchants[0].place, enquiry.address or "", enquiry.note
        )
    else:
        refusal, door = None, found
    request = OrderRequest(
        lines=tuple(_line(item, m) for item, m in zip(enquiry.items, merchants, strict=True)),
        deliver_to=door,
        external_ref=enquiry.external_ref,
        recommended_by=enquiry.recommended_by,
        day=enquiry.day,
    )
    return quote(request, storefront_id, ports, hold=hold, refusal=refusal)


def enquire_again(
    quote_id: str, storefront_id: StorefrontId, ports: Ports, *, hold: bool = True
) -> Quote:
    """Return a fresh quote of the same order: the old one expired or lost its place.

    What the old one still holds is given back.  ``hold`` False: nothing is written.

    Raises ``NotFound`` when this storefront has no such quote.
    """
    with ports.store.reading() as tx:
        old = tx.quote(quote_id)
    if old.storefront_id != storefront_id:
        raise NotFound(f"no quote {quote_id}", quote_id=quote_id)
    # The stored doorstep of a refused address is a stand-in: its trouble goes with it.
    refusals = (r for option in old.options for r in option.refusals)
    trouble = next((r for r in refusals if is_doorstep_trouble(r)), None)
    return quote(
        old.request, storefront_id, ports, hold=hold, refusal=trouble, instead_of=old.quote_id
    )


def _merchant(n: int, item: Item, ports: Ports) -> Merchant:
    try:
        return ports.territory.merchant(item.merchant_id)
    except NotFound as why:
        raise Invalid(str(why), field=f"merchants.{n}.merchant_id") from None


def _check_ready(n: int, item: Item, now: datetime) -> None:
    if item.ready_at is None:
        return
    field = f"merchants.{n}.ready_at"
    if item.ready_at < now - CLOCKS_DIFFER:
        raise Invalid(
            f"ready_at {local_text(item.ready_at)} is in the past; it is {local_text(now)}",
            field=field,
        )
    if item.ready_at > now + AHEAD:
        raise Invalid(f"ready_at is more than {AHEAD.days} days ahead", field=field)


def check_day(day: date | None, now: datetime, field: str = "day") -> None:
    """Refuse a *day* that nobody promises anything for.  Raises ``Invalid``, naming *field*."""
    today = local_day(now)
    if day is not None and not today <= day <= today + AHEAD:
        raise Invalid(f"day {day} is not one of the {AHEAD.days} from {today} on", field=field)


def _line(item: Item, merchant: Merchant) -> Line:
    return Line(
        merchant_id=MerchantId(item.merchant_id),
        items_value_cents=item.items_value_cents,
        weight_g=item.weight_g,
        volume_cm3=item.volume_cm3,
        cold=merchant.cold if item.cold is None else item.cold,
        ready_at=item.ready_at,
        items_net_cents=item.items_net_cents,
    )
