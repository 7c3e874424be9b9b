"""When a rolling dispatch looks at the day, and what it leaves for the next look to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dispatch.core.civil import clock_text, local_day
from dispatch.core.ids import MerchantId
from dispatch.operations.amend import Amendment, amend
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.history import StoredHistory
from dispatch.operations.looks import row_of_look
from dispatch.operations.past_orders import DayKind, Past
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.tick import tick, tick_due_at
from dispatch.operations.timetable import waves_on
from dispatch.operations.waves import Wave, WaveState
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy
from dispatch.tracking.tours import Stop
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.town import express_shops

RULES = DispatchRules(policy="rolling", buffer_s=0, hold_margin_s=0)


@pytest.fixture
def rolling(ports: Ports) -> Ports:
    """Tuesday, ten o'clock, a town whose tours wait; every search is counted."""
    return replace(
        ports,
        parameters=replace(ports.parameters, dispatching=RULES),
        solver=Counting(),
    )


class Counting:
    """Greedy; ``meanwhile`` happens while it thinks."""

    def __init__(self) -> None:
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(
        self,
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        self.asked += 1
        self.meanwhile()
        return greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)


def solver_of(ports: Ports) -> Counting:
    assert isinstance(ports.solver, Counting)
    return ports.solver


def booked(ports: Ports) -> Booked:
    offer = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    return book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports)


def rows(ports: Ports) -> list[Wave]:
    with ports.store.reading() as tx:
        return list(tx.waves(local_day(ports.clock.now())))


def stops(ports: Ports) -> list[Stop]:
    with ports.store.reading() as tx:
        tours = tx.tours(local_day(ports.clock.now()))
    return [stop for tour in tours for stop in tour.stops]


def look(ports: Ports, *, minutes: int = 1) -> None:
    clock_of(ports).advance(minutes=minutes)
    tick(ports)


def time_of(ports: Ports) -> datetime:
    """When what waits is to go."""
    (row,) = (row for row in rows(ports) if row.state is WaveState.OPEN)
    return row.cut_off_at


def test_an_order_is_looked_at_within_a_tick_and_waits_for_its_time(rolling: Ports) -> None:
    booked(rolling)
    look(rolling)

    assert solver_of(rolling).asked == 1
    assert not any(stop.published_at for stop in stops(rolling))
    at = time_of(rolling)
    assert at > rolling.clock.now()
    assert tick_due_at(rolling) == at
    clock_of(rolling).move_to(at)
    tick(rolling)
    assert all(stop.published_at == at for stop in stops(rolling))


def test_nothing_is_thought_twice(rolling: Ports) -> None:
    booked(rolling)
    for _ in range(10):
        look(rolling)

    assert solver_of(rolling).asked == 1


def test_another_order_and_one_that_is_cancelled_make_it_look_again(rolling: Ports) -> None:
    booked(rolling)
    look(rolling)
    second = booked(rolling)
    look(rolling)
    assert solver_of(rolling).asked == 2
    cancel(second.booking.booking_id, SHOP, rolling)
    look(rolling)
    assert solver_of(rolling).asked == 3


def test_a_town_that_reads_its_own_past_looks_as_well(rolling: Ports) -> None:
    """The day before it sold something; the past is read between transactions."""
    booked(rolling)
    clock_of(rolling).advance(minutes=24 * 60)
    parameters = replace(rolling.parameters, dispatching=replace(RULES, policy="anticipating"))
    history = StoredHistory(rolling.store, parameters.calendar, weeks=1)
    ports = replace(rolling, parameters=parameters, history=history)
    booked(ports)
    look(ports)

    assert solver_of(ports).asked > 1  # what is known, and what may come


class Yesterdays:
    """A past with an order in it, or none."""

    def __init__(self, orders: int) -> None:
        shops = (MerchantId("m_maison_lisiere"),)
        self.past = Past({DayKind.WEEKDAY: 1}, {(shops, DayKind.WEEKDAY, 10): 1} if orders else {})

    def before(self, day: date) -> Past:
        return self.past


@pytest.mark.parametrize(
    ("policy", "orders", "looks"),
    [("anticipating", 1, True), ("anticipating", 0, False), ("rolling", 1, False)],
)
def test_who_has_nothing_left_to_do_is_looked_at_where_more_is_likely(
    rolling: Ports, policy: str, orders: int, looks: bool
) -> None:
    rules = replace(RULES, policy=policy)
    parameters = replace(rolling.parameters, dispatching=rules)
    ports = replace(rolling, parameters=parameters, history=Yesterdays(orders))
    first, last = booked(ports), booked(ports)
    look(ports)
    wave_by_hand(ports)  # nothing waits any more
    for one in (first, last):
        cancel(one.booking.booking_id, SHOP, ports)
        look(ports)

    seen = {one.look.at for one in rows(ports) if one.look is not None}
    assert (ports.clock.now() in seen) is looks
    assert tick_due_at(ports) is None  # what was seen once is not looked at twice


