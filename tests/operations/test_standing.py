"""The standing plan on a drawn town, by hand: B is 2 minutes from the depot, x 5 from B."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dispatch.core.civil import clock_text
from dispatch.core.ids import MerchantId, QuoteId
from dispatch.operations.footprint import grams_of
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.standing import Standing, adopt, forecast_manifest, standing
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan
from dispatch.routing.schedule import cost_of, schedule
from dispatch.tracking.facts import Fact, FactKind, as_told
from dispatch.tracking.tours import Stop, StopState, Tour
from tests.fakes.house import SHOP, clock_of
from tests.operations.drawn import (
    TOWN,
    at,
    courier,
    drawn_house,
    order,
    territory,
    tours_today,
    with_stops,
)


def told(tour: Tour, stop_id: str, minute: float, kind: FactKind = FactKind.DONE) -> Tour:
    reason = "merchant_closed" if kind is FactKind.FAILED else None
    fact = Fact(
        f"{stop_id}{kind}",
        tour.tour_id,
        tour.courier_id,
        stop_id,
        kind,
        at(minute),
        at(minute),
        reason,
    )
    return as_told(tour, [fact])


def ids(stops: tuple[Stop, ...]) -> list[str]:
    return [stop.stop_id for stop in stops]


def ahead(plan: Standing, vehicle: int = 0) -> list[str]:
    return [plan.stops[node].stop_id for node in plan.sequences[vehicle]]


def broken_rules(plan: Standing) -> list[object]:
    """What the independent checker says of the standing sequences."""
    planned = [schedule(plan.problem, v, nodes) for v, nodes in enumerate(plan.sequences)]
    tours = tuple(tour for tour in planned if tour is not None)
    return list(violations(plan.problem, Plan(tours, (), cost_of(plan.problem, tours), "standing")))


def asked(ports: Ports, shop: str) -> Quote:
    line = Line(MerchantId(shop), weight_g=1000)
    return quote(OrderRequest((line,), Doorstep(TOWN["x"], "x")), SHOP, ports)


def one_tour(ports: Ports, *orders: tuple[Stop, ...]) -> Tour:
    return with_stops(tours_today(ports)[0], *orders)


def test_the_morning_and_the_afternoon_are_two_tours() -> None:
    ports = drawn_house(territory(courier(shift="Tu 09:00-12:00,14:00-18:00")))
    morning, afternoon = tours_today(ports)
    assert (morning.tour_id, afternoon.tour_id) == ("t_20261124_anna_1", "t_20261124_anna_2")
    assert clock_text(morning.shift.closes_at) == "12:00"
    assert clock_text(afternoon.shift.opens_at) == "14:00"
    plan = standing((morning, afternoon), at(0), ports)
    first, second = plan.problem.vehicles
    # Seconds after ten: until noon; from two to six.
    assert (first.from_s, first.until_s) == (0, 7200)
    assert (second.from_s, second.until_s) == (14_400, 28_800)


def test_a_courier_who_is_off_today_has_no_tour() -> None:
    ports = drawn_house(territory(courier(), courier("ben", "We 09:00-12:00")))
    assert [tour.courier_id for tour in tours_today(ports)] == ["anna"]


def test_a_tour_begun_is_kept_when_the_shift_is_taken_off_the_roster() -> None:
    ports = drawn_house()
    begun = one_tour(ports, order("q", "B", published=0))
    with ports.store.writing() as tx:
        tx.put_tour(begun)
    away = replace(courier(), away_on=frozenset({begun.day}))
    (kept,) = tours_today(replace(ports, territory=territory(away)))
    assert ids(kept.stops) == ["q:0", "q:1"]


def test_dead_holds_are_in_no_tour() -> None:
    ports = drawn_house()
    held = tuple(replace(stop, held_until=at(15)) for stop in order("q", "B"))
    tour = one_tour(ports, held)
    with ports.store.writing() as tx:
        tx.put_tour(tour)
    assert ids(tours_today(ports)[0].stops) == ["q:0", "q:1"]
    clock_of(ports).advance(minutes=15)
    assert tours_today(ports)[0].stops == ()


def test_what_was_not_handed_out_is_not_forecast() -> None:
    ports = drawn_house()
    tour = one_tour(ports, order("given", "B", published=0), order("booked", "F"))
    found = forecast_manifest(tour, at(0), ports)
    assert [stop.quote_id for stop, _ in found] == ["given", "given"]
    # D to B 2 minutes, 1 there; B to x 5 minutes.
    assert [timing.begin_at for _, timing in found] == [at(2), at(8)]
    assert forecast_manifest(one_tour(ports, order("booked", "F")), at(0), ports) == ()


def test_a_stop_the_courier_has_left_for_is_frozen() -> None:
    ports = drawn_house()
    tour = one_tour(ports, order("q", "B", published=0), order("r", "F", to="y", published=0))
    clock_of(ports).advance(minutes=1)
    plan = standing([tour], at(1), ports)
    assert ids(plan.done[0]) == ["q:0"]
    assert ahead(plan) == ["q:1", "r:0", "r:1"]
    # Ridden there by 10:02, served by 10:03: free two minutes from now.
    (vehicle,) = plan.problem.vehicles
    assert vehicle.from_s == 120
    assert plan.problem.travel_s[0][vehicle.start, plan.problem.visits[0].place] == 300


def test_a_stop_handed_out_this_very_second_can_still_be_moved() -> None:
    ports = drawn_house()
    plan = standing([one_tour(ports, order("q", "B", published=0))], at(0), ports)
    assert plan.done == ((),)


def test_a_wave_to_come_finds_frozen_what_the_courier_will_have_left_for() -> None:
    """To B by 10:02, gone at 10:03, at x by 10:08, done at 10:10."""
    ports = drawn_house()
    tour = one_tour(ports, order("q", "B", published=0), order("r", "F", published=0))
    for minute, frozen in ((3, ["q:0"]), (4, ["q:0", "q:1"]), (11, ["q:0", "q:1", "r:0"])):
        assert ids(standing([tour], at(minute), ports).done[0]) == frozen


def test_where_the_courier_stands_is_frozen_even_before_the_shift() -> None:
    ports = drawn_house(territory(courier(shift="Tu 11:00-18:00")))
    tour = told(one_tour(ports, order("q", "B", published=0)), "q:0", 0, FactKind.ARRIVED)
    assert ids(standing([tour], at(0), ports).done[0]) == ["q:0"]


def test_parcels_on_board_are_brought_by_the_courier_who_has_them() -> None:
    ports = drawn_house(territory(courier(), courier("ben")))
    anna, ben = tours_today(ports)
    anna = told(with_stops(anna, order("q", "B", weight_g=4000, published=0)), "q:0", 3)
    clock_of(ports).advance(minutes=3)
    plan = standing([anna, ben], at(3), ports)
    (job,) = plan.problem.jobs
    assert (job.pickups, job.vehicles, job.drop.load) == ((), frozenset({0}), (4000, 0, 0))
    assert plan.problem.aboard(0) == (4000, 0, 0)
    assert plan.problem.vehicles[0].capacity[0] == 10_000  # weighed once, by the job
    assert not broken_rules(plan)


def test_what_waits_at_the_shop_may_be_fetched_by_anybody() -> None:
    ports = drawn_house(territory(courier(), courier("ben")))
    anna, ben = tours_today(ports)
    plan = standing([with_stops(anna, order("q", "B", published=0)), ben], at(0), ports)
    assert plan.problem.jobs[0].vehicles is None


def test_half_an_order_on_board_binds_the_other_half() -> None:
    ports = drawn_house(territory(courier(), courier("ben")))
    anna, ben = tours_today(ports)
    anna = told(with_stops(anna, order("q", "B", "F", weight_g=4000, published=0)), "q:0", 3)
    plan = standing([anna, ben], at(3), ports)
    (job,) = plan.problem.jobs
    assert job.vehicles == frozenset({0})
    assert [visit.load[0] for visit in (*job.pickups, job.drop)] == [4000, 8000]
    assert [plan.problem.aboard(v)[0] for v in range(2)] == [4000, 0]
    assert [vehicle.capacity[0] for vehicle in plan.problem.vehicles] == [10_000, 10_000]
    assert not broken_rules(plan)


def test_a_pickup_that_failed_weighs_nothing() -> None:
    ports = drawn_house()
    tour = told(
        one_tour(ports, order("q", "B", "F", weight_g=4000, published=0)),
        "q:0",
        3,
        FactKind.FAILED,
    )
    plan = standing([tour], at(3), ports)
    assert plan.problem.jobs[0].vehicles is None
    assert plan.problem.vehicles[0].capacity[0] == 10_000


def test_what_stands_is_allowed_though_half_an_order_fills_the_bag() -> None:
    """8 kg of q on board until x; only then 9 kg of r.  Never more than 10 at once."""
    ports = drawn_house()
    tour = told(
        one_tour(
            ports,
            order("q", "B", "F", weight_g=1000, published=0),
            order("r", "B", weight_g=9000, published=0),
        ),
        "q:0",
        3,
    )
    heavy = tuple(replace(s, load=(8000, 0, 0)) if s.stop_id == "q:0" else s for s in tour.stops)
    plan = standing([replace(tour, stops=heavy)], at(3), ports)
    assert ahead(plan) == ["q:1", "q:2", "r:0", "r:1"]
    assert not broken_rules(plan)
    assert plan.problem.vehicles[0].capacity[0] == 10_000, "the bag is as wide as it is"


def test_the_way_home_counts_for_a_courier_who_ends_at_the_depot() -> None:
    """B at 10:02, x at 10:08, done at 10:10, home 7 minutes later."""
    at_home = courier(shift="Tu 09:00-10:12", end=TOWN["D"])
    ports = drawn_house(territory(at_home))
    plan = standing([one_tour(ports, order("q", "B", published=0))], at(0), ports)
    assert plan.problem.vehicles[0].until_s == 17 * 60
    assert not broken_rules(plan)


def test_an_order_to_be_placed_is_a_job_that_no_tour_holds() -> None:
    ports = drawn_house()
    tour = one_tour(ports, order("q", "B"))
    plan = standing([tour], at(0), ports, extra=[order("new", "F")])
    assert plan.job_named(QuoteId("new")) == 1
    assert ahead(plan) == ["q:0", "q:1"]


def test_only_a_cold_box_has_room_for_the_cold() -> None:
    ports = drawn_house(territory(courier(), courier("ben", cold=True)))
    plan = standing(tours_today(ports), at(0), ports)
    without, with_box = (vehicle.capacity[2] for vehicle in plan.problem.vehicles)
    assert without == 0
    assert with_box > 100


def test_adopting_the_present_order_changes_nothing_but_the_forecast() -> None:
    ports = drawn_house()
    tour = one_tour(ports, order("q", "B"))
    plan = standing([tour], at(30), ports)
    (after,) = adopt(plan, plan.sequences)
    assert [stop.eta_at for stop in after.stops] == [at(32), at(38)]
    assert [replace(stop, eta_at=None) for stop in after.stops] == list(tour.stops)
    (untimed,) = adopt(plan, plan.sequences, retimed=(QuoteId("nobody"),))
    assert untimed == tour


def test_what_is_over_stays_in_front_and_untouched() -> None:
    ports = drawn_house(now=at(20))
    tour = told(one_tour(ports, order("q", "B", published=0), order("r", "F", to="y")), "q:0", 3)
    tour = told(tour, "q:1", 10)
    (after,) = adopt(plan := standing([tour], at(20), ports), plan.sequences)
    assert [(s.stop_id, s.state) for s in after.stops[:2]] == [
        ("q:0", StopState.DONE),
        ("q:1", StopState.DONE),
    ]
    assert after.stops[:2] == tour.stops[:2]
    # x to F 3 minutes, F to y 4.
    assert [s.eta_at for s in after.stops[2:]] == [at(23), at(28)]


def test_an_order_s_grams_are_the_metres_it_adds_from_where_the_courier_is() -> None:
    """240 m a minute, 100 g a kilometre: from x to B and back 10 minutes, 2.4 km, 240 g."""
    ports = drawn_house(now=at(20))
    tour = told(one_tour(ports, order("q", "B", published=0)), "q:0", 3)
    tour = with_stops(told(tour, "q:1", 10), order("r", "B"))
    assert grams_of(QuoteId("r"), [tour], ports) == [240]
    assert grams_of(QuoteId("nobody"), [tour], ports) == [0]


def test_an_order_on_the_way_adds_no_grams() -> None:
    ports = drawn_house()
    tour = one_tour(ports, order("q", "B"), order("r", "B"))
    both = replace(tour, stops=(tour.stops[0], tour.stops[2], tour.stops[1], tour.stops[3]))
    assert grams_of(QuoteId("r"), [both], ports) == [0]


def test_the_present_instant_moves_the_forecast_not_the_promise() -> None:
    ports = drawn_house(now=at(30))
    tour = one_tour(ports, order("q", "B", due=12, published=0))
    plan = standing([tour], at(30), ports)
    (after,) = adopt(plan, plan.sequences)
    assert after.stops[-1].due_at == at(12)
    late = after.stops[-1].eta_at
    assert late is not None
    assert late - at(12) > timedelta(minutes=18)
