"""Others move for an order that fits nowhere: only who was given to nobody, and nobody pays.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops,
    . . . . . . . y        x, y: doors

Anna carries 10 kg, Ben 3 kg; from the wave at 10:32 until 10:50 each has time for one ride
to x.  A light parcel goes to Anna, who is asked first; then only she could carry a heavy one,
and not both at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from dispatch.core.errors import NoLongerFeasible
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.hold_rules import HoldRules
from dispatch.operations.parameters import ServiceTimes
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.second_chance_rules import SecondChanceRules
from dispatch.operations.spare_time import InSpareTime
from dispatch.operations.thinking import NobodyWaits
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest, Quote
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.solvers.rearrange import rearranged, warm_up
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop
from tests.fakes.house import CUSTOMER, SHOP, clock_of
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

LIGHT_G, HEAVY_G = 2_000, 9_000


@pytest.fixture(scope="module", autouse=True)
def ready() -> None:
    warm_up()


def two_couriers(**changes: object) -> Ports:
    shift = "Mo-Su 10:00-10:50"
    crew = courier("anna", shift), courier("ben", shift, carries_g=3_000)
    house = drawn_house(territory(*crew))
    parameters = replace(house.parameters, **changes)  # type: ignore[arg-type]
    plug = InSpareTime(rearranged, house.clock.stopwatch_s, share=1)
    return replace(house, parameters=parameters, rearranger=plug)


def ask(ports: Ports, weight_g: int) -> Quote:
    line = Line(MerchantId("B"), weight_g=weight_g)
    return quote(OrderRequest((line,), Doorstep(TOWN["x"])), SHOP, ports)


def first(offer: Quote) -> Option:
    return next(option for option in offer.options if option.mode is Mode.EXPRESS)


def take(offer: Quote, ports: Ports) -> str:
    request = BookRequest(offer.quote_id, first(offer).option_id, CUSTOMER)
    return book(request, SHOP, ports).booking.booking_id


def who_has(offer: Quote, ports: Ports) -> list[str]:
    stops = [(tour, stop) for tour in tours_today(ports) for stop in tour.stops]
    return [tour.courier_id for tour, stop in stops if stop.quote_id == offer.quote_id]


def test_a_light_parcel_moves_to_the_other_courier_for_a_heavy_one() -> None:
    ports = two_couriers()
    light = ask(ports, LIGHT_G)
    assert who_has(light, ports) == ["anna", "anna"]
    heavy = ask(ports, HEAVY_G)
    assert first(heavy).held
    assert (who_has(light, ports), who_has(heavy, ports)) == (["ben"] * 2, ["anna"] * 2)


def test_the_witness_names_every_tour_that_changes() -> None:
    ports = two_couriers()
    ask(ports, LIGHT_G)
    witness = first(ask(ports, HEAVY_G)).witness
    assert witness is not None
    anna, ben = tours_today(ports)
    assert (witness.tour_id, witness.also_changed) == (anna.tour_id, (ben.tour_id,))
    assert (anna.version, ben.version) == (2, 1)


def test_both_can_be_booked_and_the_one_that_moved_is_told_a_new_time() -> None:
    ports = two_couriers()
    light = ask(ports, LIGHT_G)
    take(light, ports)
    heavy = ask(ports, HEAVY_G)
    take(heavy, ports)
    for tour in tours_today(ports):
        assert [stop.held_until for stop in tour.stops] == [None, None]
        assert [stop.eta_at for stop in tour.stops] == [at(32 + 3), at(32 + 3 + 1 + 5 + 1)]


def test_a_place_that_was_only_held_is_given_back_and_nobody_moves_for_it_again() -> None:
    ports = two_couriers()
    light, heavy = ask(ports, LIGHT_G), ask(ports, HEAVY_G)
    take(light, ports)
    clock_of(ports).advance(minutes=15)
    assert who_has(heavy, ports) == []
    assert who_has(light, ports) == ["ben", "ben"]


@pytest.mark.parametrize("given", [True, False])
def test_what_a_courier_was_given_is_not_taken_away(given: bool) -> None:
    """B has the light parcel packed at 10:40: Anna does not leave for it before 10:33."""
    ports = two_couriers()
    light = ask(ports, LIGHT_G)
    take(light, ports)
    anna = tours_today(ports)[0]
    fetch, drop = anna.stops
    later = replace(fetch, windows=(replace(fetch.windows[0], opens_at=at(40)),))
    published_at = at(0) if given else None
    stops = tuple(replace(stop, published_at=published_at) for stop in (later, drop))
    with ports.store.writing() as tx:
        tx.put_tour(replace(anna, stops=stops))
    assert first(ask(ports, HEAVY_G)).offered == (not given)
    assert who_has(light, ports) == ["anna" if given else "ben"] * 2


@pytest.mark.parametrize("steps", [0, 300])
def test_nobody_moves_where_the_planner_does_not_want_it(steps: int) -> None:
    ports = two_couriers(second_chance=SecondChanceRules(steps=steps))
    ask(ports, LIGHT_G)
    assert first(ask(ports, HEAVY_G)).offered == bool(steps)


def test_nobody_moves_in_a_process_that_compiled_nothing() -> None:
    ports = replace(two_couriers(), rearranger=None)
    ask(ports, LIGHT_G)
    assert not first(ask(ports, HEAVY_G)).offered


def test_nobody_moves_while_another_quote_waits_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = two_couriers()
    light = ask(ports, LIGHT_G)
    with monkeypatch.context() as rush:
        rush.setattr(NobodyWaits, "is_in_demand", True)
        assert not first(ask(ports, HEAVY_G)).offered
    assert who_has(light, ports) == ["anna", "anna"]
    assert first(ask(ports, HEAVY_G)).offered


def test_no_plan_is_looked_over_for_a_quote_while_another_has_begun_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other came while the plan was searched for: seeing whether all keep theirs takes long."""
    ports = two_couriers()
    ask(ports, LIGHT_G)
    assert ports.rearranger is not None
    searched = ports.rearranger.rearrange

    def overtaken(*asked: Any, **how: Any) -> Sequence[Sequences | None]:
        plans = searched(*asked, **how)
        assert any(plan is not None for plan in plans)
        rush.setattr(NobodyWaits, "is_waited_for", True)
        return plans

    with monkeypatch.context() as rush:
        rush.setattr(ports.rearranger, "rearrange", overtaken)
        assert not first(ask(ports, HEAVY_G)).offered
    assert first(ask(ports, HEAVY_G)).offered


