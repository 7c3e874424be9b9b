"""What the facts of a tour leave unclear: for a person to look at, never to be thrown away.

Decides which facts do not count, and which are overruled.  Reads only what is kept, so it
says the same however often it is asked, and falls silent when the missing fact arrives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.tracking.facts import Fact, FactKind, verdicts, waits
from dispatch.tracking.tours import Tour


class Why(StrEnum):
    """Why a person should look.

    WAITS     : told of a doorstep before the shops of its order: counts when those are told
    ELSEWHERE : the stop is not in the courier's tour (any more)
    OVERRULED : something stronger was told of the same stop
    UNPROVEN  : handed over, and a proof that the shop requires is not there (yet)
    """

    WAITS = "waits"
    ELSEWHERE = "elsewhere"
    OVERRULED = "overruled"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Unclear:
    """One fact that is not in the tour as it was told."""

    fact: Fact
    why: Why


def unclear(tour: Tour, facts: Iterable[Fact]) -> tuple[Unclear, ...]:
    """Return what of *facts*, all that were told of *tour*, a person should look at.

    In order of learning.  That the courier arrived is not worth a question, and what a person
    answered for is none any more; proofs are another
    matter (``tracking.proofs``): nothing here is ``UNPROVEN``.
    """
    known = tuple(facts)
    told = verdicts(tour, known)
    stops = {stop.stop_id: stop for stop in tour.manifest}
    answer: list[Unclear] = []
    for fact in known:
        verdict = told.get(fact.stop_id)
        if fact.kind is FactKind.ARRIVED or fact.fact_id in tour.settled:
            continue
        if verdict is None:
            answer.append(Unclear(fact, Why.ELSEWHERE))
        elif not stops[fact.stop_id].over and waits(stops[fact.stop_id], tour.stops):
            answer.append(Unclear(fact, Why.WAITS))
        elif verdict.fact.kind is not fact.kind:
            answer.append(Unclear(fact, Why.OVERRULED))
    return tuple(answer)
