from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.core.civil import clock_text, local_day
from dispatch.core.errors import Conflict
from dispatch.core.ids import WaveId
from dispatch.core.reasons import Refusal
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.depart import announce_departures
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import request_wave, run_wave, wave_by_hand
from dispatch.operations.tick import tick
from dispatch.operations.timetable import waves_on
from dispatch.operations.waves import WaveState
from dispatch.orders.shipments import State
from dispatch.routing.plan import Cost, Plan, Unserved
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers import greedy
from dispatch.tracking.tours import StopKind
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.road import drive, live
from tests.fakes.town import express_shops
from tests.operations.test_quote import standing_stops


def order(ports: Ports, *shops: str) -> Booked:
    offer = quote(an_order(ports, *(shops or express_shops(ports)[:1])), SHOP, ports)
    return book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports)


def state(booked: Booked, ports: Ports) -> State:
    with ports.store.reading() as tx:
        return tx.shipment(booked.shipments[0].shipment_id).state


def test_a_wave_hands_out_what_is_booked_and_not_what_is_only_held(ports: Ports) -> None:
    booked = order(ports)
    held = quote(an_order(ports, express_shops(ports)[1]), SHOP, ports)
    wave = wave_by_hand(ports)
    assert wave.state is WaveState.PUBLISHED
    given = {s.quote_id for s in standing_stops(ports) if s.published_at is not None}
    assert given == {booked.booking.quote_id}
    assert held.quote_id in {s.quote_id for s in standing_stops(ports)}
    assert state(booked, ports) in (State.ASSIGNED, State.TO_PICKUP)


def test_the_timetable_runs_each_wave_once(ports: Ports) -> None:
    order(ports)
    clock_of(ports).move_to("2026-11-24T10:30+01:00")
    first = tick(ports)
    assert first is not None
    assert clock_text(first.cut_off_at) == "10:30"
    assert tick(ports) is None
    with pytest.raises(Conflict):
        run_wave(first.wave_id, ports)


def test_waves_missed_while_the_machine_was_off_are_skipped_but_for_the_last(
    ports: Ports,
) -> None:
    booked = order(ports)
    clock_of(ports).move_to("2026-11-24T11:40+01:00")
    wave = tick(ports)
    assert wave is not None
    assert clock_text(wave.cut_off_at) == "11:30"
    assert state(booked, ports) is not State.BOOKED
    with ports.store.reading() as tx:
        states = {clock_text(w.cut_off_at): w.state for w in tx.waves(wave.day)}
    assert (states["10:30"], states["11:30"]) == (WaveState.SKIPPED, WaveState.PUBLISHED)


def test_a_wave_whose_process_died_is_taken_over_when_its_lease_ends(ports: Ports) -> None:
    clock_of(ports).move_to("2026-11-24T10:30+01:00")
    with ports.store.writing() as tx:
        now = ports.clock.now()
        for wave in waves_on(tx, local_day(now), ports):
            tx.ensure_wave(wave)
        clock_of(ports).advance(minutes=2)
        assert tx.claim_wave(WaveId("w_20261124_1030"), now, ports.clock.now())
    taken = tick(ports)
    assert taken is not None
    assert taken.wave_id == "w_20261124_1030"


def test_a_plan_that_breaks_a_rule_is_never_handed_out(ports: Ports) -> None:
    """The standing plan is, so that nobody waits for a bug to be mended."""
    booked = order(ports)

    def liar(problem: Problem, *, budget_s: float, seed: int = 0, start: object = None) -> Plan:
        return Plan((), (), Cost(), "liar")  # serves nobody and says so to nobody

    wave = wave_by_hand(replace(ports, solver=liar))
    assert wave.error is not None
    assert "served_wrongly" in wave.error
    assert wave.result is not None
    assert wave.result.kept_standing
    assert state(booked, ports) is State.ASSIGNED


def test_a_search_that_fails_keeps_nobody_waiting(ports: Ports) -> None:
    booked = order(ports)

    def broken(problem: Problem, *, budget_s: float, seed: int = 0, start: object = None) -> Plan:
        raise RuntimeError("out of memory")

    wave = wave_by_hand(replace(ports, solver=broken))
    assert (wave.state, wave.error) == (WaveState.PUBLISHED, "RuntimeError: out of memory")
    assert state(booked, ports) is State.ASSIGNED


def test_a_cheaper_plan_that_makes_somebody_late_is_not_handed_out(ports: Ports) -> None:
    """The solver may price lateness; what was promised is not for sale."""
    first, second = order(ports), order(ports, express_shops(ports)[0])

    def late(problem: Problem, *, budget_s: float, seed: int = 0, start: object = None) -> Plan:
        # One vehicle does all, as late as the day allows.
        lazy = [replace(v, from_s=v.until_s - 3 * 3600) for v in problem.vehicles]
        slow = replace(problem, vehicles=tuple(lazy))
        plan = greedy.solve(slow, budget_s=budget_s)
        tours = tuple(
            tour for t in plan.tours if (tour := schedule(slow, t.vehicle, t.nodes)) is not None
        )
        return replace(plan, tours=tours, cost=cost_of(problem, tours, plan.unserved))

    wave = wave_by_hand(replace(ports, solver=late))
    assert wave.result is not None
    with ports.store.reading() as tx:
        for booked in (first, second):
            for tour in tx.tours(wave.day):
                for stop in tour.stops:
                    if stop.quote_id == booked.booking.quote_id and stop.due_at is not None:
                        assert stop.eta_at is not None
                        assert stop.eta_at <= stop.due_at