def test_an_offer_that_was_not_held_is_found_again_when_it_is_booked_however_busy_we_are() -> None:
    ports = two_couriers(holds=HoldRules(max_held_share=0.0))
    light = ask(ports, LIGHT_G)
    take(light, ports)
    heavy = ask(ports, HEAVY_G)
    assert (first(heavy).offered, first(heavy).held) == (True, False)
    assert ports.rearranger is not None
    with ports.rearranger.turn(owed=False) as mine:
        assert mine  # somebody else's turn
        take(heavy, ports)
    assert (who_has(light, ports), who_has(heavy, ports)) == (["ben"] * 2, ["anna"] * 2)


def test_who_moved_for_an_offer_that_was_lost_stays_where_he_was() -> None:
    """Two heavy ones were offered and not held; Anna has time for one."""
    ports = two_couriers(holds=HoldRules(max_held_share=0.0))
    light = ask(ports, LIGHT_G)
    take(light, ports)
    one, other = ask(ports, HEAVY_G), ask(ports, HEAVY_G)
    take(one, ports)
    with pytest.raises(NoLongerFeasible):
        take(other, ports)
    assert (who_has(light, ports), who_has(one, ports)) == (["ben"] * 2, ["anna"] * 2)


class Reckless:
    """A plug that answers with *plan* whatever it breaks."""

    def __init__(self, plan: Sequences) -> None:
        self.plan = plan
        self.turn = InSpareTime(rearranged, lambda: 0.0, share=1).turn

    def rearrange(
        self,
        problem: Problem,
        sequences: Sequences,
        job: int,
        spans: Sequence[tuple[int, int]],
        *,
        steps: int,
        go_on: Callable[[], bool],
    ) -> list[Sequences | None]:
        return [self.plan for _ in spans]


@pytest.mark.parametrize(
    "plan",
    [
        ((0, 1), (2, 3)),  # 9 kg with Ben
        ((0, 2, 1, 3), ()),  # 11 kg with Anna
        ((2, 3), (1, 0)),  # brought before it is fetched
        ((2, 3), ()),  # one left out
        ((2, 3, 0, 1), ()),  # too late
    ],
)
def test_a_plan_that_the_checker_refuses_is_no_offer(plan: Sequences) -> None:
    ports = two_couriers()
    light = ask(ports, LIGHT_G)
    assert first(ask(replace(ports, rearranger=Reckless(((2, 3), (0, 1)))), HEAVY_G)).offered
    ports = two_couriers()
    light = ask(ports, LIGHT_G)
    assert not first(ask(replace(ports, rearranger=Reckless(plan)), HEAVY_G)).offered
    assert who_has(light, ports) == ["anna", "anna"]


def test_nobody_is_moved_who_will_have_been_served_by_then() -> None:
    """At 9:50 a heavy order counts on 10:32; the light one, booked before, leaves at 10:02.

    Anna rings at 10:07, and fetches the heavy one later: that both cannot be in her bag is no
    matter.
    """
    ports = two_couriers(service_times=ServiceTimes(0, 0, 0))
    clock_of(ports).move_to(at(-10))
    anna, _ = tours_today(ports)
    with ports.store.writing() as tx:
        tx.put_tour(with_stops(anna, _at_once(order("light", "B", weight_g=LIGHT_G, due=20))))
    heavy = ask(ports, HEAVY_G)
    assert first(heavy).held
    stops = [stop.stop_id for stop in tours_today(ports)[0].stops]
    assert stops == ["light:0", "light:1", f"{heavy.quote_id}:0", f"{heavy.quote_id}:1"]


def _at_once(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    return tuple(replace(stop, service_s=0) for stop in stops)


def test_turns_are_taken_in_spare_time_only() -> None:
    """A quarter of the time: after one second of work, three of rest."""
    now_s = [10.0]
    plug = InSpareTime(rearranged, lambda: now_s[0], share=0.25)

    def asks(*, owed: bool = False) -> bool:
        with plug.turn(owed=owed) as mine:
            now_s[0] += 1.0 if mine else 0.0
            return mine

    assert asks()
    assert not asks()
    assert asks(owed=True)
    now_s[0] = 13.9
    assert not asks()
    now_s[0] = 14.0
    assert asks()


def test_one_thread_takes_a_turn_and_the_others_do_not_wait() -> None:
    plug = InSpareTime(rearranged, lambda: 0.0, share=1)
    with plug.turn(owed=False) as mine, plug.turn(owed=False) as another:
        assert (mine, another) == (True, False)
    with plug.turn(owed=False) as again:
        assert again
