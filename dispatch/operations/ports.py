"""Every plug of the building, on one page.

An operation receives ``Ports`` and touches the outside world only through it.
Live plugs are in ``dispatch.adapters``; the fakes are in ``tests/fakes``.  The store's
words would fill two pages: they are ``store_port``'s, and imported from here like the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.operations.calibration import Calibration
from dispatch.operations.carrier import Carrier
from dispatch.operations.letters import Post
from dispatch.operations.notices import Notifier
from dispatch.operations.parameters import Parameters
from dispatch.operations.past_orders import History
from dispatch.operations.store_port import Store as Store
from dispatch.operations.store_port import Transaction as Transaction
from dispatch.operations.territory import Territory
from dispatch.operations.thinking import NobodyWaits, Thinking
from dispatch.routing.plan import Plan
from dispatch.routing.problem import IntMatrix, Problem


class Clock(Protocol):
    """``pace``: how many of its seconds pass in one real second (1.0 on a real day)."""

    @property
    def pace(self) -> float: ...

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        ...

    def stopwatch_s(self) -> float:
        """Return real seconds from an arbitrary start, never going back."""
        ...


class Ids(Protocol):
    """Names and secrets.  A replay plugs in a seeded one."""

    def new(self, prefix: str) -> str:
        """Return a fresh id such as ``qte_…``, never given before."""
        ...

    def token(self) -> str:
        """Return a secret of at least 128 bits, safe in an address."""
        ...

    def code(self) -> str:
        """Return four digits to say at a counter."""
        ...


#: When a trip begins: an instant, the name of a time slice, a span of time in which any instant
#: may be it (then times are those of its slowest hours), or None: free flow.
When = datetime | str | tuple[datetime, datetime] | None


class Streets(Protocol):
    """``to``: columns, where they are not the rows' places.  ``at``: when the trip begins."""

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> IntMatrix:
        """Return travel times in whole seconds, shape (n, n) or (n, to), from row to column.

        ``core.places.UNREACHABLE_S`` where there is no road.  Raises ``Invalid``
        when a place is farther from any street than the network allows, and
        ``StreetsUnavailable`` when the engine that knows does not answer.
        """
        ...

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        """Return what the times at *at* depend on: where it is equal, so are the times."""
        ...

    def distances_m(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: datetime | str | None = None,
    ) -> IntMatrix:
        """Return the metres of those same trips, of the same shape."""
        ...

    def path(
        self, start: Place, end: Place, profile: str, *, at: datetime | str | None = None
    ) -> tuple[tuple[float, float], ...]:
        """Return the trip's (lat, lon) points, for a map; none where there is no road."""
        ...

    def contains(self, place: Place) -> bool:
        """True when *place* is near enough to a street to be delivered to."""
        ...

    def snap_m(self, place: Place) -> float:
        """Return metres from *place* to the nearest street.

        Raises ``Invalid`` (facts ``away_m``, ``limit_m``) where that is too far.
        """
        ...


@dataclass(frozen=True, slots=True)
class StreetsState:
    """Who tells the travel times.

    configured : the engine that should
    answering  : the engine that does; "none": nobody
    since      : when that began; None as long as they are the same
    """

    configured: str
    answering: str
    since: datetime | None


@runtime_checkable
class ChangingStreets(Streets, Protocol):
    """Streets that may be told by another engine from one moment to the next."""

    def state(self) -> StreetsState: ...

    def steady(self) -> Streets:
        """Return streets that are one engine's to the end.

        They raise ``StreetsUnavailable`` rather than change.
        """
        ...

    def check(self, homes: Mapping[str, Place]) -> None:
        """See that these streets know our vehicles, and lead to *homes* (owner → place).

        Raises ``Invalid`` naming the owner or the setting, ``StreetsUnavailable`` when
        nobody answers.
        """
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of an address.

    score : 0 to 1
    kind  : housenumber, street or commune
    exact : False when the point was not surveyed for this very door: a number placed
            between its neighbours, the middle of a street
    insee : the commune it lies in; "" when the source does not say
    pinned: a courier who stood there said so
    """

    place: Place
    label: str
    score: float
    kind: str
    exact: bool = True
    insee: str = ""
    pinned: bool = False


class Geocoder(Protocol):
    def find(self, text: str) -> Sequence[Candidate]:
        """Return readings of *text*, best first; none when nothing is good enough."""
        ...

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        """Return the known door nearest to *place*; None when none is so near, or none is known."""
        ...


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a courier who stood at a door says that it is.

    accuracy_m : radius that the phone gave; ``at``: when, UTC
    """

    place: Place
    courier_id: CourierId
    at: datetime
    accuracy_m: float


