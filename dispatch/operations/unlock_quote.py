"""What would make a refused option possible?  Each answer was tried before it is told.

Decides which changes are tried for whom, so that a quote that is mostly a yes stays
quick.  Why an option is refused is ``express``' and the calendar's word.

What is tried, and what "nearest" means:

- ``later_window``: the first later window of this very quote that is offered;
- ``ready_by``: the latest minute such that the same option works when every shop has
  packed by then; one minute later does not.  For the first refused options that it helps:
  ``_PACKING_TRIES`` a quote are made;
- ``order_from``: the first minute from which the calendar promises the window;
- ``courier``: one more courier like one of the town's, from the next wave to midnight,
  with nothing else to do: who of them adds least;
- ``other_mode``: the first one offered in ``_MODES``' order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import day_window, instant_at, local_day, whole_minute
from dispatch.core.ids import TourId
from dispatch.core.reasons import Way
from dispatch.core.windows import TimeWindow
from dispatch.operations.express import Desk, find_places, stops_of, which_work
from dispatch.operations.fit import Fit
from dispatch.operations.locate import is_doorstep_trouble
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, offered, offers_to
from dispatch.orders.quotes import Option
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import ready_at
from dispatch.tracking.tours import Tour

#: What is offered instead: what costs the customer least first.
_MODES: Final = (Mode.COLLECT, Mode.MERCHANT, Mode.STANDARD, Mode.EXPRESS)
#: The calendar's reasons that an earlier parcel may mend.
_TOO_SLOW: Final = frozenset({"not_ready_in_time", "market_day"})
#: What the couriers' day says when one more of them may help.
_NO_PLACE: Final = frozenset({"no_feasible_insertion", "capacity_full", "no_courier_on_shift"})
_MINUTE: Final = timedelta(minutes=1)
#: How often a quote tries when shops would have to have packed, at most: three windows or so.
_PACKING_TRIES: Final = 24


def with_ways(options: Sequence[Option], ask: Ask, table: Desk, ports: Ports) -> list[Option]:
    """Return *options*, all of one quote, with the ways out of those that are refused."""
    express = [option for option in options if option.mode is Mode.EXPRESS]
    helped = dict(_with_one_more(express, ask, table, ports))
    ready_by = {id(express[n]): at for n, at in _ready_by(express, ask, table, ports)}
    answer: list[Option] = []
    for option in options:
        if option.offered:
            answer.append(option)
            continue
        ways = [*_later(option, options), *_other_mode(option, options)]
        if option.mode is Mode.EXPRESS and ask.refusal is None:
            if option.window in helped:
                ways.append(Way("courier", vehicle=helped[option.window]))
            ways += _order_from(option, ask, ports)
            if id(option) in ready_by:
                ways.append(Way("ready_by", at=ready_by[id(option)]))
        told = tuple(refusal.opened_by(*ways) for refusal in option.refusals)
        answer.append(replace(option, refusals=told))
    return answer


def _later(option: Option, options: Sequence[Option]) -> list[Way]:
    """The first window after this one that is offered; windows come in order."""
    after = options[next(n for n, other in enumerate(options) if other is option) + 1 :]
    for other in after if option.mode is Mode.EXPRESS else ():
        if other.mode is Mode.EXPRESS and other.offered and other.window is not None:
            return [Way("later_window", at=other.window.opens_at)]
    return []


def _other_mode(option: Option, options: Sequence[Option]) -> list[Way]:
    had = {other.mode for other in options if other.offered} - {option.mode}
    return [Way("other_mode", mode=mode.value) for mode in _MODES if mode in had][:1]


def _with_one_more(
    express: Sequence[Option], ask: Ask, table: Desk, ports: Ports
) -> Iterable[tuple[TimeWindow, str]]:
    """Yield each refused window that one courier more would keep, and what that one rides."""
    refused = [
        option.window
        for option in express
        if option.window is not None and any(r.code in _NO_PLACE for r in option.refusals)
    ]
    if not refused or table.release_at is None:
        return
    promises = {o.window: o.answer for o in offered(Mode.EXPRESS, ask.merchants, ask, ports)}
    promise = promises[refused[0]]
    assert isinstance(promise, Promise)  # the calendar said yes, the couriers no
    order = stops_of(ask.quote_id, ask.request, promise, ports, held_until=None)
    found = find_places(order, refused, _fresh(table.release_at, ports), ports)
    for window, fit in zip(refused, found, strict=True):
        if isinstance(fit, Fit):
            courier = ports.territory.courier(fit.witness.courier_id)
            yield window, courier.vehicle.kind.value


def _fresh(release_at: datetime, ports: Ports) -> Desk:
    """An empty tour for one more of each of the town's couriers; who are alike count once."""
    day = local_day(release_at)
    kinds = {(one.vehicle, one.start, one.end): one for one in ports.territory.couriers.values()}
    shift = TimeWindow(release_at, day_window(day).closes_at)
    return Desk(
        tuple(
            Tour(TourId(f"one_more_{one.courier_id}"), day, one.courier_id, shift, one.start)
            for one in kinds.values()
        ),
        release_at,
    )


