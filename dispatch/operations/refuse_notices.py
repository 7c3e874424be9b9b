"""A customer wants no more notices by one channel, or wants them again.

Decides nothing about who it is: the link that the customer followed holds a sealed mark of
the contact, and that is all that is ever kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.core.errors import NotFound
from dispatch.operations.notices import Channel
from dispatch.operations.notify import contact_of
from dispatch.operations.ports import Ports
from dispatch.orders.bookings import Customer


@dataclass(frozen=True, slots=True)
class Choice:
    """What one contact has said about one channel.  ``sealed``: what its link is made of."""

    channel: Channel
    sealed: str
    refused: bool


def choice_of(sealed: str, ports: Ports) -> Choice:
    """Return what was chosen.  Raises ``NotFound`` for a link that is none of ours."""
    channel, mark = _opened(sealed, ports)
    with ports.store.reading() as tx:
        return Choice(channel, sealed, tx.refuses_notices(mark))


def choose(sealed: str, ports: Ports, *, refused: bool) -> Choice:
    """Write down that nothing more is to be told by this channel, or everything again.

    Twice is harmless.  Raises ``NotFound`` for a link that is none of ours.
    """
    channel, mark = _opened(sealed, ports)
    with ports.store.writing() as tx:
        if refused:
            tx.refuse_notices(channel, mark, ports.clock.now())
        else:
            tx.allow_notices(mark)
    return Choice(channel, sealed, refused)


def choices_of(customer: Customer, ports: Ports) -> tuple[Choice, ...]:
    """Return the choices that *customer* has: one a channel by which they may be told."""
    notifier = ports.notifier
    if notifier is None:
        return ()
    contacts = {channel: contact_of(customer, channel) for channel in sorted(notifier.channels)}
    return tuple(
        choice_of(notifier.sealed(notifier.mark(channel, contact)), ports)
        for channel, contact in contacts.items()
        if contact
    )


def _opened(sealed: str, ports: Ports) -> tuple[Channel, str]:
    found = None if ports.notifier is None else ports.notifier.opened(sealed)
    if found is None:
        raise NotFound("this link chooses nothing")
    return found
