"""The streets as a routing server tells them, in the house's units and with its refusals.

Decides how a matrix is cut into questions, what is kept between them, and that a place
more than 500 m from any street is refused with its distance, as our own engine does.
Does not know either server's language: that is ``osrm``'s and ``valhalla``'s.

The servers ride from street to street; the walk from the kerb to the door is ours.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from math import isfinite
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.adapters.streets.asking import Asked
from dispatch.adapters.streets.engine import Engine, Floats
from dispatch.adapters.streets.kept import NO_ROAD, UNKNOWN, KeptTrips, Key, Trips, newcomers
from dispatch.adapters.streets.polyline import Points
from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.operations.ports import When
from dispatch.routing.problem import IntMatrix

MAX_SNAP_M: Final = 500.0
#: From the kerb to the door, on foot: the usual 5 km/h of map routers.
WALK_M_PER_S: Final = 5 / 3.6
#: Five decimals are a metre: two answers for one door are kept once.
_DECIMALS: Final = 5
_PATHS_KEPT: Final = 500  # some 10 MB of points
_AWAY_KEPT: Final = 20_000


class RemoteStreets:
    """The ``Streets`` port on a routing server.  Safe to share between threads.

    profiles    : our vehicle kinds → where and by what name they are asked for
    kept_places : places whose trips are remembered, per kind
    kept_s      : seconds after which what is remembered is asked for again: the server's
                  data may have been renewed
    """

    def __init__(
        self,
        engine: Engine,
        profiles: Mapping[str, Asked],
        stopwatch_s: Callable[[], float],
        *,
        kept_places: int = 1_000,
        kept_s: float = 3_600.0,
    ) -> None:
        self.engine = engine
        self._profiles = dict(profiles)
        self._stopwatch_s = stopwatch_s
        self._kept_places, self._kept_s = kept_places, kept_s
        self._lock = Lock()
        self._forget()

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> IntMatrix:
        """Return (k, k) whole seconds from door to door, rounded up; (k, to) with *to*.

        at : not asked: these servers are told no hour, and answer the same at all

        ``UNREACHABLE_S`` where no road leads; zero on the diagonal and between places at
        the same coordinates, to the metre.  Unlike our own engine's, the times need not
        keep the triangle inequality: see ``docs/streets-engines.md``.  Raises ``Invalid``
        for an unknown profile or a place more than 500 m from any street,
        ``StreetsUnavailable`` when the server does not answer.
        """
        del at
        trips = self._between(places, places if to is None else to, profile)
        return _wide(trips.time_s)

    def hours(
        self, at: datetime | tuple[datetime, datetime]
    ) -> datetime | tuple[datetime, datetime]:
        """Return the span, or the hour of an instant, though these servers are told neither.

        What others were told may be older than the server's data.
        """
        return at if isinstance(at, tuple) else at.replace(minute=0, second=0, microsecond=0)

    def distances_m(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: datetime | str | None = None,
    ) -> IntMatrix:
        """Return the whole metres on the street of those same trips.  Raises the same."""
        del at
        trips = self._between(places, places if to is None else to, profile)
        return _wide(trips.length_m)

    def path(
        self, start: Place, end: Place, profile: str, *, at: datetime | str | None = None
    ) -> Points:
        """Return the trip's ``(lat, lon)`` points on the street; empty when no road leads there."""
        del at
        a, b, asked = _key(start), _key(end), self.asked(profile)
        with self._lock:
            self._forget_the_old()
            if (a, b, asked) in self._paths:
                self._paths.move_to_end((a, b, asked))
                return self._paths[a, b, asked]
        self._refuse_far((a, b), self._away_m((a, b), asked))
        with self._talking(asked):
            points = self.engine.path(a, b, asked)
        with self._lock:
            self._paths[a, b, asked] = points
            if len(self._paths) > _PATHS_KEPT:
                self._paths.popitem(last=False)
        return points

    def contains(self, place: Place) -> bool:
        """Tell whether *place* is within 500 m of a street, for every vehicle: any may be sent."""
        key = (_key(place),)
        return all(self._away_m(key, asked)[0] <= MAX_SNAP_M for asked in self.all_asked)

    def snap_m(self, place: Place, profile: str = "car") -> float:
        """Return metres from *place* to the nearest street.  Raises ``Invalid`` beyond 500 m."""
        key = _key(place)
        away_m = self._away_m((key,), self.asked(profile))
        self._refuse_far((key,), away_m)
        return away_m[0]

    @property
    def all_asked(self) -> list[Asked]:
        """Where all vehicles' questions go, each way once, in order."""
        return list(dict.fromkeys(self._profiles.values()))

    @property
    def rests(self) -> bool:
        """Whether one of the servers was silent a moment ago."""
        return any(asked.server.rests for asked in self.all_asked)

    @property
    def silent_for_s(self) -> float | None:
        """Seconds since the first silence of a server that has not answered since; None: none."""
        silences_s = (asked.server.silent_for_s for asked in self.all_asked)
        return max((s for s in silences_s if s is not None), default=None)

    def knock(self, fresh_s: float = 0.0) -> None:
        """Ask servers not heard for *fresh_s* something short.  Raises ``StreetsUnavailable``."""
        for asked in self.all_asked:
            if asked.server.heard_ago_s >= fresh_s:
                with self._talking(asked):
                    self.engine.away_m([(0.0, 0.0)], asked)

    def hang_up(self) -> None:
        """Close every connection; the next question opens new ones."""
        for asked in self.all_asked:
            asked.server.hang_up()

    def asked(self, profile: str) -> Asked:
        """Return where a vehicle kind's questions go.  Raises ``Invalid`` for no such kind."""
        try:
            return self._profiles[profile]
        except KeyError:
            raise Invalid(
                f"unknown profile {profile!r}; known: {', '.join(self._profiles)}", field="profile"
            ) from None

    def _forget(self) -> None:
        self._born_s = self._stopwatch_s()
        # Two vehicles that are asked for alike share what is remembered.
        self._kept = {asked: KeptTrips(self._kept_places) for asked in self._profiles.values()}
        self._paths: OrderedDict[tuple[Key, Key, Asked], Points] = OrderedDict()
        self._away: OrderedDict[tuple[Key, Asked], float] = OrderedDict()

    def _forget_the_old(self) -> None:
        if self._stopwatch_s() - self._born_s > self._kept_s:
            self._forget()

    def _away_m(self, keys: Sequence[Key], asked: Asked) -> list[float]:
        with self._lock:
            self._forget_the_old()
            found = {key: self._away[key, asked] for key in keys if (key, asked) in self._away}
        if new := [key for key in dict.fromkeys(keys) if key not in found]:
            with self._talking(asked):
                answer = self.engine.away_m(new, asked)
            self._remember_away(new, answer, asked)
            found |= dict(zip(new, answer, strict=True))
        return [found[key] for key in keys]

    def _remember_away(self, keys: Sequence[Key], away_m: Sequence[float], asked: Asked) -> None:
        with self._lock:
            self._away |= {(k, asked): away for k, away in zip(keys, away_m, strict=True)}
            while len(self._away) > _AWAY_KEPT:
                self._away.popitem(last=False)

    def _between(self, places: Sequence[Place], to: Sequence[Place], profile: str) -> Trips:
        """Return the trips from each of *places* to each of *to*, asking for the unknown ones."""
        asked = self.asked(profile)
        keys = list(dict.fromkeys(_key(place) for place in (*places, *to)))
        number = {key: n for n, key in enumerate(keys)}
        rows = [number[_key(place)] for place in places]
        columns = [number[_key(place)] for place in to]
        with self._lock:
            self._forget_the_old()
            kept = self._kept[asked]
        if len(keys) == 1:  # no trip to ask for, and still no street there
            self._refuse_far(keys, self._away_m(keys, asked))
        trips = kept.read(keys)
        missing = np.zeros_like(trips.time_s, dtype=np.bool_)
        missing[np.ix_(rows, columns)] = trips.time_s[np.ix_(rows, columns)] == UNKNOWN
        if new := set(newcomers(missing)):
            if self.engine.locates_first:
                self._refuse_far(keys, self._away_m(keys, asked))
            r, c = set(rows), set(columns)
            self._ask(keys, sorted(r & new), sorted(c), trips, asked)
            self._ask(keys, sorted(r - new), sorted(c & new), trips, asked)
            kept.write(keys, trips)
        where = np.ix_(rows, columns)
        return Trips(trips.time_s[where], trips.length_m[where])

    def _ask(
        self, keys: Sequence[Key], rows: list[int], columns: list[int], trips: Trips, asked: Asked
    ) -> None:
        """Fill in *rows* × *columns* of the trips between the *keys*."""
        for r, c in _questions(rows, columns, self.engine):
            sources, destinations = [keys[n] for n in r], [keys[n] for n in c]
            with self._talking(asked):
                answer = self.engine.table(sources, destinations, asked)
            from_m = self._refused_far(sources, answer.from_m, asked)
            to_m = self._refused_far(destinations, answer.to_m, asked)
            walk_s: Floats = (from_m[:, None] + to_m[None, :]) / WALK_M_PER_S
            where = np.ix_(r, c)
            # Thousandths first: 12.000000001 s are 12 whole seconds, not 13.
            trips.time_s[where] = _ints(np.ceil(np.round(answer.time_s + walk_s, 3)))
            trips.length_m[where] = _ints(np.rint(answer.length_m))
        np.fill_diagonal(trips.time_s, 0)
        np.fill_diagonal(trips.length_m, 0)

    def _refused_far(
        self, keys: Sequence[Key], told_m: Sequence[float] | None, asked: Asked
    ) -> Floats:
        """Return metres to the street as *told_m*, or as known; none of them too far."""
        if told_m is None:
            return np.array(self._away_m(keys, asked))
        self._remember_away(keys, told_m, asked)
        self._refuse_far(keys, told_m)
        return np.array(told_m)

    @contextmanager
    def _talking(self, asked: Asked) -> Iterator[None]:
        """Note how it went.  An answer that cannot be read is none: nothing is guessed from it."""
        try:
            yield
        except StreetsUnavailable:
            asked.server.note_silence()
            raise
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            asked.server.note_silence()
            reason = f"sent what cannot be read ({type(error).__name__})"
            raise asked.server.trouble(reason) from None
        asked.server.note_answer()

    def _refuse_far(self, keys: Sequence[Key], away_m: Sequence[float]) -> None:
        for (lat_deg, lon_deg), metres in zip(keys, away_m, strict=True):
            if metres <= MAX_SNAP_M:
                continue
            if not isfinite(metres):
                raise Invalid(
                    f"lat {lat_deg}, lon {lon_deg} is outside the data of {self.engine.name}",
                    limit_m=round(MAX_SNAP_M),
                )
            raise Invalid(
                f"lat {lat_deg}, lon {lon_deg} is {metres:.0f} m from the nearest street "
                f"of {self.engine.name}; at most {MAX_SNAP_M:.0f} m",
                away_m=round(metres),
                limit_m=round(MAX_SNAP_M),
            )


