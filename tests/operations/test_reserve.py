"""Is a held place still good?  Quick arithmetic says what the standing problem says."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.ids import QuoteId
from dispatch.operations import reserve
from dispatch.operations.express import Desk
from dispatch.tracking.tours import Tour
from tests.fakes.house import clock_of
from tests.operations.drawn import at, drawn_house, order, tours_today, with_stops

HELD = QuoteId("held")
minutes = st.integers(0, 90)


def holding(due: float, *, given_closes: float = 540) -> Tour:
    """Anna has "given" on her phone, 10 minutes of work; "held" is due at its door *due*.

    She leaves D at ten: B at 2 to 3, x at 8 to 10, back to F at 13 to 14, x again at 17.
    """
    (tour,) = tours_today(drawn_house())
    held = tuple(replace(stop, held_until=at(120)) for stop in order("held", "F", to="x", due=due))
    return with_stops(tour, order("given", "B", open_until=given_closes, published=0), held)


def judged(tour: Tour, now: float, release: float) -> bool:
    """Whether the held place is good, told at *now*; both ways of telling agree."""
    ports = drawn_house()
    clock_of(ports).advance(minutes=now)
    table = Desk((tour,), at(release))
    found = reserve._on_time(HELD, tour, table, ports)
    assert found == reserve._on_time_without_others(HELD, tour, at(release), ports)
    return found


def test_a_held_place_is_good_as_long_as_the_courier_is_on_time() -> None:
    assert judged(holding(due=17), now=0, release=1)
    assert not judged(holding(due=16), now=0, release=1)


def test_a_courier_who_is_late_at_a_stop_before_makes_a_held_place_late() -> None:
    """No word from B, where she was due at two: from now on it is 15 minutes to the door."""
    tour = holding(due=25)
    assert judged(tour, now=10, release=11)
    assert not judged(tour, now=11, release=12)


@settings(max_examples=60, deadline=None)
@given(minutes, minutes, minutes, minutes)
def test_a_held_place_is_judged_alike_by_arithmetic_and_by_the_standing_problem(
    due: int, now: int, later: int, given_closes: int
) -> None:
    """Also where the order before it falls, because its shop has shut."""
    judged(holding(due, given_closes=given_closes), now, now + later)
