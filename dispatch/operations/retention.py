"""Forget who received what, where, and where couriers were, once it has been kept long enough.

Decides the order in which it is forgotten and that nobody waits long for it.  How long is
``operations.retention_rules``'; what is left of each value is ``operations.forgetting``'s.

Numbers stay: prices, promises, states, times, the commission, the storefront's own
references.  They name nobody to us.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from dispatch.core.civil import local_day
from dispatch.operations.forgetting import (
    Forgotten,
    nobodys_booking,
    nobodys_doorstep,
    nobodys_shipment,
    without_dead_holds,
    without_doorsteps,
)
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.retention_rules import Retention
from dispatch.operations.store_port import FiledStore
from dispatch.orders.bookings import Booking
from dispatch.tracking.tours import Tour

#: Bookings or tours forgotten in one transaction: others wait for some tens of milliseconds.
_AT_ONCE: Final = 25
#: A phone sends a picture again until it is answered; it is not kept waiting for so long.
ORPHANED_AFTER: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each were forgotten.

    positions : places where a courier was
    bookings  : orders whose receiver and doorstep are gone
    tours     : days of a courier whose doorsteps are gone, or what was held for nobody
    quotes    : of those that nobody booked
    keys      : idempotency keys
    proofs    : who took a parcel, pictures of it
    pins      : doors cut off from who taught them
    waves     : words about what went wrong in one
    closures  : words about why a shop was closed
    notices   : what customers were told, and when
    events    : of shipments that ended long ago
    pictures  : that no proof names: a machine died between the file and its row
    """

    positions: int = 0
    bookings: int = 0
    tours: int = 0
    quotes: int = 0
    keys: int = 0
    proofs: int = 0
    pins: int = 0
    waves: int = 0
    closures: int = 0
    notices: int = 0
    events: int = 0
    pictures: int = 0

    @property
    def anything(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


class _Rehearsed(Exception):
    """Takes a dry run out of its transaction, which is rolled back."""


def purge(ports: Ports, *, dry_run: bool = False, thorough: bool = False) -> Purged:
    """Forget what has been kept long enough by ``[retention]``; return how much that was.

    dry_run  : count only
    thorough : write the whole database anew as well; everybody waits meanwhile

    Also what the database's files still hold of it is overwritten.  A second call finds
    nothing left.
    """
    now, rules = ports.clock.now(), ports.parameters.retention
    at_once = _in_one_go(now, rules, ports, dry_run)
    done = Purged(
        bookings=_bookings(now - timedelta(days=rules.names_days), ports, dry_run),
        tours=_tours(now, rules, ports, dry_run),
        proofs=_proofs(now, rules, ports, dry_run),
        **at_once,
    )
    store = ports.store
    if isinstance(store, FiledStore) and not dry_run and (done.anything or thorough):
        store.scrub(thorough=thorough)
    # Last: a bucket that does not let itself be listed keeps nothing else from being forgotten.
    return replace(done, pictures=_pictures_of_nothing(ports, dry_run))


def _in_one_go(now: datetime, rules: Retention, ports: Ports, dry_run: bool) -> dict[str, int]:
    """What one statement each forgets."""

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    done: dict[str, int] = {}
    try:
        with ports.store.writing() as tx:
            done["positions"] = tx.forget_positions(ago(rules.positions_days))
            done["waves"] = tx.forget_wave_words(local_day(ago(rules.positions_days)))
            done["closures"] = tx.forget_closure_words(local_day(ago(rules.names_days)))
            done["quotes"] = tx.forget_quotes(ago(rules.quotes_days))
            done["keys"] = tx.forget_keys(ago(rules.keys_days))
            done["pins"] = tx.forget_who_pinned(ago(rules.names_days))
            done["notices"] = tx.forget_notices(ago(rules.names_days))
            if rules.events_days is not None:
                done["events"] = tx.forget_events(ago(rules.events_days))
            if dry_run:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return done


def _bookings(before: datetime, ports: Ports, dry_run: bool) -> int:
    """Forget who received every order that ended before that instant."""
    count, after = 0, ""
    while True:
        with _opened(ports, dry_run) as tx:
            found = tx.named_bookings(before, after, _AT_ONCE)
            for booking in found:
                if _end_of(booking, tx) >= before:
                    continue
                count += 1
                if not dry_run:
                    _forget(booking, tx)
        if not found:
            return count
        after = found[-1].booking_id


def _end_of(booking: Booking, tx: Transaction) -> datetime:
    """When the last of its parcels ended; one that nobody reported ended with its promise."""
    ends = [s.ended_at or s.promise.window.closes_at for s in tx.shipments_of(booking.booking_id)]
    return max(ends, default=booking.created_at)


def _forget(booking: Booking, tx: Transaction) -> None:
    tx.put_booking(nobodys_booking(booking))
    for shipment in tx.shipments_of(booking.booking_id):
        tx.put_shipment(nobodys_shipment(shipment))
        tx.forget_handover(shipment.shipment_id)
    tx.forget_doorstep(booking.quote_id, nobodys_doorstep(booking.deliver_to))
    # Whoever still waits for a tour after that time has long got another answer.
    tx.drop_loose(booking.quote_id)


def _proofs(now: datetime, rules: Retention, ports: Ports, dry_run: bool) -> int:
    """Forget who took parcels, and delete the pictures: a row names its picture until it is gone.

    What cannot be deleted now is tried again at the next purge.
    """
    before = now - timedelta(days=min(rules.proofs_days, rules.names_days))
    count = 0
    while True:
        with ports.store.reading() as tx:
            found = tx.proofs_to_forget(before, None if dry_run else _AT_ONCE)
        count += len(found)
        if dry_run or not found:
            return count
        for proof in found:
            if proof.file is not None and ports.proofs is not None:
                ports.proofs.delete(proof.file)
        with ports.store.writing() as tx:
            for proof in found:
                tx.put_proof(proof.forgotten())


def _pictures_of_nothing(ports: Ports, dry_run: bool) -> int:
    """Delete pictures that no proof names, long after their phone must have sent them again."""
    if ports.proofs is None:
        return 0
    old = iter(ports.proofs.older_than(ORPHANED_AFTER))
    count = 0
    while some := tuple(islice(old, _AT_ONCE)):
        with ports.store.reading() as tx:
            orphans = sorted(set(some) - tx.pictured(some))
        count += len(orphans)
        for file in orphans if not dry_run else ():
            ports.proofs.delete(file)
    return count


def _tours(now: datetime, rules: Retention, ports: Ports, dry_run: bool) -> int:
    """Forget what old tours hold for nobody, and of older ones every doorstep."""
    steps: tuple[tuple[int, Forgotten, Callable[[Tour], Tour]], ...] = (
        (rules.names_days, Forgotten.DOORSTEPS, without_doorsteps),
        (rules.quotes_days, Forgotten.DEAD_HOLDS, lambda tour: without_dead_holds(tour, now)),
    )
    changed: set[str] = set()
    for days, what, forget in steps:
        before, after = local_day(now - timedelta(days=days)), ""
        while True:
            with _opened(ports, dry_run) as tx:
                found = tx.remembering_tours(before, what, after, _AT_ONCE)
                for tour in found:
                    less = forget(tour)
                    if less != tour:
                        changed.add(tour.tour_id)
                    if not dry_run:
                        if less != tour:
                            tx.put_tour(less)
                        tx.mark_forgotten(tour.tour_id, what)
            if not found:
                break
            after = found[-1].tour_id
    return len(changed)


def _opened(ports: Ports, dry_run: bool) -> AbstractContextManager[Transaction]:
    return ports.store.reading() if dry_run else ports.store.writing()
