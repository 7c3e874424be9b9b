"""What a customer is told, by which channel: one notice, its life, and what carries it.

Decides which kinds there are, how long each is of use, and whether it is still true.  Who is
told what, when, is ``notify``'s; the words are the adapter's templates'.

A notice holds no address, no number and no name: they are read from the booking when it is
sent, so that whoever is forgotten is told nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from dispatch.core.ids import BookingId, ShipmentId
from dispatch.orders.shipments import State

if TYPE_CHECKING:
    from dispatch.operations.track import Tracking


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Kind(StrEnum):
    BOOKED = "booked"
    ON_THE_WAY = "on_the_way"
    NEXT_STOP = "next_stop"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    MOVED = "moved"
    LATE = "late"
    READY = "ready"
    REMINDER = "reminder"


class NoticeState(StrEnum):
    """``claimed``: being sent; one that stays so was cut off in between, and is not repeated."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


#: The courier comes now: told in quiet hours too.
URGENT: Final = frozenset({Kind.ON_THE_WAY, Kind.NEXT_STOP})

#: For how long after its event a notice is of use.  First guesses.
USEFUL_FOR: Final[Mapping[Kind, timedelta]] = MappingProxyType(
    {
        Kind.BOOKED: timedelta(hours=12),
        Kind.ON_THE_WAY: timedelta(hours=1),
        Kind.NEXT_STOP: timedelta(minutes=30),
        Kind.DELIVERED: timedelta(hours=12),
        Kind.NOT_DELIVERED: timedelta(hours=48),
        Kind.MOVED: timedelta(hours=12),
        Kind.LATE: timedelta(hours=2),
        Kind.READY: timedelta(hours=72),
        Kind.REMINDER: timedelta(hours=48),
    }
)

_AT_THE_SHOP: Final = frozenset({State.READY, State.HELD_FOR_PICKUP})
_ON_BOARD: Final = frozenset({State.PICKED_UP, State.TO_DROPOFF, State.AT_DROPOFF})
_OVER: Final = frozenset(
    {State.DELIVERED, State.COLLECTED, State.RETURNING, State.RETURNED, State.CANCELLED}
)
#: In which states of its shipment a notice is still true.
STILL_TRUE: Final[Mapping[Kind, frozenset[State]]] = MappingProxyType(
    {
        Kind.BOOKED: frozenset(State) - _OVER,
        Kind.ON_THE_WAY: _ON_BOARD,
        Kind.NEXT_STOP: frozenset({State.TO_DROPOFF}),
        Kind.DELIVERED: frozenset({State.DELIVERED}),
        Kind.NOT_DELIVERED: frozenset({State.ATTEMPTED, State.HELD_FOR_PICKUP, State.RETURNING}),
        Kind.MOVED: frozenset(State) - _OVER - {State.AT_DROPOFF},
        # Who has the courier at the door, or missed him there, reads the other messages.
        Kind.LATE: frozenset(State)
        - _OVER
        - {State.AT_DROPOFF, State.ATTEMPTED, State.HELD_FOR_PICKUP},
        Kind.READY: _AT_THE_SHOP,
        Kind.REMINDER: _AT_THE_SHOP,
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one customer is told by one channel, at most once.

    notice_id    : names the occasion and the channel: the same occasion again is the same one
    position     : of the event it comes from
    due_at       : when it is sent, or tried again
    useful_until : after it, it is not sent any more
    tries        : how many failed
    why          : of one skipped or failed: one word
    changed_at   : when it came into its state
    """

    notice_id: str
    booking_id: BookingId
    shipment_id: ShipmentId
    kind: Kind
    channel: Channel
    position: int
    due_at: datetime
    useful_until: datetime
    changed_at: datetime
    state: NoticeState = NoticeState.WAITING
    tries: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice on its way out.  ``contact``: where to; ``seen``: what the customer's page shows.

    reason : why the event happened, a word of ``FailureReason`` or none
    """

    notice: Notice
    contact: str
    seen: Tracking
    reason: str | None = None


class Outcome(StrEnum):
    """What came of sending.  After ``unsure`` nobody knows, and it is not sent again."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Sent:
    """``why``: one word that repeats nothing of what was sent or answered."""

    outcome: Outcome
    why: str = ""


class Notifier(Protocol):
    """Writes notices in words and carries them; knows how customers say that they want none.

    A *mark* stands for one contact on one channel and tells it to nobody: a hash that needs
    the installation's key.  A mark *sealed* can be in a link: nobody else can make one.
    """

    @property
    def channels(self) -> frozenset[Channel]: ...

    def send(self, telling: Telling) -> Sent:
        """Send it now, once; never raises for the network."""
        ...

    def try_out(self, channel: Channel, contact: str) -> Sent:
        """Send a trial to *contact* now.  Raises ``Invalid`` for a channel it has not."""
        ...

    def mark(self, channel: Channel, contact: str) -> str: ...
    def sealed(self, mark: str) -> str: ...
    def opened(self, sealed: str) -> tuple[Channel, str] | None:
        """Return channel and mark of a seal of ours; None: it is none."""
        ...
