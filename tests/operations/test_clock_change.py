"""The two days of the year when the wall clock lies.

At two on 29 March 2026 it jumps to three; at three on 25 October it falls back to
two.  Both are Sundays: this town works around the clock, every day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatch.core.civil import clock_text, local_day, parse_instant
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.parameters import Parameters, ServiceTimes, WaveParameters
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.timetable import waves_on
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP
from tests.operations.drawn import TOWN, courier, drawn_house, territory

ALWAYS = "Mo-Su 00:00-24:00"
FOUR_HOURS = timedelta(hours=4)


def open_all_day(now: datetime) -> Ports:
    parameters = replace(
        Parameters(),
        waves=WaveParameters(cut_offs_min=tuple(range(0, 1440, 30)), engine="greedy"),
        service_times=ServiceTimes(60, 120),
        dispatching=DispatchRules(policy="waves"),
    )
    land = territory(courier(shift=ALWAYS), hours={"B": ALWAYS})
    return drawn_house(land, now, parameters)


def express(ports: Ports) -> tuple[str, list[Option]]:
    request = OrderRequest((Line(MerchantId("B"), weight_g=1000),), Doorstep(TOWN["x"], "x"))
    answer = quote(request, SHOP, ports)
    return answer.quote_id, [o for o in answer.options if o.mode is Mode.EXPRESS]


@pytest.mark.parametrize(
    ("ordered", "until"),
    [
        ("2026-03-29T09:00+02:00", "13:00"),
        ("2026-03-29T00:30+01:00", "05:30"),  # the wall skips an hour
        ("2026-10-25T09:00+01:00", "13:00"),
        ("2026-10-25T00:30+02:00", "03:30"),  # the wall shows one hour twice
        ("2026-10-25T02:30+01:00", "06:30"),  # ordered in the second of the two
    ],
)
def test_express_is_promised_within_four_real_hours(ordered: str, until: str) -> None:
    now = parse_instant(ordered)
    ports = open_all_day(now)
    quote_id, (first, *_) = express(ports)
    assert first.offered, first.refusals
    assert first.window is not None
    assert first.window.closes_at - now == FOUR_HOURS
    assert clock_text(first.window.closes_at) == until
    booked = book(BookRequest(quote_id, first.option_id, CUSTOMER), SHOP, ports)
    assert booked.shipments[0].promise.window.closes_at == now + FOUR_HOURS


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29T12:00+02:00", 23), ("2026-10-25T12:00+01:00", 25)]
)
def test_a_shift_around_the_clock_is_as_long_as_the_day(day: str, hours: int) -> None:
    now = parse_instant(day)
    (shift,) = courier(shift=ALWAYS).hours.windows(local_day(now))
    assert shift.closes_at - shift.opens_at == timedelta(hours=hours)


@pytest.mark.parametrize("day", ["2026-03-29T09:00+02:00", "2026-10-25T09:00+01:00"])
def test_a_cut_off_is_at_its_time_on_the_wall(day: str) -> None:
    ports = open_all_day(parse_instant(day))
    with ports.store.reading() as tx:
        waves = waves_on(tx, local_day(ports.clock.now()), ports)
    by_name = {wave.wave_id[-4:]: clock_text(wave.cut_off_at) for wave in waves}
    assert (by_name["0000"], by_name["0930"], by_name["1800"]) == ("00:00", "09:30", "18:00")
    assert [w.cut_off_at for w in waves] == sorted(w.cut_off_at for w in waves)
