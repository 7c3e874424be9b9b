"""Where couriers with nothing to do are told to wait, and who is counted there.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops,
    . . . . . . . y        x, y: doors
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dispatch.core.errors import Forbidden
from dispatch.core.ids import CourierId, MerchantId, WaveId
from dispatch.core.windows import TimeWindow
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.foreseen import NOTHING, Fetch, Foreseen
from dispatch.operations.let_go import let_go
from dispatch.operations.ports import Ports
from dispatch.operations.seen import position_of
from dispatch.operations.standing import standing
from dispatch.operations.waiting import agree, is_idle, place_told, sent_to_wait
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import StopState, Tour
from dispatch.tracking.waiting import Waiting
from tests.operations.drawn import TEN, TOWN, at, drawn_house, order, tours_today, with_stops

RULES = DispatchRules(policy="anticipating", tick_s=60, buffer_s=0, hold_margin_s=0)
#: Packed a minute after it is ordered, at B, in every future.
AT_B = Foreseen(fetches=(Fetch(MerchantId("B"), TOWN["B"], 60),) * 3)
ANNA = CourierId("anna")


def house(rules: DispatchRules = RULES) -> Ports:
    ports = drawn_house()
    return replace(ports, parameters=replace(ports.parameters, dispatching=rules))


def at_the_door(ports: Ports, ended: float = -1) -> Tour:
    """Anna has just handed over at x, five minutes from B."""
    pickup, drop = order("o", "B", published=-30)
    done = (
        replace(pickup, state=StopState.DONE, ended_at=at(ended - 8)),
        replace(drop, state=StopState.DONE, ended_at=at(ended)),
    )
    return with_stops(tours_today(ports)[0], done)


def stored(tour: Tour, ports: Ports) -> Tour:
    with ports.store.writing() as tx:
        return tx.put_tour(tour)


def told(tour: Tour, ports: Ports, foreseen: Foreseen = AT_B) -> Tour:
    return sent_to_wait([tour], foreseen, ports)[0]


def test_who_is_idle_is_sent_where_the_next_parcel_would_wait_for_somebody() -> None:
    ports = house()

    assert told(at_the_door(ports), ports).waiting == Waiting(
        MerchantId("B"), TOWN["B"], TEN, 5 * 60
    )


def test_nobody_is_sent_where_it_pays_nothing() -> None:
    """Packed ten minutes after it is ordered: five minutes of way keep no parcel waiting."""
    ports = house()
    slow = Foreseen(fetches=(Fetch(MerchantId("B"), TOWN["B"], 600),))

    assert told(at_the_door(ports), ports, slow).waiting is None
    assert told(at_the_door(ports), ports, NOTHING).waiting is None
    rolling = house(replace(RULES, policy="rolling"))
    assert told(at_the_door(rolling), rolling).waiting is None


def test_who_has_something_to_do_or_is_off_is_left_alone() -> None:
    ports = house()
    tour = tours_today(ports)[0]
    busy = with_stops(tour, order("o", "B", published=-1))
    off = replace(at_the_door(ports), shift=TimeWindow(at(-120), at(0)))

    assert is_idle(tour, TEN)
    assert not is_idle(busy, TEN) and not is_idle(off, TEN)
    assert told(busy, ports) is busy


def test_what_was_said_is_not_said_again() -> None:
    ports = house()
    once = told(at_the_door(ports), ports)
    later = replace(ports, clock=drawn_house(now=at(3)).clock)

    assert told(once, later) is once


def test_a_word_moves_nobody_until_the_courier_agrees_and_then_after_the_way() -> None:
    ports = house()
    tour = stored(told(at_the_door(ports), ports), ports)
    assert position_of(tour) == (TOWN["x"], at(-1))

    agree(tour.tour_id, "B", at(0), ANNA, ports)

    assert position_of(tours_today(ports)[0]) == (TOWN["B"], at(5))


def test_a_yes_to_another_word_or_too_late_or_from_somebody_else_counts_nothing() -> None:
    ports = house()
    tour = stored(told(at_the_door(ports), ports), ports)
    with pytest.raises(Forbidden):
        agree(tour.tour_id, "B", at(0), CourierId("ben"), ports)
    agree(tour.tour_id, "F", at(0), ANNA, ports)
    assert position_of(tours_today(ports)[0])[0] == TOWN["x"]

    new = order("new", "F", published=0)
    stored(replace(tour, stops=(*tour.stops, *new)), ports)
    agree(tour.tour_id, "B", at(0), ANNA, ports)
    assert position_of(tours_today(ports)[0])[0] == TOWN["x"]


def test_a_yes_without_a_signal_counts_from_when_it_was_said_and_never_before_the_word() -> None:
    for said, counts in ((-9, 5), (2, 7), (99, 14)):
        ports = house()
        tour = stored(told(at_the_door(ports), ports), ports)
        later = replace(ports, clock=drawn_house(now=at(9)).clock)
        agree(tour.tour_id, "B", at(said), ANNA, later)

        assert position_of(tours_today(later)[0]) == (TOWN["B"], at(counts))


def test_the_next_stop_is_the_end_of_it() -> None:
    ports = house()
    tour = told(at_the_door(ports), ports)
    done = replace(tour.stops[-1], stop_id="p:1", ended_at=at(20))
    after = replace(tour, stops=(*tour.stops, done))

    assert place_told(tour, at(1)) is not None
    assert place_told(after, at(21)) is None
    assert position_of(after) == (TOWN["x"], at(20))


def agreed(tour: Tour) -> Tour:
    assert tour.waiting is not None
    return replace(tour, waiting=replace(tour.waiting, agreed_at=TEN))


def last_start(tour: Tour, ports: Ports, due: float = 100) -> datetime | None:
    """Until when an order from B to y waits."""
    day = standing([with_stops(tour, tour.stops, order("n", "B", to="y", due=due))], TEN, ports)
    wave = Wave(WaveId("w"), date(2026, 11, 24), TEN)
    (after,) = let_go(day, day.sequences, wave, ports)
    return after.stops[-1].release_at


def test_who_waits_near_the_shop_can_be_given_the_order_that_much_later() -> None:
    """The story of it: five minutes nearer, five minutes more in which others may join."""
    ports = house()
    tour = at_the_door(ports)
    far, near = last_start(tour, ports), last_start(agreed(told(tour, ports)), ports)

    assert far is not None and near is not None
    assert near - far == timedelta(minutes=5)


def test_who_was_sent_to_a_shop_does_not_leave_with_its_first_parcel_at_once() -> None:
    """Who is there anyway, with a stop behind him, does."""
    ports = house()
    tour = agreed(told(at_the_door(ports, ended=-60), ports))
    assert tour.waiting is not None
    there = replace(tour, waiting=replace(tour.waiting, told_at=at(-30), agreed_at=at(-30)))

    assert last_start(there, ports) is not None


def test_nobody_agrees_before_it_is_said() -> None:
    with pytest.raises(ValueError, match="agreed at"):
        Waiting(MerchantId("B"), TOWN["B"], TEN, 60, agreed_at=at(-1))
    with pytest.raises(ValueError, match="way_s is negative"):
        Waiting(MerchantId("B"), TOWN["B"], TEN, -1)
