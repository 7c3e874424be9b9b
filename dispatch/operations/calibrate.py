"""Learn from the days that were driven: travel times by vehicle, stays by shop and kind of door,
how far each strays, when shops have really packed, and how often promises were kept.

Decides what past days are worth: which facts are lessons, and how much better forecasts
would have been.  Nothing counts before somebody applies it, and what was applied can be
undone: the one before is then in force again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.places import UNREACHABLE_S
from dispatch.core.shrinkage import held_out
from dispatch.core.windows import seconds_between
from dispatch.operations.audit import Change, note
from dispatch.operations.calibration import Calibration, Lesson, Subject
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.statements import Outcome, outcomes
from dispatch.slots.service_levels import Mode
from dispatch.streets.calibration import DrivenLeg, error_pct, pace, wet_pace
from dispatch.tracking.error_model import (
    DOOR,
    SHOP,
    Noise,
    pace_noise,
    packing_delay,
    stay_noise,
)
from dispatch.tracking.legs import PRESSED_TOGETHER_S, Leg, Stay, legs_and_stays
from dispatch.tracking.reliability import Statement, correction
from dispatch.tracking.stays import kind_of_door, stay_error_pct, stay_factor
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: Days looked back on: long enough for a small town, short enough to follow roadworks.
DAYS: Final = 28
MOST_DAYS: Final = 366


def learn(ports: Ports, days: int = DAYS) -> Calibration:
    """Return what the last *days* days teach, today included; nothing is written.

    Factors, and the error before, are those of the uncorrected streets and settings, whatever
    is in force: applying one calibration after another never adds up.  Raises ``Invalid``
    when *days* is out of 1 to 366.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"days is out of 1 to {MOST_DAYS}: {days}", field="days")
    now = ports.clock.now()
    last = local_day(now)
    # Of older days only the quarter is known: legs between quarters teach nothing.
    known = min(days, ports.parameters.retention.names_days)
    first = last - timedelta(days=known - 1)
    measured = _measured(first, last, ports)
    return Calibration(
        calibration_id=ports.ids.new("cal"),
        first_day=first,
        last_day=last,
        deliveries=sum(len(found) for found in measured.doors.values()),
        lessons=tuple(_lessons(measured, ports)),
        applied_at=now,
    )


def apply(proposal: Calibration, ports: Ports) -> Calibration:
    """Put *proposal* in force from now on and return it as stored.

    Raises ``Conflict`` when it rests on no fact at all, or was applied before.
    """
    if not proposal.facts:
        raise Conflict("no courier has reported anything to learn from on these days")
    applied = replace(proposal, applied_at=ports.clock.now(), undone_at=None)
    with ports.store.writing() as tx:
        if not tx.add_calibration(applied):
            raise Conflict(f"calibration {applied.calibration_id} was applied before")
        measured = {"facts": applied.facts, "lessons": len(applied.lessons)}
        note(Change.TIMES_APPLIED, applied.calibration_id, tx, ports, after=measured)
    return applied


def undo(ports: Ports) -> Calibration:
    """Take back what is in force and return it; the one before counts again, or none.

    Raises ``NotFound`` when nothing is in force.
    """
    with ports.store.writing() as tx:
        in_force = tx.calibration_in_force()
        if in_force is None:
            raise NotFound("no calibration is in force")
        undone = replace(in_force, undone_at=ports.clock.now())
        tx.put_calibration(undone)
        note(Change.TIMES_UNDONE, undone.calibration_id, tx, ports)
    return undone


def history(ports: Ports, limit: int = 20) -> tuple[Calibration, ...]:
    """Return what was applied, newest first, undone or not."""
    with ports.store.reading() as tx:
        return tuple(tx.calibrations(limit))


@dataclass(slots=True)
class _Measured:
    """What was done, in order of time.

    ways  : by vehicle, the legs of each tour; wet: the same of wet days
    shops, doors : seconds of stays, by merchant and by kind of door
    ready : by merchant, seconds from the promised minute to when a parcel was packed
    sold  : of express promises, the chance as the tours stood when sold, and whether it was kept
    """

    ways: dict[str, list[list[DrivenLeg]]] = field(default_factory=lambda: defaultdict(list))
    wet: dict[str, list[list[DrivenLeg]]] = field(default_factory=lambda: defaultdict(list))
    shops: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    doors: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ready: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    sold: list[Statement] = field(default_factory=list)


def _measured(first: date, last: date, ports: Ports) -> _Measured:
    answer = _Measured()
    with ports.store.reading() as tx:
        wet = frozenset(one.day for one in tx.wet_days(first))
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        found: list[tuple[Tour, tuple[Leg, ...]]] = []
        with ports.store.reading() as tx:  # a day at a time: nobody waits for a month
            ended = (o for o in outcomes(day, tx, ports.clock.now()) if isinstance(o, Outcome))
            answer.sold += [one.as_it_stood for one in ended]
            for tour in tx.tours(day):
                legs, stays = legs_and_stays(tour, tx.facts(tour.tour_id))
                found.append((tour, legs))
                packed_at = _packed(tour, tx, answer)
                for stay in stays:
                    _put(stay, packed_at, tx, answer)
        for tour, legs in found:
            _put_legs(tour, legs, ports, answer.wet if day in wet else answer.ways)
    return answer


def _packed(tour: Tour, tx: Transaction, answer: _Measured) -> dict[str, datetime]:
    """Return when each stop's parcels were packed, where the shop said so in time; keep how late.

    Who says "ready" when the courier has gone with it has forgotten to say it before.
    """
    said: dict[str, datetime] = {}
    for stop in tour.stops:
        fetched = stop.kind is StopKind.PICKUP and stop.state is StopState.DONE
        packed_at = _packed_at(stop, tx) if fetched else None
        if packed_at is not None and stop.merchant_id is not None:
            said[stop.stop_id] = packed_at
            late_s = seconds_between(stop.windows[0].opens_at, packed_at)
            answer.ready[stop.merchant_id].append(late_s)
    return said


