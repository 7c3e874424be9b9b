"""Valhalla's HTTP API, version 3: ``locate``, ``sources_to_targets``, ``route``.

Decides how its answers are read.  Source: the project's own API pages; every answer read
here was also seen on ``valhalla_service`` 3.9.1 serving Andorra.

Times come in whole seconds, distances in kilometres to the metre, ``null`` where there is
no way.  Where one place of a question has no street, or lies on an island of its own, the
whole question is refused with a code and no name: so places are located first, and a
question that is refused for want of a way is cut in two until the culprit is alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final

import numpy as np

from dispatch.adapters.streets.asking import Asked, Heard
from dispatch.adapters.streets.engine import Table, numbers
from dispatch.adapters.streets.kept import Key
from dispatch.adapters.streets.polyline import Points, decoded
from dispatch.core.errors import DispatchError, Invalid
from dispatch.core.places import Place, crow_m

#: ``service_limits.<costing>.max_matrix_location_pairs`` of a freshly made configuration.
MOST_PAIRS: Final = 2_500
#: Bodies are JSON, not an address line: this only keeps one question short.
MOST_PLACES: Final = 1_000

#: "No costing method found"
_NO_COSTING: Final = 125
#: "Locations are in unconnected regions", "No suitable edges near location",
#: "No path could be found for input"
_NO_WAY: Final = frozenset({170, 171, 442})
_LOCATED_AT_ONCE: Final = 200


class Valhalla:
    """Valhalla's language."""

    name = "valhalla"
    locates_first = True
    most_places = MOST_PLACES

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        self.most_pairs = most_pairs

    def table(self, sources: Sequence[Key], destinations: Sequence[Key], asked: Asked) -> Table:
        """Ask for times and distances in one call.  Raises ``StreetsUnavailable``."""
        heard = asked.server.post(
            "/sources_to_targets",
            {
                "sources": [_location(place) for place in sources],
                "targets": [_location(place) for place in destinations],
                "costing": asked.name,
                "units": "kilometers",
                "verbose": False,
            },
        )
        if heard.get("error_code") in _NO_WAY:
            return self._in_two(sources, destinations, asked)
        found = _said(heard, "sources_to_targets", asked)
        if not isinstance(found, Mapping):  # before 3.4 it is wordy whatever is asked for
            found = {
                "durations": [[cell["time"] for cell in row] for row in found],
                "distances": [[cell["distance"] for cell in row] for row in found],
            }
        shape = len(sources), len(destinations)
        length_m = numbers(found["distances"], shape) * 1000
        return Table(numbers(found["durations"], shape), length_m)

    def away_m(self, places: Sequence[Key], asked: Asked) -> list[float]:
        """Ask where the nearest street is.  Raises ``StreetsUnavailable``."""
        found: list[float] = []
        for n in range(0, len(places), _LOCATED_AT_ONCE):
            part = places[n : n + _LOCATED_AT_ONCE]
            body = {"locations": [_location(place) for place in part], "costing": asked.name}
            heard = asked.server.post("/locate", {**body, "verbose": False})
            if not isinstance(heard.body, list):
                raise _refusal(heard, asked)
            found += [
                min((_from_edge_m(place, edge) for edge in one["edges"] or ()), default=inf)
                for place, one in zip(part, heard.body, strict=True)
            ]
        return found

    def path(self, start: Key, end: Key, asked: Asked) -> Points:
        """Ask for the way; empty when there is none.  Raises ``StreetsUnavailable``."""
        body = {"locations": [_location(start), _location(end)], "costing": asked.name}
        heard = asked.server.post("/route", {**body, "directions_type": "none"})
        if heard.get("error_code") in _NO_WAY:
            return ()
        return decoded(_said(heard, "trip", asked)["legs"][0]["shape"])

    def _in_two(self, sources: Sequence[Key], targets: Sequence[Key], asked: Asked) -> Table:
        """Ask again in halves: there is no way for some of these, and we were not told which."""
        if len(sources) == len(targets) == 1:
            return Table(np.full((1, 1), inf), np.full((1, 1), inf))
        if len(sources) >= len(targets):
            half, axis = len(sources) // 2, 0
            parts = [self.table(part, targets, asked) for part in (sources[:half], sources[half:])]
        else:
            half, axis = len(targets) // 2, 1
            parts = [self.table(sources, part, asked) for part in (targets[:half], targets[half:])]
        return Table(
            np.concatenate([part.time_s for part in parts], axis=axis),
            np.concatenate([part.length_m for part in parts], axis=axis),
        )


def _said(heard: Heard, key: str, asked: Asked) -> Any:
    """Return what the server said under *key*, or raise what it said instead."""
    if heard.get(key):
        return heard.get(key)
    raise _refusal(heard, asked)


def _refusal(heard: Heard, asked: Asked) -> DispatchError:
    code = heard.get("error_code", heard.status)
    if code == _NO_COSTING:
        return Invalid(
            f"the routing server {asked.server.url} has no costing {asked.name!r}",
            field="streets.profiles",
        )
    return asked.server.trouble(
        f"refuses ({code}): {heard.get('error', 'no figures in its answer')}"
    )


def _location(place: Key) -> dict[str, float]:
    return {"lat": place[0], "lon": place[1]}


def _from_edge_m(place: Key, edge: Mapping[str, float]) -> float:
    on_street = Place(edge["correlated_lat"], edge["correlated_lon"])
    return crow_m(Place(*place), on_street)
