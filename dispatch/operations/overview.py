"""The planner's day: every tour, what no tour holds and why, the waves, and how it is going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.core.civil import local_day
from dispatch.core.ids import CourierId
from dispatch.core.windows import TimeWindow
from dispatch.fleet.couriers import Courier
from dispatch.operations.courier_news import unheard
from dispatch.operations.manifest import short_ref, way
from dispatch.operations.parameters import Parameters
from dispatch.operations.ports import Ports
from dispatch.operations.report import DayReport, report_of
from dispatch.operations.standing import tours_of
from dispatch.operations.timetable import waves_on
from dispatch.operations.waiting import place_told
from dispatch.operations.waves import LooseOrder, Wave
from dispatch.tracking.news import News
from dispatch.tracking.tours import Stop, Tour
from dispatch.tracking.waiting import Waiting


@dataclass(frozen=True, slots=True)
class LaneStop:
    """One stop on a courier's lane.

    label  : the shop's name, or the order's code at a doorstep
    begins_at, ends_at : done: as it was; open: forecast
    late_s : seconds after the promise, as it was or as forecast
    status : held (a quote's), booked (next wave hands it out), given, over
    """

    stop: Stop
    label: str
    begins_at: datetime | None
    ends_at: datetime | None
    late_s: int
    status: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One courier's shift on the timeline and on the map.

    unheard : what the courier should have read by now and did not
    waiting : where the courier was told to wait, having nothing to do
    """

    tour: Tour
    courier: Courier
    stops: tuple[LaneStop, ...]
    path: tuple[tuple[float, float], ...]
    unheard: News | None = None
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class LooseView:
    """An order no tour holds."""

    order: LooseOrder
    order_ref: str
    shops: tuple[str, ...]
    promised: TimeWindow | None


@dataclass(frozen=True, slots=True)
class PlannerDay:
    """What the planner's page shows, at ``now``."""

    day: date
    now: datetime
    lanes: tuple[Lane, ...]
    loose: tuple[LooseView, ...]
    waves: tuple[Wave, ...]
    parameters: Parameters
    report: DayReport


def planner_day(day: date, ports: Ports) -> PlannerDay:
    """Return *day* as the planner sees it."""
    now = ports.clock.now()
    with ports.store.reading() as tx:
        tours = tours_of(tx, day, ports)
        loose = tuple(tx.loose_orders(day))
        promised = {
            order.quote_id: tx.shipment(order.stops[-1].shipment_ids[0]).promise.window
            for order in loose
            if order.stops and order.stops[-1].shipment_ids
        }
        waves = waves_on(tx, day, ports)
        report = report_of(day, tx, ports)
    return PlannerDay(
        day=day,
        now=now,
        lanes=tuple(_lane(tour, day, ports) for tour in tours),
        loose=tuple(
            LooseView(
                order,
                short_ref(order.quote_id),
                tuple(
                    ports.territory.merchant(s.merchant_id).name
                    for s in order.stops
                    if s.merchant_id is not None
                ),
                promised.get(order.quote_id),
            )
            for order in loose
        ),
        waves=waves,
        parameters=ports.parameters,
        report=report,
    )


def _lane(tour: Tour, day: date, ports: Ports) -> Lane:
    courier = ports.territory.courier(CourierId(tour.courier_id))
    ahead = [stop.place for stop in tour.manifest if not stop.over]
    behind = [stop.place for stop in tour.stops if stop.over]
    here = behind[-1] if behind else tour.start
    # The way already driven is history; only today's way ahead is worth a line.
    today = day == local_day(ports.clock.now())
    path = way([here, *ahead], courier.vehicle.kind.value, ports) if today else ()
    stops = tuple(_lane_stop(s, ports) for s in tour.stops)
    if not today:
        return Lane(tour, courier, stops, path)
    now = ports.clock.now()
    return Lane(tour, courier, stops, path, unheard(tour, now), place_told(tour, now))


def _lane_stop(stop: Stop, ports: Ports) -> LaneStop:
    begins_at = stop.ended_at if stop.over else stop.eta_at
    ends_at = begins_at
    if begins_at is not None:
        service = timedelta(seconds=stop.service_s)
        begins_at, ends_at = (
            (begins_at - service, begins_at) if stop.over else (begins_at, begins_at + service)
        )
    late_s = 0
    if stop.due_at is not None and begins_at is not None:
        late_s = max(0, int((begins_at - stop.due_at).total_seconds()))
    if stop.merchant_id is not None:
        label = ports.territory.merchant(stop.merchant_id).name
    else:
        label = short_ref(stop.quote_id)
    if stop.over:
        status = "over"
    elif stop.held_until is not None:
        status = "held"
    else:
        status = "given" if stop.published_at is not None else "booked"
    return LaneStop(stop, label, begins_at, ends_at, late_s, status)
