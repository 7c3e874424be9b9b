"""Two couriers say that they fetched one parcel: who has it, a planner says.

Decides which facts leave that question, and what follows from the answer: the parcel, with its
share of the doorstep, stands in that courier's tour, and both facts are answered for.  A
handover told later is stronger than any answer (``reclaim``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import CourierId
from dispatch.operations.aftermath import follow
from dispatch.operations.audit import Change, note
from dispatch.operations.depart import departed
from dispatch.operations.learnt import as_learnt
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.progress import retimed
from dispatch.operations.reclaim import handed_on
from dispatch.tracking.facts import Fact
from dispatch.tracking.news import Why as Because
from dispatch.tracking.news import with_news
from dispatch.tracking.tours import Tour
from dispatch.tracking.unclear import Why, unclear


@dataclass(frozen=True, slots=True)
class Claim:
    """What *fact*, of *tour*, says its courier fetched, and the courier of *holder* did too."""

    fact: Fact
    tour: Tour
    holder: Tour

    @property
    def order_ref(self) -> str:
        return short_ref(self.fact.stop_id.partition(":")[0])

    @property
    def couriers(self) -> tuple[CourierId, CourierId]:
        """Who may have it: who is to bring it as things stand comes second."""
        return self.tour.courier_id, self.holder.courier_id


def claim_of(fact: Fact, why: Why, tour: Tour, tours: Sequence[Tour]) -> Claim | None:
    """Return what has to be answered of *fact* of *tour*, one of *tours*; None: nothing."""
    if why is not Why.ELSEWHERE:
        return None
    others = (other for other in tours if other.tour_id != tour.tour_id)
    holder = next((other for other in others if handed_on(tour, other, fact) is not None), None)
    return None if holder is None else Claim(fact, tour, holder)


def decide_claim(fact_id: str, courier_id: str, ports: Ports) -> Claim:
    """Note that *courier_id* has the parcel that the fact is about; return what was asked.

    Raises ``NotFound`` when today has no such question any more, and ``Conflict`` when that
    courier is none of the two.
    """
    ports = as_learnt(ports)
    with ports.store.writing() as tx:
        claim = _find(fact_id, tx, ports)
        if courier_id not in claim.couriers:
            raise Conflict(f"{courier_id} does not claim {claim.order_ref}", courier_id=courier_id)
        if courier_id == claim.tour.courier_id:
            _hand_on(claim, tx, ports)
        else:
            tx.put_tour(_settled(claim.tour, [claim.fact]))
        after = {"courier": courier_id}
        note(Change.PARCEL_DECIDED, claim.order_ref, tx, ports, after=after)
    return claim


def _find(fact_id: str, tx: Transaction, ports: Ports) -> Claim:
    tours = tx.tours(local_day(ports.clock.now()))
    for tour in tours:
        for one in unclear(tour, tx.facts(tour.tour_id)):
            claim = claim_of(one.fact, one.why, tour, tours)
            if one.fact.fact_id == fact_id and claim is not None:
                return claim
    raise NotFound(f"nobody asks who has what {fact_id} is about", fact_id=fact_id)


def _hand_on(claim: Claim, tx: Transaction, ports: Ports) -> None:
    """Move the parcel to whoever told of it last, and tell both."""
    now = ports.clock.now()
    moved = handed_on(claim.tour, claim.holder, claim.fact)
    assert moved is not None, "a claim is what can be handed on"
    richer, poorer = moved
    told = tx.facts(claim.holder.tour_id)
    poorer = _settled(poorer, [one for one in told if one.stop_id == claim.fact.stop_id])
    richer = follow(claim.tour, richer, tx.facts(claim.tour.tour_id), tx, ports)
    for before, after in ((claim.holder, poorer), (claim.tour, richer)):
        after = with_news(before, after, Because.DECIDED, now)
        tx.put_tour(retimed(departed(after, tx, ports), ports))


def _settled(tour: Tour, facts: Sequence[Fact]) -> Tour:
    more = (fact.fact_id for fact in facts if fact.fact_id not in tour.settled)
    return replace(tour, settled=(*tour.settled, *more))
