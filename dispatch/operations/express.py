"""Can a courier keep this promise?  An express order tried in today's tours.

Each window is tried by inserting the order into the standing plan as it will
be when the next wave is handed out: nobody can leave for it earlier.  What
is found is the promise's witness.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dispatch.core.civil import clock_text, day_window, local_day
from dispatch.core.errors import Broken
from dispatch.core.ids import QuoteId, TourId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.at_once import all_at_once, which_fit, which_take
from dispatch.operations.fit import NO_ROOMY_TOUR, Fit
from dispatch.operations.footprint import grams_of
from dispatch.operations.learnt import drop_s, pickup_s
from dispatch.operations.lines import is_on_time, line_at, span_from
from dispatch.operations.nobody_loses import counted_on, nobody_loses
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import (
    Standing,
    adopt,
    repromised,
    standing,
    tours_of,
)
from dispatch.operations.timetable import next_release
from dispatch.orders.quotes import OrderRequest, Witness
from dispatch.routing.insertion import Insertion, cheapest_insertion
from dispatch.routing.schedule import travel_s
from dispatch.routing.why_not import why_not
from dispatch.slots.promises import Promise
from dispatch.slots.shops import pickup_windows
from dispatch.tracking.tours import Stop, StopKind, Tour


@dataclass(frozen=True, slots=True)
class Desk:
    """What an express question is answered from, read once for all its windows."""

    tours: tuple[Tour, ...]
    release_at: datetime | None


def desk(
    tx: Transaction,
    ports: Ports,
    *,
    booked_by: datetime | None = None,
    day: date | None = None,
) -> Desk:
    """Read a day's tours and find the wave that hands out what is booked by *booked_by*.

    day       : None: today

    booked_by : when a quote expires: a customer who pays in the last second must still
                find the courier there; default: now
    """
    now = ports.clock.now()
    tours = tours_of(tx, day or local_day(now), ports)
    return Desk(tours, next_release(tx, booked_by or now, ports, day))


def try_windows(
    order: tuple[Stop, ...], windows: Sequence[TimeWindow], table: Desk, ports: Ports
) -> list[Fit | Refusal]:
    """For each of *windows*: insert *order* where it adds least, or say why not.

    order : its pickups, then its drop; promised for the widest of the windows
    """
    found = find_places(order, windows, table, ports)
    fits = [fit for fit in found if isinstance(fit, Fit)]
    grams = iter(grams_of(order[0].quote_id, [fit.tour for fit in fits], ports))
    return [replace(fit, ghg_g=next(grams)) if isinstance(fit, Fit) else fit for fit in found]


def find_places(
    order: tuple[Stop, ...], windows: Sequence[TimeWindow], table: Desk, ports: Ports
) -> list[Fit | Refusal]:
    """Do as ``try_windows``, without what the fits emit."""
    if not table.tours:
        return [Refusal("no_courier_on_shift", binding=("shift",)) for _ in windows]
    if table.release_at is None:
        return [Refusal("after_cutoff", binding=("wave",)) for _ in windows]
    promised = [with_window(order, window, table.release_at) for window in windows]
    return places_for(promised, table.tours, table.release_at, ports)


def places_for(
    orders: Sequence[tuple[Stop, ...]], tours: Sequence[Tour], at: datetime, ports: Ports
) -> list[Fit | Refusal]:
    """Insert each of *orders*, one order promised for several windows, where nobody loses by it.

    at : the hand-out that the place is to count on
    """
    found = all_at_once(orders, tours, at, ports)
    if found is None:
        found = one_by_one(orders, tours, at, ports)
    taking = {fit.tour.tour_id for fit in found if isinstance(fit, Fit)}
    before = {tour.tour_id: tour for tour in tours if tour.tour_id in taking}
    watched = {name for name, tour in before.items() if not _says_it_all(tour, tours, at, ports)}
    lost = {
        n: fit.tour.tour_id
        for n, fit in enumerate(found)
        if isinstance(fit, Fit)
        and fit.tour.tour_id in watched
        and not nobody_loses([before[fit.tour.tour_id]], [fit.tour], ports)
    }
    if not lost:
        return found
    others = [tour for tour in tours if tour.tour_id not in lost.values()]
    again = places_for([orders[n] for n in lost], others, at, ports)
    for n, fit in zip(lost, again, strict=True):
        found[n] = fit
    return found


def _says_it_all(tour: Tour, tours: Sequence[Tour], at: datetime, ports: Ports) -> bool:
    """Does nobody in *tour* lose by an order more, if nobody does as of the hand-out *at*?

    Who is on time at the last one that is counted on is so at those before it, where nobody
    leaves later.
    """
    if counted_on([tour], ports)[-1] > at:
        return False
    return is_on_time(line_at(tour, ports.clock.now(), span_from(at, tours), ports))


def which_work(
    order: tuple[Stop, ...],
    windows: Sequence[TimeWindow],
    table: Desk,
    ports: Ports,
    *,
    freed_at: datetime | None = None,
) -> list[bool]:
    """Tell for each of *windows* whether ``try_windows`` finds a fit; it costs a fraction.

    freed_at : in the tours without what is held until then, or less
    """
    if not table.tours or table.release_at is None:
        return [False for _ in windows]
    promised = [with_window(order, window, table.release_at) for window in windows]
    found = which_fit(promised, table.tours, table.release_at, ports, freed_at=freed_at)
    if found is None:
        tours = table.tours
        if freed_at is not None:
            tours = tuple(tour.without_expired_holds(freed_at) for tour in tours)
        tried = one_by_one(promised, tours, table.release_at, ports)
        found = [isinstance(one, Fit) for one in tried]
    return found


def takers(
    order: tuple[Stop, ...],
    window: TimeWindow,
    table: Desk,
    ports: Ports,
    *,
    among: Container[TourId],
    freed_at: datetime,
) -> frozenset[TourId]:
    """Return the tours *among* those of *table* that take the order in *window*.

    freed_at : without what is held until then, or less

    Plain code does not tell which: when it finds a place, that may be in any of them.
    """
    promised, at = with_window(order, window, table.release_at), table.release_at
    some = [tour for tour in table.tours if tour.tour_id in among]
    if not some or at is None:
        return frozenset()
    takes = which_take(promised, some, table.tours, at, ports, freed_at=freed_at)
    if takes is None:
        takes = which_work(order, [window], table, ports, freed_at=freed_at) * len(some)
    return frozenset(tour.tour_id for tour, yes in zip(some, takes, strict=True) if yes)


def one_by_one(
    promised: Sequence[tuple[Stop, ...]], tours: Sequence[Tour], at: datetime, ports: Ports
) -> list[Fit | Refusal]:
    """Try one order promised for several windows, in plain Python, in any day.

    Tours in which an order would fall by *at* are left out: that order is booked, and may well
    leave with an earlier wave, so the room made by leaving it out is not there.
    """
    if not tours:
        return [NO_ROOMY_TOUR for _ in promised]
    day = standing(tours, at, ports, extra=[promised[0]])
    if any(day.waiting):
        pairs = zip(tours, day.waiting, strict=True)
        return one_by_one(promised, [tour for tour, waits in pairs if not waits], at, ports)
    return [_try(repromised(day, order), order) for order in promised]


def _try(day: Standing, order: tuple[Stop, ...]) -> Fit | Refusal:
    job = day.job_named(order[0].quote_id)
    if job is None:
        raise Broken(f"order {order[0].quote_id} is no job of this day")
    found = cheapest_insertion(day.problem, day.sequences, job)
    if found is None:
        return why_not(day.problem, day.sequences, job)
    return _fit(day, found)


def _fit(plan: Standing, found: Insertion) -> Fit:
    sequences = [*plan.sequences]
    sequences[found.vehicle] = found.nodes
    order = plan.stops[found.nodes[found.positions[-1]]].quote_id
    tour = adopt(plan, sequences, retimed=(order,))[found.vehicle]
    before_s = travel_s(plan.problem, found.vehicle, plan.sequences[found.vehicle])
    after_s = travel_s(plan.problem, found.vehicle, found.nodes)
    witness = Witness(
        tour_id=tour.tour_id,
        courier_id=tour.courier_id,
        after_stop=len(plan.done[found.vehicle]) + found.positions[-1],
        added_s=max(0, after_s - before_s),  # rounded up legs: a detour may cost -1 s
        slack_s=found.slack_s,
        tour_version=tour.version,
    )
    return Fit(witness, tour)


def stops_of(
    quote_id: QuoteId,
    request: OrderRequest,
    promise: Promise,
    ports: Ports,
    *,
    held_until: datetime | None,
) -> tuple[Stop, ...]:
    """Return the order as stops: one pickup a merchant, and the doorstep last.

    A shop is open to the courier until it closes, not until the promise ends: an
    order that runs late is still fetched.
    """
    day_ends_at = day_window(local_day(promise.window.closes_at)).closes_at
    lines = {line.merchant_id: line for line in request.lines}
    times = ports.parameters.service_times
    pickups: list[Stop] = []
    for n, pickup in enumerate(promise.pickups):
        merchant = ports.territory.merchant(pickup.merchant_id)
        line = lines[pickup.merchant_id]
        pickups.append(
            Stop(
                stop_id=f"{quote_id}:{n}",
                quote_id=quote_id,
                kind=StopKind.PICKUP,
                place=merchant.place,
                windows=pickup_windows(merchant.shop, pickup.ready_at, day_ends_at),
                service_s=pickup_s(pickup.merchant_id, ports),
                load=(line.weight_g, line.volume_cm3, int(line.cold)),
                merchant_id=pickup.merchant_id,
                held_until=held_until,
                setup_s=times.setup_s,
            )
        )
    handing_over_s = drop_s(request.deliver_to, ports)
    drop = Stop(
        stop_id=f"{quote_id}:{len(pickups)}",
        quote_id=quote_id,
        kind=StopKind.DROP,
        place=request.deliver_to.place,
        windows=(TimeWindow(promise.window.opens_at, day_ends_at),),
        service_s=handing_over_s,
        load=(
            sum(line.weight_g for line in request.lines),
            sum(line.volume_cm3 for line in request.lines),
            sum(int(line.cold) for line in request.lines),
        ),
        due_at=_last_ring(promise.window, handing_over_s),
        held_until=held_until,
        setup_s=times.setup_s,
    )
    return (*pickups, drop)


def _last_ring(window: TimeWindow, service_s: int) -> datetime:
    """When the bell must have rung for the parcel to be handed over before *window* closes."""
    return window.closes_at - timedelta(seconds=service_s + 1)


def with_window(
    order: tuple[Stop, ...], window: TimeWindow, release_at: datetime | None
) -> tuple[Stop, ...]:
    """Return the same order promised for *window* of the same day, as of that hand-out."""
    *pickups, drop = order
    day_ends = drop.windows[-1].closes_at
    return (
        *(replace(pickup, release_at=release_at) for pickup in pickups),
        replace(
            drop,
            windows=(TimeWindow(window.opens_at, day_ends),),
            due_at=_last_ring(window, drop.service_s),
            release_at=release_at,
        ),
    )


def window_text(window: TimeWindow) -> str:
    """Return ``14:00-15:00`` as the wall clock shows it."""
    return f"{clock_text(window.opens_at)}-{clock_text(window.closes_at)}"
