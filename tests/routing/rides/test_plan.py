from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.routing.rides.plan import planned, timed
from dispatch.routing.rides.question import Chains, Question, Ride, RidePrices, Stays
from tests.routing.rides.streets import MINUTE, ask, order, rider


def plan(question: Question, start: Chains | None = None, *, steps: int = 200) -> Chains:
    nothing: Chains = tuple(() for _ in question.riders)
    return planned(question, nothing if start is None else start, steps=steps, seed=1)


def waits_min(question: Question, chains: Chains) -> int:
    """Minutes all customers wait together; a day for who is left out; -1: not allowed."""
    total = 24 * 60 * (len(question.orders) - sum(len(r) for rides in chains for r in rides))
    for c, rides in enumerate(chains):
        for ride in timed(question, c, rides):
            if ride.fetched_s > question.riders[c].off_s:
                return -1
            total += sum(ride.at_door_s) // MINUTE
    return total


"""
a . . B . . . x     one rider at 0, the baker at 3, a customer at 7; a house a minute
"""


def test_whoever_leaves_by_then_is_there_when_the_bread_is_ready() -> None:
    bread = ask((rider(0),), (order(3, 7, ready=10),), stays=Stays(60, 120, 180, 240))

    (ride,) = timed(bread, 0, plan(bread)[0])

    assert ride.fetched_s == 10 * MINUTE
    assert ride.leave_by_s == (10 - 3 - 1) * MINUTE
    assert ride.at_door_s == ((10 + 2 + 4 + 3) * MINUTE,)
    assert ride.free_s == (10 + 2 + 4 + 3 + 4) * MINUTE


def test_two_doors_of_one_street_share_a_ride() -> None:
    bread = ask((rider(3),), (order(3, 7), order(3, 8)))

    assert plan(bread) == (((0, 1),),)


def test_parcels_ready_an_hour_apart_do_not() -> None:
    bread = ask((rider(3),), (order(3, 7), order(3, 8, ready=60)))

    assert plan(bread) == (((0,), (1,)),)


def test_a_ride_takes_no_more_than_it_may() -> None:
    many = ask((rider(3),), tuple(order(3, 7 + k) for k in range(5)), most_once=2)

    assert max(len(ride) for ride in plan(many)[0]) == 2


def test_the_nearer_rider_goes() -> None:
    bread = ask((rider(30), rider(2)), (order(3, 7),))

    assert plan(bread) == ((), ((0,),))


def test_nobody_fetches_anything_after_the_shift() -> None:
    over_soon = ask((rider(0, off=2),), (order(3, 7),))
    in_time = ask((rider(0, off=3),), (order(3, 7),))

    assert plan(over_soon) == ((),)
    assert plan(in_time) == (((0,),),)


def test_a_rider_who_starts_later_is_planned_with_today() -> None:
    """The one on shift is over before the cake is ready; the one to come takes it."""
    cake = ask((rider(3, off=20), rider(3, free=25)), (order(3, 7, ready=30),))

    assert plan(cake) == ((), ((0,),))


def test_the_last_rider_of_the_evening_is_kept_for_what_only_he_can_fetch() -> None:
    """
    A . . . . . . . . . B     each ten minutes from the other; shifts end after 0 and 12 minutes
    """
    evening = ask((rider(0, off=0), rider(0, off=12)), (order(0, 1), order(10, 11)))

    assert plan(evening) == (((0,),), ((1,),))


def test_a_minute_of_shift_has_its_price() -> None:
    """A door so far out that 30 others could be served: who is nearer to it goes all the same."""
    door = ask((rider(3), rider(5)), (order(4, 39),))
    far = np.arange(40, dtype=np.float64) * MINUTE
    dear = replace(door, far_s=far, prices=RidePrices(busy=1.0, far=1.0))

    # Each is a minute away; the one at 5 stands farther from where orders come: he goes.
    assert plan(dear) == ((), ((0,),))


def test_what_was_planned_before_and_cannot_be_done_any_more_is_planned_anew() -> None:
    later = ask((rider(30, off=5), rider(0)), (order(3, 7),))

    assert plan(later, (((0,),), ())) == ((), ((0,),))