def _packed_at(stop: Stop, tx: Transaction) -> datetime | None:
    told = [tx.shipment(shipment_id).prepared_at for shipment_id in stop.shipment_ids]
    known = [at for at in told if at is not None and stop.ended_at and at <= stop.ended_at]
    return max(known) if known and len(known) == len(told) else None


def _put(stay: Stay, packed_at: Mapping[str, datetime], tx: Transaction, answer: _Measured) -> None:
    stop = stay.stop
    if stop.kind is StopKind.PICKUP and stop.merchant_id is not None:
        # Waiting for the parcel is the shop's packing, not what a stop there takes.
        late_s = seconds_between(packed_at.get(stop.stop_id, stay.began_at), stay.ended_at)
        took_s = min(stay.took_s, late_s)
        if took_s >= PRESSED_TOGETHER_S:
            answer.shops[stop.merchant_id].append(took_s)
    elif stop.kind is StopKind.DROP:
        door = tx.quote(stop.quote_id).request.deliver_to
        answer.doors[kind_of_door(door.address, door.note).value].append(stay.took_s)


def _put_legs(
    tour: Tour, legs: Sequence[Leg], ports: Ports, ways: dict[str, list[list[DrivenLeg]]]
) -> None:
    courier = ports.territory.couriers.get(tour.courier_id)
    if courier is None or not legs:
        return  # whoever left the roster took the vehicle along
    profile = courier.vehicle.kind.value
    driven: list[DrivenLeg] = []
    for leg in legs:
        try:
            way = ports.streets.durations_s([leg.start], profile, to=[leg.end], at=leg.left_at)
            expected_s = int(way[0, 0])
        except Invalid:
            continue  # the streets were imported anew, and do not lead there any more
        if 0 < expected_s < UNREACHABLE_S:
            driven.append(DrivenLeg(expected_s, leg.took_s - leg.setup_s))
    ways[profile].append(driven)


def _lessons(measured: _Measured, ports: Ports) -> list[Lesson]:
    lessons: list[Lesson] = []
    for vehicle, tours in sorted(measured.ways.items()):
        told = [[leg for leg in driven if leg.tells] for driven in tours]
        if any(told):
            lessons.append(_ways(vehicle, told))
    dry = {lesson.key: lesson.factor for lesson in lessons}
    for vehicle, tours in sorted(measured.wet.items()):
        told = [[leg for leg in driven if leg.tells] for driven in tours]
        if any(told):
            believed = ports.parameters.weather.wet_factor
            driven_wet = [some for some in told if some]
            lessons.append(_wet(vehicle, driven_wet, dry.get(vehicle, 1.0), believed))
    times = ports.parameters.service_times
    stays: tuple[tuple[Subject, Mapping[str, list[int]], int, Noise], ...] = (
        (Subject.SHOP, measured.shops, times.pickup_s, SHOP),
        (Subject.DOOR, measured.doors, times.drop_s, DOOR),
    )
    for subject, of, expected_s, guess in stays:
        for key, took_s in sorted(of.items()) if expected_s > 0 else ():
            lessons.append(_stays(subject, key, took_s, expected_s, guess))
    for shop, late_s in sorted(measured.ready.items()):
        delay = packing_delay(late_s)
        lessons.append(
            Lesson(
                subject=Subject.READY,
                key=shop,
                facts=len(late_s),
                factor=1.0,
                spread=delay.spread_s,
                late_s=delay.late_s,
            )
        )
    if measured.sold:
        made_up = ports.parameters.chances
        found = correction(
            Statement(made_up.of(one.p, one.spare_s), one.kept) for one in measured.sold
        )
        lessons.append(
            Lesson(
                subject=Subject.CHANCE,
                key=Mode.EXPRESS.value,
                facts=len(measured.sold),
                factor=1.0,
                shift=found.shift,
                slope=found.slope,
                beside=made_up.source,
            )
        )
    return lessons


def _ways(vehicle: str, tours: Sequence[Sequence[DrivenLeg]]) -> Lesson:
    legs = [leg for driven in tours for leg in driven]
    factor = pace(legs)
    noise = pace_noise([[leg.ratio for leg in driven] for driven in tours], factor)
    return Lesson(
        Subject.WAYS,
        vehicle,
        len(legs),
        factor,
        error_pct(legs, 1.0),
        held_out(legs, pace, error_pct),
        noise.own,
        noise.shared,
    )


def _wet(vehicle: str, tours: Sequence[Sequence[DrivenLeg]], dry: float, guess: float) -> Lesson:
    """What rain does to ways, beside what the vehicle's ways take on dry days."""

    def error(some: Sequence[Sequence[DrivenLeg]], factor: float) -> float | None:
        return error_pct([leg for driven in some for leg in driven], dry * factor)

    return Lesson(
        Subject.WET,
        vehicle,
        sum(map(len, tours)),
        wet_pace(tours, dry, guess),
        error(tours, guess),
        held_out(tours, lambda some: wet_pace(some, dry, guess), error),
    )


def _stays(subject: Subject, key: str, took_s: list[int], expected_s: int, guess: Noise) -> Lesson:
    factor = stay_factor(took_s, expected_s)
    return Lesson(
        subject,
        key,
        len(took_s),
        factor,
        stay_error_pct(took_s, expected_s),
        held_out(
            took_s,
            lambda some: stay_factor(some, expected_s),
            lambda some, factor: stay_error_pct(some, factor * expected_s),
        ),
        stay_noise([seconds / expected_s for seconds in took_s], factor, guess).own,
    )
