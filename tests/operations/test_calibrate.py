"""What a day driven in another world teaches, and what is done with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from statistics import mean
from typing import Any

import pytest

from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.calibrate import apply, history, learn, undo
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.learnt import PacedStreets, as_learnt
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.operations.straying import Straying
from dispatch.operations.weather import say_wet, take_back_wet
from dispatch.orders.quotes import OrderRequest
from dispatch.routing.problem import IntMatrix
from dispatch.slots.service_levels import Mode
from dispatch.tracking.error_model import DOOR, WAYS
from dispatch.tracking.made_up import Curve
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house, near
from tests.fakes.town import express_shops
from tests.fakes.true_road import World, live_in

#: Ways take a quarter less than the streets say, one shop twice as long, doors half as long again.
FAST = 1 / 1.25


def lived(ports: Ports, world: World, orders: int, *, seed: int) -> None:
    """One day from nine to eight: *orders* express deliveries, driven in *world*."""
    dice, shops = Random(seed), express_shops(ports)
    for n in range(orders):
        shop = shops[0] if n % 3 == 0 else dice.choice(shops)
        door = near(
            ports.territory.merchant(shop).place,
            north=dice.uniform(-0.012, 0.012),
            east=dice.uniform(-0.016, 0.016),
        )
        answer = quote(an_order(ports, shop, to=door), SHOP, ports)
        offered = [o for o in answer.options if o.mode is Mode.EXPRESS and o.offered]
        if offered:
            book(BookRequest(answer.quote_id, offered[0].option_id, CUSTOMER), SHOP, ports)
        live_in(world, ports, minutes=10)
    live_in(world, ports, minutes=150)


def world_of(ports: Ports) -> World:
    shops = {express_shops(ports)[0]: 2.0}
    return World(ways=FAST, shops=shops, doors=1.5, noise=0.15)


@cache
def after_one_day() -> tuple[Ports, Calibration]:
    """Twenty-two orders lived in that world, and what they teach.  Nobody writes into it."""
    ports = house("2026-11-24T09:05+01:00")
    lived(ports, world_of(ports), 22, seed=5)
    return ports, learn(ports)


def lesson(of: Calibration, subject: Subject, key: str | None = None) -> Lesson:
    found = [one for one in of.lessons if one.subject is subject and key in (None, one.key)]
    return max(found, key=lambda one: one.facts)


def test_twenty_deliveries_teach_that_ways_are_faster_and_how_much_better_forecasts_get() -> None:
    _, taught = after_one_day()
    ways = lesson(taught, Subject.WAYS)

    assert 15 <= taught.deliveries <= 25
    assert 0.8 <= ways.factor < 0.95
    assert ways.before_pct is not None
    assert ways.after_pct is not None
    assert ways.after_pct < 0.9 * ways.before_pct


def test_the_next_day_couriers_come_nearer_to_when_they_were_expected() -> None:
    _, taught = after_one_day()
    missed_s = {}
    for applied in (False, True):
        ports = house("2026-11-25T09:05+01:00")
        if applied:
            apply(taught, ports)
        lived(ports, world_of(ports), 6, seed=8)
        with ports.store.reading() as tx:
            stops = [stop for tour in tx.tours(ports.clock.now().date()) for stop in tour.stops]
        late_s = [
            (stop.ended_at - stop.target_at).total_seconds() - stop.service_s
            for stop in stops
            if stop.ended_at is not None and stop.target_at is not None
        ]
        assert len(late_s) >= 10
        missed_s[applied] = mean(abs(one) for one in late_s)

    assert missed_s[True] < 0.8 * missed_s[False]


def test_each_shop_and_each_kind_of_door_has_its_own_stay() -> None:
    ports, taught = after_one_day()
    slow = lesson(taught, Subject.SHOP, express_shops(ports)[0])
    others = [o for o in taught.lessons if o.subject is Subject.SHOP and o is not slow]
    door = lesson(taught, Subject.DOOR)

    assert 1.3 < slow.factor <= 2.2
    assert all(0.8 < other.factor < 1.25 for other in others)
    assert 1.2 < door.factor < 1.7
    for one in (slow, door):
        assert one.before_pct is not None
        assert one.after_pct is not None
        assert one.after_pct < one.before_pct


def test_a_leg_is_compared_with_the_streets_of_the_hour_it_was_driven_in() -> None:
    ports, taught = after_one_day()
    asked_at: list[object] = []

    class Watched(PacedStreets):
        def durations_s(self, *args: Any, **how: Any) -> IntMatrix:
            asked_at.append(how["at"])
            return self.streets.durations_s(*args, **how)

    again = learn(replace(ports, streets=Watched(ports.streets, taught)))

    legs = sum(one.facts for one in again.lessons if one.subject is Subject.WAYS)
    assert len(asked_at) >= legs > 0
    assert len(set(asked_at)) == len(asked_at)  # each its own
    assert all(isinstance(at, datetime) and at < ports.clock.now() for at in asked_at)


def test_nothing_is_in_force_until_somebody_says_so() -> None:
    ports, _ = after_one_day()

    assert as_learnt(ports) is ports
    assert history(ports) == ()


def test_what_was_applied_is_used_in_quotes_and_can_be_undone() -> None:
    ports = house("2026-11-25T09:05+01:00")
    shop = express_shops(ports)[0]
    ask = an_order(ports, shop)
    vehicles = {courier.vehicle.kind.value for courier in ports.territory.couriers.values()}
    before_s = _added_s(ports, ask)
    halved = replace(_taught(ports), lessons=tuple(_halved(vehicles)))

    applied = apply(halved, ports)

    parking_s = 2 * ports.parameters.service_times.setup_s
    assert _added_s(ports, ask) == pytest.approx(parking_s + (before_s - parking_s) / 2, abs=2)
    assert history(ports) == (applied,)
    assert (applied.applied_at, applied.facts) == (ports.clock.now(), 30 * len(vehicles))

    undone = undo(ports)

    assert _added_s(ports, ask) == before_s
    assert history(ports) == (undone,)
    assert undone.undone_at == ports.clock.now()
    with pytest.raises(NotFound, match="in force"):
        undo(ports)


def _taught(ports: Ports) -> Calibration:
    return replace(learn(ports), deliveries=20)


def _halved(vehicles: Iterable[str]) -> list[Lesson]:
    return [Lesson(Subject.WAYS, vehicle, 30, 0.5) for vehicle in sorted(vehicles)]


def _added_s(ports: Ports, ask: OrderRequest) -> int:
    """Seconds on the road that the first courier needs for an order of that shop."""
    answer = quote(ask, SHOP, ports, hold=False)
    option = next(o for o in answer.options if o.mode is Mode.EXPRESS and o.offered)
    assert option.witness is not None
    return option.witness.added_s


def test_a_second_calibration_replaces_the_first_and_undoing_it_brings_the_first_back() -> None:
    ports = house()
    first = apply(replace(_taught(ports), lessons=tuple(_halved(["car"]))), ports)
    second = apply(replace(learn(ports), lessons=tuple(_halved(["bike"]))), ports)

    assert as_learnt(ports).learnt == second
    undo(ports)
    assert as_learnt(ports).learnt == first


def test_learning_again_after_applying_teaches_the_same() -> None:
    ports = house("2026-11-24T09:05+01:00")
    lived(ports, World(ways=FAST), 6, seed=2)
    first = learn(ports)

    apply(first, ports)
    again = learn(ports)

    assert again.lessons == first.lessons
    assert lesson(first, Subject.WAYS).factor < 1


def test_days_without_a_courier_teach_nothing_and_nothing_can_be_applied() -> None:
    ports = house()
    empty = learn(ports)

    assert (empty.lessons, empty.deliveries, empty.facts) == ((), 0, 0)
    with pytest.raises(Conflict, match="no courier"):
        apply(empty, ports)


def reported(taught: Calibration) -> int:
    """Legs, stays and parcels: what telephones told."""
    return sum(one.facts for one in taught.lessons if one.subject is not Subject.CHANCE)


def test_only_the_days_asked_for_are_looked_at() -> None:
    ports, taught = after_one_day()
    clock_of(ports).advance(minutes=3 * 24 * 60)
    try:
        assert learn(ports, days=3).facts == 0
        # By now each promise has ended, too: that is known of more of them.
        assert reported(learn(ports, days=4)) == reported(taught) > 0
    finally:
        clock_of(ports).advance(minutes=-3 * 24 * 60)


def test_what_was_sold_is_judged_beside_a_curve_that_knows_what_there_was_to_spare() -> None:
    """All kept: who stated more by the same curve, for time to spare, has less to learn."""
    ports, _ = after_one_day()

    def shift(shifts: tuple[float, float]) -> float:
        curve = Curve("here", 300, (0.5, 0.9), (0.5, 0.8), (-3600.0, 1800.0), shifts)
        taught = replace(ports, parameters=replace(ports.parameters, taught=curve))
        return lesson(learn(taught), Subject.CHANCE).shift

    assert shift((0.0, 2.0)) < shift((0.0, 0.0))


@pytest.mark.parametrize("days", [0, 367])
def test_nonsense_of_days_is_refused(days: int) -> None:
    with pytest.raises(Invalid, match="days"):
        learn(house(), days=days)


def test_the_same_proposal_is_applied_once() -> None:
    ports = house()
    proposal = replace(_taught(ports), lessons=tuple(_halved(["car"])))
    apply(proposal, ports)

    with pytest.raises(Conflict, match="before"):
        apply(proposal, ports)


def learnt_of(*lessons: Lesson) -> Calibration:
    at = datetime(2026, 11, 2, 22, tzinfo=UTC)
    return Calibration("cal_old", date(2026, 11, 1), date(2026, 11, 2), 9, lessons, at)


def packed_late(ports: Ports, minutes: dict[str, float]) -> None:
    """Every parcel that is due to be packed by now is, so much after the promised minute."""
    now = ports.clock.now()
    for shop, late_min in minutes.items():
        with ports.store.reading() as tx:
            waiting = [s for s in tx.merchant_shipments(MerchantId(shop), now - timedelta(hours=9))]
        for shipment in waiting:
            ready_at = shipment.promise.ready_at
            due = ready_at is not None and ready_at + timedelta(minutes=late_min) <= now
            if due and shipment.prepared_at is None:
                act(Act.READY, shipment.shipment_id, MerchantId(shop), ports)


def test_a_shop_that_packs_ten_minutes_late_is_learnt_and_its_counter_is_not_blamed() -> None:
    ports = house("2026-11-24T09:05+01:00")
    shop = express_shops(ports)[0]
    door = near(ports.territory.merchant(shop).place, north=0.004, east=0.004)
    for _ in range(6):
        answer = quote(an_order(ports, shop, to=door), SHOP, ports)
        offered = [o for o in answer.options if o.mode is Mode.EXPRESS and o.offered]
        book(BookRequest(answer.quote_id, offered[0].option_id, CUSTOMER), SHOP, ports)
        for _ in range(15):
            live_in(World(shops={shop: 7.0}), ports, minutes=1)  # two minutes, and waiting
            packed_late(ports, {shop: 4})
    for _ in range(120):
        live_in(World(shops={shop: 7.0}), ports, minutes=1)
        packed_late(ports, {shop: 4})

    taught = learn(ports)
    ready, counter = lesson(taught, Subject.READY, shop), lesson(taught, Subject.SHOP, shop)
    assert ready.facts >= 4
    assert ready.factor == 1
    assert 60 < ready.late_s <= 300
    assert ready.spread is not None
    assert counter.spread is not None
    # Fourteen minutes at the counter, some of which were the parcel's.
    assert counter.factor < 4.0


def test_what_was_learnt_before_spreads_were_still_counts() -> None:
    ports = house("2026-11-24T09:05+01:00")
    apply(learnt_of(Lesson(Subject.WAYS, "cargo_bike", 30, 0.9, 20.0, 10.0)), ports)

    errors = Straying(as_learnt(ports).learnt)
    assert errors.pace("cargo_bike") == WAYS
    assert errors.door == DOOR


def test_a_calm_day_makes_forecasts_narrower_than_the_first_guess() -> None:
    """The world draws legs and stays with a spread of 0.15, and knows no pace of the day."""
    ports, taught = after_one_day()
    after, ways = Straying(taught), lesson(taught, Subject.WAYS)

    assert 0.15 <= after.door.own < 0.45 < DOOR.own
    assert after.pace(ways.key).own < Straying(ports.learnt).pace(ways.key).own == WAYS.own
    assert after.pace("skateboard") == WAYS


def test_wet_days_teach_what_rain_does_beside_the_dry_ones() -> None:
    ports = house("2026-11-24T09:05+01:00")
    lived(ports, world_of(ports), 14, seed=5)
    clock_of(ports).move_to("2026-11-25T09:05+01:00")
    say_wet(date(2026, 11, 25), ports)
    lived(ports, replace(world_of(ports), ways=1.4 * FAST), 14, seed=6)

    found = learn(ports)
    take_back_wet(date(2026, 11, 25), ports)
    mixed = learn(ports)
    dry, wet = lesson(found, Subject.WAYS), lesson(found, Subject.WET)

    assert dry.factor < lesson(mixed, Subject.WAYS).factor  # a wet day says nothing of dry ways
    assert 1.10 < wet.factor < 1.4  # between what was set and what was driven
    assert not [one for one in mixed.lessons if one.subject is Subject.WET]
