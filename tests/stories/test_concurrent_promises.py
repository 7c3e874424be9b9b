"""Random days in which everybody acts at once: what was promised is kept, whoever comes between.

Quotes, holds, bookings, changes, cancellations and waves interrupt each other between
what they read and what they write.  Couriers do exactly what was planned, so whatever breaks
was broken by us.  After every step the checker, which shares no arithmetic with what made
the tours, looks at all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, NoLongerFeasible, QuoteExpired, QuoteUsed, TooLate
from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.operations.amend import Amendment, amend
from dispatch.operations.book import BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.hold import hold
from dispatch.operations.parameters import ServiceTimes
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.report import day_report
from dispatch.operations.spare_time import InSpareTime
from dispatch.operations.standing import Standing, standing, tours_of
from dispatch.operations.tick import tick
from dispatch.operations.timetable import next_release
from dispatch.orders.bookings import Customer
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote
from dispatch.orders.shipments import State
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan, Unserved
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers.rearrange import rearranged, warm_up
from dispatch.slots.service_levels import Mode, service_levels
from dispatch.tracking.tours import StopKind, StopState, Tour
from tests.databases import POSTGRESQL, SQLITE, Server, fresh_store
from tests.fakes.house import SHOP, clock_of
from tests.fakes.interrupted import InterruptedStore
from tests.fakes.road import drive
from tests.operations.drawn import courier, drawn_house, territory

#: Two bikes; the second carries one heavy parcel at a time.
CREW = (courier("anna", carries_g=6_000), courier("ben", "Mo-Su 11:00-15:00", carries_g=3_000))
WHO = Customer("Camille Essai", "+33639980042")

shops = st.sampled_from([("B",), ("F",), ("B", "F")])
#: Up to half an hour from the shops: few of them fill a day.
doors = st.builds(
    lambda row, column: Place(44.5 - row / 1000, 0.16 + column / 1000),
    st.integers(0, 6),
    st.integers(0, 26),
)
parcels_g = st.sampled_from([500, 2_000, 3_000])
picks = st.integers(0, 99)
#: Most orders have no name; two come back and ask again.
REFS = (None, None, None, None, "CMD-1", "CMD-2")

Act = Callable[["ManyAtOnce"], None]

#: What may step in, each as data, so that a failing day can be read.
asking = st.builds(
    lambda *order: lambda day: day.ask(*order), shops, doors, parcels_g, st.sampled_from(REFS)
)
booking = st.builds(lambda a, b: lambda day: day.take(a, b), picks, picks)
cancelling = st.builds(lambda a: lambda day: day.give_back(a), picks)
holding = st.builds(lambda a, b: lambda day: day.choose(a, b), picks, picks)
amending = st.builds(lambda a, b: lambda day: day.postpone(a, b), picks, st.integers(-1, 4))
handing_out = st.just(lambda day: day.next_wave())
waiting = st.builds(lambda s: lambda day: day.pass_time(s), st.sampled_from([1, 60, 16 * 60]))
acts: st.SearchStrategy[Act] = st.one_of(
    asking, asking, booking, booking, holding, amending, cancelling, handing_out, waiting
)


def no_server() -> Server:
    raise AssertionError("SQLite needs no server")


class ManyAtOnce(RuleBasedStateMachine):
    """A day in a drawn town, from ten on; whatever is done, something else may step in."""

    dispatching = DispatchRules(policy="waves")

    def __init__(self, kind: str = SQLITE, server: Callable[[], Server] | None = None) -> None:
        super().__init__()
        self._open = ExitStack()
        stored = self._open.enter_context(fresh_store(kind, server or no_server))
        house = drawn_house(territory(*CREW), store=stored)
        self.store = InterruptedStore(house.store)
        parameters = replace(house.parameters, dispatching=self.dispatching)
        self.ports: Ports = replace(house, store=self.store, parameters=parameters)
        self.offers: list[Quote] = []
        self.booked: list[str] = []

    @rule(act=acts, others=st.lists(acts, max_size=3), after=st.sampled_from([0, 0, 0, 1, 2]))
    def several_at_once(self, act: Act, others: list[Act], after: int) -> None:
        """Let *others* act between what *act* reads and what it writes; a wave writes thrice."""

        def step_in() -> None:
            for other in others:
                other(self)

        with self.store.meanwhile(step_in, after=after):
            act(self)

    @rule(minutes=st.sampled_from([1, 5, 20, 45]))
    def the_day_goes_on(self, minutes: int) -> None:
        for _ in range(0, minutes, 5):
            self.pass_time(min(5, minutes) * 60)
            tick(self.ports)

    def ask(self, names: tuple[str, ...], door: Place, grams: int, ref: str | None) -> None:
        lines = tuple(Line(MerchantId(name), 3000, grams, 8000) for name in names)
        offer = quote(OrderRequest(lines, Doorstep(door), ref), SHOP, self.ports)
        self.offers.append(offer)
        if any(o.witness is not None and o.witness.also_changed for o in offer.options):
            event("others move for it")

    def choose(self, a: int, b: int) -> None:
        """Move a quote's hold to another window, or be told that it is full."""
        if not self.offers:
            return
        offer = self.offers[a % len(self.offers)]
        express = [o for o in offer.options if o.offered and o.mode is Mode.EXPRESS]
        if express:
            with suppress(QuoteExpired, QuoteUsed, NoLongerFeasible):
                hold(offer.quote_id, express[b % len(express)].option_id, SHOP, self.ports)

    def take(self, a: int, b: int) -> None:
        """Book any option; one that is held, of a living quote, must be had."""
        if not self.offers:
            return
        offer = self.offers[a % len(self.offers)]
        offered = [o for o in offer.options if o.offered and o.mode in (Mode.EXPRESS, Mode.COLLECT)]
        if not offered:
            return
        option = offered[b % len(offered)]
        ref = None if offer.request.external_ref is None else f"of {offer.quote_id}"
        try:
            ask = BookRequest(offer.quote_id, option.option_id, WHO, ref)
            self.booked.append(book(ask, SHOP, self.ports).booking.booking_id)
        except QuoteExpired:
            assert self.ports.clock.now() >= offer.expires_at
        except QuoteUsed:
            with self.ports.store.reading() as tx:
                assert tx.booking_of_quote(offer.quote_id).booking_id in self.booked
        except NoLongerFeasible:
            with self.ports.store.reading() as tx:
                now_held = tx.quote(offer.quote_id).option(option.option_id)
            assert now_held is not None
            assert not now_held.held or self._replaced(offer), f"{offer.quote_id} was held"

    def postpone(self, a: int, hours: int) -> None:
        """Ask for another window of a booking, or for an hour that has none."""
        if not self.booked:
            return
        now = self.ports.clock.now()
        opens_at = now.replace(minute=0, second=0) + timedelta(hours=hours)
        with suppress(Invalid, TooLate, NoLongerFeasible):
            amend(
                self.booked[a % len(self.booked)],
                Amendment(window_from=opens_at),
                SHOP,
                self.ports,
            )

    def give_back(self, a: int) -> None:
        if self.booked:
            with suppress(TooLate):
                cancel(self.booked[a % len(self.booked)], SHOP, self.ports)

    def next_wave(self) -> None:
        """Let time pass until the next cut-off, and hand out."""
        with self.ports.store.reading() as tx:
            release_at = next_release(tx, self.ports.clock.now(), self.ports)
        if release_at is None:
            return
        self.pass_time(int((release_at - self.ports.clock.now()).total_seconds()))
        tick(self.ports)

    def pass_time(self, seconds: int) -> None:
        """Move the clock; couriers tell what they did meanwhile."""
        clock_of(self.ports).advance(seconds=seconds)
        drive(self.ports)

    @invariant()
    def every_tour_is_allowed_and_on_time(self) -> None:
        now = self.ports.clock.now()
        tours = self._tours()
        with self.ports.store.reading() as tx:
            release_at = next_release(tx, now, self.ports)
        moments = [now] if release_at is None else [now, release_at]
        for at in moments:
            day = standing(tours, at, self.ports)
            assert day.fallen == (), at
            assert _broken(day) == []
            assert _late(day) == [], at

    @invariant()
    def every_order_stands_where_it_should_and_nowhere_else(self) -> None:
        now = self.ports.clock.now()
        with self.ports.store.reading() as tx:
            assert not tx.loose_orders(local_day(now))
            bookings = tx.bookings(local_day(now))
        stops = [stop for tour in self._tours() for stop in tour.stops]
        firm = Counter(stop.quote_id for stop in stops if stop.held_until is None)
        for booking in bookings:
            expected = len(booking.shipment_ids) + 1 if booking.mode is Mode.EXPRESS else 0
            if booking.cancelled_at is None:
                assert firm[booking.quote_id] == expected, booking.quote_id
            else:
                assert not any(s.quote_id == booking.quote_id and not s.over for s in stops)

    @invariant()
    def no_hold_outlives_its_quote(self) -> None:
        now = self.ports.clock.now()
        with self.ports.store.reading() as tx:
            quotes = {offer.quote_id: tx.quote(offer.quote_id) for offer in self.offers}
        tours = self._tours()
        held = [stop for tour in tours for stop in tour.stops if stop.held_until is not None]
        for stop in held:
            assert stop.held_until is not None
            assert now < stop.held_until == quotes[stop.quote_id].expires_at
            assert quotes[stop.quote_id].booking_id is None
        for quote_id, offer in quotes.items():
            alive = now < offer.expires_at and offer.booking_id is None
            if self._replaced(offer):
                continue
            kept = any(o.held and o.mode is Mode.EXPRESS for o in offer.options)
            stops = len(offer.request.lines) + 1 if alive and kept else 0
            assert sum(stop.quote_id == quote_id for stop in held) == stops, quote_id
        standing_in = Counter({(s.quote_id, t.tour_id) for t in tours for s in t.stops})
        twice = Counter(quote_id for quote_id, _ in standing_in)
        assert all(count == 1 for count in twice.values()), twice

    @invariant()
    def no_courier_ever_carries_more_than_the_bag_holds_or_less_than_nothing(self) -> None:
        most_g = {f"{c.courier_id}": c.vehicle.max_weight_g for c in CREW}
        for tour in self._tours():
            aboard_g = 0
            for stop in tour.stops:
                if stop.state is StopState.FAILED:
                    continue
                aboard_g += stop.load[0] if stop.kind is StopKind.PICKUP else -stop.load[0]
                assert 0 <= aboard_g <= most_g[tour.courier_id], stop.stop_id
            assert aboard_g == 0

    def teardown(self) -> None:
        with self._open:
            self._live_to_the_end()

    def _live_to_the_end(self) -> None:
        for _ in range(6 * 20):
            self.pass_time(180)
            tick(self.ports)
        lines = day_report(local_day(self.ports.clock.now()), self.ports).lines
        express = [line for line in lines if line.mode is Mode.EXPRESS]
        assert {line.outcome for line in express} <= {"delivered", "cancelled"}
        assert {line.state for line in express} <= {State.DELIVERED, State.CANCELLED}

    def _replaced(self, offer: Quote) -> bool:
        """Tell whether the same order was asked for again: that quote has the place now."""
        ref = offer.request.external_ref
        same = [o for o in self.offers if ref is not None and o.request.external_ref == ref]
        return len(same) > 1

    def _tours(self) -> tuple[Tour, ...]:
        now = self.ports.clock.now()
        with self.ports.store.reading() as tx:
            return tours_of(tx, local_day(now), self.ports)


