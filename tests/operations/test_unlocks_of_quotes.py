"""What a refusal says would help does help, and nothing less does: every case counted out.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops,
    . . . . . . . y        x, y: doors
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from dispatch.core.ids import CourierId, MerchantId, QuoteId
from dispatch.core.reasons import Way
from dispatch.core.windows import TimeWindow
from dispatch.fleet.couriers import Courier
from dispatch.operations.book import BookRequest, book
from dispatch.operations.express import desk
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.quote_ask import Ask
from dispatch.operations.quote_express import express_options
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest
from dispatch.slots.service_levels import Mode, service_levels
from tests.fakes.house import CUSTOMER, SHOP
from tests.operations.drawn import (
    ALL_WEEK,
    TEN,
    TOWN,
    at,
    courier,
    drawn_house,
    merchant,
    territory,
)

MINUTE = timedelta(minutes=1)
TODAY = date(2026, 11, 24)
LEVELS = service_levels("within_4h", {"express": {"max_lead_min": 60, "slot_min": 15}})

shops = st.lists(st.sampled_from("BF"), min_size=1, max_size=2, unique=True).map(tuple)
doors = st.sampled_from("xy")
packs = st.sampled_from([0, 5, 40, 47, 51, 55, 58])


@dataclass(frozen=True)
class Morning:
    """A town at ten o'clock: who rides until when, how long shops pack, what is booked."""

    rides_until: tuple[str, ...]
    carries_g: int
    packs_min: tuple[int, int]
    hours: str
    booked: tuple[tuple[tuple[str, ...], str], ...]
    asked: tuple[tuple[str, ...], str]
    weight_g: int
    day: date | None


mornings = st.builds(
    Morning,
    st.lists(st.sampled_from(["10:40", "10:50", "11:30", "11:30"]), max_size=2).map(tuple),
    st.sampled_from([2000, 10_000]),
    st.tuples(packs, packs),
    st.sampled_from(["Mo-Su 09:00-19:00", "Mo-Su 09:00-10:45", "Mo-Su 10:40-12:00"]),
    st.lists(st.tuples(shops, doors), max_size=4).map(tuple),
    st.tuples(shops, doors),
    st.sampled_from([1000, 3000]),
    st.sampled_from([None, TODAY]),
)


def house(morning: Morning) -> Ports:
    crew = tuple(
        courier(f"c{n}", f"Mo-Su 10:00-{until}", carries_g=morning.carries_g)
        for n, until in enumerate(morning.rides_until)
    )
    land = territory(*crew)
    packs = dict(zip("BF", morning.packs_min, strict=True))
    merchants = {MerchantId(x): merchant(x, morning.hours, preparation_min=packs[x]) for x in "BF"}
    couriers = {one.courier_id: one for one in crew}
    ports = drawn_house(replace(land, merchants=merchants, couriers=couriers))
    parameters = replace(ports.parameters, levels=LEVELS)
    ports = replace(ports, parameters=parameters)
    for some, door in morning.booked:
        lines = tuple(Line(MerchantId(x), weight_g=1000) for x in some)
        answer = quote(OrderRequest(lines, Doorstep(TOWN[door])), SHOP, ports)
        first = next((o for o in answer.options if o.held and o.mode is Mode.EXPRESS), None)
        if first is not None:
            book(BookRequest(answer.quote_id, first.option_id, CUSTOMER), SHOP, ports)
    return ports


def order(morning: Morning, ports: Ports, ready_at: datetime | None = None) -> OrderRequest:
    """*ready_at*: every shop has packed by then, or by its own pace when that is sooner."""
    some, door = morning.asked
    lines = tuple(
        Line(MerchantId(x), weight_g=morning.weight_g, ready_at=_sooner(ports, x, ready_at))
        for x in some
    )
    return OrderRequest(lines, Doorstep(TOWN[door]), day=morning.day)


def _sooner(ports: Ports, shop: str, ready_at: datetime | None) -> datetime | None:
    own = _packed(ports, shop)
    return None if ready_at is None else min(ready_at, own)


def _packed(ports: Ports, shop: str) -> datetime:
    said = ports.territory.merchant(shop).shop
    packed = said.hours.add_open_time(TEN, said.preparation_min)
    assert packed is not None
    return packed


