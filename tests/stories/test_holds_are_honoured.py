"""Random days on which customers pay in the last second: what was held for them is had.

Quotes, bookings and waves interrupt each other as in ``test_concurrent_promises``; waves come
when they are due, the road is as it was forecast.  A courier who is not sent out after all, for
an order cancelled or put off, stays where he is: a hold that counted on that moves, and is not
called held any more when there is no other place for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis.stateful import precondition, rule

from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.run_wave import request_wave
from dispatch.operations.tick import tick
from dispatch.slots.service_levels import Mode
from tests.fakes.house import clock_of
from tests.fakes.road import drive
from tests.stories.test_concurrent_promises import ManyAtOnce, OthersMove, dose

LAST = timedelta(seconds=1)


class PaidInTheLastSecond(ManyAtOnce):
    """Every other quote is paid a second before it expires, whatever happened since it was held."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.asked_to_pay: set[str] = set()

    @precondition(lambda day: day.booked)
    @rule()
    def a_person_asks_for_a_wave(self) -> None:
        request_wave(self.ports)
        tick(self.ports)

    def pass_time(self, seconds: int) -> None:
        """Move the clock a minute at a time at most; couriers drive, customers pay, waves run."""
        until = self.ports.clock.now() + timedelta(seconds=seconds)
        while (now := self.ports.clock.now()) < until:
            ends = [o.expires_at - LAST for o in self.offers if o.expires_at - LAST > now]
            minute = now.replace(second=0) + timedelta(minutes=1)
            clock_of(self.ports).move_to(min([until, minute, *ends]))
            drive(self.ports)
            self._pay()
            tick(self.ports)

    def _pay(self) -> None:
        now = self.ports.clock.now()
        for n, offer in enumerate(self.offers):
            if offer.expires_at - LAST != now or offer.quote_id in self.asked_to_pay or n % 2:
                continue
            self.asked_to_pay.add(offer.quote_id)
            with self.ports.store.reading() as tx:
                options = tx.quote(offer.quote_id).options
            offered = [o for o in options if o.offered and o.mode in (Mode.EXPRESS, Mode.COLLECT)]
            for m, option in enumerate(offered):
                if option.held and option.mode is Mode.EXPRESS:
                    self.take(n, m)


class PaidInTheLastSecondWhereToursWait(PaidInTheLastSecond):
    """The same where tours wait until the last tick that is safe."""

    dispatching = DispatchRules(policy="rolling", buffer_s=0, hold_margin_s=0)


class PaidInTheLastSecondWhereOthersMove(PaidInTheLastSecond, OthersMove):
    """The same where orders that no courier was given yet move for those that fit nowhere."""


TestPaidInTheLastSecond = PaidInTheLastSecond.TestCase
TestPaidInTheLastSecondWhereOthersMove = PaidInTheLastSecondWhereOthersMove.TestCase
TestPaidInTheLastSecondWhereToursWait = PaidInTheLastSecondWhereToursWait.TestCase
TestPaidInTheLastSecond.settings = dose(8, 15)
TestPaidInTheLastSecondWhereToursWait.settings = dose(8, 15)
TestPaidInTheLastSecondWhereOthersMove.settings = dose(4, 15)
