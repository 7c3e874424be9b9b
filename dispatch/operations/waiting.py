"""Couriers with nothing to do are told where they had better wait; who agrees is counted there.

Decides who is told, and when a yes counts.  Where waiting pays is the policy's, by
``anticipating``; what may be ordered next, ``consensus``'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from dispatch.core.errors import Forbidden
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.anticipating import Expected, Idle
from dispatch.operations.dispatching import POLICIES, Scene
from dispatch.operations.foreseen import Foreseen
from dispatch.operations.ports import Ports
from dispatch.operations.seen import position_of
from dispatch.tracking.tours import Tour
from dispatch.tracking.waiting import Waiting


def is_idle(tour: Tour, now: datetime) -> bool:
    """True for a courier on shift who has nothing to do; what is only held is nothing yet."""
    busy = any(not stop.over and stop.held_until is None for stop in tour.stops)
    return now in tour.shift and not busy


def place_told(tour: Tour, now: datetime) -> Waiting | None:
    """Return where the courier of *tour* had better wait, or waits; None: it is not said, or over.

    It is over with the next stop, and with the shift.
    """
    told = tour.waiting
    if told is None or not is_idle(tour, now):
        return None
    done = any(stop.ended_at is not None and stop.ended_at > told.told_at for stop in tour.stops)
    return None if done else told


def sent_to_wait(tours: Sequence[Tour], foreseen: Foreseen, ports: Ports) -> tuple[Tour, ...]:
    """Return *tours* with a word to couriers without work whom what is *foreseen* wants elsewhere.

    A word that was said is not said again.
    """
    now = ports.clock.now()
    idle = [tour for tour in tours if is_idle(tour, now)]
    if not idle or not foreseen.fetches:
        return tuple(tours)
    told: dict[str, Waiting] = {}
    for kind in sorted({_kind(tour, ports) for tour in idle}):
        some = [tour for tour in idle if _kind(tour, ports) == kind]
        others = [tour for tour in tours if tour not in some and now in tour.shift]
        told |= _words(some, others, kind, foreseen, ports)
    return tuple(
        replace(tour, waiting=word)
        if (word := told.get(tour.tour_id)) is not None and not _was_said(tour, word, now)
        else tour
        for tour in tours
    )


def agree(
    tour_id: str, near: str, at_device: datetime, courier_id: CourierId, ports: Ports
) -> None:
    """Note that the courier sets out for the shop *near*, if that is still where to wait.

    Raises ``NotFound`` for a tour that does not exist, ``Forbidden`` for another courier's.
    """
    now = ports.clock.now()
    with ports.store.writing() as tx:
        tour = tx.tour(tour_id)
        if tour.courier_id != courier_id:
            raise Forbidden(f"tour {tour.tour_id} is another courier's")
        told = place_told(tour, now)
        if told is not None and told.near == near and told.agreed_at is None:
            at = max(told.told_at, min(at_device, now))
            tx.put_tour(replace(tour, waiting=replace(told, agreed_at=at)))


def _kind(tour: Tour, ports: Ports) -> str:
    return ports.territory.courier(tour.courier_id).vehicle.kind.value


def _was_said(tour: Tour, word: Waiting, now: datetime) -> bool:
    known = place_told(tour, now)
    return known is not None and known.near == word.near


def _words(
    idle: Sequence[Tour], others: Sequence[Tour], kind: str, foreseen: Foreseen, ports: Ports
) -> dict[str, Waiting]:
    """Return what to tell each of *idle*, who all ride a vehicle of that *kind*.

    others : who may be sooner where something is to be fetched, and count as free where they end
    """
    now, rules = ports.clock.now(), ports.parameters.dispatching
    wanted = Counter((fetch.merchant_id, fetch.place) for fetch in foreseen.fetches)
    shops = sorted(wanted, key=lambda shop: shop[0])
    ends = [_free(tour, now) for tour in others]
    places = [position_of(tour)[0] for tour in idle]
    places += [place for _, place in shops] + [place for place, _ in ends]
    way_s = ports.streets.durations_s(places, kind, at=now)
    first, behind = len(idle), len(idle) + len(shops)
    columns = np.arange(first, behind)
    busy_s = [after_s + way_s[behind + n, columns] for n, (_, after_s) in enumerate(ends)]
    weight = np.array([wanted[shop] for shop in shops], dtype=np.float64)
    expected = Expected(
        way_s,
        tuple(range(first, behind)),
        weight / weight.sum(),
        np.sort([float(fetch.notice_s) for fetch in foreseen.fetches]),
        np.array(busy_s or np.empty((0, len(shops))), dtype=np.float64),
    )
    crew = tuple(
        Idle(tour.tour_id, n, seconds_between(now, tour.shift.closes_at))
        for n, tour in enumerate(idle)
    )
    answer: dict[str, Waiting] = {}
    for move in POLICIES[rules.policy](Scene(0, (), idle=crew, expected=expected), rules).moves:
        near, place = shops[move.place - first]
        (here,) = (one.place for one in crew if one.courier_id == move.courier_id)
        answer[move.courier_id] = Waiting(near, place, now, int(way_s[here, move.place]))
    return answer


def _free(tour: Tour, now: datetime) -> tuple[Place, int]:
    """Where a courier ends what is planned, and in how many seconds."""
    ahead = [stop for stop in tour.stops if not stop.over and stop.eta_at is not None]
    if not ahead:
        return position_of(tour)[0], 0
    last = max(ahead, key=lambda stop: stop.eta_at or now)
    ends_s = seconds_between(now, last.eta_at or now) + last.service_s
    return last.place, max(0, ends_s)
