"""Express for a later day, and one calendar behind browsing, quoting and booking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.civil import clock_text, local_day
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.standing import tours_of
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest, Quote
from dispatch.orders.tariff import Nudge
from dispatch.slots.service_levels import Mode, service_levels
from dispatch.tracking.tours import Stop
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.operations.drawn import TEN, TOWN, at, drawn_house

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)


def house(**express: object) -> Ports:
    ports = drawn_house()
    levels = service_levels("within_4h", {"express": {"days_ahead": 2, **express}})
    return replace(ports, parameters=replace(ports.parameters, levels=levels))


def asked(ports: Ports, day: date | None, *, hold: bool = True) -> Quote:
    request = OrderRequest((Line(MerchantId("B")),), Doorstep(TOWN["x"]), day=day)
    return quote(request, SHOP, ports, hold=hold)


def express(answer: Quote) -> list[Option]:
    return [option for option in answer.options if option.mode is Mode.EXPRESS]


def stops(ports: Ports, day: date) -> list[Stop]:
    with ports.store.reading() as tx:
        return [stop for tour in tours_of(tx, day, ports) for stop in tour.stops]


def test_tomorrow_s_windows_are_sold_and_the_first_is_held_in_tomorrow_s_tour() -> None:
    ports = house()
    options = express(asked(ports, TOMORROW))
    assert [clock_text(o.window.opens_at) for o in options if o.window] == [
        f"{hour:02d}:00" for hour in range(9, 19)
    ]
    assert [o.held for o in options if o.offered] == [True, *[False] * 9]
    assert stops(ports, TODAY) == []
    assert {local_day(s.eta_at) for s in stops(ports, TOMORROW) if s.eta_at} == {TOMORROW}


def test_a_window_of_tomorrow_is_booked_and_given_back_by_a_cancel() -> None:
    ports = house()
    answer = asked(ports, TOMORROW)
    chosen = next(o for o in express(answer) if o.offered and not o.held)
    made = book(BookRequest(answer.quote_id, chosen.option_id, CUSTOMER), SHOP, ports)
    held = {stop.held_until for stop in stops(ports, TOMORROW)}
    assert held == {None}
    cancel(made.booking.booking_id, SHOP, ports)
    assert stops(ports, TOMORROW) == []


def test_another_mode_gives_tomorrow_s_place_back() -> None:
    ports = house()
    answer = asked(ports, TOMORROW)
    collect = next(o for o in answer.options if o.mode is Mode.COLLECT)
    book(BookRequest(answer.quote_id, collect.option_id, CUSTOMER), SHOP, ports)
    assert stops(ports, TOMORROW) == []


def test_without_days_ahead_a_later_day_is_refused_hour_by_hour() -> None:
    options = express(asked(house(days_ahead=0), TOMORROW))
    assert {o.refusals[0].code for o in options} == {"not_this_day"}
    assert len(options) == 10


def test_the_order_s_own_day_is_as_soon_as_possible_and_all_its_hours() -> None:
    first, *hours = express(asked(house(), TODAY))
    assert first.held
    assert [clock_text(o.window.opens_at) for o in hours if o.window] == [
        f"{hour:02d}:00" for hour in range(10, 19)
    ]
    # Ordered at ten: ten to eleven can still be kept, and nothing after fourteen.
    assert [o.refusals[0].code for o in hours[4:]] == ["too_far_ahead"] * 5
    assert all(o.offered for o in hours[:4])


@settings(max_examples=25, deadline=None)
@given(st.integers(-120, 600), st.none() | st.integers(0, 3))
def test_browsing_quoting_and_booking_never_disagree(minute: int, ahead: int | None) -> None:
    ports = house(notice_min=20, day_before_cut_off="17:00")
    clock_of(ports).move_to(at(minute))
    day = None if ahead is None else local_day(TEN) + timedelta(days=ahead)
    browsed, quoted = asked(ports, day, hold=False), asked(ports, day)

    def told(answer: Quote) -> list[object]:
        return [
            (o.mode, o.window, o.refusals, [p.promise for p in o.parts]) for o in answer.options
        ]

    assert told(browsed) == told(quoted)
    for option in quoted.options:
        if option.offered:
            request = BookRequest(quoted.quote_id, option.option_id, CUSTOMER)
            booked = book(request, SHOP, ports, dry_run=True)
            assert [s.promise for s in booked.shipments] == [p.promise for p in option.parts]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 600), st.integers(0, 300), st.integers(0, 1000))
def test_a_nudge_moves_prices_and_nothing_else(below_s: int, minute: int, off_cents: int) -> None:
    usual = house()
    clock_of(usual).move_to(at(minute))
    nudge = Nudge(enabled=True, below_s=below_s, off_cents=off_cents)
    nudged = replace(usual, parameters=replace(usual.parameters, nudge=nudge))
    before, after = (asked(ports, None, hold=False) for ports in (usual, nudged))
    assert [replace(o, price=None) for o in before.options] == [
        replace(o, price=None) for o in after.options
    ]
    for one, other in zip(express(before), express(after), strict=True):
        if one.price is None or one.witness is None or other.price is None:
            continue
        passes = one.witness.added_s <= below_s
        off = min(off_cents, one.price.amount_cents) if passes else 0
        assert one.price.amount_cents - other.price.amount_cents == off
