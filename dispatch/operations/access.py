"""Who may do what, and until when: storefront keys with scopes, links that open one page.

Secrets are shown once and stored hashed.  They carry 256 random bits, so a
plain SHA-256 is enough: there is nothing to guess from a list of passwords.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from dispatch.core.errors import Forbidden, Invalid, NotFound, Unauthorised
from dispatch.core.ids import StorefrontId
from dispatch.operations.audit import Change, note

if TYPE_CHECKING:
    from dispatch.operations.ports import Ports, Transaction

SCOPES = ("quotes", "bookings", "tours:read", "tours:write", "parameters", "admin")
#: Characters of a key's hash that people call it by: unique in any list they could read.
NAME_LENGTH: Final = 8
#: How long a rotated key goes on, unless somebody says otherwise.
GRACE: Final = timedelta(hours=24)
LONGEST_GRACE: Final = timedelta(days=30)
_USED_TO: Final = timedelta(hours=1)


class PageKind(StrEnum):
    """Whose page a link opens."""

    COURIER = "courier"
    MERCHANT = "merchant"
    PLANNER = "planner"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A storefront's key, as stored: the hash only.

    expires_at   : from then on it opens nothing; None: never
    last_used_at : to the hour; None: not yet
    """

    key_hash: str
    storefront_id: StorefrontId
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        over = self.expires_at is not None and now >= self.expires_at
        return self.revoked_at is None and not over

    @property
    def name(self) -> str:
        """What people call the key, once its secret is out of sight."""
        return self.key_hash[:NAME_LENGTH]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to one reader's pages, as stored.

    subject : courier or merchant id; "" for planners
    once    : lets one device in, and is spent then: ``used_at``
    """

    token_hash: str
    kind: PageKind
    subject: str
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    once: bool = False
    used_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """True as long as somebody may come in by it."""
        spent = self.once and self.used_at is not None
        over = self.expires_at is not None and now >= self.expires_at
        return self.revoked_at is None and not spent and not over


def fingerprint(secret: str) -> str:
    """Return the hash under which *secret* is stored."""
    return sha256(secret.encode()).hexdigest()


def create_key(
    storefront: str, scopes: Iterable[str], ports: Ports, *, life: timedelta | None = None
) -> str:
    """Make a key for *storefront* and return it, the only time it is seen.

    life : how long it opens anything; None: until it is revoked or rotated

    Raises ``Invalid`` for a scope that does not exist.
    """
    wanted = tuple(dict.fromkeys(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise Invalid(f"unknown scope {unknown[0]!r}; known: {', '.join(SCOPES)}", field="scopes")
    if not wanted:
        raise Invalid("a key needs at least one scope", field="scopes")
    secret = f"dk_{ports.ids.token()}"
    now = ports.clock.now()
    expires_at = None if life is None else now + life
    key = ApiKey(fingerprint(secret), StorefrontId(storefront), wanted, now, expires_at=expires_at)
    with ports.store.writing() as tx:
        tx.add_key(key)
        note(Change.KEY_CREATED, key.name, tx, ports, after=_told(key))
    return secret


def authenticate(secret: str, scope: str, ports: Ports) -> ApiKey:
    """Return the key of *secret* if it carries *scope* (``admin`` carries all).

    Raises ``Unauthorised`` for a key that is unknown, revoked or over, ``Forbidden`` without
    the scope.
    """
    now = ports.clock.now()
    with ports.store.reading() as tx:
        key = tx.key(fingerprint(secret))
    if key is None or not key.opens(now):
        raise Unauthorised("this key is not known; ask for one with `dispatch keys create`")
    if scope not in key.scopes and "admin" not in key.scopes:
        raise Forbidden(f"this key lacks the scope {scope!r}", scope=scope)
    # To the hour: not every call is a write.
    if key.last_used_at is None or now - key.last_used_at >= _USED_TO:
        with ports.store.writing() as tx:
            tx.use_key(key.key_hash, now)
    return key


def rotate_key(name: str, ports: Ports, *, grace: timedelta = GRACE) -> tuple[ApiKey, str]:
    """Make the successor of the key called *name*; return it with its secret.

    The old key goes on for *grace*, and never longer than it would have: the shop changes
    over without losing a call.  Raises as ``revoke_key``, and ``Invalid`` for a key that is
    over or a grace out of 0 to 30 days.
    """
    if not timedelta() <= grace <= LONGEST_GRACE:
        raise Invalid(f"a grace lasts 0 to {LONGEST_GRACE.days} days", field="grace")
    now = ports.clock.now()
    secret = f"dk_{ports.ids.token()}"
    with ports.store.writing() as tx:
        old = _named(name, tx)
        if not old.opens(now):
            raise Invalid(f"key {old.name} opens nothing any more; create one", field="name")
        ends_at = now + grace
        if old.expires_at is not None:
            ends_at = min(ends_at, old.expires_at)
        # Who asked for keys that end wants their successors to end as well.
        life = None if old.expires_at is None else old.expires_at - old.created_at
        fresh = ApiKey(
            fingerprint(secret),
            old.storefront_id,
            old.scopes,
            now,
            expires_at=None if life is None else now + life,
        )
        tx.add_key(fresh)
        tx.end_key(old.key_hash, ends_at)
        ended = replace(old, expires_at=ends_at)
        note(Change.KEY_ROTATED, fresh.name, tx, ports, before=_told(ended), after=_told(fresh))
    return fresh, secret


def revoke_key(name: str, ports: Ports) -> ApiKey:
    """End the key called *name* (or by more of its hash) and return it as it now is.

    A key that was revoked before stays so, since then.  Raises ``Invalid`` for less than
    a name or one that fits several keys, ``NotFound`` when it fits none.
    """
    with ports.store.writing() as tx:
        key = _named(name, tx)
        at = key.revoked_at or ports.clock.now()
        tx.revoke_key(key.key_hash, at)
        note(Change.KEY_REVOKED, key.name, tx, ports, before=_told(key))
    return replace(key, revoked_at=at)


def _told(key: ApiKey) -> dict[str, object]:
    """What the audit trail says of a key."""
    over = None if key.expires_at is None else key.expires_at.isoformat()
    return {
        "key": key.name,
        "storefront": key.storefront_id,
        "scopes": list(key.scopes),
        "expires_at": over,
    }


def _named(name: str, tx: Transaction) -> ApiKey:
    if len(name) < NAME_LENGTH:
        raise Invalid(f"a key's name has {NAME_LENGTH} characters, not {name!r}", field="name")
    made = tx.keys()
    named = [key for key in made if key.key_hash.startswith(name)]
    if not named:
        raise NotFound(f"no key is called {name}; see `dispatch keys list`")
    if len(named) > 1:
        several = ", ".join(key.key_hash for key in named)
        raise Invalid(f"{name} is the name of several keys; write one whole: {several}")
    return named[0]


def create_link(kind: PageKind, subject: str, ports: Ports) -> str:
    """Make a link that opens again and again, for a demonstration; return its token.

    People get ``devices.invite``'s.  Raises ``NotFound`` when the courier or merchant does
    not exist.
    """
    refuse_nobody(kind, subject, ports)
    token = ports.ids.token()
    with ports.store.writing() as tx:
        tx.add_link(PageLink(fingerprint(token), kind, subject, ports.clock.now()))
        note(Change.LINK_MADE, f"{kind}/{subject}", tx, ports, after={"once": False})
    return token


def refuse_nobody(kind: PageKind, subject: str, ports: Ports) -> None:
    """Raise ``NotFound`` when the courier or merchant does not exist."""
    if kind is PageKind.COURIER:
        ports.territory.courier(subject)
    elif kind is PageKind.MERCHANT:
        ports.territory.merchant(subject)


def open_link(token: str, ports: Ports) -> PageLink:
    """Return what the link opens, without spending it.

    Raises ``Unauthorised`` for one that is unknown, revoked, over or spent.
    """
    with ports.store.reading() as tx:
        link = tx.link(fingerprint(token))
    if link is None or not link.opens(ports.clock.now()):
        raise Unauthorised("this link is not valid; ask the planner for a new one")
    return link


def revoke_links(ports: Ports) -> int:
    """End every link made so far, and every device that came by one.

    Returns how many links were not revoked before.
    """
    now = ports.clock.now()
    with ports.store.writing() as tx:
        alive = sum(link.revoked_at is None for link in tx.links())
        tx.revoke_links(now)
        for device in tx.devices():
            tx.revoke_device(device.token_hash, now)
        note(Change.LINKS_REVOKED, "", tx, ports, before={"links": alive})
    return alive
