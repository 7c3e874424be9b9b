"""A change of the day that harms somebody: which way of it harms least, and who gives way.

Decides between ways of doing one thing: a late shop's order, the rest of a courier who stops.
Nobody is harmed by one when another harms nobody.  A place that is held and not paid gives way
to what is owed: it is looked for anew, and given back where there is none.  When that is paid
its storefront hears that it is gone, with a fresh quote, as of any place not held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dispatch.core.ids import QuoteId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import seconds_between
from dispatch.operations.audit import Change, note
from dispatch.operations.express import places_for
from dispatch.operations.nobody_loses import who_loses
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.timetable import release_of
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop, StopKind, Tour

#: What an option is told whose held place had to be given back.
PLACE_LOST: Final = Refusal("place_lost", binding=("other_promises",))


@dataclass(frozen=True, slots=True)
class Harm:
    """The tours after a change, and who pays for it.

    tours    : with the holds that had lost their place in another
    harmed   : paid orders that are later than promised, and than before
    released : holds that find no place any more, in the tours or among what is to be placed;
               they stand in none of *tours*
    """

    tours: tuple[Tour, ...]
    harmed: frozenset[QuoteId] = frozenset()
    released: tuple[QuoteId, ...] = ()


def least_harm(
    before: Sequence[Tour],
    ways: Iterable[Sequence[Tour]],
    newcomers: Sequence[Stop],
    ports: Ports,
) -> Harm:
    """Return which of *ways*, best first, harms least; none is looked at after one without harm.

    An order that nobody brings is worse than one that others pay for, that is worse than
    its own lateness, and that is worse than a hold given back.

    before    : all tours of the day as they stand;  ways: each the same tours
    newcomers : the stops that are to be placed; those paid for may be late

    Raises ``ValueError`` when there is no way at all.
    """
    owed = [stop for stop in newcomers if stop.held_until is None]
    held = {stop.quote_id for stop in newcomers} - {stop.quote_id for stop in owed}
    harms: list[tuple[tuple[int, int, int, int], Harm]] = []
    for after in ways:
        harm = sparing_holds(before, after, ports, strangers={stop.quote_id for stop in owed})
        standing = {s.stop_id: s for tour in harm.tours for s in tour.stops}
        # What stood in no tour of that way loses its place by it like what lost it there.
        gone = held - holds_in(harm.tours) - set(harm.released)
        harm = replace(harm, released=(*harm.released, *sorted(gone)))
        placed = [standing[s.stop_id] for s in owed if s.stop_id in standing]
        rank = (
            len({s.errand for s in owed}) - len({s.errand for s in placed}),
            len(harm.harmed),
            sum(_late_s(stop) for stop in placed),
            len(harm.released),
        )
        harms.append((rank, harm))
        if not any(rank):
            break
    return min(harms, key=lambda one: one[0])[1]


def sparing_holds(
    before: Sequence[Tour],
    after: Sequence[Tour],
    ports: Ports,
    *,
    strangers: Collection[QuoteId] = (),
) -> Harm:
    """Return the tours *after* with every hold that loses by them elsewhere, or given back.

    before, after : all tours of the day
    strangers     : as in ``nobody_loses``
    """
    losers = who_loses(before, after, ports, strangers=strangers)
    if not losers:
        return Harm(tuple(after))
    beside = [tour for tour in after if any(stop.quote_id in losers for stop in tour.stops)]
    tried: list[Harm] = []
    # Then also what is held beside them: nobody who has paid waits for who has not.
    for names in (losers & holds_in(beside), holds_in(beside)):
        tours, released = holds_anew(after, names, ports)
        harmed = who_loses(before, tours, ports, strangers=strangers)
        tried.append(Harm(tours, harmed, released))
        if not harmed:
            break
    return min(tried, key=lambda harm: (len(harm.harmed), len(harm.released)))


def holds_in(tours: Iterable[Tour]) -> frozenset[QuoteId]:
    """Return the orders held in *tours* for quotes that are not paid."""
    return frozenset(s.quote_id for tour in tours for s in tour.stops if s.held_until is not None)


def holds_anew(
    tours: Sequence[Tour], names: Collection[QuoteId], ports: Ports
) -> tuple[tuple[Tour, ...], tuple[QuoteId, ...]]:
    """Return *tours* with the holds *names* put in as a quote does it, and those left without."""
    now = ports.clock.now()
    held: dict[QuoteId, list[Stop]] = {name: [] for name in names}
    for stop in (stop for tour in tours for stop in tour.stops):
        if stop.held_until is not None and stop.quote_id in held:
            held[stop.quote_id].append(stop)
    free = {tour.tour_id: _without(tour, held) for tour in tours}
    lost: list[QuoteId] = []
    for name, stops in sorted(held.items(), key=lambda one: (one[1][-1].due_at or now, one[0])):
        pickups = (stop for stop in stops if stop.kind is StopKind.PICKUP)
        order = (*sorted(pickups, key=lambda stop: stop.stop_id), stops[-1])
        release_at = release_of(stops[-1], tours[0].day, now, ports)
        if release_at is None:
            lost.append(name)
            continue
        (found,) = places_for([order], list(free.values()), release_at, ports)
        if isinstance(found, Refusal):
            lost.append(name)
        else:
            free[found.tour.tour_id] = found.tour
    return tuple(free.values()), tuple(lost)


def give_back(
    released: Iterable[QuoteId], tx: Transaction, ports: Ports, *, actor: str | None = None
) -> None:
    """Tell the quotes *released* that nothing is held for them any more; planners read it.

    actor : as in ``note``

    The tours they stood in are the caller's to write: that refuses when one was paid meanwhile.
    """
    for quote_id in released:
        offer = tx.quote(quote_id)
        options = tuple(
            replace(option, held=False, why_not_held=PLACE_LOST)
            if option.held and option.mode is Mode.EXPRESS
            else option
            for option in offer.options
        )
        tx.put_quote(replace(offer, options=options))
        note(Change.HOLD_RELEASED, quote_id, tx, ports, actor=actor)


def _late_s(stop: Stop) -> int:
    if stop.due_at is None or stop.eta_at is None:
        return 0
    return max(0, seconds_between(stop.due_at, stop.eta_at))


def _without(tour: Tour, held: Collection[QuoteId]) -> Tour:
    left = tuple(s for s in tour.stops if s.held_until is None or s.quote_id not in held)
    return replace(tour, stops=left)