def express_of(ports: Ports, request: OrderRequest) -> list[Option]:
    """The express options alone: nobody asks here what would help."""
    now = ports.clock.now()
    merchants = tuple(ports.territory.merchant(line.merchant_id) for line in request.lines)
    expires_at = now + timedelta(minutes=ports.parameters.quote_life_min)
    ask = Ask(QuoteId("qte_tried"), request, merchants, SHOP, None, now, expires_at)
    with ports.store.reading() as tx:
        table = desk(tx, ports, booked_by=expires_at, day=request.day)
    return express_options(ask, table, ports)[0]


def offers(express: Sequence[Option], window: TimeWindow | None, n: int) -> bool:
    """Is that window among the offered; of the first option, is it offered?"""
    if n == 0:
        return express[0].offered
    return any(o.offered and o.window == window for o in express[1:])


def said(option: Option, kind: str) -> Way | None:
    (refusal,) = option.refusals
    found = [way for way in refusal.ways if way.kind == kind]
    assert len(found) <= 1
    return found[0] if found else None


def latest_ready(morning: Morning, ports: Ports, option: Option, n: int) -> datetime | None:
    """The latest minute that works, all of them tried."""
    until = max(_packed(ports, shop) for shop in morning.asked[0])
    works = [
        at(minute)
        for minute in range((until - TEN) // MINUTE + 1)
        if at(minute) < until
        and offers(express_of(ports, order(morning, ports, at(minute))), option.window, n)
    ]
    # An earlier parcel never hurts: a later minute that works has all before it.
    assert works == [at(minute) for minute in range(len(works))]
    return works[-1] if works else None


def helpers(morning: Morning, ports: Ports, option: Option, n: int) -> set[str]:
    """The couriers of whom one more, free all day, would keep the option."""
    return {
        one.courier_id
        for one in ports.territory.couriers.values()
        if offers(_with_one_more(morning, ports, one), option.window, n)
    }


def _with_one_more(morning: Morning, ports: Ports, like: Courier) -> list[Option]:
    more = replace(like, courier_id=CourierId("more"), shift="Mo-Su 00:00-24:00")
    crew = {**ports.territory.couriers, more.courier_id: more}
    with_more = replace(ports, territory=replace(ports.territory, couriers=crew))
    return express_of(with_more, order(morning, ports))


def count_out(morning: Morning, seen: Counter[str]) -> None:
    """Try every change of every refused express option of *morning*; tell what was said."""
    ports = house(morning)
    answer = quote(order(morning, ports), SHOP, ports, hold=False)
    express = [o for o in answer.options if o.mode is Mode.EXPRESS]
    instead = [o.mode for o in answer.options if o.offered and o.mode is not Mode.EXPRESS]
    told = 0
    for n, option in enumerate(express):
        if option.offered:
            continue
        (refusal,) = option.refusals
        seen.update((refusal.code, *(way.kind for way in refusal.ways)))
        later = [o.window.opens_at for o in express[n + 1 :] if o.offered and o.window]
        way = said(option, "later_window")
        assert (way and way.at) == (later[0] if later else None)
        way = said(option, "other_mode")
        assert way is not None
        assert way.mode == instead[0]
        way = said(option, "ready_by")
        if way is not None or n == 0:
            told += way is not None
            seen["ready_by for a window"] += way is not None and n > 0
            assert (way and way.at) == latest_ready(morning, ports, option, n)
        elif not told:  # packing at once would not help either
            at_once = express_of(ports, order(morning, ports, TEN))
            assert not offers(at_once, option.window, n)
        way = said(option, "courier")
        if refusal.code in ("no_feasible_insertion", "capacity_full", "no_courier_on_shift"):
            assert (way is not None) == bool(helpers(morning, ports, option, n))
        else:
            assert way is None


def test_every_way_out_is_true_and_nothing_less_would_do() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
    )
    @example(Morning(("11:30",), 10_000, (55, 0), ALL_WEEK, (), (("B",), "x"), 1000, None))
    @example(Morning(("11:30",), 10_000, (55, 58), ALL_WEEK, (), (("B", "F"), "y"), 1000, TODAY))
    @example(Morning(("11:30",), 10_000, (0, 0), ALL_WEEK, (), (("B",), "x"), 1000, TODAY))
    @example(Morning(("10:40",), 2000, (5, 5), ALL_WEEK, (), (("F",), "x"), 1000, None))
    @given(mornings)
    def on(morning: Morning) -> None:
        count_out(morning, seen)

    on()
    # Or nothing would have been counted out.
    assert {"later_window", "ready_by", "courier", "other_mode"} <= seen.keys()
    assert seen["ready_by for a window"]
    assert {"no_feasible_insertion", "no_courier_on_shift", "not_ready_in_time"} <= seen.keys()
