"""When a rolling dispatch looks at the day: as things happen, and when a round's time comes.

Decides the instants, from the store alone: a restart forgets nothing, and a second jobs process
finds what the first one saw.  What a look then does is ``run_wave``'s.  The row of a look that
gives nothing out stays open for the next one: a wave is a hand-out, not a look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

from dispatch.core.civil import local_day
from dispatch.core.ids import WaveId
from dispatch.operations.falling_behind import AGAIN, can_change
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.timetable import next_cut_off, publish_lag, tick_of
from dispatch.operations.waiting import is_idle
from dispatch.operations.waves import Look, LooseOrder, Wave, WaveState
from dispatch.tracking.tours import Stop, Tour


def look_due_at(
    tx: Transaction, now: datetime, ports: Ports, *, likely: bool = False
) -> datetime | None:
    """Return the tick at which today is to be looked at next, as things stand; None: at none.

    likely : more orders are (``futures.is_more_likely``): who has nothing to do is looked at, too

    Each tick once at most, and only when what is open is not what it was at the last look, when
    the time of something that waits has come, or when nobody has said for a while how far the
    couriers under way are.
    """
    day = local_day(now)
    last = _last_look(tx, now)
    tick_at = tick_of(now, ports)
    if tick_at is None or (last is not None and tick_at <= last.at):
        tick_at = next_cut_off(now, ports)
    if tick_at is None:
        return None
    tours, loose = tx.tours(day), tx.loose_orders(day)
    waits_at = None if last is None else last.next_at
    if last is None or fingerprint(tours, loose, wet=_is_wet(tx, day)) != last.seen:
        idle = likely and any(is_idle(tour, now) for tour in tours)
        worth_it = waits_at is not None or is_open(tours, loose) or idle or can_change(tours)
        return tick_at if worth_it else None
    again_at = last.at + AGAIN if can_change(tours) else None
    times = [at for at in (waits_at, again_at) if at is not None]
    return max(tick_at, min(times)) if times else None


def row_of_look(tx: Transaction, at: datetime, now: datetime) -> Wave | None:
    """Return the hand-out that a look at the tick *at* may become; None: another has that tick.

    It is written, with that tick as its cut-off.
    """
    day, last = local_day(at), _last_look(tx, now)
    if last is not None and last.at >= at:
        return None
    begun = [wave for wave in tx.waves(day) if not wave.by_hand]
    if any(w.state is WaveState.RUNNING and not _is_abandoned(w, now) for w in begun):
        return None
    unused = (w for w in begun if w.state in (WaveState.OPEN, WaveState.RUNNING))
    row = next(unused, None)
    if row is None:
        row = Wave(WaveId(f"w_{day:%Y%m%d}_{at.astimezone(UTC):%H%M%S}Z"), day, at)
        tx.ensure_wave(row)
    else:
        row = replace(row, cut_off_at=at)
        tx.put_wave(row)
    return row


def is_look(wave: Wave, ports: Ports) -> bool:
    """True for what a rolling dispatch does by itself, and not because a person asked for it."""
    return ports.parameters.dispatching.is_rolling and not wave.by_hand


def nothing_new(tx: Transaction, wave: Wave) -> bool:
    """True where the look that is *wave* finds nothing to give out that was not looked at.

    What waits was, as it is now, and its time has not come.
    """
    tours, loose = tx.tours(wave.day), tx.loose_orders(wave.day)
    if not is_open(tours, loose):
        return True
    last = _last_look(tx, wave.cut_off_at)
    if last is None or fingerprint(tours, loose) != last.seen:
        return False
    return last.next_at is None or last.next_at > wave.cut_off_at


def look_taken(tx: Transaction, wave: Wave, ports: Ports) -> Look:
    """Return what the look that *wave* began with leaves behind, from what it has written."""
    tours, loose = tx.tours(wave.day), tx.loose_orders(wave.day)
    lag = publish_lag(ports)
    waits = [
        stop.release_at - lag
        for tour in tours
        for stop in tour.stops
        if stop.is_to_give and stop.release_at is not None
    ]
    seen = fingerprint(tours, loose, wet=_is_wet(tx, wave.day))
    return Look(wave.cut_off_at, seen, min(waits, default=None))


def fingerprint(tours: Sequence[Tour], loose: Sequence[LooseOrder], *, wet: bool = False) -> str:
    """Return what the open orders are, in a word: equal where nothing has to be thought anew.

    Holds are not in it, nor is how far a courier has come with a stop: that changes no plan.  The
    weather is: what could wait on dry ways may have to go.
    """
    words: list[str] = [order.quote_id for order in loose] + ["wet"] * wet
    for tour in sorted(tours, key=lambda tour: tour.tour_id):
        firm = (stop for stop in tour.stops if stop.held_until is None)
        words += [f"{tour.tour_id} {_word(stop)}" for stop in firm]
    return sha256("\n".join(words).encode()).hexdigest()[:20]


def _word(stop: Stop) -> str:
    """What is to be done, and when: a promise that was moved is thought anew, too."""
    if stop.over:
        return f"{stop.stop_id}+"
    hours = (f"{window.opens_at:%H%M%S}-{window.closes_at:%H%M%S}" for window in stop.windows)
    return " ".join([stop.stop_id, *hours, f"{stop.due_at:%H%M%S}" if stop.due_at else ""])


def _is_wet(tx: Transaction, day: date) -> bool:
    return any(wet.day == day for wet in tx.wet_days(day))


def _last_look(tx: Transaction, now: datetime) -> Look | None:
    looks = [wave.look for wave in tx.waves(local_day(now)) if wave.look is not None]
    return max(looks, key=lambda look: look.at, default=None)


def is_open(tours: Sequence[Tour], loose: Sequence[LooseOrder]) -> bool:
    """True where something waits to be given out, or hopes for a place."""
    return any(order.retry for order in loose) or any(
        stop.is_to_give for tour in tours for stop in tour.stops
    )


def _is_abandoned(wave: Wave, now: datetime) -> bool:
    return wave.leased_until is not None and wave.leased_until <= now
