"""One small order in every form it takes, for the storage tests: number *n* of Tuesday noon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dispatch.core.ids import (
    BookingId,
    CourierId,
    MerchantId,
    OptionId,
    QuoteId,
    ShipmentId,
    StorefrontId,
    TourId,
    WaveId,
)
from dispatch.core.money import Price
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Transaction
from dispatch.operations.waves import LooseOrder, Wave
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest, Part, Quote
from dispatch.orders.shipments import Event, Shipment, State
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import Fact, FactKind
from dispatch.tracking.tours import Stop, StopKind, Tour

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)  # on the wall in Marmande: 12:00
AFTERNOON = TimeWindow(NOON, NOON + timedelta(hours=4))
HOME = Place(44.5, 0.16, "home")
BAKERY = MerchantId("bakery")
MARKET = StorefrontId("market")
PROMISE = Promise(Mode.EXPRESS, AFTERNOON)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def quote(n: int = 1) -> Quote:
    option = Option(
        OptionId("o1"), Mode.EXPRESS, AFTERNOON, (Part(BAKERY, PROMISE),), Price(490), held=True
    )
    refused = Option(OptionId("o2"), Mode.COLLECT, refusals=(Refusal("holiday"),))
    request = OrderRequest((Line(BAKERY, 1200),), Doorstep(HOME, "1 rue Neuve"))
    return Quote(QuoteId(f"q{n}"), MARKET, request, NOON, NOON + minutes(15), (option, refused))


def booking(n: int = 1, *, ref: str | None = None, made_at: datetime = NOON) -> Booking:
    return Booking(
        BookingId(f"b{n}"),
        QuoteId(f"q{n}"),
        OptionId("o1"),
        MARKET,
        ref,
        Mode.EXPRESS,
        Price(490, breakdown=(("express", 490),)),
        Doorstep(HOME, "1 rue Neuve"),
        Customer("Odile", "+33500000000"),
        (ShipmentId(f"s{n}"),),
        f"token{n}",
        made_at,
    )


def shipment(n: int = 1, state: State = State.BOOKED, mode: Mode = Mode.EXPRESS) -> Shipment:
    return Shipment(
        ShipmentId(f"s{n}"),
        BookingId(f"b{n}"),
        MARKET,
        BAKERY,
        mode,
        PROMISE,
        HOME,
        weight_g=500,
        volume_cm3=2000,
        cold=False,
        items_value_cents=1200,
        handover_code="0042",
        state=state,
    )


def event(n: int = 1, seq: int = 0, state: State = State.BOOKED) -> Event:
    return Event(ShipmentId(f"s{n}"), seq, state, NOON, NOON, "storefront")


def stop(n: int = 1) -> Stop:
    return Stop(
        f"q{n}:0", QuoteId(f"q{n}"), StopKind.DROP, HOME, (AFTERNOON,), 240, (0, 0, 0), eta_at=NOON
    )


def tour(n: int = 1) -> Tour:
    return Tour(TourId(f"t{n}"), DAY, CourierId("anna"), AFTERNOON, HOME, (stop(),))


def fact(n: int = 1) -> Fact:
    return Fact(
        f"f{n}", TourId("t1"), CourierId("anna"), "q1:0", FactKind.ARRIVED, NOON, NOON, None, HOME
    )


def wave(n: int = 1) -> Wave:
    return Wave(WaveId(f"w{n}"), DAY, NOON + minutes(30 * n))


def loose(n: int = 1) -> LooseOrder:
    return LooseOrder(QuoteId(f"q{n}"), DAY, (stop(n),), Refusal("solver_gave_up"), NOON)


def book(tx: Transaction, n: int = 1) -> None:
    """Write order *n* whole: quote, booking, shipment and its first event."""
    tx.add_quote(quote(n))
    tx.use_quote(QuoteId(f"q{n}"), BookingId(f"b{n}"))
    tx.add_booking(booking(n))
    tx.put_shipment(shipment(n))
    tx.add_event(event(n))
