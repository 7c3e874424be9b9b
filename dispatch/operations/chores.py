"""What the house does by itself, and how often it looks whether it is time.

Decides the list and nothing else.  An act finds out on its own what is due by the
house's clock, may be called at any moment, and does nothing when there is nothing to do:
two looks, or a look after a restart, do no more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from dispatch.operations.collecting import look_at_counters
from dispatch.operations.late_promises import tell_of_late_promises
from dispatch.operations.mailroom import Mailroom
from dispatch.operations.notices import Channel
from dispatch.operations.notify import note_events
from dispatch.operations.parcels import follow_parcels, make_labels
from dispatch.operations.ports import Ports
from dispatch.operations.retention import purge
from dispatch.operations.send_notices import send_due
from dispatch.operations.tick import tick


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing that is done again and again.

    name    : what the log calls it
    every_s : real seconds between two looks; the first is at the start
    act     : what looks, and does; what it returns is for the log
    """

    name: str
    every_s: float
    act: Callable[[Ports], object]

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"a chore's name is one word, not {self.name!r}")
        if not 0.01 <= self.every_s <= 86_400:
            raise ValueError(f"every_s is out of 0.01 to 86400: {self.every_s}")


#: Half a second is half a minute of the town's time at pace 60.
CHORES: Final = (
    Chore("waves", 0.5, tick),
    # Five minutes of the town's time at pace 60; a promise is not lost within a few seconds.
    Chore("promises", 5.0, tell_of_late_promises),
    Chore("webhooks", 0.5, Mailroom()),
    Chore("notices", 0.5, note_events),
    # One lane each: a mail server that hangs keeps no text waiting.
    Chore("emails", 1.0, partial(send_due, Channel.EMAIL)),
    Chore("texts", 1.0, partial(send_due, Channel.SMS)),
    Chore("counters", 30.0, look_at_counters),
    Chore("labels", 1.0, make_labels),
    # One question of ten numbers each time, at most: the post allows far more.
    Chore("parcels", 10.0, follow_parcels),
    Chore("purge", 3600, purge),
)
