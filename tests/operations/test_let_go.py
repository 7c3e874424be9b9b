"""What goes now and what waits, in a town of one street.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops, x: a door

It is ten.  A parcel takes a minute at its shop and two at its door, and is given out two minutes
after its cut-off at the latest.  From D by B to x: there eight minutes after leaving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.core.ids import WaveId
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.let_go import falls_short, let_go, rounds_of
from dispatch.operations.parameters import Parameters
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, standing
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import Stop, StopState
from tests.operations.drawn import TEN, at, drawn_house, order, tours_today, with_stops

#: Once a minute, at the last moment.
LATE = DispatchRules(policy="rolling", tick_s=60, buffer_s=0, hold_margin_s=0)


def rolling_house(rules: DispatchRules = LATE, now: float = 0) -> Ports:
    ports = drawn_house(now=at(now))
    return replace(ports, parameters=replace(ports.parameters, dispatching=rules))


def day_of(*orders: Sequence[Stop], ports: Ports) -> Standing:
    tour = with_stops(tours_today(ports)[0], *(tuple(stops) for stops in orders))
    return standing([tour], ports.clock.now(), ports)


def left(*orders: Sequence[Stop], ports: Ports | None = None, by_hand: bool = False) -> list[Stop]:
    """The stops after a look at ten, in the order they stand in."""
    ports = ports or rolling_house()
    day = day_of(*orders, ports=ports)
    wave = Wave(WaveId("w"), TEN.date(), at(0), by_hand=by_hand)
    (tour,) = let_go(day, day.sequences, wave, ports)
    return list(tour.stops)


def out(stops: Sequence[Stop]) -> list[str]:
    return [stop.stop_id for stop in stops if stop.published_at is not None]


def test_a_round_waits_until_the_last_tick_that_is_safe_and_says_so_on_its_stops() -> None:
    stops = left(order("o", "B", due=100))

    assert out(stops) == []
    # Leaving by 11:32 is in time; what is let go at 11:30 is surely out by then.
    assert {stop.release_at for stop in stops} == {at(92)}
    assert [stop.eta_at for stop in stops] == [at(94), at(100)]


@pytest.mark.parametrize(("due", "goes"), [(10, True), (11, False)])
def test_a_round_goes_when_the_next_tick_would_be_too_late(due: float, goes: bool) -> None:
    """Out by two minutes past, at the door eight minutes later."""
    assert bool(out(left(order("o", "B", due=due)))) is goes


def test_a_margin_and_a_buffer_let_it_go_that_much_earlier() -> None:
    rules = replace(LATE, buffer_s=20 * 60, hold_margin_s=30 * 60)
    stops = left(order("o", "B", due=100), ports=rolling_house(rules))

    assert {stop.release_at for stop in stops} == {at(92 - 20 - 30)}


def test_a_round_goes_as_a_whole_and_the_next_one_waits() -> None:
    soon, same = order("soon", "B", due=11), order("same", "B", due=300)
    later = order("later", "F", due=300)
    stops = left((soon[0], same[0], soon[1], same[1]), later)

    assert out(stops) == ["soon:0", "same:0", "soon:1", "same:1"]
    assert all(stop.release_at is not None for stop in stops[4:])


def fetched(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    first, *rest = stops
    return (replace(first, state=StopState.DONE, ended_at=at(-1)), *rest)


def test_what_comes_while_something_is_on_board_goes_at_once() -> None:
    """The courier is on the way to ``near``'s door, and has ``far``'s parcel too."""
    near = fetched(order("near", "B", due=300, published=-10))
    far = fetched(order("far", "B", to="y", due=300, published=-10))
    new, later = order("new", "F", due=300), order("later", "B", due=300)
    stops = left([near[0], far[0], near[1], new[0], far[1], new[1]], later)

    assert out(stops) == ["near:0", "far:0", "near:1", "new:0", "far:1", "new:1"]


def test_what_joins_a_round_that_was_given_goes_at_once() -> None:
    given, new = order("o", "B", due=300, published=-1), order("new", "F", due=300)
    stops = left((given[0], new[0], given[1], new[1]), order("later", "B", due=300))

    assert out(stops) == ["o:0", "new:0", "o:1", "new:1"]


def test_what_is_only_held_is_neither_given_nor_put_off() -> None:
    held = [replace(s, held_until=at(10), release_at=at(12)) for s in order("q", "B", due=30)]
    stops = left(held, order("o", "B", due=60))

    assert out(stops) == []
    assert {s.release_at for s in stops if s.held_until is not None} == {at(12)}


def test_nobody_waits_while_somebody_is_served_late() -> None:
    assert out(left(order("o", "B", due=300), order("late", "B", due=5))) == [
        *("o:0", "o:1", "late:0", "late:1")
    ]


def test_a_person_who_asks_gets_everything_out() -> None:
    assert out(left(order("o", "B", due=300), by_hand=True)) == ["o:0", "o:1"]


def test_nothing_waits_beyond_the_days_last_tick() -> None:
    """18:30 is the last; at 18:31 there is none to wait for."""
    evening = order("o", "B", due=900, open_until=900)

    assert {s.release_at for s in left(evening, ports=rolling_house(now=480))} == {at(512)}
    assert out(left(evening, ports=rolling_house(now=511))) == ["o:0", "o:1"]


def test_under_waves_everything_goes() -> None:
    ports = rolling_house(replace(Parameters().dispatching, policy="waves"))
    assert out(left(order("o", "B", due=300), ports=ports)) == ["o:0", "o:1"]


def test_a_round_ends_where_nothing_is_on_board() -> None:
    ports = rolling_house()
    one, two, three = order("a", "B"), order("b", "B"), order("c", "F")
    day = day_of([one[0], two[0], one[1], two[1]], three, ports=ports)

    assert rounds_of(day.problem, day.sequences[0]) == (4, 6)


def test_a_plan_falls_short_when_somebody_is_late_or_left_out() -> None:
    ports = rolling_house()

    def short(*orders: Sequence[Stop], serving: bool = True) -> bool:
        day = day_of(*orders, ports=ports)
        return falls_short(day, day.sequences if serving else [()])

    held = [replace(stop, held_until=at(10)) for stop in order("q", "B", due=8)]
    assert not short(order("o", "B", due=8))
    assert short(order("o", "B", due=7))
    assert short(order("o", "B", due=8), serving=False)
    assert not short(held, serving=False)
