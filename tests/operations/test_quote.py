from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.civil import clock_text, local_day
from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.operations.book import BookRequest, book
from dispatch.operations.hold_rules import HoldRules
from dispatch.operations.locate import locate
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.standing import tours_of
from dispatch.orders.quotes import Option, Quote
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house
from tests.fakes.town import express_shops


def express(answer: Quote) -> list[Option]:
    return [option for option in answer.options if option.mode is Mode.EXPRESS]


def standing_stops(ports: Ports) -> list[Stop]:
    with ports.store.reading() as tx:
        tours = tours_of(tx, local_day(ports.clock.now()), ports)
    return [stop for tour in tours for stop in tour.stops]


def test_one_question_is_answered_for_all_four_modes(ports: Ports) -> None:
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    assert {option.mode for option in answer.options} == set(Mode)
    assert all(option.offered or option.refusals for option in answer.options)


def test_express_is_promised_within_four_hours_of_the_order(ports: Ports) -> None:
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    now = ports.clock.now()
    windows = [option.window for option in express(answer)]
    assert all(w is not None and w.closes_at <= now + timedelta(hours=4) for w in windows)


def test_a_quote_keeps_a_place_in_a_courier_s_day_until_it_expires(ports: Ports) -> None:
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    assert [stop.quote_id for stop in standing_stops(ports)] == [answer.quote_id] * 2
    clock_of(ports).move_to(answer.expires_at)
    assert standing_stops(ports) == []


def test_browsing_keeps_nothing(ports: Ports) -> None:
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports, hold=False)
    assert express(answer)[0].offered
    assert standing_stops(ports) == []


def test_a_quote_is_inserted_into_today_s_tours_not_into_empty_ones(ports: Ports) -> None:
    """With every courier's day full of booked orders the next order is refused, and says why."""
    shop = express_shops(ports)[0]
    booked = 0
    while (first := express(answer := quote(an_order(ports, shop), SHOP, ports))[0]).offered:
        book(BookRequest(answer.quote_id, first.option_id, CUSTOMER), SHOP, ports)
        booked += 1
        assert booked < 200, "two hundred orders fitted into three couriers' four hours"
    assert booked > 20
    assert first.refusals[0].code == "no_feasible_insertion"
    assert first.refusals[0].binding


def test_a_place_held_for_one_customer_is_not_offered_to_another(ports: Ports) -> None:
    """Where holds may take all of it, quotes alone fill a day; when they expire it is free."""
    rules = replace(ports.parameters, holds=HoldRules(max_held_share=1.0))
    ports = replace(ports, parameters=rules)
    shop = express_shops(ports)[0]
    answers = []
    for _ in range(200):
        answers.append(quote(an_order(ports, shop), SHOP, ports))
        if not express(answers[-1])[0].offered:
            break
    assert not express(answers[-1])[0].offered
    clock_of(ports).advance(minutes=15)
    assert express(quote(an_order(ports, shop), SHOP, ports))[0].offered


def test_nobody_is_promised_a_courier_before_the_next_wave_is_handed_out(ports: Ports) -> None:
    quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    pickup = standing_stops(ports)[0]
    assert pickup.eta_at is not None
    assert clock_text(pickup.eta_at) >= "10:32"  # next cut-off 10:30, handed out by 10:32


def test_after_the_last_wave_express_is_refused(ports: Ports) -> None:
    clock_of(ports).move_to("2026-11-24T18:20+01:00")
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    assert {option.refusals[0].code for option in express(answer)} == {"after_cutoff"}


def test_a_window_that_is_full_names_the_next_one_that_works(ports: Ports) -> None:
    shop = express_shops(ports)[0]
    for _ in range(200):
        answer = quote(an_order(ports, shop), SHOP, ports)
        first_hour = express(answer)[1]
        if not first_hour.offered:
            break
        book(BookRequest(answer.quote_id, first_hour.option_id, CUSTOMER), SHOP, ports)
    later = [o for o in express(answer)[2:] if o.offered]
    assert later, "the first hour filled up after the last one"
    assert (
        first_hour.refusals[0]
        .unlock["earliest_ok"]
        .startswith(
            f"2026-11-24T{clock_text(later[0].window.opens_at)}"  # type: ignore[union-attr]
        )
    )


def test_an_order_of_two_shops_rings_once_at_the_door(ports: Ports) -> None:
    one, other = express_shops(ports)[:2]
    answer = quote(an_order(ports, one, other), SHOP, ports)
    kinds = [stop.kind.value for stop in standing_stops(ports)]
    assert sorted(kinds) == ["drop", "pickup", "pickup"]
    assert {part.merchant_id for part in express(answer)[0].parts} == {one, other}


def test_an_unknown_merchant_is_named_by_its_place_in_the_request(ports: Ports) -> None:
    good = an_order(ports, express_shops(ports)[0])
    ask = replace(good, lines=(*good.lines, replace(good.lines[0], merchant_id="m_nowhere")))  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="m_nowhere") as why:
        quote(ask, SHOP, ports)
    assert why.value.field == "merchants.1.merchant_id"


def test_a_door_outside_the_area_can_still_collect_or_have_it_posted(ports: Ports) -> None:
    paris = locate(None, Place(48.8566, 2.3522), ports)
    assert isinstance(paris, Refusal)
    assert paris.code == "outside_area"
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports, refusal=paris)
    offered = {option.mode for option in answer.options if option.offered}
    assert {Mode.COLLECT, Mode.STANDARD} <= offered
    assert not {Mode.EXPRESS, Mode.MERCHANT} & offered


def test_a_parcel_heavier_than_every_vehicle_is_refused_as_such(ports: Ports) -> None:
    ask = an_order(ports, express_shops(ports)[0])
    ask = replace(ask, lines=(replace(ask.lines[0], weight_g=2_000_000),))
    assert express(quote(ask, SHOP, ports))[0].refusals[0].code == "too_heavy"


def test_no_courier_works_on_sunday() -> None:
    ports = house("2026-11-22T10:00+01:00")
    answer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    assert not any(option.offered for option in express(answer))
