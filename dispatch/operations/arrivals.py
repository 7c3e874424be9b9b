"""How sure is a courier's day?  Each open stop of a tour with its chances, as of now.

Decides which errors each stop of a tour is exposed to; how they add up is
``tracking.arrival``'s question.  Nothing is stored: an hour later the same facts say less.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import StreetsUnavailable
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.seen import forecast_manifest
from dispatch.operations.straying import Straying
from dispatch.tracking.arrival import Arrival, Halt, arrivals
from dispatch.tracking.eta import Forecast
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: Nine in ten are before the late end of a forecast, and one in ten before its early end.
P_LATE: Final = 0.9
P_EARLY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Outlook:
    """An open stop that a courier has been given, as of now.

    early_at, eta_at, late_at : service begins by then with a chance of 10, 50 and 90 %
    over_early_at, over_late_at : everything is handed over by then with a chance of 10, 90 %
    p_on_time    : the chance to keep the promise; None: nothing is promised here
    """

    stop: Stop
    early_at: datetime
    eta_at: datetime
    late_at: datetime
    over_early_at: datetime
    over_late_at: datetime
    p_on_time: float | None


def outlooks(
    tour: Tour, packed: Collection[str], now: datetime, ports: Ports
) -> tuple[Outlook, ...]:
    """Return the courier's open published stops in order; none of who left the roster.

    packed : ids of stops whose parcels are known to be ready
    """
    if tour.courier_id not in ports.territory.couriers:
        return ()
    planned = forecast_manifest(tour, now, ports)
    if not planned:
        return ()
    errors = Straying(ports.learnt)
    halts = [
        _halt(stop, timing, n == 0, stop.stop_id in packed, now, errors)
        for n, (stop, timing) in enumerate(planned)
    ]
    vehicle = ports.territory.courier(tour.courier_id).vehicle.kind.value
    free_s = (planned[0][1].depart_at - now).total_seconds()
    found = arrivals(halts, free_s, errors.pace(vehicle))
    return tuple(_told(stop, one, now) for (stop, _), one in zip(planned, found, strict=True))


def late_arrivals(tours: Sequence[Tour], ports: Ports) -> dict[str, datetime]:
    """Return when service begins at the latest, nine times in ten, by stop; today's open ones.

    Nothing while nobody tells travel times.
    """
    ports, now = as_learnt(ports), ports.clock.now()
    today = [tour for tour in tours if tour.day == local_day(now)]
    with ports.store.reading() as tx:
        packed = packed_stops(today, tx)
    try:
        seen = [one for tour in today for one in outlooks(tour, packed, now, ports)]
    except StreetsUnavailable:
        return {}
    return {one.stop.stop_id: one.late_at for one in seen}


def packed_stops(tours: Sequence[Tour], tx: Transaction) -> frozenset[str]:
    """Return the ids of open pickups whose shops said that everything is packed."""
    return frozenset(
        stop.stop_id
        for tour in tours
        for stop in tour.manifest
        if stop.kind is StopKind.PICKUP
        and not stop.over
        and all(tx.shipment(name).prepared_at is not None for name in stop.shipment_ids)
    )


def _halt(
    stop: Stop, timing: Forecast, first: bool, packed: bool, now: datetime, errors: Straying
) -> Halt:
    def after_now(instant: datetime) -> float:
        return (instant - now).total_seconds()

    there = stop.state is StopState.ARRIVED
    leg_s = 0 if there else timing.leg_s
    setup_s = min(stop.setup_s, leg_s)
    on_the_way = first and not there and timing.depart_at <= now
    return Halt(
        way_s=leg_s - setup_s,
        setup_s=setup_s,
        stay_s=stop.service_s,
        stay=errors.stay(stop),
        windows=[(after_now(w.opens_at), after_now(w.closes_at)) for w in stop.windows],
        packed=None if packed else errors.packing(stop),
        left_s=after_now(timing.depart_at) if on_the_way else None,
        begun_s=after_now(timing.begin_at) if there and timing.begin_at <= now else None,
    )


def _told(stop: Stop, found: Arrival, now: datetime) -> Outlook:
    def at(seconds: float) -> datetime:
        return now + timedelta(seconds=round(seconds))

    promised = stop.promised_until
    return Outlook(
        stop,
        early_at=at(found.begin.quantile_s(P_EARLY)),
        eta_at=at(found.begin.quantile_s(0.5)),
        late_at=at(found.begin.quantile_s(P_LATE)),
        over_early_at=at(found.end.quantile_s(P_EARLY)),
        over_late_at=at(found.end.quantile_s(P_LATE)),
        p_on_time=None if promised is None else found.end.by((promised - now).total_seconds()),
    )