def _key(place: Place) -> Key:
    # ``+ 0.0`` turns a minus zero into a zero.
    return round(place.lat_deg, _DECIMALS) + 0.0, round(place.lon_deg, _DECIMALS) + 0.0


def _wide(found: npt.NDArray[np.int32]) -> IntMatrix:
    whole = found.astype(np.int64)
    return np.where(whole == NO_ROAD, UNREACHABLE_S, whole)


def _ints(values: Floats) -> npt.NDArray[np.int32]:
    """Return whole numbers as such, and an infinite one as no road."""
    known = np.isfinite(values)
    return np.where(known, np.where(known, values, 0.0), NO_ROAD).astype(np.int32)


def _questions(
    rows: list[int], columns: list[int], engine: Engine
) -> Iterator[tuple[list[int], list[int]]]:
    """Cut rows × columns into blocks that the server takes, as square as need be."""
    if not rows or not columns:
        return
    room = engine.most_places - min(len(rows), engine.most_places // 2)
    wide = min(len(columns), room, engine.most_pairs)
    if len(rows) * wide > engine.most_pairs:
        wide = max(int(engine.most_pairs**0.5), engine.most_pairs // len(rows))
        wide = min(wide, len(columns), engine.most_places // 2)
    high = max(1, min(engine.most_pairs // wide, engine.most_places - wide))
    for r in range(0, len(rows), high):
        for c in range(0, len(columns), wide):
            yield rows[r : r + high], columns[c : c + wide]
