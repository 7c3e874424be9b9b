from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.core.civil import local_day
from dispatch.core.reasons import Refusal
from dispatch.operations.ports import Ports
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.standing import tours_of
from dispatch.operations.waves import LooseOrder, WaveState
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy
from tests.fakes.house import clock_of
from tests.operations.test_quote import standing_stops
from tests.operations.test_run_wave import order

#: Promised by two, tried again at five: too late by more than an order is worth.
MUCH_LATER = "2026-11-24T17:00+01:00"


def forgotten(ports: Ports) -> LooseOrder:
    """Take the only order out of its tour, and let hours pass."""
    booked = order(ports)
    day = local_day(ports.clock.now())
    with ports.store.writing() as tx:
        (tour,) = [tour for tour in tours_of(tx, day, ports) if tour.stops]
        refusal = Refusal("pickup_failed", ("not_ready",))
        quote_id = booked.booking.quote_id
        tx.put_loose(LooseOrder(quote_id, day, tour.stops, refusal, ports.clock.now()))
        tx.put_tour(tour.without_order(quote_id))
    clock_of(ports).move_to(MUCH_LATER)
    return loose_one(ports)


def loose_one(ports: Ports) -> LooseOrder:
    with ports.store.reading() as tx:
        (loose,) = tx.loose_orders(local_day(ports.clock.now()))
    return loose


def test_the_planner_is_told_by_how_much_a_promise_is_too_early(ports: Ports) -> None:
    forgotten(ports)
    wave_by_hand(ports)
    loose = loose_one(ports)
    assert loose.refusal == Refusal("no_feasible_insertion", ("promise.end",))
    (way,) = loose.ways_out
    due_at = loose.stops[-1].due_at
    assert due_at is not None
    assert way.change == "promise.end"
    assert way.until_at == due_at + timedelta(seconds=way.by)


def test_the_way_out_is_one_and_leads_to_the_door_in_the_last_second(ports: Ports) -> None:
    forgotten(ports)
    wave_by_hand(ports)
    loose = loose_one(ports)
    until_at = loose.ways_out[0].until_at
    *pickups, drop = loose.stops
    with ports.store.writing() as tx:
        tx.put_loose(replace(loose, stops=(*pickups, replace(drop, due_at=until_at))))
    done = wave_by_hand(ports)
    assert done.result is not None
    assert done.result.unserved == 0
    assert standing_stops(ports)[-1].eta_at == until_at


def thinking(then: Callable[[], None]) -> Callable[..., Plan]:
    """Greedy, with *then* while it thinks about ways out, after the wave's own search."""
    asked: list[Problem] = []

    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        asked.append(problem)
        if len(asked) == 2:
            then()
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)

    return solve


def test_an_order_settled_while_this_thinks_does_not_come_back(ports: Ports) -> None:
    loose = forgotten(ports)

    def cancelled() -> None:
        with ports.store.writing() as tx:
            tx.drop_loose(loose.quote_id)

    wave = wave_by_hand(replace(ports, solver=thinking(cancelled)))
    assert wave.error is None
    with ports.store.reading() as tx:
        assert not tx.loose_orders(loose.day)


def test_an_order_loose_for_another_reason_by_then_is_left_alone(ports: Ports) -> None:
    forgotten(ports)
    damaged = Refusal("pickup_failed", ("damaged",))

    def told_otherwise() -> None:
        loose = loose_one(ports)
        with ports.store.writing() as tx:
            tx.put_loose(replace(loose, refusal=damaged))

    wave = wave_by_hand(replace(ports, solver=thinking(told_otherwise)))
    assert wave.error is None
    assert (loose_one(ports).refusal, loose_one(ports).ways_out) == (damaged, ())


def test_a_search_that_fails_then_takes_no_tour_back(ports: Ports) -> None:
    forgotten(ports)
    given = order(ports)

    def fails() -> None:
        raise RuntimeError("out of memory")

    wave = wave_by_hand(replace(ports, solver=thinking(fails)))
    assert (wave.state, wave.error) == (WaveState.PUBLISHED, "RuntimeError: out of memory")
    assert {s.quote_id for s in standing_stops(ports) if s.published_at is not None} == {
        given.booking.quote_id
    }
    assert loose_one(ports).ways_out == ()
