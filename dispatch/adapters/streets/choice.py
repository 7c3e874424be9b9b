"""Which engine tells the travel times, and what answers while a routing server is silent.

Decides when the house's own engine steps in for another, and when that one is tried
again.  Whoever needs many matrices of one kind (a wave, a quote) asks for ``steady``
streets first: those are one engine's to the end, or an error.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar

import structlog

from dispatch.adapters.streets import osrm, valhalla
from dispatch.adapters.streets.asking import Asked, RoutingServer
from dispatch.adapters.streets.engine import Engine
from dispatch.adapters.streets.osrm import Osrm
from dispatch.adapters.streets.remote import RemoteStreets
from dispatch.adapters.streets.settings import NOBODY, OWN, StreetsSettings
from dispatch.adapters.streets.valhalla import Valhalla
from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.core.places import Place
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.ports import Clock, Streets, StreetsState
from dispatch.routing.problem import IntMatrix

T = TypeVar("T")

_log = structlog.get_logger("dispatch.streets")

#: Real seconds a silent server is left alone before it is asked again.  Each time costs
#: somebody its timeout; without a fallback nobody else answers, and callers are told to
#: come back in five seconds.
REST_S: Final[Mapping[str, float]] = MappingProxyType({OWN: 30.0, NOBODY: 4.0})
#: An answer this young needs no knock at the door before the next question.
_FRESH_S: Final = 5.0
#: Places of the start's look at the server: enough that two profiles cannot agree by chance.
_PROBES: Final = 8


class Telling(Streets, Protocol):
    """Streets that also tell how far away they are: a server's, and our own."""

    def snap_m(self, place: Place) -> float: ...


class ChosenStreets:
    """A routing server's streets, and our own for the time it is silent, if that is wished.

    Safe to share between threads.
    """

    def __init__(self, remote: RemoteStreets, own: Telling | None, clock: Clock) -> None:
        self._remote, self._own, self._clock = remote, own, clock
        self._lock = Lock()
        self._told_silent = False

    def durations_s(self, places: Sequence[Place], profile: str, **how: Any) -> IntMatrix:
        """Return travel times; see ``RemoteStreets.durations_s``.  *how*: as the port has it."""
        return self._answer(lambda streets: streets.durations_s(places, profile, **how))

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        """Return what the times at *at* depend on."""
        return self._answer(lambda streets: streets.hours(at))

    def distances_m(self, places: Sequence[Place], profile: str, **how: Any) -> IntMatrix:
        """Return the metres of those same trips."""
        return self._answer(lambda streets: streets.distances_m(places, profile, **how))

    def path(
        self, start: Place, end: Place, profile: str, **how: Any
    ) -> tuple[tuple[float, float], ...]:
        """Return the trip's ``(lat, lon)`` points."""
        return self._answer(lambda streets: streets.path(start, end, profile, **how))

    def contains(self, place: Place) -> bool:
        """Tell whether *place* is near enough to a street."""
        return self._answer(lambda streets: streets.contains(place))

    def snap_m(self, place: Place) -> float:
        """Return metres from *place* to the nearest street.  Raises ``Invalid`` beyond 500 m."""
        return self._answer(lambda streets: streets.snap_m(place))

    def state(self) -> StreetsState:
        """Return who answers, as far as the last questions told."""
        configured = self._remote.engine.name
        silent_for_s = self._remote.silent_for_s
        if silent_for_s is None:
            return StreetsState(configured, configured, None)
        since = self._clock.now() - timedelta(seconds=silent_for_s * self._clock.pace)
        return StreetsState(configured, NOBODY if self._own is None else OWN, since)

    def steady(self) -> Streets:
        """Return one engine's streets: the server's if it answers now, or else our own.

        They never change engine; the server's raise ``StreetsUnavailable`` instead.
        """
        if self._own is None:
            return self._remote
        if self._remote.rests:
            return self._own
        try:
            self._remote.knock(_FRESH_S)
        except StreetsUnavailable as why:
            self._tell(str(why))
            return self._own
        self._tell()
        return self._remote

    def check(self, homes: Mapping[str, Place]) -> None:
        """See that the server knows our vehicles and has streets where our shops are.

        homes : owner → a place that must be reachable

        Raises ``Invalid`` naming the owner or the setting, ``StreetsUnavailable`` when the
        server does not answer.  Closes its connections: a fork may follow.
        """
        try:
            for owner, place in homes.items():
                for kind in VehicleKind:
                    try:
                        self._remote.snap_m(place, kind)
                    except Invalid as why:
                        raise Invalid(f"{owner}: {why}", field=why.field or owner) from why
            _check_profiles(self._remote, list(homes.values())[:_PROBES])
        finally:
            self._remote.hang_up()

    def hang_up(self) -> None:
        """Close every connection; the next question opens new ones."""
        self._remote.hang_up()

    def _answer(self, ask: Callable[[Telling], T]) -> T:
        if self._own is not None and self._remote.rests:
            return ask(self._own)
        try:
            answer = ask(self._remote)
        except StreetsUnavailable as why:
            self._tell(str(why))
            if self._own is None:
                raise
            return ask(self._own)
        self._tell()
        return answer

    def _tell(self, why: str = "") -> None:
        """Log that the server fell silent, or speaks again: once each."""
        silent = self._remote.silent_for_s is not None
        with self._lock:
            changed, self._told_silent = silent != self._told_silent, silent
        state = self.state()
        if changed and silent:
            _log.error(
                "routing_server_silent",
                engine=state.configured,
                answering=state.answering,
                why=why,
            )
        elif changed:
            _log.info("routing_server_answers_again", engine=state.configured)


def open_streets(settings: StreetsSettings, own: Telling, clock: Clock) -> ChosenStreets:
    """Return the streets that *settings* ask for: a routing server's.  Asks nobody yet."""
    servers = {
        url: RoutingServer(url, settings.timeout_s, REST_S[settings.fallback], clock.stopwatch_s)
        for url in {settings.url_of(kind) for kind in VehicleKind}
    }
    remote = RemoteStreets(
        _engine(settings),
        {
            kind.value: Asked(servers[settings.url_of(kind)], settings.profile_of(kind))
            for kind in VehicleKind
        },
        clock.stopwatch_s,
        kept_places=settings.kept_places,
        kept_s=settings.kept_min * 60.0,
    )
    return ChosenStreets(remote, own if settings.fallback == OWN else None, clock)


def _engine(settings: StreetsSettings) -> Engine:
    if settings.engine == "osrm":
        return Osrm(settings.matrix_pairs or osrm.MOST_PAIRS)
    return Valhalla(settings.matrix_pairs or valhalla.MOST_PAIRS)


def _check_profiles(remote: RemoteStreets, places: Sequence[Place]) -> None:
    """Ask in every vehicle's name, and refuse one server that says the same in two.

    ``osrm-routed`` serves one data set whatever profile it is asked for: a bicycle would
    ride at a car's speed, and nothing would say so.
    """
    heard: dict[Asked, bytes] = {}
    for kind in VehicleKind:
        asked = remote.asked(kind)
        heard[asked] = remote.durations_s(places, kind).tobytes()
        for other, said in heard.items():
            same_server = other.server is asked.server and other.name != asked.name
            if len(places) > 2 and same_server and said == heard[asked]:
                raise Invalid(
                    f"the routing server {asked.server.url} answers {other.name!r} and "
                    f"{asked.name!r} with the same times: it serves one vehicle; give {kind} "
                    "its own address under [streets.urls]",
                    field="streets.urls",
                )
