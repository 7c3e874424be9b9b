"""A change harms nobody as of any hand-out that somebody counts on; what was late may be so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.operations.express import places_for
from dispatch.operations.fit import Fit
from dispatch.operations.nobody_loses import counted_on, nobody_loses
from dispatch.tracking.tours import Stop
from tests.operations.drawn import at, drawn_house, order, tours_today, with_stops

doors = st.builds(
    lambda row, column: Place(44.5 - row / 1000, 0.16 + column / 1000),
    st.integers(0, 6),
    st.integers(0, 26),
)


def as_of(
    release: float, stops: tuple[Stop, ...], *, held: float | None = None
) -> tuple[Stop, ...]:
    """Counting on the hand-out of that minute; *held* until so many minutes after ten."""
    until = None if held is None else at(held)
    return tuple(replace(s, release_at=at(release), held_until=until) for s in stops)


@st.composite
def orders(draw: st.DrawFn, name: str) -> tuple[Stop, ...]:
    """Booked and out, booked for 10:02, or held for one of the next hand-outs."""
    due = draw(st.integers(20, 180))
    kind = draw(st.sampled_from(["out", "booked", "soon", "later"]))
    published = -30 if kind == "out" else None
    fetch, drop = order(name, draw(st.sampled_from("BF")), due=due, published=published)
    stops = (fetch, replace(drop, place=draw(doors)))
    if kind == "out":
        return stops
    if kind == "booked":
        return as_of(2, stops)
    return as_of(2, stops, held=-4) if kind == "soon" else as_of(32, stops, held=4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from([2, 32]))
def test_nobody_loses_by_an_order_more_wherever_it_fits(data: st.DataObject, release: int) -> None:
    """At 9:50; one may run late already, and is no later for it."""
    ports = drawn_house(now=at(-10))
    (tour,) = tours_today(ports)
    for n in range(data.draw(st.integers(0, 4))):
        more = with_stops(tour, data.draw(orders(f"q{n}")))
        # The road may have made one late; nobody is given a place that makes others so.
        tour = more if n == 0 or nobody_loses([tour], [more], ports) else tour
    fetch, drop = as_of(release, order("new", "B", due=data.draw(st.integers(20, 200))))
    new = (fetch, replace(drop, place=data.draw(doors)))
    (fit,) = places_for([new], [tour], at(release), ports)
    assume(isinstance(fit, Fit))
    assert isinstance(fit, Fit)
    assert nobody_loses([tour], [fit.tour], ports)


def test_who_was_late_already_may_be_as_late_and_no_later() -> None:
    """From D to x by F it is seven minutes and one to fetch; by B another to fetch."""
    ports = drawn_house()
    (tour,) = tours_today(ports)
    late, other = order("late", "F", due=5, published=0), order("other", "B", published=0)
    before = with_stops(tour, late, other)
    after = replace(before, stops=(other[0], *late, other[1]))
    assert nobody_loses([before], [replace(before, stops=(*late, *other))], ports)
    assert not nobody_loses([before], [after], ports)
    assert nobody_loses([before], [after], ports, strangers={QuoteId("late")})


def test_it_is_asked_of_now_of_the_next_hand_out_and_of_every_one_that_was_counted_on() -> None:
    ports = drawn_house(now=at(-10))
    (tour,) = tours_today(ports)
    later = with_stops(tour, as_of(62, order("held", "B"), held=35))
    moments: list[datetime] = counted_on([later], ports)
    assert moments == [at(-10), at(2), at(62)]
    assert counted_on([], ports) == [at(-10)]
