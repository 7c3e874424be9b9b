"""Express: within four hours, or from four hours on; always today, never unready."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.core.civil import clock_text, instant_at, local_day, parse_instant
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.express import (
    express_day,
    express_envelope,
    express_slots,
    is_express_slot,
)
from dispatch.slots.promised import Promise
from dispatch.slots.service_levels import PRESETS, Mode, ServiceLevel
from dispatch.slots.shops import Shop, ready_at

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
SPRING, AUTUMN, ARMISTICE = date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 11)
WITHIN, FROM = (PRESETS[name][Mode.EXPRESS] for name in ("within_4h", "from_4h"))

FROM_MIDNIGHT = ServiceLevel(Mode.EXPRESS, same_day_until=5 * 60)


def shop(name: str = "bakery", hours: str = "Mo-Su 09:00-19:00", preparation_min: int = 30) -> Shop:
    return Shop(MerchantId(name), OpeningHours(hours), preparation_min)


def walls(window: TimeWindow) -> str:
    return f"{clock_text(window.opens_at)}-{clock_text(window.closes_at)}"


def promised(answer: Promise | Refusal) -> Promise:
    assert isinstance(answer, Promise)
    return answer


def refused(answer: Promise | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


@pytest.mark.parametrize(
    ("ordered", "within", "from_"),
    [
        ("08:00", "09:30-12:00", "12:00-19:30"),
        ("10:00", "10:30-14:00", "14:00-19:30"),
        ("15:30", "16:00-19:30", None),
        ("17:00", "17:30-19:30", None),
    ],
)
def test_the_two_readings_of_four_hours(ordered: str, within: str, from_: str | None) -> None:
    hour, minute = map(int, ordered.split(":"))
    at = instant_at(TUESDAY, hour * 60 + minute)
    assert walls(promised(express_envelope([shop()], at, WITHIN)).window) == within
    answer = express_envelope([shop()], at, FROM)
    if from_ is None:
        assert refused(answer).code == "after_cutoff"
    else:
        assert walls(promised(answer).window) == from_


def test_the_slowest_shop_decides_and_each_keeps_its_own_pickup_times() -> None:
    fast, slow = shop("fast", preparation_min=10), shop("slow", "Mo-Su 14:00-18:00", 60)
    promise = promised(express_envelope([fast, slow], instant_at(TUESDAY, 12 * 60), WITHIN))
    assert walls(promise.window) == "15:00-16:00"
    assert [clock_text(pickup.ready_at) for pickup in promise.pickups] == ["12:10", "15:00"]
    assert promise.ready_at == instant_at(TUESDAY, 15 * 60)
    assert promise.pickup_deadline == promise.window.closes_at


def test_a_pickup_stops_for_lunch_and_ends_with_the_shop() -> None:
    answer = express_envelope(
        [shop(hours="Tu 09:00-12:00,14:00-17:00")], instant_at(TUESDAY, 600), FROM
    )
    (pickup,) = promised(answer).pickups
    assert [walls(window) for window in pickup.windows] == ["10:30-12:00", "14:00-17:00"]
    assert clock_text(pickup.deadline) == "17:00"


@pytest.mark.parametrize(
    ("a_shop", "day", "ordered_min", "code", "binding"),
    [
        (shop(), TUESDAY, 19 * 60 + 30, "after_cutoff", "same_day_until"),
        (shop(hours="Tu-Sa 09:00-19:00"), MONDAY, 600, "merchant_closed", "bakery"),
        (shop(hours="Mo-Su 14:00-19:00"), TUESDAY, 540, "merchant_closed", "bakery"),
        (shop(), ARMISTICE, 600, "holiday", "bakery"),
        (shop(preparation_min=300), TUESDAY, 600, "not_ready_in_time", "bakery"),
        (shop(), TUESDAY, 18 * 60 + 45, "not_ready_in_time", "bakery"),
    ],
)
def test_a_no_says_which_rule_or_shop_decided(
    a_shop: Shop, day: date, ordered_min: int, code: str, binding: str
) -> None:
    refusal = refused(express_envelope([a_shop], instant_at(day, ordered_min), WITHIN))
    assert (refusal.code, refusal.binding) == (code, (binding,))


def test_a_mode_switched_off_or_not_offered_by_one_shop_is_not_offered() -> None:
    at = instant_at(TUESDAY, 600)
    off = ServiceLevel(Mode.EXPRESS, enabled=False, max_lead_min=240)
    assert refused(express_envelope([shop()], at, off)).binding == ("express.enabled",)
    collect_only = Shop(MerchantId("c"), shop().hours, 30, frozenset({Mode.COLLECT}))
    refusal = refused(express_envelope([shop(), collect_only], at, WITHIN))
    assert (refusal.code, refusal.binding, refusal.unlock) == ("mode_disabled", ("c",), {})


def test_an_order_cut_off_closes_the_day_from_that_very_minute() -> None:
    level = ServiceLevel(Mode.EXPRESS, max_lead_min=240, order_cut_off=15 * 60)
    assert isinstance(express_envelope([shop()], instant_at(TUESDAY, 15 * 60 - 1), level), Promise)
    refusal = refused(express_envelope([shop()], instant_at(TUESDAY, 15 * 60), level))
    assert (refusal.code, refusal.binding) == ("after_cutoff", ("order_cut_off",))


@pytest.mark.parametrize(
    ("a_shop", "ordered", "level", "order_from"),
    [
        # Closed on Monday.  Ready at 09:30, so from 05:31 on that is within four hours.
        (
            shop(hours="Tu-Sa 09:00-19:00"),
            instant_at(MONDAY, 600),
            WITHIN,
            "2026-11-24T05:31:00+01:00",
        ),
        # Too late for today: the next day begins at midnight.
        (shop(), instant_at(TUESDAY, 1200), FROM, "2026-11-25T00:00:00+01:00"),
        # A morning order for an afternoon shop: 10:31 is close enough to 14:30.
        (
            shop(hours="Mo-Su 14:00-19:00"),
            instant_at(TUESDAY, 480),
            WITHIN,
            "2026-11-24T10:31:00+01:00",
        ),
    ],
)
def test_a_no_tells_the_first_minute_at_which_it_would_be_yes(
    a_shop: Shop, ordered: datetime, level: ServiceLevel, order_from: str
) -> None:
    refusal = refused(express_envelope([a_shop], ordered, level))
    assert refusal.unlock == {"order_from": order_from}
    earliest = parse_instant(order_from)
    assert isinstance(express_envelope([a_shop], earliest, level), Promise)
    just_before = earliest - timedelta(minutes=1)
    assert isinstance(express_envelope([a_shop], just_before, level), Refusal)


def test_no_unlock_is_invented_for_a_shop_that_never_makes_it() -> None:
    refusal = refused(
        express_envelope([shop(preparation_min=300)], instant_at(TUESDAY, 600), WITHIN)
    )
    assert refusal.unlock == {}


def test_slots_are_the_whole_hours_inside_the_envelope() -> None:
    envelope = promised(express_envelope([shop()], instant_at(TUESDAY, 600), WITHIN))
    slots = express_slots(envelope, WITHIN)
    assert [walls(slot.window) for slot in slots] == ["11:00-12:00", "12:00-13:00", "13:00-14:00"]
    assert [clock_text(slot.pickups[0].deadline) for slot in slots] == ["12:00", "13:00", "14:00"]


def test_a_slot_keeps_only_the_pickup_time_before_its_end() -> None:
    lunch = shop(hours="Tu 09:00-12:00,14:00-17:00")
    envelope = promised(express_envelope([lunch], instant_at(TUESDAY, 600), FROM))
    first = express_slots(envelope, FROM)[0]
    assert walls(first.window) == "14:00-15:00"
    assert [walls(w) for w in first.pickups[0].windows] == ["10:30-12:00", "14:00-15:00"]


def test_a_slot_outside_the_envelope_is_refused() -> None:
    envelope = promised(express_envelope([shop()], instant_at(TUESDAY, 600), WITHIN))
    with pytest.raises(ValueError, match="not inside the promise"):
        envelope.narrowed(TimeWindow(instant_at(TUESDAY, 600), instant_at(TUESDAY, 660)))


def test_the_skipped_hour_has_no_slot_and_the_repeated_one_is_long() -> None:
    always = shop(hours="24/7", preparation_min=0)
    real_hours = {}
    for day in (SPRING, AUTUMN):
        envelope = promised(express_envelope([always], instant_at(day, 0), FROM_MIDNIGHT))
        slots = express_slots(envelope, FROM_MIDNIGHT)
        real_hours[day] = [
            (s.window.closes_at - s.window.opens_at) // timedelta(hours=1) for s in slots
        ]
    assert real_hours == {SPRING: [1, 1, 1, 1], AUTUMN: [1, 1, 2, 1, 1]}


def test_half_hours_are_not_offered_twice_on_the_night_spring_skips_one() -> None:
    level = ServiceLevel(Mode.EXPRESS, same_day_until=4 * 60, slot_min=30)
    always = shop(hours="24/7; PH 00:00-24:00", preparation_min=0)
    envelope = promised(express_envelope([always], instant_at(SPRING, 60), level))
    walls_shown = [walls(slot.window) for slot in express_slots(envelope, level)]
    assert walls_shown == ["01:00-01:30", "01:30-03:00", "03:00-03:30", "03:30-04:00"]


def told(
    some_shops: list[Shop], ordered_at: datetime, level: ServiceLevel, day: date
) -> dict[str, str]:
    """Every window of the day: "yes", or the code and what decided."""
    return {
        walls(offer.window): "yes"
        if isinstance(offer.answer, Promise)
        else " ".join((offer.answer.code, *offer.answer.binding))
        for offer in express_day(some_shops, ordered_at, level, day)
        if offer.window is not None
    }


TWO_HOURS = ServiceLevel(Mode.EXPRESS, max_lead_min=360, same_day_until=1140, slot_min=120)


def test_every_window_of_the_day_has_its_own_answer() -> None:
    """Ordered at 10:00, packed in 2 h 30, brought within 6 h."""
    slow = shop(hours="Mo-Su 08:00-19:00", preparation_min=150)
    assert told([slow], instant_at(TUESDAY, 600), TWO_HOURS, TUESDAY) == {
        "10:00-12:00": "not_ready_in_time bakery",
        "12:00-14:00": "not_ready_in_time bakery",
        "14:00-16:00": "yes",
        "16:00-18:00": "too_far_ahead max_lead_min",
    }
    level = replace(TWO_HOURS, notice_min=300)
    assert told([shop()], instant_at(TUESDAY, 601), level, TUESDAY)["14:00-16:00"] == (
        "too_soon notice_min"
    )


def test_a_closed_day_refuses_each_window_of_the_week() -> None:
    afternoons = shop(hours="Tu-Sa 14:00-19:00")
    level = replace(TWO_HOURS, days_ahead=1)
    sunday, saturday = date(2026, 11, 22), date(2026, 11, 21)
    assert told([afternoons], instant_at(saturday, 600), level, sunday) == {
        window: "merchant_closed bakery" for window in ("14:00-16:00", "16:00-18:00")
    }
    armistice = told([afternoons], instant_at(ARMISTICE - timedelta(days=1), 600), level, ARMISTICE)
    assert set(armistice.values()) == {"holiday bakery"}


def test_a_later_day_is_sold_whole_until_its_eve_s_cut_off() -> None:
    level = replace(TWO_HOURS, days_ahead=1, day_before_cut_off=18 * 60)
    windows = ["08:00-10:00", "10:00-12:00", "12:00-14:00", "14:00-16:00", "16:00-18:00"]
    in_time = told([shop()], instant_at(MONDAY, 18 * 60 - 1), level, TUESDAY)
    assert in_time == {windows[0]: "merchant_closed bakery"} | dict.fromkeys(windows[1:], "yes")
    too_late = told([shop()], instant_at(MONDAY, 18 * 60), level, TUESDAY)
    assert too_late == dict.fromkeys(windows, "after_cutoff day_before_cut_off")
    too_far = told([shop()], instant_at(MONDAY, 600), level, TUESDAY + timedelta(days=1))
    assert too_far == dict.fromkeys(windows, "not_this_day days_ahead")


def test_what_is_delivered_on_a_later_day_is_fetched_on_that_day() -> None:
    level = replace(TWO_HOURS, days_ahead=1)
    envelope = promised(express_envelope([shop()], instant_at(MONDAY, 600), level, day=TUESDAY))
    assert walls(envelope.window) == "09:00-19:00"
    assert [local_day(pickup.ready_at) for pickup in envelope.pickups] == [TUESDAY]


def test_a_day_too_far_ahead_says_from_when_it_may_be_ordered() -> None:
    level = replace(TWO_HOURS, days_ahead=1)
    refusal = refused(
        express_envelope([shop()], instant_at(MONDAY, 600), level, day=date(2026, 11, 27))
    )
    assert (refusal.code, refusal.unlock) == (
        "not_this_day",
        {"order_from": "2026-11-26T00:00:00+01:00"},
    )


def test_no_courier_gets_to_a_shop_on_the_market_square_while_the_market_lasts() -> None:
    square = replace(shop(), market=OpeningHours("Tu 07:00-13:00"))
    at_ten = instant_at(TUESDAY, 600)
    answers = told([square], at_ten, TWO_HOURS, TUESDAY)
    assert answers["10:00-12:00"] == "not_ready_in_time bakery"  # packed at 10:30
    assert answers["12:00-14:00"] == "market_day bakery"
    assert answers["14:00-16:00"] == "yes"
    (pickup,) = promised(express_envelope([square], at_ten, WITHIN)).pickups
    assert clock_text(pickup.ready_at) == "13:00"
    morning = ServiceLevel(Mode.EXPRESS, max_lead_min=150)
    refusal = refused(express_envelope([square], at_ten, morning))
    assert (refusal.code, refusal.binding) == ("market_day", ("bakery",))


shops = st.lists(
    st.builds(
        lambda hours, preparation: (hours, preparation),
        st.sampled_from(
            [
                "Tu-Su 09:00-12:00,14:00-19:00",
                "Mo-Su 09:00-19:00",
                "Mo-Su 22:00-02:00",
                "24/7",
                "Mo-Su 00:30-04:30; PH 10:00-12:00",
            ]
        ),
        st.integers(0, 300),
    ),
    min_size=1,
    max_size=3,
).map(lambda pairs: [shop(f"s{n}", hours, prep) for n, (hours, prep) in enumerate(pairs)])
levels = st.sampled_from(
    [
        WITHIN,
        FROM,
        ServiceLevel(Mode.EXPRESS, min_lead_min=60, max_lead_min=180, slot_min=30),
        ServiceLevel(Mode.EXPRESS, min_lead_min=30, same_day_until=1440, order_cut_off=960),
        ServiceLevel(Mode.EXPRESS, max_lead_min=240, notice_min=45, days_ahead=3, slot_min=120),
    ]
)
orders = st.builds(
    lambda day, second: instant_at(day, 0) + timedelta(seconds=second),
    st.sampled_from([SPRING, AUTUMN, TUESDAY, MONDAY, ARMISTICE]),
    st.integers(-3600, 25 * 3600),
)


@settings(max_examples=200, deadline=None)
@given(shops, orders, levels)
def test_every_express_promise_keeps_every_rule(
    some_shops: list[Shop], ordered_at: datetime, level: ServiceLevel
) -> None:
    answer = express_envelope(some_shops, ordered_at, level)
    assume(isinstance(answer, Promise))
    window = promised(answer).window
    minute = timedelta(minutes=1)
    assert window.opens_at >= ordered_at + level.min_lead_min * minute
    if level.max_lead_min is not None:
        assert window.closes_at <= ordered_at + level.max_lead_min * minute
    if level.same_day_until is not None:
        assert window.closes_at <= instant_at(local_day(ordered_at), level.same_day_until)
    for each in some_shops:
        ready = ready_at(each, ordered_at)
        assert ready is not None
        assert window.opens_at >= ready


@settings(max_examples=100, deadline=None)
@given(shops, orders, levels, st.integers(-60, 1500), st.sampled_from([30, 60, 120]))
def test_a_window_is_known_for_a_slot_without_making_them_all(
    some_shops: list[Shop], ordered_at: datetime, level: ServiceLevel, minute: int, minutes: int
) -> None:
    answer = express_envelope(some_shops, ordered_at, level)
    assume(isinstance(answer, Promise))
    envelope = promised(answer)
    slots = [slot.window for slot in express_slots(envelope, level)]
    assert all(is_express_slot(slot, envelope, level) for slot in slots)
    opens_at = instant_at(local_day(ordered_at), 0) + timedelta(minutes=minute - minute % 15)
    drawn = TimeWindow(opens_at, opens_at + timedelta(minutes=minutes))
    assert is_express_slot(drawn, envelope, level) == (drawn in slots)


@settings(max_examples=100, deadline=None)
@given(shops, orders, levels)
def test_slots_lie_inside_the_envelope_on_the_clock_and_never_overlap(
    some_shops: list[Shop], ordered_at: datetime, level: ServiceLevel
) -> None:
    envelope = express_envelope(some_shops, ordered_at, level)
    assume(isinstance(envelope, Promise))
    ends = datetime.min.replace(tzinfo=UTC)
    for slot in express_slots(promised(envelope), level):
        window = slot.window
        assert promised(envelope).window.meet(window) == window
        assert window.opens_at >= ends
        assert int(clock_text(window.opens_at)[3:]) % level.slot_min == 0
        assert all(pickup.deadline <= window.closes_at for pickup in slot.pickups)
        ends = window.closes_at


@settings(max_examples=100, deadline=None)
@given(shops, orders, levels)
def test_an_unlock_is_true_and_later_and_within_eight_days(
    some_shops: list[Shop], ordered_at: datetime, level: ServiceLevel
) -> None:
    answer = express_envelope(some_shops, ordered_at, level)
    assume(isinstance(answer, Refusal) and answer.unlock)
    earliest = parse_instant(refused(answer).unlock["order_from"])
    assert ordered_at < earliest <= ordered_at + timedelta(days=8)
    assert isinstance(express_envelope(some_shops, earliest, level), Promise)


@settings(max_examples=200, deadline=None)
@given(shops, orders, levels)
def test_the_day_s_windows_and_the_envelope_never_disagree(
    some_shops: list[Shop], ordered_at: datetime, level: ServiceLevel
) -> None:
    today = local_day(ordered_at)
    envelope = express_envelope(some_shops, ordered_at, level)
    slots = express_slots(envelope, level) if isinstance(envelope, Promise) else ()
    notice = ordered_at + timedelta(minutes=level.notice_min)
    within = {s.window: s for s in slots if s.window.opens_at >= notice}
    of_day = express_day(some_shops, ordered_at, level, today)
    yes = {o.answer.window: o.answer for o in of_day if isinstance(o.answer, Promise)}
    assert yes == {window: within[window] for window in yes}
    listed = {offer.window for offer in of_day}
    assert {w for w in within if w in listed} == yes.keys()
