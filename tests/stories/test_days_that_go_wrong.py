"""Random rolling days on which things go wrong: who pays for it is never somebody else's order.

Couriers fall ill, fall silent and stand before shut doors, shops are late, planners help and give
out by hand.  Promises may break by that, and by nothing else: no quote, booking, change or look
makes anybody later than the day had made him, and every parcel is somewhere once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.operations.at_risk import AtRisk, Remedy, RemedyKind, at_risk
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.lateness import lateness
from dispatch.operations.missed import decide_missed, missed_on
from dispatch.operations.nobody_loses import counted_on
from dispatch.operations.progress import Report, record
from dispatch.operations.relieve import Cause, come_back, relieve
from dispatch.operations.remedies import put_off, reassign
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.shop_late import shop_late
from dispatch.operations.standing import standing
from dispatch.operations.tick import tick
from dispatch.orders.shipments import FINAL, Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour
from tests.fakes.house import clock_of
from tests.fakes.road import drive
from tests.stories.test_concurrent_promises import (
    CREW,
    ManyAtOnce,
    doors,
    dose,
    parcels_g,
    picks,
    shops,
)

couriers = st.sampled_from([courier.courier_id for courier in CREW])
IN_VAIN: Final = {
    StopKind.PICKUP: "not_ready",
    StopKind.DROP: "not_at_home",
    StopKind.RETURN: "merchant_closed",
}
#: With its shop, or on the way back to it: at no door any more.
_AT_REST: Final = FINAL | {State.HELD_FOR_PICKUP, State.ATTEMPTED, State.RETURNING}


class Rolling(ManyAtOnce):
    dispatching = DispatchRules(policy="rolling", buffer_s=0, hold_margin_s=0)


class GoesWrong(RuleBasedStateMachine):
    """A day in a drawn town, from ten on, looked at every minute."""

    def __init__(self) -> None:
        super().__init__()
        self.town = Rolling()
        self.ports = self.town.ports
        self.told = 0

    @rule(names=shops, door=doors, grams=parcels_g, pick=picks, pay=st.sampled_from([1, 1, 0]))
    def order(self, names: tuple[str, ...], door: Place, grams: int, pick: int, pay: int) -> None:
        self._harmless(lambda: self.town.ask(names, door, grams, None))
        if pay:
            self._harmless(lambda: self.town.take(len(self.town.offers) - 1, pick))

    @rule(a=picks, b=picks)
    def choose(self, a: int, b: int) -> None:
        self._harmless(lambda: self.town.choose(a, b))

    @rule(a=picks, hours=st.integers(-1, 4))
    def postpone(self, a: int, hours: int) -> None:
        self._harmless(lambda: self.town.postpone(a, hours))

    @rule(a=picks)
    def cancel(self, a: int) -> None:
        self._harmless(lambda: self.town.give_back(a))

    @rule()
    def by_hand(self) -> None:
        self._harmless(lambda: wave_by_hand(self.ports))

    @rule(minutes=st.sampled_from([1, 5, 20, 45]))
    def the_day_goes_on(self, minutes: int) -> None:
        for _ in range(minutes):
            clock_of(self.ports).advance(minutes=1)
            drive(self.ports)
            self._harmless(lambda: tick(self.ports))

    @rule(minutes=st.sampled_from([5, 20]))
    def nobody_says_a_word(self, minutes: int) -> None:
        """No courier has a signal; what they did meanwhile is told afterwards."""
        for _ in range(minutes):
            clock_of(self.ports).advance(minutes=1)
            self._harmless(lambda: tick(self.ports))

    @rule(a=picks)
    def help_with_a_click(self, a: int) -> None:
        if risks := at_risk(self.ports):
            one = risks[0]
            remedy = one.remedies[a % len(one.remedies)]
            self._harmless(lambda: self._click(one, remedy))

    @rule(courier=couriers, to=st.sampled_from([None, None, *(c.courier_id for c in CREW)]))
    def falls_ill(self, courier: str, to: str | None) -> None:
        with suppress(Conflict):
            relieve(courier, Cause.ILL, self.ports, to=to)

    @rule(courier=couriers)
    def is_back(self, courier: str) -> None:
        self._harmless(lambda: come_back(courier, self.ports))

    @rule(a=picks, minutes=st.sampled_from([5, 20, 60]))
    def shop_is_late(self, a: int, minutes: int) -> None:
        if parcels := list(self._parcels()):
            ready_at = self.ports.clock.now() + timedelta(minutes=minutes)
            with suppress(Conflict):
                shop_late(parcels[a % len(parcels)].shipment_id, ready_at, self.ports)

    @rule(courier=couriers)
    def goes_in_vain(self, courier: str) -> None:
        for tour in self._tours():
            stop = tour.next_stop
            at_a_shop = stop is not None and (stop.merchant_id or stop.kind is not StopKind.PICKUP)
            if tour.courier_id == courier and stop is not None and at_a_shop:
                self.told += 1
                name, now = f"in-vain-{self.told}", self.ports.clock.now()
                reason = IN_VAIN[stop.kind]
                what = Report(name, tour.tour_id, stop.stop_id, FactKind.FAILED, now, reason)
                record(what, tour.courier_id, self.ports)

    @rule(a=picks)
    def decide_what_was_missed(self, a: int) -> None:
        for one in missed_on(self._day(), self.ports)[:1]:
            if one.decisions:
                decision = one.decisions[a % len(one.decisions)]
                with suppress(Conflict, NotFound):
                    decide_missed(one.quote_id, decision, self.ports)

    @invariant()
    def every_parcel_is_somewhere_once(self) -> None:
        found: Counter[str] = Counter()
        for tour in self._tours():
            for stop in tour.stops:
                if not stop.over and stop.held_until is None and stop.kind is not StopKind.PICKUP:
                    found.update(stop.shipment_ids)
        for stops in self._loose().values():
            found.update({i for stop in stops for i in stop.shipment_ids})
        for parcel in self._parcels():
            times = found[parcel.shipment_id]
            assert times == 1 or (times == 0 and parcel.state in _AT_REST), parcel

    @invariant()
    def no_courier_carries_more_than_the_bag_holds(self) -> None:
        """Of what is paid: a door that stays shut may cost a held place its room, until paid."""
        most_g = {f"{courier.courier_id}": courier.vehicle.max_weight_g for courier in CREW}
        for tour in self._tours():
            aboard_g = 0
            for stop in tour.stops:
                if stop.state is not StopState.FAILED and stop.held_until is None:
                    aboard_g += stop.load[0] if stop.kind is StopKind.PICKUP else -stop.load[0]
                assert aboard_g <= most_g[tour.courier_id], stop.stop_id

    def teardown(self) -> None:
        """The evening: what was paid is delivered, cancelled, with its shop, or a planner's."""
        with self.town._open:
            for _ in range(80):
                clock_of(self.ports).advance(minutes=5)
                drive(self.ports)
                tick(self.ports)
            waits = {i for stops in self._loose().values() for s in stops for i in s.shipment_ids}
            for parcel in self._parcels():
                assert parcel.state in _AT_REST or parcel.shipment_id in waits, parcel

    def _click(self, one: AtRisk, remedy: Remedy) -> None:
        with suppress(Conflict):
            if remedy.kind is RemedyKind.REASSIGN and remedy.courier_id is not None:
                reassign(one.quote_id, remedy.courier_id, self.ports)
            if remedy.kind is RemedyKind.EXTEND and remedy.until is not None:
                put_off(one.quote_id, one.promised_until, remedy.until, self.ports)

    def _harmless(self, act: Callable[[], object]) -> None:
        """Do *act*; nobody is later for it at any hand-out, and nobody is left without a tour."""
        before, loose = self._tours(), self._loose()
        act()
        after = self._tours()
        # A place that is found for who had none may be late.
        assert not self._late(after, before) - self._late(before, after) - set(loose)
        assert not set(self._loose()) - set(loose)

    def _late(self, tours: tuple[Tour, ...], others: tuple[Tour, ...]) -> set[QuoteId]:
        """Whose order is late, or has fallen, as of a hand-out that either of them counts on."""
        found: set[QuoteId] = set()
        moments = {*counted_on(tours, self.ports), *counted_on(others, self.ports)}
        for at in sorted(moments):
            day = standing(tours, at, self.ports)
            seen = lateness(day, day.sequences)
            found |= {stop.quote_id for stop in seen.stops.values()} | seen.fallen
        return found

    def _day(self) -> date:
        return local_day(self.ports.clock.now())

    def _tours(self) -> tuple[Tour, ...]:
        return self.town._tours()

    def _loose(self) -> dict[QuoteId, tuple[Stop, ...]]:
        with self.ports.store.reading() as tx:
            return {order.quote_id: order.stops for order in tx.loose_orders(self._day())}

    def _parcels(self) -> list[Shipment]:
        """All that somebody paid to be brought today."""
        with self.ports.store.reading() as tx:
            bookings = tx.bookings(self._day())
            express = [one for one in bookings if one.mode is Mode.EXPRESS]
            return [parcel for one in express for parcel in tx.shipments_of(one.booking_id)]


TestGoesWrong = GoesWrong.TestCase
TestGoesWrong.settings = dose(10, 20)
