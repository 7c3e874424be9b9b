"""Grams of CO2e of one delivery: the metres it adds, at its vehicle's rate.

French law asks for the figure on transport services (art. L1431-3, code des
transports).  It is a planning figure: the tour may still change.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import Tour


def grams_of(quote_id: QuoteId, tour: Tour, ports: Ports) -> int:
    """Return the grams that the order *quote_id* adds to *tour*, in which it stands; at least 0."""
    vehicle = ports.territory.courier(tour.courier_id).vehicle
    ahead = [stop for stop in tour.stops if not stop.over]
    behind = [stop.place for stop in tour.stops if stop.over]
    here = behind[-1] if behind else tour.start
    with_it = [here, *(stop.place for stop in ahead)]
    without_it = [here, *(stop.place for stop in ahead if stop.quote_id != quote_id)]
    profile = vehicle.kind.value
    added_m = _metres(with_it, profile, ports) - _metres(without_it, profile, ports)
    return round(max(0, added_m) * vehicle.g_co2e_per_km / 1000)


def _metres(places: Sequence[Place], profile: str, ports: Ports) -> int:
    matrix = ports.streets.distances_m(places, profile)
    return sum(int(matrix[i, i + 1]) for i in range(len(places) - 1))
