"""The day in a handful of numbers.

Decides what is counted under which headline; what became of each shipment is
``operations.report``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dispatch.operations.overview import PlannerDay
from dispatch.slots.service_levels import Mode

OUTCOMES: Final = ("delivered", "late", "open", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one day.

    orders, shipments : booked on that day; an order has a shipment per shop
    in_tours          : orders that a tour of that day holds, done or to come
    unassigned        : orders of that day's tours that no tour holds
    late_ahead        : doorsteps still to come whose forecast is past their promise
    by_mode           : mode -> shipments by outcome, in the order of ``OUTCOMES``
    """

    orders: int
    shipments: int
    delivered: int
    late: int
    open: int
    failed: int
    cancelled: int
    in_tours: int
    unassigned: int
    late_ahead: int
    by_mode: tuple[tuple[Mode, tuple[int, ...]], ...]


def figures(day: PlannerDay) -> Figures:
    """Count *day*."""
    report = day.report
    table = report.by_mode()
    return Figures(
        orders=report.bookings,
        shipments=len(report.lines),
        delivered=report.count("delivered"),
        late=report.count("late"),
        open=report.count("open"),
        failed=report.count("failed"),
        cancelled=report.count("cancelled"),
        in_tours=len(
            {
                item.stop.quote_id
                for lane in day.lanes
                for item in lane.stops
                if item.status != "held"
            }
        ),
        unassigned=len(day.loose),
        late_ahead=sum(
            1
            for lane in day.lanes
            for item in lane.stops
            if item.late_s and item.status in ("booked", "given")
        ),
        by_mode=tuple(
            (mode, tuple(table[mode][outcome] for outcome in OUTCOMES))
            for mode in Mode
            if mode in table
        ),
    )
