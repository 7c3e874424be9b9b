"""The standing plan when a shop has closed or a courier runs late: what falls, and what stays."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.ids import QuoteId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import adopt, standing
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.operations.drawn import (
    at,
    courier,
    drawn_house,
    order,
    territory,
    tours_today,
    with_stops,
)
from tests.operations.test_standing import ahead, asked, broken_rules, ids, one_tour, told


def test_a_shop_that_closed_before_anybody_came_makes_the_order_fall() -> None:
    ports = drawn_house(now=at(60))
    tour = one_tour(ports, order("q", "B", open_until=30))
    plan = standing([tour], at(60), ports)
    assert plan.sequences == ((),)
    assert plan.job_named(QuoteId("q")) is None
    ((gone, why),) = plan.fallen
    assert (ids(gone), why.code, why.binding) == (
        ["q:0", "q:1"],
        "merchant_closed",
        ("pickup.window",),
    )
    assert adopt(plan, plan.sequences)[0].stops == ()


def test_what_would_fall_by_the_next_wave_stays_in_the_tour_until_that_wave_says_so() -> None:
    """A quote looks ahead; writing down what it saw must lose nobody's order."""
    ports = drawn_house()
    late = tuple(replace(stop, release_at=at(60)) for stop in order("q", "B", open_until=30))
    tour = one_tour(ports, late, order("r", "F", to="y"))
    plan = standing([tour], at(60), ports)
    assert [gone[0].quote_id for gone, _ in plan.fallen] == ["q"]
    assert ids(adopt(plan, plan.sequences)[0].stops) == ["r:0", "r:1", "q:0", "q:1"]


def test_nobody_is_promised_the_room_of_an_order_that_might_fall_by_the_next_wave() -> None:
    """B closes at 10:20.  Anna is to fetch q there with the wave of 10:30 at the latest."""
    for crew, tours_taking in (((courier(),), set()), ((courier(), courier("ben")), {"ben"})):
        ports = drawn_house(territory(*crew))
        anna, *others = tours_today(ports)
        with ports.store.writing() as tx:
            for tour in (with_stops(anna, order("q", "B", open_until=20)), *others):
                tx.put_tour(tour)
        asked(ports, "F")
        tours = tours_today(ports)
        assert ids(tours[0].stops) == ["q:0", "q:1"]
        assert {tour.courier_id for tour in tours[1:] if tour.stops} == tours_taking


def test_a_booked_order_whose_shop_closed_is_explained_though_others_asked_meanwhile() -> None:
    """Booked at ten, no wave all morning; B closes at 12:30 and somebody asks at 12:55."""
    ports = drawn_house(territory(hours={"B": "Mo-Su 09:00-12:30"}))
    mine = asked(ports, "B")
    book(BookRequest(mine.quote_id, "opt_1", CUSTOMER), SHOP, ports)
    clock_of(ports).advance(minutes=175)
    asked(ports, "F")
    wave_by_hand(ports)
    with ports.store.reading() as tx:
        (loose,) = tx.loose_orders(at(0).date())
    assert (loose.quote_id, loose.refusal.code) == (mine.quote_id, "merchant_closed")


def test_a_courier_late_past_the_shift_does_not_stop_the_waves() -> None:
    ports = drawn_house(territory(courier(shift="Tu 09:00-10:30"), courier("ben")))
    late = with_stops(tours_today(ports)[0], order("q", "B"))
    with ports.store.writing() as tx:
        tx.put_tour(replace(late, stops=tuple(replace(s, shipment_ids=()) for s in late.stops)))
    clock_of(ports).advance(minutes=40)
    wave = wave_by_hand(ports)
    assert wave.result is not None
    assert wave.result.unserved == 0


def test_only_the_order_of_the_closed_shop_falls() -> None:
    ports = drawn_house(now=at(60))
    tour = one_tour(ports, order("p", "F"), order("q", "B", open_until=30), order("r", "F", to="y"))
    plan = standing([tour], at(60), ports)
    assert [gone[0].quote_id for gone, _ in plan.fallen] == ["q"]
    assert ahead(plan) == ["p:0", "p:1", "r:0", "r:1"]


def test_parcels_on_board_stay_when_another_order_s_shop_has_closed() -> None:
    ports = drawn_house(now=at(60))
    tour = told(
        one_tour(
            ports, order("mine", "B", published=0), order("q", "F", open_until=30, published=0)
        ),
        "mine:0",
        58,
    )
    plan = standing([tour], at(60), ports)
    assert [gone[0].quote_id for gone, _ in plan.fallen] == ["q"]
    assert ids(adopt(plan, plan.sequences)[0].stops) == ["mine:0", "mine:1"]


def test_the_half_on_board_is_brought_when_the_other_half_s_shop_has_closed() -> None:
    ports = drawn_house(now=at(60))
    tour = told(
        one_tour(ports, order("q", "B", "F", weight_g=4000, open_until=45, published=0)),
        "q:0",
        58,
    )
    # Anna is still at B: at 11:00 she has not left for F, and it closed at 10:45, too long ago.
    tour = replace(
        tour, stops=tuple(s if s.over else replace(s, published_at=at(60)) for s in tour.stops)
    )
    plan = standing([tour], at(60), ports)
    assert [ids(gone) for gone, _ in plan.fallen] == [["q:1"]]
    assert ahead(plan) == ["q:2"]
    assert plan.problem.jobs[0].drop.load == (4000, 0, 0)
    assert plan.problem.vehicles[0].capacity[0] == 10_000


def test_a_courier_who_runs_late_finishes_what_was_given_and_takes_nothing_more() -> None:
    """The shift ends at 10:10; from B it is 1 + 5 + 2 minutes more, begun at 10:06."""
    ports = drawn_house(territory(courier(shift="Tu 09:00-10:10")), now=at(6))
    tour = told(one_tour(ports, order("q", "B", published=0)), "q:0", 6)
    plan = standing([tour], at(6), ports)
    assert ahead(plan) == ["q:1"]
    assert plan.problem.vehicles[0].until_s == 7 * 60  # 10:13, not a second more
    assert not broken_rules(plan)


def test_a_courier_who_is_on_time_goes_home_on_time() -> None:
    ports = drawn_house(territory(courier(shift="Tu 09:00-10:30")))
    plan = standing([one_tour(ports, order("q", "B", published=0))], at(0), ports)
    assert plan.problem.vehicles[0].until_s == 1800
