"""Grams of CO2e of one delivery: the metres it adds, at its vehicle's rate.

French law asks for the figure on transport services (art. L1431-3, code des
transports).  It is a planning figure: the tour may still change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import Tour

#: From here to there.
Leg = tuple[Place, Place]


def grams_of(quote_id: QuoteId, tours: Sequence[Tour], ports: Ports) -> list[int]:
    """Return the grams that the order *quote_id* adds to each of *tours*, in which it stands.

    At least 0.  Only the legs that differ are measured, those of one kind of vehicle at once.
    """
    vehicles = [ports.territory.courier(tour.courier_id).vehicle for tour in tours]
    kinds = [vehicle.kind.value for vehicle in vehicles]
    legs = [list(_changed(quote_id, tour)) for tour in tours]
    length_m: dict[tuple[str, Leg], int] = {}
    for kind in sorted(set(kinds)):
        asked = {
            leg for mine, some in zip(kinds, legs, strict=True) if mine == kind for leg, _ in some
        }
        length_m |= {(kind, leg): metres for leg, metres in _metres(asked, kind, ports).items()}
    answer: list[int] = []
    for vehicle, kind, some in zip(vehicles, kinds, legs, strict=True):
        added_m = sum(times * length_m[kind, leg] for leg, times in some)
        answer.append(round(max(0, added_m) * vehicle.g_co2e_per_km / 1000))
    return answer


def _changed(quote_id: QuoteId, tour: Tour) -> Iterator[tuple[Leg, int]]:
    """The legs to and from the order's stops, and once less those that they take the place of."""
    stops = tour.stops
    mine = [n for n, stop in enumerate(stops) if stop.quote_id == quote_id and not stop.over]
    here: Place | None = None  # where the stops of the order before this one were left for
    for n in mine:
        if here is None:
            ahead = (stop.place for stop in reversed(stops[:n]) if not stop.over)
            last = here = next(ahead, None) or _behind(tour)
        yield (here, stops[n].place), 1
        here = stops[n].place
        after = next((stop for stop in stops[n + 1 :] if not stop.over), None)
        if after is None or after.quote_id != quote_id:
            if after is not None:
                yield (here, after.place), 1
                yield (last, after.place), -1
            here = None


def _behind(tour: Tour) -> Place:
    """Where the courier is, all in all."""
    return next((stop.place for stop in reversed(tour.stops) if stop.over), tour.start)


def _metres(legs: set[Leg], profile: str, ports: Ports) -> dict[Leg, int]:
    if not legs:
        return {}
    # One set of places for both sides: they are snapped once.
    places = list(dict.fromkeys(place for leg in legs for place in leg))
    matrix = ports.streets.distances_m(places, profile)
    row = {place: n for n, place in enumerate(places)}
    return {leg: int(matrix[row[leg[0]], row[leg[1]]]) for leg in legs}
