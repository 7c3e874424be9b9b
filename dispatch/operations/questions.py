"""What a day's facts leave for the planner to look at: kept, and not in a tour as they were told.

Decides nothing: reads what ``tracking.unclear`` names and which proofs are missing, and says
whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dispatch.core.ids import CourierId
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.proofs import asked_at
from dispatch.operations.who_has_it import Claim, claim_of
from dispatch.tracking.facts import Fact, verdicts
from dispatch.tracking.proofs import ProofKind
from dispatch.tracking.tours import StopKind, StopState, Tour
from dispatch.tracking.unclear import Why, unclear


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to look at.

    order_ref : the order's code for people
    missing   : the proofs that are required and not there
    claim     : who may have the parcel, where two couriers say so
    """

    fact: Fact
    why: Why
    courier: str
    order_ref: str
    missing: tuple[ProofKind, ...] = ()
    claim: Claim | None = None

    @property
    def at(self) -> datetime:
        return self.fact.at_device


def questions(day: date, ports: Ports) -> tuple[Question, ...]:
    """Return what couriers told on *day* that a person should look at, the newest first."""
    with ports.store.reading() as tx:
        tours = tx.tours(day)
        found = [one for tour in tours for one in _of_tour(tour, tours, tx, ports)]
    return tuple(sorted(found, key=lambda one: one.fact.at_server, reverse=True))


def _of_tour(
    tour: Tour, tours: Sequence[Tour], tx: Transaction, ports: Ports
) -> Iterator[Question]:
    facts = tx.facts(tour.tour_id)
    for one in unclear(tour, facts):
        claim = claim_of(one.fact, one.why, tour, tours)
        yield replace(_question(one.fact, one.why, ports), claim=claim)
    if not ports.parameters.proof.requires:
        return
    told = verdicts(tour, facts)
    for stop in tour.manifest:
        handed_over = stop.kind is StopKind.DROP and stop.state is StopState.DONE
        verdict = told.get(stop.stop_id)
        if verdict is None or not handed_over:
            continue
        asked = asked_at(tx.booking_of_quote(stop.quote_id), tx, ports)
        if missing := asked.required and asked.missing(tx.proofs_of(stop.quote_id)):
            yield replace(_question(verdict.fact, Why.UNPROVEN, ports), missing=missing)


def _question(fact: Fact, why: Why, ports: Ports) -> Question:
    order_ref = short_ref(fact.stop_id.partition(":")[0])
    return Question(fact, why, _name(fact.courier_id, ports), order_ref)


def _name(courier_id: CourierId, ports: Ports) -> str:
    courier = ports.territory.couriers.get(courier_id)
    return courier_id if courier is None else courier.name
