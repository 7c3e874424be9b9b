"""Facts from the road: what a courier's phone says happened, and the tour as all of it tells.

Decides what a stop is once everything told of it is laid side by side, in whatever order it
was learnt.  A fact carries the phone's time and the server's: a phone without signal tells
the truth late.  What moves with a stop is ``dispatch.operations.progress``'; what does not
count, or is contradicted, is named by ``dispatch.tracking.unclear``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from dispatch.core.ids import CourierId, TourId
from dispatch.core.places import Place
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour


class FactKind(StrEnum):
    ARRIVED = "arrived"
    DONE = "done"
    FAILED = "failed"


#: Of two words about one stop, the later in this list is believed.
_STRENGTH: Final = (FactKind.ARRIVED, FactKind.FAILED, FactKind.DONE)
_STATE: Final = {
    FactKind.ARRIVED: StopState.ARRIVED,
    FactKind.FAILED: StopState.FAILED,
    FactKind.DONE: StopState.DONE,
}


#: Over without a time, or standing there without a fact: before all others.
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened at one stop.

    fact_id : made by the phone: sent twice, counted once
    phone, seq : which phone, and its how-manieth word: its own order, whatever its clock
              does; None: a page that does not count
    """

    fact_id: str
    tour_id: TourId
    courier_id: CourierId
    stop_id: str
    kind: FactKind
    at_device: datetime
    at_server: datetime
    reason: str | None = None
    position: Place | None = None
    phone: str | None = None
    seq: int | None = None

    def __post_init__(self) -> None:
        if (self.kind is FactKind.FAILED) != (self.reason is not None):
            raise ValueError(f"a failed stop has a reason and no other does: {self.kind}")
        if (self.phone is None) != (self.seq is None):
            raise ValueError(f"a phone counts its words, or neither is known: {self.seq}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all facts about one stop come to: the strongest kind, told earliest."""

    fact: Fact
    at: datetime

    @property
    def state(self) -> StopState:
        return _STATE[self.fact.kind]


def happened_at(facts: Iterable[Fact]) -> dict[str, datetime]:
    """Return when each fact happened, by its id.

    The phone's time, but never before what the same phone told earlier: a clock that falls
    back by hours does not turn a day around.
    """
    known = tuple(facts)
    at = {fact.fact_id: fact.at_device for fact in known}
    latest: dict[str, datetime] = {}
    counted = [fact for fact in known if fact.phone is not None]
    for fact in sorted(counted, key=lambda one: (one.seq or 0, one.fact_id)):
        phone = fact.phone or ""
        latest[phone] = max(fact.at_device, latest.get(phone, fact.at_device))
        at[fact.fact_id] = latest[phone]
    return at


def verdicts(tour: Tour, facts: Iterable[Fact]) -> dict[str, Verdict]:
    """Return what *facts* come to, by stop of the manifest, in whatever order they are.

    A handover beats a failure, and both an arrival; of two that say the same, the earlier
    counts.  Short of a handover, what we learnt before the courier was given the stop is
    about another time that it was given.
    """
    known = tuple(facts)
    at = happened_at(known)
    since = {stop.stop_id: stop.published_at for stop in tour.manifest}
    found: dict[str, Verdict] = {}
    for fact in sorted(known, key=lambda one: (at[one.fact_id], one.fact_id)):
        given_at = since.get(fact.stop_id)
        if given_at is None or (fact.kind is not FactKind.DONE and fact.at_server < given_at):
            continue
        before = found.get(fact.stop_id)
        if before is None or _stronger(fact.kind, before.fact.kind):
            found[fact.stop_id] = Verdict(fact, at[fact.fact_id])
    return found


def as_told(tour: Tour, facts: Iterable[Fact]) -> Tour:
    """Return *tour* as *facts*, everything known of it, tell; the same tour if they add nothing.

    The order of the list is the order of the road, whatever the courier chose and however
    late the phone told it: first what is over, by the time it ended, then where the courier
    stands, then the rest as planned.  What is told of a doorstep that ``waits`` counts when it
    does not wait any more.
    """
    told = verdicts(tour, facts)
    fetched = [_after(s, told) for s in tour.stops if s.kind is StopKind.PICKUP]
    stops = [stop if waits(stop, fetched) else _after(stop, told) for stop in tour.stops]
    over = sorted((s for s in stops if s.over), key=lambda stop: _ended(stop, told))
    here = [s for s in stops if s.state is StopState.ARRIVED]
    here.sort(key=lambda stop: _arrived(stop, told), reverse=True)
    rest = [s for s in stops if s.state is StopState.OPEN]
    after = (*over, *here, *rest)
    return tour if after == tour.stops else replace(tour, stops=after)


def _stronger(one: FactKind, other: FactKind) -> bool:
    return _STRENGTH.index(one) > _STRENGTH.index(other)


def waits(stop: Stop, stops: Iterable[Stop]) -> bool:
    """Tell whether *stop* is a doorstep for which nothing was fetched, or not everything yet.

    stops : the tour's.  Where another courier fetched, none of them is a shop, and nothing waits
    """
    if stop.kind is not StopKind.DROP:
        return False
    _, turn = stop.visit
    shops = [
        other
        for other in stops
        if other.kind is StopKind.PICKUP
        and other.quote_id == stop.quote_id
        and other.visit[1] == turn
    ]
    fetched = any(shop.state is StopState.DONE for shop in shops)
    return bool(shops) and not (fetched and all(shop.over for shop in shops))


def _after(stop: Stop, told: Mapping[str, Verdict]) -> Stop:
    verdict = told.get(stop.stop_id)
    if verdict is None:
        return stop
    if verdict.state is StopState.ARRIVED:
        return stop if stop.over else replace(stop, state=StopState.ARRIVED)
    return replace(stop, state=verdict.state, ended_at=verdict.at, reason=verdict.fact.reason)


def _ended(stop: Stop, told: Mapping[str, Verdict]) -> tuple[datetime, str, int, str]:
    verdict = told.get(stop.stop_id)
    phone, seq = (None, None) if verdict is None else (verdict.fact.phone, verdict.fact.seq)
    return stop.ended_at or _LONG_AGO, phone or "", seq or 0, stop.stop_id


def _arrived(stop: Stop, told: Mapping[str, Verdict]) -> tuple[datetime, str]:
    verdict = told.get(stop.stop_id)
    return _LONG_AGO if verdict is None else verdict.at, stop.stop_id
