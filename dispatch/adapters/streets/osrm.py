"""OSRM's HTTP API, version 5 and its successors by year: ``table``, ``nearest``, ``route``.

Decides how its answers are read.  Source: the project's own ``docs/http.md``; every
answer read here was also seen on ``osrm-routed`` 26.10 serving Andorra.

Times come in tenths of seconds, distances in tenths of metres, ``null`` where there is no
way; each place comes back with how far away the street was on which it was put.  A data
set is one vehicle: ``osrm-routed`` takes any profile name and answers for its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import inf
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from dispatch.adapters.streets.asking import Asked
from dispatch.adapters.streets.engine import Table, numbers
from dispatch.adapters.streets.kept import Key
from dispatch.adapters.streets.polyline import Points, decoded
from dispatch.core.errors import Invalid

#: ``--max-table-size`` is 100 by default; the server compares its square with the pairs.
MOST_PAIRS: Final = 100 * 100
#: A question is one address line.  1 001 places (23 kB) were answered, 1 101 (25 kB) hung up on.
MOST_PLACES: Final = 500

#: No street near a place; no way between two.
_NOTHING_THERE: Final = frozenset({"NoSegment", "NoRoute"})


class Osrm:
    """OSRM's language."""

    name = "osrm"
    locates_first = False
    most_places = MOST_PLACES

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        self.most_pairs = most_pairs

    def table(self, sources: Sequence[Key], destinations: Sequence[Key], asked: Asked) -> Table:
        """Ask for times and distances in one call.  Raises ``StreetsUnavailable``."""
        places = list(dict.fromkeys((*sources, *destinations)))
        number = {place: str(n) for n, place in enumerate(places)}
        if len(places) < 2:  # the server wants two; the same one again changes nothing
            places = places * 2
        answer = _ask(
            "table",
            places,
            asked,
            annotations="duration,distance",
            sources=";".join(number[place] for place in sources),
            destinations=";".join(number[place] for place in destinations),
        )
        shape = len(sources), len(destinations)
        length_m = numbers(answer["distances"], shape)
        # A known fault of its table, seen too: between two places on one street a distance may
        # come out negative (0.8 m below zero), its time being right.  ``route`` is not so.
        for s, d in np.argwhere(length_m < 0).tolist():
            way = _ask("route", [sources[s], destinations[d]], asked, overview="false")
            length_m[s, d] = way["routes"][0]["distance"]
        return Table(
            numbers(answer["durations"], shape),
            length_m,
            [float(point["distance"]) for point in answer["sources"]],
            [float(point["distance"]) for point in answer["destinations"]],
        )

    def away_m(self, places: Sequence[Key], asked: Asked) -> list[float]:
        """Ask where the nearest street is, one call a place.  Raises ``StreetsUnavailable``."""
        answers = [_ask("nearest", [place], asked, number="1") for place in places]
        return [
            float(answer["waypoints"][0]["distance"]) if answer.get("waypoints") else inf
            for answer in answers
        ]

    def path(self, start: Key, end: Key, asked: Asked) -> Points:
        """Ask for the way; empty when there is none.  Raises ``StreetsUnavailable``."""
        answer = _ask(
            "route", [start, end], asked, overview="full", geometries="polyline6", steps="false"
        )
        return decoded(answer["routes"][0]["geometry"]) if answer.get("routes") else ()


def _ask(what: str, places: Sequence[Key], asked: Asked, **options: str) -> Mapping[str, Any]:
    """Return the answer, which is empty of what was asked for where there is no street or way.

    Raises ``Invalid`` for a profile the server does not know, ``StreetsUnavailable`` for
    what else it refuses: that is a limit of its own, and not the caller's mistake.
    """
    points = ";".join(f"{lon_deg:.5f},{lat_deg:.5f}" for lat_deg, lon_deg in places)
    wanted = "&".join(f"{key}={value}" for key, value in options.items())
    path = f"/{what}/v1/{quote(asked.name, safe='')}/{points}?generate_hints=false&{wanted}"
    heard = asked.server.get(path)
    code = heard.get("code")
    if code == "Ok" or code in _NOTHING_THERE:
        return heard.body if isinstance(heard.body, Mapping) else {}
    if code == "InvalidProfile" or (code is None and heard.status == HTTPStatus.NOT_FOUND):
        raise Invalid(
            f"the routing server {asked.server.url} has no profile {asked.name!r}",
            field="streets.profiles",
        )
    raise asked.server.trouble(f"refuses ({code or heard.status}): {heard.get('message', '')}")
