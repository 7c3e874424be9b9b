"""Who is told what happens to its shipments: endpoints, their secrets, what a letter says.

Decides who may be told, and by which signatures.  When each thing is sent, and how often,
is ``mailroom``'s, and what is told again ``retell``'s; that a thing is to be told at all is
written with the event itself.

Secrets are not stored.  Each is made of a key that is a file of the installation's, the
endpoint's id and a number (``Post``): whoever reads the database, or a copy of it, can
sign nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from dispatch.core.civil import local_text
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.ids import BookingId, StorefrontId
from dispatch.operations.access import NAME_LENGTH, fingerprint
from dispatch.operations.audit import Change, note
from dispatch.operations.event_words import as_told, message_id
from dispatch.operations.letters import Answer, Letter, Post
from dispatch.orders.shipments import Event, EventType

if TYPE_CHECKING:
    from dispatch.operations.ports import Ports

#: One storefront's; enough for a shop, its double and a watchman.
MOST_ENDPOINTS: Final = 10
#: What a trial message is; it is about no shipment.
TRIAL: Final = "webhook.test"
#: Characters of a secret's hash that people compare it by.
_MARK_LENGTH: Final = 8
_LONGEST_URL: Final = 2000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one storefront wants to be told.

    types          : what it wants to hear of; none: everything
    secret_version : number of the secret that signs, from 1
    secret_mark    : beginning of that secret's hash: shows a secret from another key, and
                     lets two people compare what they have
    old_until      : until when the secret before it signs as well
    arrived_at     : when it last took something
    """

    endpoint_id: str
    storefront_id: StorefrontId
    url: str
    types: tuple[EventType, ...]
    created_at: datetime
    secret_mark: str
    secret_version: int = 1
    old_until: datetime | None = None
    arrived_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.secret_version < 1:
            raise ValueError(f"secret_version is below 1: {self.secret_version}")

    def wants(self, what: EventType) -> bool:
        return not self.types or what in self.types

    def signing(self, now: datetime) -> tuple[int, ...]:
        """Return the numbers of the secrets that sign at *now*, the newest first."""
        if self.old_until is not None and now < self.old_until:
            return (self.secret_version, self.secret_version - 1)
        return (self.secret_version,)


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event that one endpoint has not yet had.

    position   : the event's
    booking_id : its order's: events of one order arrive in order
    tries      : how many failed
    due_at     : the next try, by the house's clock; of a dead one: when it was given up
    error      : what the last try came to: an HTTP status, or one word
    """

    endpoint_id: str
    position: int
    booking_id: BookingId
    due_at: datetime
    tries: int = 0
    state: DeliveryState = DeliveryState.WAITING
    error: str = ""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events an endpoint is still to be told, fails to take, and was given up for."""

    waiting: int
    failing: int
    dead: int


def add_endpoint(
    storefront_id: StorefrontId, url: str, types: Iterable[str], ports: Ports
) -> tuple[Endpoint, str]:
    """Tell *storefront_id* at *url* from now on; return the endpoint and its secret.

    The only time the secret is seen.  Raises ``Invalid`` for a type or an address that
    cannot be, ``Conflict`` when it is told there already, or at too many places.
    """
    wanted = tuple(dict.fromkeys(_type(text) for text in types))
    check_url(url, private=ports.parameters.webhooks.private_addresses)
    endpoint_id = ports.ids.new("wh")
    secret = post_of(ports).new_secret(endpoint_id, 1)
    endpoint = Endpoint(
        endpoint_id, storefront_id, url, wanted, ports.clock.now(), secret_mark(secret)
    )
    with ports.store.writing() as tx:
        others = [each for each in tx.endpoints() if each.storefront_id == storefront_id]
        if twin := next((each for each in others if each.url == url), None):
            raise Conflict(f"{twin.endpoint_id} tells {storefront_id} at this address already")
        if len(others) >= MOST_ENDPOINTS:
            raise Conflict(f"{storefront_id} has {MOST_ENDPOINTS} endpoints; remove one first")
        tx.add_endpoint(endpoint)
        note(Change.WEBHOOK_ADDED, endpoint_id, tx, ports, after=_told(endpoint))
    return endpoint, secret


def storefront_of_key(name: str, ports: Ports) -> StorefrontId:
    """Return whose the living key called *name* is.  Raises ``NotFound``."""
    with ports.store.reading() as tx:
        made = tx.keys()
    living = [key for key in made if key.revoked_at is None]
    whose = {key.storefront_id for key in living if key.name == name[:NAME_LENGTH]}
    if len(whose) != 1:
        raise NotFound(f"no living key is called {name}; see `dispatch keys list`")
    return whose.pop()


