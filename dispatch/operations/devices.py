"""Who comes in with which phone: a one-time link makes a device token, kept by that phone alone.

Decides how long each lives and how a lost phone is shut out.  A link lies in messages and
is read by others; what a phone keeps is another secret, stored hashed, listed and ended by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.errors import Invalid, NotFound, Unauthorised
from dispatch.operations.access import NAME_LENGTH, PageKind, PageLink, fingerprint, refuse_nobody
from dispatch.operations.audit import Change, note
from dispatch.operations.ports import Ports

#: A link that nobody has opened by then is dead.
LINK_LIFE: Final = timedelta(days=7)
#: A phone that has not come for so long has to be let in anew, as its session would end too.
IDLE_LIFE: Final = timedelta(days=30)
#: How exactly it is known when a phone was here last: not every page view is a write.
_SEEN_TO: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Device:
    """One browser that was let in, as stored: the hash only.

    subject   : courier or merchant id; "" for planners
    platform  : what its browser said it is ("Android"), to tell phones apart; may be ""
    link_hash : the link it came by
    """

    token_hash: str
    kind: PageKind
    subject: str
    platform: str
    created_at: datetime
    last_seen_at: datetime
    link_hash: str
    revoked_at: datetime | None = None

    @property
    def name(self) -> str:
        """What people call the device: it is no secret."""
        return self.token_hash[:NAME_LENGTH]

    def alive(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.last_seen_at + IDLE_LIFE


def invite(kind: PageKind, subject: str, ports: Ports) -> str:
    """Make a link that lets one device in, once, within a week; return its token.

    Raises ``NotFound`` when the courier or merchant does not exist.
    """
    refuse_nobody(kind, subject, ports)
    now = ports.clock.now()
    token = ports.ids.token()
    link = PageLink(fingerprint(token), kind, subject, now, expires_at=now + LINK_LIFE, once=True)
    with ports.store.writing() as tx:
        tx.add_link(link)
        note(Change.LINK_MADE, f"{kind}/{subject}", tx, ports, after={"once": True})
    return token


def come_in(token: str, platform: str, ports: Ports) -> tuple[Device, str]:
    """Spend the link and return the new device with its secret, the only time it is seen.

    Raises ``Unauthorised`` for a link that is unknown, over, or spent: of two who come at
    the same moment, one gets in.
    """
    now = ports.clock.now()
    secret = ports.ids.token()
    with ports.store.writing() as tx:
        link = tx.link(fingerprint(token))
        if link is None or not link.opens(now):
            raise Unauthorised("this link is not valid; ask the planner for a new one")
        tx.use_link(link.token_hash, now)
        device = Device(
            fingerprint(secret), link.kind, link.subject, platform, now, now, link.token_hash
        )
        tx.add_device(device)
        note(Change.DEVICE_IN, device.name, tx, ports, after=_told(device), actor=_who(device))
    return device, secret


def device_of(secret: str, ports: Ports) -> Device:
    """Return the device that keeps *secret*, seen now.

    Raises ``Unauthorised`` when it is unknown, was shut out, or has not come for a month.
    """
    now = ports.clock.now()
    with ports.store.reading() as tx:
        device = tx.device(fingerprint(secret))
    if device is None or not device.alive(now):
        raise Unauthorised("this device is not let in; ask the planner for a new link")
    if now - device.last_seen_at >= _SEEN_TO:
        device = replace(device, last_seen_at=now)
        with ports.store.writing() as tx:
            tx.see_device(device.token_hash, now)
    return device


def devices(ports: Ports) -> tuple[Device, ...]:
    """Return the devices that are let in, the one that came last first."""
    now = ports.clock.now()
    with ports.store.reading() as tx:
        found = [device for device in tx.devices() if device.alive(now)]
    return tuple(sorted(found, key=lambda device: device.last_seen_at, reverse=True))


def shut_out(name: str, ports: Ports) -> Device:
    """End the device called *name* at once and return it.

    Raises ``Invalid`` for less than a name or one that fits several, ``NotFound`` for none.
    """
    if len(name) < NAME_LENGTH:
        raise Invalid(f"a device's name has {NAME_LENGTH} characters, not {name!r}", field="name")
    now = ports.clock.now()
    with ports.store.writing() as tx:
        named = [d for d in tx.devices() if d.alive(now) and d.token_hash.startswith(name)]
        if not named:
            raise NotFound(f"no device is called {name}; see `dispatch devices list`")
        if len(named) > 1:
            several = ", ".join(device.token_hash for device in named)
            raise Invalid(f"{name} is the name of several devices; write one whole: {several}")
        tx.revoke_device(named[0].token_hash, now)
        note(Change.DEVICE_OUT, named[0].name, tx, ports, before=_told(named[0]))
    return replace(named[0], revoked_at=now)


def leave(secret: str, ports: Ports) -> None:
    """End the device that keeps *secret*, if there is one: it said goodbye itself."""
    with ports.store.writing() as tx:
        tx.revoke_device(fingerprint(secret), ports.clock.now())


def lost(kind: PageKind, subject: str, ports: Ports) -> int:
    """Shut out whatever one reader has: every device, every link not yet opened.

    Returns how many devices that were.
    """
    now = ports.clock.now()
    with ports.store.writing() as tx:
        theirs = [
            d for d in tx.devices() if d.alive(now) and (d.kind, d.subject) == (kind, subject)
        ]
        for device in theirs:
            tx.revoke_device(device.token_hash, now)
            note(Change.DEVICE_OUT, device.name, tx, ports, before=_told(device))
        for link in tx.links():
            if link.opens(now) and (link.kind, link.subject) == (kind, subject):
                tx.revoke_link(link.token_hash, now)
    return len(theirs)


def on_behalf_of(device: Device, ports: Ports) -> Ports:
    """Return the same ports, whatever is changed being the device's doing."""
    return replace(ports, actor=_who(device))


def _who(device: Device) -> str:
    return f"{device.kind}/{device.name}"


def _told(device: Device) -> dict[str, object]:
    """What the audit trail says of a device."""
    return {"kind": device.kind.value, "subject": device.subject, "platform": device.platform}
