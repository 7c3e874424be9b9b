"""Notices sent, each at most once: claimed before it is sent, and never taken back.

Decides when something is tried again: only what was surely not sent, and only while it is of
use.  Whoever dies between claiming and sending leaves a notice that is not sent at all: a
customer who misses one message has a page to look at, one who is told twice believes neither.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.operations.notices import (
    STILL_TRUE,
    URGENT,
    Channel,
    Kind,
    Notice,
    NoticeState,
    Notifier,
    Outcome,
    Sent,
    Telling,
)
from dispatch.operations.notify import contact_of
from dispatch.operations.ports import Ports
from dispatch.operations.track import track
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode

#: Sent at one look, at most: the process may have to end between two looks.
_AT_ONCE: Final = 20
#: Longer than any try takes: who claimed it is gone.
CUT_OFF_AFTER: Final = timedelta(minutes=10)
#: Why a notice is skipped: the customer wants none; it is not true any more; it would come too
#: late; the customer is forgotten, or their page has ended; there is nowhere to send it.
UNWANTED, NOT_TRUE, TOO_LATE, OVER, NOWHERE = "unwanted", "not_true", "too_late", "over", "nowhere"
#: Why one failed that was claimed, and then heard of no more.
CUT_OFF: Final = "cut_off"


def send_due(channel: Channel, ports: Ports) -> tuple[Notice, ...]:
    """Send what is due by *channel*; return what failed for good.

    Stops at the first that has to be tried later: the service is not there now.
    """
    if ports.notifier is None or channel not in ports.notifier.channels:
        return ()
    done = list(_give_up_cut_off(channel, ports))
    for _ in range(_AT_ONCE):
        notice = send_next(channel, ports)
        if notice is None or notice.state is NoticeState.WAITING:
            break
        done.append(notice)
    return tuple(notice for notice in done if notice.state is NoticeState.FAILED)


def send_next(channel: Channel, ports: Ports) -> Notice | None:
    """Send the first that is due by *channel* and return what became of it; None: nothing is due.

    No transaction is open while it is sent.
    """
    now = ports.clock.now()
    quiet = ports.parameters.notify.speaks_at(now) > now
    with ports.store.reading() as tx:
        notice = tx.next_notice(channel, now, URGENT if quiet else frozenset(Kind))
    if notice is None:
        return None
    with ports.store.writing() as tx:
        if not tx.claim_notice(notice.notice_id, now):
            return None  # somebody else has it, or took it back
    telling = _telling(notice, ports)
    if isinstance(telling, str):
        return _written(replace(notice, state=NoticeState.SKIPPED, why=telling), ports)
    return _written(_after(notice, notifier_of(ports).send(telling), ports), ports)


def retry_notice(notice_id: str, ports: Ports) -> Notice:
    """Let a failed notice wait to be sent again, at the word of somebody who looked into it.

    Raises ``NotFound``, and ``Conflict`` for one that has not failed, or is of no use any more.
    """
    now = ports.clock.now()
    with ports.store.writing() as tx:
        notice = tx.notice(notice_id)
        if notice.state is not NoticeState.FAILED:
            raise Conflict(f"notice {notice_id} is {notice.state}, not failed")
        if notice.useful_until <= now:
            raise Conflict(f"notice {notice_id} is of no use any more")
        again = replace(
            notice, state=NoticeState.WAITING, due_at=now, changed_at=now, tries=0, why=""
        )
        tx.put_notice(again)
    return again


def notifier_of(ports: Ports) -> Notifier:
    """Return what carries notices.  Raises ``Invalid`` where nothing does."""
    if ports.notifier is None:
        raise Invalid("no service carries notices: set [notify.smtp] or [notify.sms]")
    return ports.notifier


def _telling(notice: Notice, ports: Ports) -> Telling | str:
    """Return what is to be said and where to, or the word for why it is not."""
    if notice.useful_until <= ports.clock.now():
        return TOO_LATE
    notifier = notifier_of(ports)
    with ports.store.reading() as tx:
        booking = tx.booking(notice.booking_id)
        shipment = tx.shipment(notice.shipment_id)
        event = next(
            (e for e in tx.events_of(notice.shipment_id) if e.position == notice.position), None
        )
        contact = contact_of(booking.customer, notice.channel)
        if not contact:
            return NOWHERE
        if tx.refuses_notices(notifier.mark(notice.channel, contact)):
            return UNWANTED
    if shipment.state not in STILL_TRUE[notice.kind] or _overtaken(notice, shipment, ports):
        return NOT_TRUE
    try:
        seen = track(booking.tracking_token, ports)
    except NotFound:
        return OVER
    if notice.kind is Kind.LATE and not seen.late:
        return NOT_TRUE  # another promise was agreed on meanwhile
    return Telling(notice, contact, seen, None if event is None else event.reason)


def _overtaken(notice: Notice, shipment: Shipment, ports: Ports) -> bool:
    """Is the courier coming to this very door already, which another notice says as well?"""
    coming = shipment.mode is Mode.EXPRESS and shipment.state is not State.PICKED_UP
    says_so = Kind.NEXT_STOP in ports.parameters.notify.kinds[notice.channel]
    return notice.kind is Kind.ON_THE_WAY and coming and says_so


def _after(notice: Notice, sent: Sent, ports: Ports) -> Notice:
    """Return *notice* as it is after a try."""
    if sent.outcome is Outcome.SENT:
        return replace(notice, state=NoticeState.SENT)
    tries = notice.tries + 1
    failed = replace(notice, tries=tries, why=sent.why or sent.outcome.value)
    due_at = ports.parameters.notify.next_try(tries, ports.clock.now())
    if sent.outcome is Outcome.LATER and due_at is not None and due_at < notice.useful_until:
        return replace(failed, state=NoticeState.WAITING, due_at=due_at)
    return replace(failed, state=NoticeState.FAILED)


def _written(notice: Notice, ports: Ports) -> Notice:
    notice = replace(notice, changed_at=ports.clock.now())
    with ports.store.writing() as tx:
        tx.put_notice(notice)
    return notice


def _give_up_cut_off(channel: Channel, ports: Ports) -> tuple[Notice, ...]:
    """Fail what was being sent when its process died: nobody knows whether it was."""
    with ports.store.reading() as tx:
        found = tx.cut_off(channel, ports.clock.now() - CUT_OFF_AFTER)
    failed = (replace(notice, state=NoticeState.FAILED, why=CUT_OFF) for notice in found)
    return tuple(_written(notice, ports) for notice in failed)
