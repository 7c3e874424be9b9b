"""The figures of one replayed day.

Decides what each figure counts; ``docs/replay.md`` says it in a table.  What several days
have in common is ``compare``'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from statistics import fmean
from typing import Final

import numpy as np

from dispatch.core.ids import ShipmentId
from dispatch.operations.report import Line
from dispatch.orders.failures import FailureReason
from dispatch.replay.customers import Taken
from dispatch.replay.riders import Moved, Visit
from dispatch.replay.run import Lived
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import StopKind

#: Why an order that no courier ever had was not brought.
NOT_GIVEN: Final = "not_given"


@dataclass(frozen=True, slots=True)
class Kpis:
    """One day under one policy.  None: there is nothing to divide by.

    asked, express, other_modes, left : orders: of all that asked, what they took
    absent          : express orders whose customer was not at home: in no share below
    cancelled       : express orders that were cancelled in time: in no share below
    on_time_pct     : of the other express orders, handed over within the promise
    late, unserved  : the others of them
    worst_late_min  : of the orders that were handed over
    promise_min     : mean width of the express promises
    drops           : doors at which an express order was handed over
    min_per_drop    : of couriers' time on the way, at counters and at doors, waits included
    wait_per_drop   : of that, what waiting at counters and doors took
    km_per_drop, g_per_drop : of all ways but the one home; CO2e
    shop_wait_min, shop_wait_p90_min : at a counter, mean and nine in ten
    courier_use_pct : of all shifts, the time that ``min_per_drop`` is made of
    silent_changes, next_stop_changes, moved_stops : see ``churn``
    handed_over     : orders taken over from a courier who could not go on
    told_late       : parcels of which their shop said that they would be late
    click_to_door_min, click_to_door_p90_min : from asking to having it
    refused         : orders that express was refused to, by code
    unserved_by_reason : express orders not handed over, by reason
    """

    asked: int
    express: int
    other_modes: int
    left: int
    absent: int
    cancelled: int
    on_time_pct: float | None
    late: int
    unserved: int
    worst_late_min: float
    promise_min: float | None
    drops: int
    min_per_drop: float | None
    wait_per_drop: float | None
    km_per_drop: float | None
    g_per_drop: float | None
    shop_wait_min: float | None
    shop_wait_p90_min: float | None
    courier_use_pct: float | None
    silent_changes: int
    next_stop_changes: int
    moved_stops: int
    handed_over: int
    told_late: int
    sent_to_wait: int
    click_to_door_min: float | None
    click_to_door_p90_min: float | None
    refused: Mapping[str, int] = field(default_factory=dict)
    unserved_by_reason: Mapping[str, int] = field(default_factory=dict)

    def numbers(self) -> dict[str, float | None]:
        """Return every figure that is one number, by its name."""
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: value for name, value in values if not isinstance(value, Mapping)}

    def as_json(self) -> dict[str, object]:
        """Return all of them, fractions to three places."""
        told = {name: _rounded(value) for name, value in self.numbers().items()}
        return told | {
            "refused": dict(sorted(self.refused.items())),
            "unserved_by_reason": dict(sorted(self.unserved_by_reason.items())),
        }


def kpis_of(lived: Lived) -> Kpis:
    """Return the figures of a day that is over."""
    express = [taken for taken in lived.taken if taken.mode is Mode.EXPRESS]
    ends = _ends(express, lived)
    absent = [n for n, (outcome, why) in ends.items() if why == FailureReason.NOT_AT_HOME]
    gone = {*absent, *lived.wrong.cancelled}
    due = [taken for taken in express if taken.order.number not in gone]
    outcomes = Counter(ends[taken.order.number][0] for taken in due)
    doors = {v.order: v for v in lived.visits if v.kind is StopKind.DROP and v.failed is None}
    waits_min = [
        (v.begun_at - v.arrived_at).total_seconds() / 60
        for v in lived.visits
        if v.kind is StopKind.PICKUP
    ]
    clicks_min = [
        (doors[taken.order.number].ended_at - taken.order.asked_at).total_seconds() / 60
        for taken in due
        if taken.order.number in doors
    ]
    busy_s = sum((v.ended_at - v.left_at).total_seconds() for v in lived.visits)
    busy_s += sum(move.way_s for move in lived.moves)
    driven: list[Visit | Moved] = [*lived.visits, *lived.moves]
    waited_s = sum((v.begun_at - v.arrived_at).total_seconds() for v in lived.visits)
    return Kpis(
        asked=len(lived.taken),
        express=len(express),
        other_modes=sum(1 for t in lived.taken if t.mode not in (None, Mode.EXPRESS)),
        left=sum(1 for taken in lived.taken if taken.mode is None),
        absent=len(absent),
        cancelled=len(lived.wrong.cancelled),
        on_time_pct=_share_pct(outcomes["delivered"], len(due)),
        late=outcomes["late"],
        unserved=len(due) - outcomes["delivered"] - outcomes["late"],
        worst_late_min=max((_late_s(doors, taken) for taken in due), default=0.0) / 60,
        promise_min=_mean(_width_min(taken) for taken in express),
        drops=len(doors),
        min_per_drop=_per(busy_s / 60, doors),
        wait_per_drop=_per(waited_s / 60, doors),
        km_per_drop=_per(sum(way.way_m for way in driven) / 1000, doors),
        g_per_drop=_per(sum(way.grams for way in driven), doors),
        shop_wait_min=_mean(waits_min),
        shop_wait_p90_min=_p90(waits_min),
        courier_use_pct=_share_pct(busy_s, lived.shift_s),
        silent_changes=lived.churn.silent,
        next_stop_changes=lived.churn.next_stops,
        moved_stops=lived.churn.moved,
        handed_over=lived.wrong.handed_over,
        told_late=lived.wrong.told_late,
        sent_to_wait=len(lived.moves),
        click_to_door_min=_mean(clicks_min),
        click_to_door_p90_min=_p90(clicks_min),
        refused=Counter(taken.refusals[0] for taken in lived.taken if taken.refusals),
        unserved_by_reason=Counter(
            why for outcome, why in ends.values() if outcome not in ("delivered", "late")
        ),
    )


def minutes_late(lived: Lived) -> tuple[float, ...]:
    """Return by how many minutes each express order was handed over after its promise.

    In order of asking; below 0: before its end.  Who got nothing, or wanted nothing, is not in it.
    """
    doors = {v.order: v for v in lived.visits if v.kind is StopKind.DROP and v.failed is None}
    brought = ((t.window, doors.get(t.order.number)) for t in lived.taken if t.mode is Mode.EXPRESS)
    return tuple(
        (visit.ended_at - window.closes_at).total_seconds() / 60
        for window, visit in brought
        if window is not None and visit is not None
    )


def _ends(express: Sequence[Taken], lived: Lived) -> dict[int, tuple[str, str]]:
    """Return by order what became of it, and why: an order is what its worst parcel is."""
    lines: dict[ShipmentId, Line] = {
        ShipmentId(line.shipment_id): line for line in lived.report.lines
    }
    ends: dict[int, tuple[str, str]] = {}
    for taken in express:
        mine = [lines[parcel.shipment_id] for parcel in taken.parcels]
        worst = next((line for line in mine if line.outcome not in ("delivered", "late")), None)
        worst = worst or next((line for line in mine if line.outcome == "late"), mine[0])
        ends[taken.order.number] = (worst.outcome, worst.why or NOT_GIVEN)
    return ends


def _late_s(doors: Mapping[int, Visit], taken: Taken) -> float:
    visit = doors.get(taken.order.number)
    if visit is None or taken.window is None:
        return 0.0
    return max(0.0, (visit.ended_at - taken.window.closes_at).total_seconds())


def _width_min(taken: Taken) -> float:
    if taken.window is None:
        return 0.0
    return (taken.window.closes_at - taken.window.opens_at).total_seconds() / 60


def _share_pct(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _per(total: float, doors: Mapping[int, Visit]) -> float | None:
    return total / len(doors) if doors else None


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return fmean(known) if known else None


def _p90(values: Sequence[float]) -> float | None:
    return float(np.percentile(values, 90)) if values else None


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if isinstance(value, float) else value