def rotate_secret(endpoint_id: str, grace: timedelta, ports: Ports) -> tuple[Endpoint, str]:
    """Give the endpoint a new secret and return it; the one before signs for *grace* as well.

    Raises ``NotFound``.
    """
    with ports.store.reading() as tx:
        version = tx.endpoint(endpoint_id).secret_version + 1
    secret = post_of(ports).secret(endpoint_id, version)
    with ports.store.writing() as tx:
        endpoint = tx.endpoint(endpoint_id)
        if endpoint.secret_version != version - 1:
            raise Conflict(f"somebody else gave {endpoint_id} a new secret at this moment")
        rotated = replace(
            endpoint,
            secret_version=version,
            secret_mark=secret_mark(secret),
            old_until=ports.clock.now() + grace,
        )
        tx.put_endpoint(rotated)
        note(Change.WEBHOOK_ROTATED, endpoint_id, tx, ports, after={"secret_version": version})
    return rotated, secret


def remove_endpoint(endpoint_id: str, ports: Ports) -> Endpoint:
    """Tell nobody there any more; what was not yet told is dropped.  Raises ``NotFound``."""
    with ports.store.writing() as tx:
        endpoint = tx.endpoint(endpoint_id)
        tx.remove_endpoint(endpoint_id)
        note(Change.WEBHOOK_REMOVED, endpoint_id, tx, ports, before=_told(endpoint))
    return endpoint


def _told(endpoint: Endpoint) -> dict[str, object]:
    """What the audit trail says of an endpoint: of its address the host; the rest may be secret."""
    return {
        "storefront": endpoint.storefront_id,
        "host": urlsplit(endpoint.url).hostname,
        "types": [kind.value for kind in endpoint.types],
    }


def list_endpoints(ports: Ports) -> tuple[tuple[Endpoint, Backlog], ...]:
    """Return all endpoints in order of making, each with what it has not had."""
    with ports.store.reading() as tx:
        return tuple((each, tx.backlog(each.endpoint_id)) for each in tx.endpoints())


def try_endpoint(endpoint_id: str, ports: Ports) -> Answer:
    """Send a trial message now, once, and return what came back.  Raises ``NotFound``."""
    with ports.store.reading() as tx:
        endpoint = tx.endpoint(endpoint_id)
    now = ports.clock.now()
    body = _body(TRIAL, now, {"endpoint_id": endpoint_id})
    return post_of(ports).send(_letter(endpoint, ports.ids.new("evt_test"), body, ports))


def letter_of(endpoint: Endpoint, event: Event, booking_id: str, ports: Ports) -> Letter:
    """Return *event* as the endpoint reads it: the same bytes at each try."""
    body = _body(event.type.value, event.at_server, as_told(event, booking_id))
    return _letter(endpoint, message_id(event), body, ports)


def _letter(endpoint: Endpoint, message: str, body: bytes, ports: Ports) -> Letter:
    post, rules = post_of(ports), ports.parameters.webhooks
    versions = endpoint.signing(ports.clock.now())
    secrets = tuple(post.secret(endpoint.endpoint_id, version) for version in versions)
    if secret_mark(secrets[0]) != endpoint.secret_mark:
        raise Invalid(
            f"the secret of {endpoint.endpoint_id} was made of another key: bring back the "
            "installation's webhook key, or give it a new secret",
            field="webhooks",
        )
    return Letter(endpoint.url, message, body, secrets, rules.timeout_s)


def _body(what: str, at: datetime, data: object) -> bytes:
    """Three names, as Standard Webhooks proposes; *data* is what ``GET /v1/events`` lists."""
    told = {"type": what, "timestamp": local_text(at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def post_of(ports: Ports) -> Post:
    """Return what carries letters.  Raises ``Invalid`` where nothing does: in a replay."""
    if ports.post is None:
        raise Invalid("nothing carries webhooks here")
    return ports.post


def secret_mark(secret: str) -> str:
    """Return the beginning of the secret's hash, to compare two by."""
    return fingerprint(secret)[:_MARK_LENGTH]


def check_url(url: str, *, private: bool) -> SplitResult:
    """Return *url* in its parts.

    private : may it be on this machine or in its network, and without TLS?

    Raises ``Invalid`` for what is no such address.  Where a name leads is looked up each
    time something is sent: an answer of today would say nothing about tomorrow.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("the address does not read as a URL", field="url") from None
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(f"a URL is at most {_LONGEST_URL} plain characters", field="url")
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise Invalid(f"write a URL that begins with {' or '.join(schemes)}://", field="url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid("a URL without a user, a password or a #part", field="url")
    if not private and _is_private(parts.hostname):
        raise Invalid(
            f"{parts.hostname} is not on the public network ([webhooks] private_addresses)",
            field="url",
        )
    return parts


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _type(text: str) -> EventType:
    try:
        return EventType(text)
    except ValueError:
        known = ", ".join(EventType)
        raise Invalid(f"no event is a {text!r}; known: {known}", field="types") from None