def test_no_orders_or_no_riders_is_no_plan() -> None:
    assert plan(ask((rider(0),), ())) == ((),)
    assert plan(ask((), (order(3, 7),))) == ()


@pytest.mark.parametrize(
    ("start", "why"),
    [
        ((((0,),),), "chains for 2 riders"),
        ((((0,),), ((0,),)), "twice"),
        ((((2,),), ()), "does not exist"),
        ((((0, 1),), ()), "one shop"),
        ((((),), ()), "one shop"),
    ],
)
def test_an_odd_start_is_refused(start: Chains, why: str) -> None:
    two = ask((rider(0), rider(1)), (order(3, 7), order(4, 8)))

    with pytest.raises(ValueError, match=why):
        plan(two, start)


@st.composite
def questions(draw: st.DrawFn, orders: int = 8, riders: int = 3) -> Question:
    house = st.integers(0, 20)
    shop = st.sampled_from([2, 10])
    crew = tuple(
        rider(draw(house), free=(free := draw(house)), off=free + draw(st.integers(0, 60)))
        for _ in range(draw(st.integers(1, riders)))
    )
    asked = tuple(
        order(draw(shop), draw(house), ready=draw(st.integers(0, 40)))
        for _ in range(draw(st.integers(1, orders)))
    )
    stays = Stays(*(MINUTE * draw(st.integers(0, 2)) for _ in range(4)))
    return ask(crew, asked, stays=stays, most_once=draw(st.integers(1, 3)))


def all_plans(question: Question, k: int, chains: Chains) -> Iterator[Chains]:
    """Every way to give orders k … to riders, in any order, alone or together."""
    if k == len(question.orders):
        yield chains
        return
    yield from all_plans(question, k + 1, chains)
    for c, rides in enumerate(chains):
        for more in (*_alone(rides, k), *_together(question, rides, k)):
            yield from all_plans(question, k + 1, (*chains[:c], more, *chains[c + 1 :]))


def _alone(rides: tuple[Ride, ...], k: int) -> Iterator[tuple[Ride, ...]]:
    for at in range(len(rides) + 1):
        yield (*rides[:at], (k,), *rides[at:])


def _together(question: Question, rides: tuple[Ride, ...], k: int) -> Iterator[tuple[Ride, ...]]:
    for at, ride in enumerate(rides):
        same = question.orders[ride[0]].shop == question.orders[k].shop
        if same and len(ride) < question.most_once:
            for n in range(len(ride) + 1):
                yield (*rides[:at], (*ride[:n], k, *ride[n:]), *rides[at + 1 :])


@settings(max_examples=25, deadline=None)
@given(questions(orders=3, riders=2))
def test_a_handful_is_planned_as_well_as_it_can_be(question: Question) -> None:
    nothing: Chains = tuple(() for _ in question.riders)
    best = min(w for p in all_plans(question, 0, nothing) if (w := waits_min(question, p)) >= 0)

    assert waits_min(question, plan(question, steps=400)) == best


@settings(max_examples=50, deadline=None)
@given(questions())
def test_every_plan_keeps_the_rules(question: Question) -> None:
    chains = plan(question)

    rides = [ride for rides in chains for ride in rides]
    given_out = [o for ride in rides for o in ride]
    assert len(set(given_out)) == len(given_out)
    assert all(len({question.orders[o].shop for o in ride}) == 1 for ride in rides)
    assert all(len(ride) <= question.most_once for ride in rides)
    assert waits_min(question, chains) >= 0
    assert chains == plan(question)


@settings(max_examples=50, deadline=None)
@given(questions())
def test_searching_longer_from_a_plan_never_makes_it_worse(question: Question) -> None:
    before = plan(question, steps=0)

    assert waits_min(question, plan(question, before)) <= waits_min(question, before)


@settings(max_examples=50, deadline=None)
@given(questions())
def test_nobody_is_left_out_for_whom_there_is_a_place(question: Question) -> None:
    chains = plan(question)
    served = {o for rides in chains for ride in rides for o in ride}

    for o in set(range(len(question.orders))) - served:
        for c, rides in enumerate(chains):
            for more in (*_alone(rides, o), *_together(question, rides, o)):
                assert waits_min(question, (*chains[:c], more, *chains[c + 1 :])) < 0