def test_a_process_that_lost_its_wave_hands_out_nothing(ports: Ports) -> None:
    """It was thought dead, somebody took over, and now it is back."""
    order(ports)
    clock_of(ports).move_to("2026-11-24T10:30+01:00")

    def slept(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        clock_of(ports).advance(minutes=10)
        assert tick(ports) is not None  # the other process
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)

    assert tick(replace(ports, solver=slept)) is None
    with ports.store.reading() as tx:
        (wave,) = [w for w in tx.waves(local_day(ports.clock.now())) if w.published_at]
    assert wave.error is None


def test_orders_that_come_in_while_the_solver_thinks_are_handed_out_too(ports: Ports) -> None:
    first = order(ports)
    late: list[Booked] = []

    def slow(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        late.append(order(ports, express_shops(ports)[2]))
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)

    wave_by_hand(replace(ports, solver=slow))
    assert state(first, ports) is not State.BOOKED
    assert state(late[0], ports) is not State.BOOKED


def test_an_order_cancelled_while_the_solver_thinks_is_not_handed_out(ports: Ports) -> None:
    doomed, other = order(ports), order(ports, express_shops(ports)[3])

    def slow(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        cancel(doomed.booking.booking_id, SHOP, ports)
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)

    wave_by_hand(replace(ports, solver=slow))
    assert {stop.quote_id for stop in standing_stops(ports)} == {other.booking.quote_id}


def test_a_solver_that_gives_up_loses_nobody_s_order(ports: Ports) -> None:
    """The place found when it was quoted is still there."""
    booked = order(ports)

    def lazy(problem: Problem, *, budget_s: float, seed: int = 0, start: object = None) -> Plan:
        left = tuple(Unserved(j.job_id, Refusal("solver_gave_up")) for j in problem.jobs)
        price = problem.weights.unserved * len(left)
        return Plan((), left, Cost(unserved=price), "lazy")

    wave = wave_by_hand(replace(ports, solver=lazy))
    assert wave.result is not None
    assert wave.result.unserved == 0
    assert state(booked, ports) is not State.BOOKED


def test_an_order_that_no_tour_can_serve_goes_to_the_planner_with_its_reason(
    ports: Ports,
) -> None:
    """No wave ran all day, and the shop has closed meanwhile."""
    booked = order(ports)
    clock_of(ports).move_to("2026-11-24T19:15+01:00")
    wave = wave_by_hand(ports)
    assert wave.result is not None
    assert wave.result.unserved == 1
    with ports.store.reading() as tx:
        (loose,) = tx.loose_orders(local_day(ports.clock.now()))
    assert loose.quote_id == booked.booking.quote_id
    assert loose.refusal.code == "merchant_closed"
    assert state(booked, ports) is State.BOOKED
    assert standing_stops(ports) == []


def test_a_courier_s_next_stop_never_changes_silently(ports: Ports) -> None:
    """Whatever the next wave finds better, the stop the courier rides to stays the next one."""
    shops = express_shops(ports)
    for shop in shops[:6]:
        order(ports, shop)
    wave_by_hand(ports)
    clock_of(ports).advance(minutes=25)
    assert announce_departures(ports) > 0
    assert announce_departures(ports) == 0  # once is enough
    riding_to = {}
    with ports.store.reading() as tx:
        for tour in tx.tours(local_day(ports.clock.now())):
            if tour.next_stop is not None and tour.next_stop.departed_at is not None:
                riding_to[tour.tour_id] = tour.next_stop.stop_id
    assert riding_to
    for shop in shops[6:12]:
        order(ports, shop)
    wave_by_hand(ports)
    with ports.store.reading() as tx:
        for tour_id, stop_id in riding_to.items():
            after = tx.tour(tour_id).next_stop
            assert after is not None
            assert after.stop_id == stop_id


def test_the_day_runs_from_quote_to_door(ports: Ports) -> None:
    booked = order(ports, *express_shops(ports)[:2])
    live(ports, minutes=180)
    with ports.store.reading() as tx:
        shipments = [tx.shipment(s.shipment_id) for s in booked.shipments]
        history = [event.state for event in tx.events_of(shipments[0].shipment_id)]
    assert {shipment.state for shipment in shipments} == {State.DELIVERED}
    assert history == [
        State.BOOKED,
        State.ASSIGNED,
        State.TO_PICKUP,
        State.AT_PICKUP,
        State.PICKED_UP,
        State.TO_DROPOFF,
        State.AT_DROPOFF,
        State.DELIVERED,
    ]
    window = shipments[0].promise.window
    assert shipments[0].ended_at is not None
    assert window.opens_at <= shipments[0].ended_at <= window.closes_at
    drops = [stop for stop in standing_stops(ports) if stop.kind is StopKind.DROP]
    assert len(drops) == 1
    assert drive(ports) == 0


def test_a_wave_asked_for_on_a_page_is_run_by_the_jobs_process(ports: Ports) -> None:
    """Even when the timetable's own is due at the same moment."""
    booked = order(ports)
    clock_of(ports).move_to("2026-11-24T10:30+01:00")
    asked = request_wave(ports)
    assert asked.state is WaveState.OPEN
    ran = tick(ports)
    assert ran is not None
    assert ran.wave_id == asked.wave_id
    assert state(booked, ports) is not State.BOOKED
    assert tick(ports) is None
