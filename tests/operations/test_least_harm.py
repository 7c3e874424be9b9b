"""Somebody has to give way: nobody who need not, and who has not paid before who has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.core.errors import NoLongerFeasible
from dispatch.core.ids import MerchantId, QuoteId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.operations.audit import Change, trail
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.least_harm import PLACE_LOST, holds_in, least_harm, sparing_holds
from dispatch.operations.nobody_loses import nobody_loses
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.shop_late import shop_late
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote
from dispatch.slots.service_levels import Mode, service_levels
from dispatch.tracking.tours import Stop, Tour
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.fakes.road import live
from tests.operations.drawn import (
    at,
    courier,
    drawn_house,
    order,
    territory,
    tours_today,
    with_stops,
)

TWO = territory(courier("anna"), courier("ben"))


def held(name: str, shop: str, due: float) -> tuple[Stop, ...]:
    """Held for a quarter of an hour, for the hand-out at two minutes past ten."""
    stops = order(name, shop, due=due)
    return tuple(replace(s, held_until=at(15), release_at=at(2)) for s in stops)


def fetched_from(minute: float, stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """The same order, ready that many minutes after ten."""
    pickup, drop = stops
    return (replace(pickup, windows=(TimeWindow(at(minute), at(540)),)), drop)


def a_late_shop(ports: Ports, *, due: float) -> tuple[list[Tour], list[Tour]]:
    """Anna fetches at B, then at F what is held for x; before and after B says "ready at 10:08".

    At two minutes past, when the place counts, she is on the way to B already.  From there to F
    it is two minutes, to x three more, and each shop takes one: 10:11 before, 10:15 after.
    Whoever leaves the depot then is at x at 10:10.
    """
    anna, *others = tours_today(ports)
    (fetch, bring), place = order("paid", "B", published=0), held("held", "F", due)
    late, _ = fetched_from(8, (fetch, bring))
    before, after = (
        with_stops(anna, (first, place[0], bring, place[1])) for first in (fetch, late)
    )
    return [before, *others], [after, *others]


def test_a_hold_that_loses_goes_to_who_has_time_for_it() -> None:
    ports = drawn_house(TWO)
    before, after = a_late_shop(ports, due=14)
    assert not nobody_loses(before, after, ports)
    harm = sparing_holds(before, after, ports)
    assert (harm.harmed, harm.released) == (frozenset(), ())
    anna, ben = harm.tours
    assert (not holds_in([anna])) and holds_in([ben]) == {QuoteId("held")}


def test_a_hold_that_nobody_has_time_for_is_given_back_and_nothing_else_changes() -> None:
    ports = drawn_house()
    before, after = a_late_shop(ports, due=14)
    harm = sparing_holds(before, after, ports)
    assert (harm.harmed, harm.released) == (frozenset(), (QuoteId("held"),))
    (anna,) = harm.tours
    assert [s.stop_id for s in anna.stops] == ["paid:0", "paid:1"]


def test_a_hold_that_can_wait_as_well_stays_where_it_is() -> None:
    ports = drawn_house(TWO)
    before, after = a_late_shop(ports, due=120)
    assert sparing_holds(before, after, ports).tours == tuple(after)


def test_no_way_that_harms_is_taken_when_another_does_not() -> None:
    """Anna keeps the late order and a hold must go elsewhere; or Ben has it, and nobody moves."""
    ports = drawn_house(TWO)
    before, (late, ben) = a_late_shop(ports, due=14)
    newcomer = fetched_from(8, order("paid", "B", published=0))
    by_anna = [late, ben]
    by_ben = [late.without_order(QuoteId("paid")), with_stops(ben, newcomer)]
    for ways in ([by_anna, by_ben], [by_ben, by_anna]):
        harm = least_harm(before, ways, newcomer, ports)
        assert (harm.harmed, harm.released) == (frozenset(), ())
    alone = least_harm(before[:1], [by_anna[:1]], newcomer, ports)
    assert alone.released == (QuoteId("held"),)


def test_an_order_that_nobody_brings_is_worse_than_a_hold_given_back() -> None:
    ports = drawn_house()
    before, (late,) = a_late_shop(ports, due=14)
    newcomer = fetched_from(8, order("paid", "B", published=0))
    nobody = [late.without_order(QuoteId("paid"))]
    harm = least_harm(before, [nobody, [late]], newcomer, ports)
    assert harm.released == (QuoteId("held"),)
    assert {s.quote_id for tour in harm.tours for s in tour.stops} == {QuoteId("paid")}


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from("BF"), st.integers(8, 120)), min_size=1, max_size=3),
    st.integers(0, 60),
)
def test_whatever_becomes_late_nobody_who_holds_is_left_in_a_place_that_is_no_good(
    places: list[tuple[str, int]], minutes: int
) -> None:
    ports = drawn_house(TWO)
    anna, ben = tours_today(ports)
    paid = order("paid", "B", published=0)
    holds = [held(f"q{n}", shop, due) for n, (shop, due) in enumerate(places)]
    before = [with_stops(anna, paid, *holds), ben]
    after = [with_stops(anna, fetched_from(minutes, paid), *holds), ben]
    harm = sparing_holds(before, after, ports)
    assert harm.harmed == frozenset()
    assert nobody_loses(before, harm.tours, ports)
    assert holds_in(harm.tours) | set(harm.released) == holds_in(before)
    assert not holds_in(harm.tours) & set(harm.released)


def offered(ports: Ports, shop: str, cells: int) -> Quote:
    door = Doorstep(Place(44.5, 0.16 + cells / 1000))
    return quote(OrderRequest((Line(MerchantId(shop), 3000, 1000, 8000),), door, None), SHOP, ports)


def test_who_pays_for_a_place_that_a_late_shop_cost_is_told_and_the_planner_reads_it() -> None:
    """Anna is to be ten cells out at half past, near the door held for; twenty minutes late not."""
    ports = drawn_house(territory(courier("anna")))
    hour = service_levels("within_4h", {"express": {"max_lead_min": 60}})
    ports = replace(ports, parameters=replace(ports.parameters, levels=hour))
    first = next(o for o in offered_express(offered(ports, "B", 10)))
    booked = book(BookRequest(*first, CUSTOMER), SHOP, ports)
    clock_of(ports).advance(minutes=5)
    wave_by_hand(ports)
    offer = offered(ports, "F", 21)
    (place,) = [o for o in offer.options if o.held and o.mode is Mode.EXPRESS]
    clock_of(ports).advance(minutes=1)
    ready_at = ports.clock.now() + timedelta(minutes=20)
    delay = shop_late(booked.shipments[0].shipment_id, ready_at, ports)
    assert delay.moved is not None and delay.moved.late_s == 0
    assert delay.given_up == (offer.quote_id,)
    with ports.store.reading() as tx:
        told = tx.quote(offer.quote_id).option(place.option_id)
    assert told is not None
    assert (told.held, told.why_not_held) == (False, PLACE_LOST)
    read = [(e.act, e.subject) for e in trail(at(0), 10, ports)]
    assert (Change.HOLD_RELEASED, offer.quote_id) in read
    with pytest.raises(NoLongerFeasible):
        book(BookRequest(offer.quote_id, place.option_id, CUSTOMER), SHOP, ports)


def test_who_counted_on_a_courier_who_is_called_off_hears_it_before_paying() -> None:
    """Anna rides back from a door 18 cells out, for B; a place is held for the way out again.

    Called off a minute later she is out there still, as far as anybody knows.
    """
    ports = drawn_house(territory(courier("anna")))
    hour = service_levels("within_4h", {"express": {"max_lead_min": 60}})
    ports = replace(ports, parameters=replace(ports.parameters, levels=hour))
    for cells, minutes in ((18, 30), (5, 1)):
        first = offered_express(offered(ports, "B", cells))[0]
        booked = book(BookRequest(*first, CUSTOMER), SHOP, ports)
        wave_by_hand(ports)
        live(ports, minutes=minutes)
    offer = offered(ports, "F", 18)
    (place,) = [o for o in offer.options if o.held and o.mode is Mode.EXPRESS]
    cancel(booked.booking.booking_id, SHOP, ports)
    with ports.store.reading() as tx:
        told = tx.quote(offer.quote_id).option(place.option_id)
    assert told is not None
    assert (told.held, told.why_not_held) == (False, PLACE_LOST)
    assert not holds_in(tours_today(ports))


def offered_express(offer: Quote) -> list[tuple[str, str]]:
    """The quote's and the option's id of each express option."""
    return [
        (offer.quote_id, o.option_id) for o in offer.options if o.offered and o.mode is Mode.EXPRESS
    ]