def test_a_promise_that_is_moved_forward_does_not_wait_for_its_old_time(rolling: Ports) -> None:
    """It may be too late by then: the hour that waits is that of the promise before."""
    only = booked(rolling)
    look(rolling)
    before = time_of(rolling)
    soon = rolling.clock.now() + timedelta(hours=1)
    earlier = Amendment(window_from=soon.replace(minute=0, second=0, microsecond=0))
    amend(only.booking.booking_id, earlier, SHOP, rolling)
    look(rolling)

    assert solver_of(rolling).asked == 2
    assert time_of(rolling) < before


def test_when_what_waited_is_cancelled_no_hand_out_is_to_come(rolling: Ports) -> None:
    only = booked(rolling)
    look(rolling)
    cancel(only.booking.booking_id, SHOP, rolling)
    look(rolling)
    with rolling.store.reading() as tx:
        assert waves_on(tx, local_day(rolling.clock.now()), rolling) == ()
    assert tick_due_at(rolling) is None


def test_a_quote_nobody_has_paid_does_not(rolling: Ports) -> None:
    booked(rolling)
    look(rolling)
    quote(an_order(rolling, express_shops(rolling)[1]), SHOP, rolling)
    look(rolling)

    assert solver_of(rolling).asked == 1


def test_a_tick_is_used_once(rolling: Ports) -> None:
    """Two orders within one minute are one look, at the next."""
    booked(rolling)
    look(rolling)
    booked(rolling)
    clock_of(rolling).advance(seconds=20)
    tick(rolling)
    assert solver_of(rolling).asked == 1
    clock_of(rolling).advance(seconds=40)
    tick(rolling)
    assert solver_of(rolling).asked == 2


def test_a_hand_out_is_a_row_and_a_look_is_not(rolling: Ports) -> None:
    booked(rolling)
    look(rolling)
    booked(rolling)
    look(rolling)
    assert [row.state for row in rows(rolling)] == [WaveState.OPEN]
    clock_of(rolling).move_to(time_of(rolling))
    tick(rolling)
    (row,) = rows(rolling)
    assert (row.state, row.cut_off_at) == (WaveState.PUBLISHED, rolling.clock.now())
    assert row.result is not None
    assert row.result.orders == 2


def test_who_starts_anew_finds_what_was_looked_at(rolling: Ports) -> None:
    booked(rolling)
    look(rolling)
    anew = replace(rolling, solver=Counting())
    for _ in range(3):
        look(anew)

    assert solver_of(anew).asked == 0
    clock_of(anew).move_to(time_of(anew))
    tick(anew)
    assert all(stop.published_at is not None for stop in stops(anew))


def test_two_processes_look_once(rolling: Ports) -> None:
    """The other one ticks while this one thinks, and the minute after."""
    other = replace(rolling, solver=Counting())
    solver_of(rolling).meanwhile = lambda: look(other)
    booked(rolling)
    look(rolling)
    tick(other)

    assert (solver_of(rolling).asked, solver_of(other).asked) == (1, 0)


def test_who_comes_second_to_a_tick_leaves_it(rolling: Ports) -> None:
    """Both saw that it was due; by the time the second writes, the first has looked."""
    booked(rolling)
    look(rolling)
    now = rolling.clock.now()
    before = rows(rolling)
    with rolling.store.writing() as tx:
        assert row_of_look(tx, now, now) is None
    assert rows(rolling) == before


class Killed(BaseException):
    """No handler sees it: the process is gone."""


def test_a_process_that_dies_in_a_look_leaves_nothing_half_done(rolling: Ports) -> None:
    def die() -> None:
        raise Killed

    booked(rolling)
    before = stops(rolling)
    solver_of(rolling).meanwhile = die
    with pytest.raises(Killed):
        look(rolling)
    assert stops(rolling) == before
    other = replace(rolling, solver=Counting())
    look(other)
    assert solver_of(other).asked == 0  # it might still be thinking
    look(other)
    assert solver_of(other).asked == 1
    assert [row.state for row in rows(other)] == [WaveState.OPEN]


def test_what_a_person_asks_for_goes_out_at_once(rolling: Ports) -> None:
    booked(rolling)
    look(rolling)
    wave = wave_by_hand(rolling)

    assert wave.state is WaveState.PUBLISHED
    assert all(stop.published_at is not None for stop in stops(rolling))


def test_an_early_order_waits_for_the_first_tick_of_the_day(rolling: Ports) -> None:
    """The tours of 9:00 are looked at from nine on, whoever asks at seven."""
    clock_of(rolling).move_to("2026-11-25T07:00+01:00")
    booked(rolling)
    at = tick_due_at(rolling)

    assert at is not None
    assert clock_text(at) == "09:00"
