"""A shop says that a parcel will be ready later than promised.

Decides what that is for the day: the courier comes later, where that keeps every promise in
the plan as it stands, and every place that is held; else the order goes where it is on time, or
least late.  A courier who stands in the shop waits there.  The promise stays what it was: only
the plan moves.  Who gives way when somebody has to is ``least_harm``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from dispatch.core.civil import clock_text, day_window, local_day, local_text
from dispatch.core.errors import Conflict, Forbidden, Invalid
from dispatch.core.ids import QuoteId
from dispatch.core.windows import TimeWindow
from dispatch.operations.audit import Change, note
from dispatch.operations.lateness import lateness
from dispatch.operations.learnt import as_learnt
from dispatch.operations.least_harm import Harm, give_back, least_harm
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.progress import retimed
from dispatch.operations.standing import Standing, adopt, standing, tours_of
from dispatch.operations.steps import Steps
from dispatch.operations.take_over import Moved, divided, given_anew, moved_to, why_left
from dispatch.operations.think_first import think_first
from dispatch.operations.transfer import anew
from dispatch.operations.waves import LooseOrder
from dispatch.orders.shipments import WITH_MERCHANT, Shipment, State
from dispatch.routing.accepted import is_accepted
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import pickup_windows
from dispatch.tracking.news import Why, with_news
from dispatch.tracking.tours import Stop, StopState, Tour

#: Why a shipment's courier does not come yet: kept with its event.
SHOP_LATE: Final = "shop_late"
#: Who says "ready at ten past seven" after closing time waits so long behind the door.
_BEHIND_THE_DOOR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Delay:
    """What came of it.

    ready_at : when the parcel is to be ready now
    moved    : who brings it, and when; None: nobody can
    unplaced : the order, when nobody can bring it: it waits for the planner's word
    given_up : held places of quotes not paid yet that are lost by it
    """

    ready_at: datetime
    moved: Moved | None
    unplaced: LooseOrder | None = None
    given_up: tuple[QuoteId, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    shipment: Shipment
    tours: tuple[Tour, ...]
    loose: LooseOrder | None
    others: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Thought:
    delay: Delay
    written: tuple[Tour, ...]
    steps: Steps


def shop_late(
    shipment_id: str,
    ready_at: datetime,
    ports: Ports,
    *,
    merchant_id: str | None = None,
    dry_run: bool = False,
) -> Delay:
    """Note that the shipment is ready at *ready_at*; return who brings it now, and when.

    merchant_id : the shop that says so; None: a planner
    dry_run     : answer as if, write nothing

    Raises
    ------
    NotFound, Forbidden
        When there is no such shipment, or it is another shop's.
    Invalid
        When *ready_at* is past, or not today any more.
    Conflict
        When no courier is to fetch it any more, or it is packed already.
    """
    ports = as_learnt(ports)
    _refuse_odd(ready_at, ports)

    def look(tx: Transaction) -> _Seen:
        shipment = tx.shipment(shipment_id)
        if merchant_id is not None and shipment.merchant_id != merchant_id:
            raise Forbidden(f"shipment {shipment_id} is another merchant's")
        _refuse_gone(shipment)
        quote_id = tx.booking(shipment.booking_id).quote_id
        day = local_day(shipment.promise.window.closes_at)
        loose = next((o for o in tx.loose_orders(day) if o.quote_id == quote_id), None)
        tours = tours_of(tx, day, ports)
        # What is given out along with a late order that is given out anew.
        along = {i for tour in tours for s in tour.stops if s.is_to_give for i in s.shipment_ids}
        return _Seen(shipment, tours, loose, tuple(tx.shipments(along - {shipment_id})))

    def write(thought: _Thought, tx: Transaction) -> Delay:
        return _write(shipment_id, thought, tx, ports)

    return think_first(
        look, lambda seen: _think(seen, ready_at, ports), write, ports, dry_run=dry_run
    )


def _refuse_odd(ready_at: datetime, ports: Ports) -> None:
    now = ports.clock.now()
    if ready_at <= now:
        raise Invalid(f"{local_text(ready_at)} is past: say that it is ready", field="ready_at")
    if local_day(ready_at) != local_day(now):
        raise Invalid(
            f"{local_text(ready_at)} is another day: the order has to be moved", field="ready_at"
        )


def _refuse_gone(shipment: Shipment) -> None:
    facts = {"shipment_id": shipment.shipment_id, "state": shipment.state.value}
    if shipment.mode is not Mode.EXPRESS or shipment.state not in WITH_MERCHANT:
        raise Conflict(f"no courier is to fetch shipment {shipment.shipment_id}", **facts)
    if shipment.prepared_at is not None:
        raise Conflict(f"shipment {shipment.shipment_id} is packed already", **facts)


def _think(seen: _Seen, ready_at: datetime, ports: Ports) -> _Thought:
    name = seen.shipment.shipment_id
    steps = Steps([seen.shipment, *seen.others])
    if seen.loose is not None:
        order = tuple(_later(stop, name, ready_at, ports) for stop in seen.loose.stops)
        loose = replace(seen.loose, stops=order)
        return _Thought(Delay(ready_at, None, loose), (), steps)
    holder = next((t for t in seen.tours if _pickup(t, name) is not None), None)
    pickup = None if holder is None else _pickup(holder, name)
    if holder is None or pickup is None:
        raise Conflict(f"no courier is to fetch shipment {name}", shipment_id=name)
    order = tuple(s for s in holder.stops if s.quote_id == pickup.quote_id)
    late = _later(pickup, name, ready_at, ports)
    if pickup.state is StopState.ARRIVED or any(stop.over for stop in order):
        # Who is there waits; and what is half fetched stays with its courier.
        waiting = retimed(holder.with_stop(late), ports)
        after = tuple(waiting if tour is holder else tour for tour in seen.tours)
        harm = least_harm(seen.tours, [after], order, ports)
        moved = moved_to(order[-1], harm.tours[seen.tours.index(holder)])
        written = tuple(after for _, after in _changed(seen, harm))
        return _Thought(Delay(ready_at, moved, None, harm.released), written, steps)
    if pickup.departed_at is not None and seen.shipment.state is State.TO_PICKUP:
        now = ports.clock.now()
        steps.step(name, State.ASSIGNED, now=now, actor="merchant", reason=SHOP_LATE)
    rest = tuple(anew(_later(stop, name, ready_at, ports)) for stop in order)
    return _replanned(seen, holder, rest, ready_at, steps, ports)


def _replanned(
    seen: _Seen,
    holder: Tour,
    rest: tuple[Stop, ...],
    ready_at: datetime,
    steps: Steps,
    ports: Ports,
) -> _Thought:
    now, name = ports.clock.now(), rest[0].quote_id
    cleared = tuple(tour.without_order(name) for tour in seen.tours)
    day = standing(cleared, now, ports, extra=[rest])
    ways = (
        [given_anew(tour, rest, now) for tour in adopt(day, sequences)]
        for sequences in chain(
            _as_it_was(day, seen.tours.index(holder), holder), divided(day, rest, {name})
        )
    )
    harm = least_harm(seen.tours, ways, rest, ports)
    written = tuple(
        with_news(before, after, Why.SHOP_LATE, now) for before, after in _changed(seen, harm)
    )
    was_out = {stop.stop_id for tour in seen.tours for stop in tour.manifest}
    for tour in written:
        steps.assign(tour, was_out, now=now, actor="merchant")
    taker = next((t for t in harm.tours if any(s.quote_id == name for s in t.stops)), None)
    if taker is not None:
        delay = Delay(ready_at, moved_to(rest[-1], taker), None, harm.released)
        return _Thought(delay, written, steps)
    loose = LooseOrder(name, holder.day, rest, why_left(day, harm.tours, rest), now)
    return _Thought(Delay(ready_at, None, loose, harm.released), written, steps)


def _changed(seen: _Seen, harm: Harm) -> list[tuple[Tour, Tour]]:
    """Every tour that is another now: before and after."""
    pairs = zip(seen.tours, harm.tours, strict=True)
    return [(before, after) for before, after in pairs if before.stops != after.stops]


def _as_it_was(day: Standing, v: int, holder: Tour) -> Iterator[list[tuple[int, ...]]]:
    """The plan in its present order, if nobody is late who was not."""
    sequences = list(day.sequences)
    sequences[v] = day.order_of(holder)
    if not is_accepted(day.problem, sequences):
        return
    if not lateness(day, sequences).losers(lateness(day, day.sequences)):
        yield sequences


def _pickup(tour: Tour, shipment_id: str) -> Stop | None:
    """The visit that fetches it from the shop, still to be made."""
    return next(
        (
            stop
            for stop in tour.stops
            if stop.merchant_id is not None and shipment_id in stop.shipment_ids and not stop.over
        ),
        None,
    )


def _later(stop: Stop, shipment_id: str, ready_at: datetime, ports: Ports) -> Stop:
    """The stop, and if it fetches the shipment, only from *ready_at* on."""
    if stop.merchant_id is None or shipment_id not in stop.shipment_ids:
        return stop
    shop = ports.territory.merchant(stop.merchant_id).shop
    day_ends_at = day_window(local_day(ready_at)).closes_at
    # Whoever promises to be ready after closing time will be there to hand it over.
    there = TimeWindow(ready_at, min(ready_at + _BEHIND_THE_DOOR, day_ends_at))
    open_ = pickup_windows(shop, ready_at, day_ends_at)
    return replace(stop, windows=open_ if open_ and there.meet(open_[0]) else (there, *open_))


def _write(shipment_id: str, thought: _Thought, tx: Transaction, ports: Ports) -> Delay:
    """Raises ``Stale`` when the day moved since it was looked at."""
    for tour in thought.written:
        tx.put_tour(tour)
    thought.steps.write(tx)
    delay = thought.delay
    if delay.unplaced is not None:
        tx.put_loose(delay.unplaced)
    after = {"ready_at": clock_text(delay.ready_at)}
    give_back(delay.given_up, tx, ports)
    note(Change.SHOP_LATE, shipment_id, tx, ports, after=after)
    return delay
