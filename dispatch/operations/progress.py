"""Keep what a courier's phone says happened, once, and move everything that follows from it.

Decides what a phone may report.  What a tour is after all its reports is ``tracking.facts``',
what follows for its parcels ``operations.aftermath``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dispatch.core.errors import Forbidden, Invalid
from dispatch.core.ids import CourierId, QuoteId
from dispatch.core.places import Place
from dispatch.operations.aftermath import follow
from dispatch.operations.depart import departed
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.reclaim import reclaimed
from dispatch.operations.standing import forecast_manifest
from dispatch.orders.failures import AT_DROP, AT_PICKUP, AT_RETURN, FailureReason
from dispatch.tracking.facts import Fact, FactKind
from dispatch.tracking.news import as_gone_to
from dispatch.tracking.tours import StopKind, Tour
from dispatch.tracking.unclear import Why, unclear

_REASONS: Final[Mapping[str, tuple[FailureReason, ...]]] = MappingProxyType(
    {
        StopKind.PICKUP.value: AT_PICKUP,
        StopKind.DROP.value: AT_DROP,
        StopKind.RETURN.value: AT_RETURN,
        # Not in the tour any more, so nobody says which of the two it was.
        "stop": tuple(dict.fromkeys((*AT_PICKUP, *AT_DROP))),
    }
)


@dataclass(frozen=True, slots=True)
class Report:
    """What the phone sends.

    fact_id   : made by the phone: sent twice, counted once
    at_device : when it happened, by the phone's clock
    phone, seq : which phone, and its how-manieth word; None: it does not count them
    """

    fact_id: str
    tour_id: str
    stop_id: str
    kind: FactKind
    at_device: datetime
    reason: str | None = None
    position: Place | None = None
    phone: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """The tour after a report, and why the report is not in it as it was told; None: it is."""

    tour: Tour
    why: Why | None


def record(report: Report, courier_id: CourierId, ports: Ports) -> Noted:
    """Keep one report and let all that is known of the tour speak; a second time nothing changes.

    The tour is the same in whatever order its reports come in.

    Raises
    ------
    Forbidden
        When the tour is another courier's.
    Invalid
        When the reason is not one that can happen at such a stop.
    NotFound
        When there is no such tour, or no such order at all.
    """
    ports = as_learnt(ports)
    now = ports.clock.now()
    with ports.store.writing() as tx:
        tour = tx.tour(report.tour_id)
        if tour.courier_id != courier_id:
            raise Forbidden(f"tour {tour.tour_id} is another courier's")
        fact = _fact(report, tour, tx, now)
        if tx.add_fact(fact):
            tour = _taken_in(tour, fact, tx, ports)
        open_questions = unclear(tour, tx.facts(tour.tour_id))
    why = next((one.why for one in open_questions if one.fact.fact_id == fact.fact_id), None)
    return Noted(tour, why)


def _taken_in(tour: Tour, fact: Fact, tx: Transaction, ports: Ports) -> Tour:
    richer, poorer = reclaimed(tour, fact, tx)
    if poorer is not None:
        tx.put_tour(retimed(departed(poorer, tx, ports), ports))
    after = follow(tour, richer, tx.facts(tour.tour_id), tx, ports)
    # Where the courier was counts also when what was told there is known already.
    after = _seen(as_gone_to(after, fact.stop_id, fact.at_device), fact)
    if after == tour:
        return tour
    after = departed(after, tx, ports)
    return tx.put_tour(retimed(after, ports))


def retimed(tour: Tour, ports: Ports) -> Tour:
    """Return the tour with new ETAs on what the courier has still to do."""
    eta = {
        stop.stop_id: timing.begin_at
        for stop, timing in forecast_manifest(tour, ports.clock.now(), ports)
    }
    return replace(
        tour,
        stops=tuple(
            replace(s, eta_at=eta[s.stop_id]) if s.stop_id in eta else s for s in tour.stops
        ),
    )


def _fact(report: Report, tour: Tour, tx: Transaction, now: datetime) -> Fact:
    stop = next((s for s in tour.stops if s.stop_id == report.stop_id), None)
    if report.kind is FactKind.FAILED:
        what = "stop" if stop is None else stop.kind.value
        known = _REASONS[what]
        if report.reason not in known:
            raise Invalid(
                f"{report.reason!r} cannot happen at a {what}; known: {', '.join(known)}",
                field="reason",
            )
    elif report.reason is not None:
        raise Invalid("only a failed stop has a reason", field="reason")
    if stop is None:
        # Its order is known at least: an id is too long to be guessed by who never had it.
        tx.booking_of_quote(QuoteId(report.stop_id.partition(":")[0]))
    return Fact(
        report.fact_id,
        tour.tour_id,
        tour.courier_id,
        report.stop_id,
        report.kind,
        # A phone whose clock runs ahead has not seen the future.
        min(report.at_device, now),
        now,
        report.reason,
        report.position,
        report.phone,
        report.seq,
    )


def _seen(tour: Tour, fact: Fact) -> Tour:
    """Return *tour* with where its courier was at *fact*, unless we know of later than that."""
    stop = next((s for s in tour.manifest if s.stop_id == fact.stop_id), None)
    place = fact.position
    if place is None and stop is not None:
        place = stop.place
    if place is None or (tour.seen_at is not None and tour.seen_at > fact.at_device):
        return tour
    return replace(tour, seen=place, seen_at=fact.at_device)
