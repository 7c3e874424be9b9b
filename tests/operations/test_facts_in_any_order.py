"""A courier's day told by a bad network: whatever it does, the day ends as it was.

One order of two shops and one of one, in one tour.  What happened is drawn, with mistakes
and words that contradict each other; it is told once as it happens, and once in the
evening, shuffled, doubled and cut into batches whose answers are lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.civil import local_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.questions import questions
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.shipments import State
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind, Tour
from tests.fakes.house import clock_of, house
from tests.fakes.town import express_shops
from tests.operations.test_run_wave import order

EVENING = "2026-11-24T19:30+01:00"
#: Who set off is a forecast of ours, and no fact: late facts may find it announced otherwise.
ON_THE_WAY = {State.TO_PICKUP: State.ASSIGNED, State.TO_DROPOFF: State.PICKED_UP}
REASONS = {
    StopKind.PICKUP: ("not_ready", "merchant_closed"),
    StopKind.DROP: ("not_at_home", "refused"),
}


@dataclass
class Day:
    """One courier's house with both orders handed out at half past ten."""

    ports: Ports
    tour: Tour


def handed_out() -> Day:
    ports = house()
    name, courier = next(iter(ports.territory.couriers.items()))
    alone = MappingProxyType({name: courier})
    ports = replace(ports, territory=replace(ports.territory, couriers=alone))
    shops = express_shops(ports)
    order(ports, *shops[:2])
    order(ports, shops[2])
    clock_of(ports).advance(minutes=30)
    wave_by_hand(ports)
    with ports.store.reading() as tx:
        (tour,) = (t for t in tx.tours(local_day(ports.clock.now())) if t.manifest)
    assert len(tour.manifest) == 5
    return Day(ports, tour)


def reports(day: Day, said: list[tuple[int, FactKind, int, int]], *, counted: bool) -> list[Report]:
    """What was said of the n-th stop, with which reason if it failed, that many minutes on.

    counted : the phone counts its words, and its clock jumps about between them
    """
    told = []
    start = clock_of(day.ports).now()
    stops = sorted(day.tour.manifest, key=lambda stop: stop.stop_id)
    for number, (n, kind, why, minute) in enumerate(said):
        stop = stops[n]
        reason = REASONS[stop.kind][why] if kind is FactKind.FAILED else None
        at = start + timedelta(minutes=minute)
        report = Report(f"f{number}", day.tour.tour_id, stop.stop_id, kind, at, reason)
        told.append(replace(report, phone="p1", seq=number) if counted else report)
    return told


def ended(day: Day) -> object:
    """Everything that the facts decide, and nothing that a forecast does."""
    clock_of(day.ports).move_to(EVENING)
    today = local_day(day.ports.clock.now())
    asked = {(one.fact.fact_id, one.why) for one in questions(today, day.ports)}
    with day.ports.store.reading() as tx:
        tour = tx.tour(day.tour.tour_id)
        shipments = [
            (s.shipment_id, ON_THE_WAY.get(s.state, s.state), s.ended_at)
            for booking in tx.bookings(today)
            for s in tx.shipments_of(booking.booking_id)
        ]
        loose = {
            (
                one.quote_id,
                tuple((s.stop_id, s.shipment_ids, s.load) for s in one.stops),
                one.refusal.binding,
                one.retry,
            )
            for one in tx.loose_orders(today)
        }
        facts = {fact.fact_id for fact in tx.facts(tour.tour_id)}
    known = [(s.stop_id, s.state, s.ended_at, s.reason, s.shipment_ids, s.load) for s in tour.stops]
    over = [one for one, stop in zip(known, tour.stops, strict=True) if stop.over]
    return over, set(known), shipments, loose, facts, asked


SAID = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(list(FactKind)),
        st.integers(0, 1),
        st.integers(0, 120),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=15)
@given(SAID, st.integers(0, 10_000), st.booleans())
def test_the_day_ends_as_it_was_however_its_facts_came_in(
    said: list[tuple[int, FactKind, int, int]], seed: int, counted: bool
) -> None:
    luck, orderly = Random(seed), handed_out()
    told = reports(orderly, said, counted=counted)
    for report in sorted(told, key=lambda one: one.at_device):
        clock_of(orderly.ports).move_to(report.at_device)
        record(report, orderly.tour.courier_id, orderly.ports)

    late = handed_out()
    clock_of(late.ports).move_to(EVENING)
    luck.shuffle(told)
    while told:
        batch = told[: luck.randint(1, 4)]
        for report in batch:
            record(report, late.tour.courier_id, late.ports)
        if luck.random() < 0.7:  # the answer came through; otherwise it is sent again
            told = told[len(batch) :]
            told += batch[:1] if luck.random() < 0.3 else []

    assert ended(late) == ended(orderly)