def _broken(day: Standing) -> list[Any]:
    tours = [schedule(day.problem, v, nodes) for v, nodes in enumerate(day.sequences)]
    moving = tuple(tour for tour in tours if tour is not None and tour.stops)
    assert len(tours) == len([tour for tour in tours if tour is not None])
    left: tuple[Unserved, ...] = ()
    plan = Plan(moving, left, cost_of(day.problem, moving, left), "standing")
    return list(violations(day.problem, plan))


def _late(day: Standing) -> list[tuple[str, datetime]]:
    """Who would be served later than promised."""
    late = []
    for v, nodes in enumerate(day.sequences):
        tour = schedule(day.problem, v, nodes)
        for timed in () if tour is None else tour.stops:
            due_s = day.problem.visits[timed.node].due_s
            if due_s is not None and timed.begin_s > due_s:
                late.append((day.stops[timed.node].stop_id, day.at))
    return late


def dose(days: int, steps: int) -> settings:
    return settings(
        max_examples=days,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


class OthersMove(ManyAtOnce):
    """The same days, and orders that no courier was given yet move for those that fit nowhere."""

    def __init__(self) -> None:
        super().__init__()
        warm_up()
        plug = InSpareTime(rearranged, self.ports.clock.stopwatch_s, share=1)
        # One wave, at noon; from it until one, six minutes at a door: a few orders fill the hour.
        parameters = replace(
            self.ports.parameters,
            waves=replace(self.ports.parameters.waves, cut_offs_min=(12 * 60,)),
            service_times=ServiceTimes(pickup_s=120, drop_s=360),
            levels=service_levels("within_4h", {"express": {"max_lead_min": 180}}),
        )
        self.ports = replace(self.ports, rearranger=plug, parameters=parameters)


class ToursWait(ManyAtOnce):
    """The same days where a tour waits as long as it can; for 20 minutes nobody may look."""

    dispatching = DispatchRules(policy="rolling", buffer_s=0, hold_margin_s=20 * 60)

    def pass_time(self, seconds: int) -> None:
        """Twice in a row would be longer than a tour is sure to wait for somebody to look."""
        super().pass_time(seconds)
        tick(self.ports)


TestManyAtOnce = ManyAtOnce.TestCase
TestOthersMove = OthersMove.TestCase
TestToursWait = ToursWait.TestCase
TestManyAtOnce.settings = TestOthersMove.settings = TestToursWait.settings = dose(10, 20)


@pytest.mark.parametrize(
    ("days", "steps"), [(1, 8), pytest.param(25, 20, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_the_same_days_on_postgresql(server: Callable[[], Server], days: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: ManyAtOnce(POSTGRESQL, server),  # type: ignore[arg-type]  # whatever makes one
        settings=dose(days, steps),
    )