class DoorPins(Protocol):
    """Doors that couriers put right; they win over every map.

    A key is ``address_key`` of the address as the customer wrote it, or of the label of
    the ``Candidate`` it was read as (a doorstep's ``place.label``): both name the door.
    """

    def pin_for(self, address_key: str) -> Pin | None:
        """Return the pin kept under *address_key*, None when nobody put that door right."""
        ...


class Solver(Protocol):
    def __call__(
        self,
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        """Answer *problem* in about *budget_s* real seconds.

        ``start``: a known allowed answer, one sequence of nodes per vehicle; the
        plan is never dearer.
        """
        ...


class Rearranger(Protocol):
    """Moves others for one order that fits nowhere, while there is time for such things."""

    def turn(self, *, owed: bool) -> AbstractContextManager[bool]:
        """Inside: whether this process may spend time on it now; always for what is *owed*."""
        ...

    def rearrange(
        self,
        problem: Problem,
        sequences: tuple[tuple[int, ...], ...],
        job: int,
        spans: Sequence[tuple[int, int]],
        *,
        steps: int,
        go_on: Callable[[], bool],
    ) -> list[tuple[tuple[int, ...], ...] | None]:
        """Serve *job* too, its drop begun in each of *spans*: ``routing.solvers.rearrange``."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo or a signature.  ``content_type``: image/jpeg or image/png."""

    data: bytes
    content_type: str


class Proofs(Protocol):
    """The pictures that prove a handover, by key: 64 hexadecimal digits, a dot, jpg or png.

    All raise ``StorageError`` while they cannot be reached.
    """

    def put(self, key: str, picture: Picture) -> None:
        """Keep *picture*, whole or not at all; over one of the same key."""
        ...

    def get(self, key: str) -> Picture | None:
        """Return the picture; None when there is none."""
        ...

    def delete(self, key: str) -> None:
        """Forget the picture; nothing happens when there is none."""
        ...

    def older_than(self, age: timedelta) -> Iterable[str]:
        """Return the keys of all pictures put so long ago, in real time, whatever the town's is."""
        ...


class Proof(Protocol):
    """What is known for certain about a plan: no allowed one costs less than ``bound``."""

    @property
    def bound(self) -> int: ...

    @property
    def method(self) -> str: ...


class Prover(Protocol):
    def __call__(self, problem: Problem, plan: Plan, *, budget_s: float) -> Proof:
        """Prove how good *plan* is, in about *budget_s* real seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    clock: Clock
    ids: Ids
    store: Store
    streets: Streets
    geocoder: Geocoder
    solver: Solver
    territory: Territory
    parameters: Parameters
    #: What two ways to write one address have in common; "" when nothing is left.
    address_key: Callable[[str], str] = lambda text: " ".join(text.casefold().split())
    #: None: nobody proves anything, and waves say nothing about it.
    prover: Prover | None = None
    #: None: an order that fits nowhere as the tours stand is refused (``second_chance``).
    rearranger: Rearranger | None = None
    #: Who makes labels and follows parcels; None: shops deal with the post themselves.
    carrier: Carrier | None = None
    #: What couriers taught, as one act uses it (``operations.learnt``); None: not looked up.
    learnt: Calibration | None = None
    #: Days from today on that somebody said are wet, as one act sees them; None: not looked up.
    wet: frozenset[date] | None = None
    #: None: no storefront is told anything by webhook, though the outbox keeps what it would be.
    post: Post | None = None
    #: Who writes to customers; None: nobody does, and no notice is written down.
    notifier: Notifier | None = None
    #: Inside, no other thread of this process looks for a place in the tours
    #: (``think_first``).  It may raise ``Busy``.  Default: they do not wait for each other.
    thinking: Thinking = field(default_factory=NobodyWaits)
    #: None: no photo and no signature is asked for, or taken.
    proofs: Proofs | None = None
    #: How the town ordered before today; None: nobody knows, and nothing is anticipated.
    history: History | None = None
    #: On whose behalf all this is done: for the audit trail (``operations.audit``).
    actor: str = "command"
