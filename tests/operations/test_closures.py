"""A shop that closes is closed for the next question, and for the quotes given before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dispatch.core.errors import Invalid, NoLongerFeasible, NotFound
from dispatch.core.ids import MerchantId
from dispatch.operations.board import merchant_board
from dispatch.operations.book import BookRequest, book
from dispatch.operations.closures import (
    close,
    closing,
    closures_ahead,
    open_again,
    still_due,
)
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest, Quote
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.fakes.road import live
from tests.operations.drawn import TOWN, at, drawn_house

TODAY = date(2026, 11, 24)


@pytest.fixture
def town() -> Ports:
    return drawn_house()


def asked(ports: Ports, *shops: str) -> Quote:
    lines = tuple(Line(MerchantId(shop)) for shop in shops)
    return quote(OrderRequest(lines, Doorstep(TOWN["x"])), SHOP, ports)


def option(answer: Quote, mode: Mode) -> Option:
    return next(o for o in answer.options if o.mode is mode)


def booked(answer: Quote, mode: Mode, ports: Ports) -> None:
    book(BookRequest(answer.quote_id, option(answer, mode).option_id, CUSTOMER), SHOP, ports)


def test_a_closed_shop_promises_no_courier_from_the_next_question_on(town: Ports) -> None:
    assert option(asked(town, "B"), Mode.EXPRESS).offered
    made = close("B", TODAY, TODAY, "Inventaire", town)
    (refusal,) = option(asked(town, "B"), Mode.EXPRESS).refusals
    assert (refusal.code, refusal.binding) == ("merchant_closed", ("B",))
    assert option(asked(town, "F"), Mode.EXPRESS).offered
    open_again(made.closure_id, town)
    assert option(asked(town, "B"), Mode.EXPRESS).offered


def test_everyone_s_day_off_closes_every_shop(town: Ports) -> None:
    close(None, TODAY, TODAY, "Fête de la ville", town)
    assert not option(asked(town, "B"), Mode.EXPRESS).offered
    assert not option(asked(town, "F"), Mode.EXPRESS).offered


def test_an_order_of_two_shops_waits_for_both(town: Ports) -> None:
    close("F", TODAY, TODAY, "", town)
    (refusal,) = option(asked(town, "B", "F"), Mode.EXPRESS).refusals
    assert (refusal.code, refusal.binding) == ("merchant_closed", ("F",))


@pytest.mark.parametrize("mode", [Mode.EXPRESS, Mode.COLLECT])
def test_a_quote_given_before_is_not_booked_against_a_shut_door(town: Ports, mode: Mode) -> None:
    answer = asked(town, "B")
    clock_of(town).advance(minutes=1)
    close("B", TODAY, TODAY, "", town)
    with pytest.raises(NoLongerFeasible, match="merchant_closed") as why:
        booked(answer, mode, town)
    assert why.value.facts["reason"] == "merchant_closed"
    with town.store.reading() as tx:
        assert tx.quote(answer.quote_id).booking_id is None


def test_a_quote_stands_when_another_shop_closes_or_another_day(town: Ports) -> None:
    first, second = asked(town, "B"), asked(town, "B")
    clock_of(town).advance(minutes=1)
    close("F", TODAY, TODAY, "", town)
    booked(first, Mode.EXPRESS, town)
    tomorrow = TODAY + timedelta(days=1)
    close("B", tomorrow, tomorrow, "", town)
    booked(second, Mode.EXPRESS, town)


def test_a_parcel_for_the_post_that_cannot_be_posted_in_time_is_not_booked(town: Ports) -> None:
    answer = asked(town, "B")
    clock_of(town).advance(minutes=1)
    close("B", TODAY, TODAY + timedelta(days=20), "Congés", town)
    with pytest.raises(NoLongerFeasible):
        booked(answer, Mode.STANDARD, town)


def test_what_is_booked_stays_booked_and_is_counted(town: Ports) -> None:
    booked(asked(town, "B"), Mode.EXPRESS, town)
    asked(town, "B")  # held, not booked
    made = close("B", TODAY, TODAY + timedelta(days=3), "", town)
    assert len(still_due(made, town)) == 1
    assert still_due(close("F", TODAY, TODAY, "", town), town) == ()


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [
        (Mode.EXPRESS, 0, 0),  # fetched today
        (Mode.COLLECT, 0, 7),  # ready today, kept for seven days
        (Mode.STANDARD, 0, 0),  # posted today, whenever it arrives
    ],
)
def test_a_parcel_is_owed_on_the_days_on_which_its_shop_is_needed(
    town: Ports, mode: Mode, first: int, last: int
) -> None:
    booked(asked(town, "B"), mode, town)
    owed = []
    for n in range(10):
        day = TODAY + timedelta(days=n)
        owed += [n] if still_due(closing("B", day, day, "", town), town) else []
    assert owed == list(range(first, last + 1))


def test_a_closing_takes_no_promise_back_and_an_overdue_parcel_is_owed_the_next_day(
    town: Ports,
) -> None:
    booked(asked(town, "B"), Mode.EXPRESS, town)
    close("B", TODAY, TODAY, "", town)
    live(town, minutes=240)
    with town.store.reading() as tx:
        (shipment,) = tx.merchant_shipments("B", at(0))
    assert shipment.state is State.DELIVERED
    booked(asked(town, "F"), Mode.COLLECT, town)
    (due,) = still_due(closing("F", TODAY, TODAY, "", town), town)
    clock_of(town).move_to("2026-12-20T10:00+01:00")
    late = date(2026, 12, 20)
    assert still_due(closing("F", late, late, "", town), town) == (due,)


def test_a_closing_made_twice_is_one(town: Ports) -> None:
    made = close("B", TODAY, TODAY, "Inventaire", town)
    assert close("B", TODAY, TODAY, "", town) == made
    assert closures_ahead(town) == (made,)
    open_again(made.closure_id, town)
    assert close("B", TODAY, TODAY, "", town) != made


def test_looking_closes_nobody(town: Ports) -> None:
    assert closing("B", TODAY, TODAY, "", town).merchant_id == "B"
    assert closures_ahead(town) == ()
    assert option(asked(town, "B"), Mode.EXPRESS).offered


def test_a_shop_takes_only_its_own_closings_back(town: Ports) -> None:
    own, other, everyone = (close(who, TODAY, TODAY, "", town) for who in ("B", "F", None))
    for foreign in (other, everyone):
        with pytest.raises(NotFound, match=f"no closure {foreign.closure_id}"):
            open_again(foreign.closure_id, town, of="B")
    open_again(own.closure_id, town, of="B")
    assert closures_ahead(town) == (other, everyone)


def test_the_shop_s_board_says_that_it_is_closed(town: Ports) -> None:
    assert merchant_board(MerchantId("B"), town).openings
    close("B", TODAY, TODAY, "", town)
    assert merchant_board(MerchantId("B"), town).openings == ()


def test_closings_are_listed_by_their_first_day_until_they_are_over(town: Ports) -> None:
    later = close("B", TODAY + timedelta(days=2), TODAY + timedelta(days=2), "", town)
    now = close("F", TODAY, TODAY, "", town)
    gone = close("F", TODAY, TODAY + timedelta(days=1), "", town)
    assert open_again(gone.closure_id, town) == open_again(gone.closure_id, town)
    assert closures_ahead(town) == (now, later)
    clock_of(town).move_to("2026-11-25T00:00+01:00")
    assert closures_ahead(town) == (later,)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-2, -1, "last_day"), (1, 0, "last_day"), (0, 366, "last_day"), (367, 367, "first_day")],
)
def test_days_that_make_no_sense_are_refused(
    town: Ports, first: int, last: int, field: str
) -> None:
    since, until = (TODAY + timedelta(days=n) for n in (first, last))
    with pytest.raises(Invalid) as why:
        close("B", since, until, "", town)
    assert why.value.field == field


def test_an_unknown_shop_and_an_unknown_closing_are_not_found(town: Ports) -> None:
    with pytest.raises(NotFound, match="no merchant m_nowhere"):
        close("m_nowhere", TODAY, TODAY, "", town)
    with pytest.raises(NotFound, match="no closure cls_0"):
        open_again("cls_0", town)
    with pytest.raises(Invalid, match="200 characters"):
        close("B", TODAY, TODAY, "x" * 201, town)