def _order_from(option: Option, ask: Ask, ports: Ports) -> list[Way]:
    """When a window too far ahead comes within reach; "as soon as possible" has its own."""
    level = ports.parameters.levels[Mode.EXPRESS]
    (refusal,) = option.refusals
    window = option.window
    if window is None:
        return []
    if refusal.code == "too_far_ahead" and level.max_lead_min is not None:
        at = whole_minute(window.closes_at - timedelta(minutes=level.max_lead_min))
    elif refusal.code == "not_this_day":
        at = instant_at(local_day(window.opens_at) - timedelta(days=level.days_ahead), 0)
    else:
        return []
    shops = [merchant.shop for merchant in ask.merchants]
    later = offers_to(ask.request, Mode.EXPRESS, shops, at, ports)
    works = any(o.window == window and isinstance(o.answer, Promise) for o in later)
    return [Way("order_from", at=at)] if works and at > ask.now else []


def _ready_by(
    express: Sequence[Option], ask: Ask, table: Desk, ports: Ports
) -> Iterable[tuple[int, datetime]]:
    """Yield the numbers of refused options that earlier parcels help, and by when to pack."""
    usual = [_packed_at(n, ask) for n in range(len(ask.merchants))]
    known = [at for at in usual if at is not None]
    first, before = whole_minute(ask.now), max(known, default=ask.now)
    if ask.refusal is not None or len(known) < len(usual) or first >= before:
        return
    waited_for = _waited_for(known, ask, table)
    asked = [n for n, option in enumerate(express) if _worth_packing_sooner(option, waited_for)]

    def work(at: datetime, some: Sequence[int]) -> list[bool]:
        lines = tuple(
            replace(line, ready_at=min(at, own))
            for line, own in zip(ask.request.lines, known, strict=True)
        )
        sooner = replace(ask, request=replace(ask.request, lines=lines))
        return _are_kept([(n, express[n]) for n in some], sooner, table, ports)

    # Most are refused for another reason, which one question tells of all of them.
    helped = [n for n, works in zip(asked, work(first, asked), strict=True) if works]
    tries = ((before - first) // _MINUTE).bit_length()
    for n in helped[: _PACKING_TRIES // max(1, tries)]:
        yield n, _latest_minute(lambda at, n=n: work(at, [n]) == [True], first, before)  # type: ignore[misc]


def _worth_packing_sooner(option: Option, waited_for: bool) -> bool:
    if option.offered:
        return False
    (refusal,) = option.refusals
    if is_doorstep_trouble(refusal):
        return False
    return refusal.code in _TOO_SLOW or (waited_for and refusal.code in _NO_PLACE)


def _waited_for(packed: Sequence[datetime], ask: Ask, table: Desk) -> bool:
    """Does a parcel come after the wave?  One that is there before it keeps nobody waiting."""
    shops = [merchant.shop for merchant in ask.merchants]
    ready = [ready_at(shop, ask.now, at) for shop, at in zip(shops, packed, strict=True)]
    leaves_at = table.release_at
    return leaves_at is not None and any(at is None or at > leaves_at for at in ready)


def _packed_at(n: int, ask: Ask) -> datetime | None:
    """When the n-th shop will have packed, by its own word or by its usual pace."""
    shop, said = ask.merchants[n].shop, ask.request.lines[n].ready_at
    return said or shop.hours.add_open_time(ask.now, shop.preparation_min)


def _are_kept(
    options: Sequence[tuple[int, Option]], ask: Ask, table: Desk, ports: Ports
) -> list[bool]:
    """Tell which of *options*, each with its number, are promised to *ask* and fit."""
    offers = offered(Mode.EXPRESS, ask.merchants, ask, ports)
    today = ask.request.day in (None, local_day(ask.now))
    # "As soon as possible" is sooner for who packs sooner: it is known by its place.
    answers = [
        next((o.answer for o in offers if o.window == option.window), None)
        if n or not today
        else offers[0].answer
        for n, option in options
    ]
    promises = [answer for answer in answers if isinstance(answer, Promise)]
    if not promises:
        return [False for _ in options]
    order = stops_of(ask.quote_id, ask.request, promises[0], ports, held_until=None)
    work = iter(which_work(order, [promise.window for promise in promises], table, ports))
    return [isinstance(one, Promise) and next(work) for one in answers]


def _latest_minute(
    works: Callable[[datetime], bool], first: datetime, before: datetime
) -> datetime:
    """The last of the minutes from *first* on and before *before* that works; earlier ones do.

    At *first* it does, at *before* it does not.
    """
    too_late = first + ((before - first + _MINUTE - timedelta(microseconds=1)) // _MINUTE) * _MINUTE
    while too_late - first > _MINUTE:
        middle = first + (too_late - first) // _MINUTE // 2 * _MINUTE
        if works(middle):
            first = middle
        else:
            too_late = middle
    return first
