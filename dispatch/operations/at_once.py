"""All windows of one order tried in today's tours at once, by compiled code.

Answers what trying them one by one in the standing problem does (``express``), only sooner;
where it cannot, it says so and leaves it to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core.reasons import Refusal
from dispatch.operations.fit import NO_ROOMY_TOUR, Fit
from dispatch.operations.lines import OpenLine, line_at
from dispatch.operations.open_orders import timed_visit
from dispatch.operations.ports import Ports
from dispatch.operations.refused_at_once import reasons
from dispatch.operations.ways import open_tours
from dispatch.orders.quotes import Witness
from dispatch.routing.one_more import DEAREST_S, Board, Spot, Try, is_loaded
from dispatch.routing.problem import Visit
from dispatch.tracking.tours import Stop, Tour

#: One order: its pickups, then its drop.
Order = tuple[Stop, ...]


def all_at_once(
    orders: Sequence[Order], tours: Sequence[Tour], at: datetime, ports: Ports
) -> list[Fit | Refusal] | None:
    """Insert each of *orders*, one order promised for several windows, where it adds least.

    at : when the courier can leave for it at the earliest

    None: this is not for compiled code, because none was loaded (serving never compiles), or a
    second costs too much to count in 64 bits.
    """
    if not is_loaded():
        return None
    if not tours:
        return [NO_ROOMY_TOUR for _ in orders]
    now = ports.clock.now()
    span = at, max([at, *(tour.shift.closes_at for tour in tours)])
    lines = [line_at(tour, now, span, ports) for tour in tours]
    asked = [_visits(order, at) for order in orders]
    doors = [stop.place for stop in orders[0]]
    crew = open_tours(lines, doors, asked[0], span, ports)
    weights = ports.parameters.weights
    if max(weights.late_per_s, weights.paid_per_s, *(one.per_s for one in crew)) > DEAREST_S:
        return None
    board = Board(crew, asked[0][:-1], asked[0][-1], weights)
    spots = board.ask([Try(order[-1].windows[0], order[-1].due_s) for order in asked])
    if not all(board.stands):  # ``one_by_one`` says why these take nothing
        pairs = zip(tours, board.stands, strict=True)
        return all_at_once(orders, [tour for tour, stands in pairs if stands], at, ports)
    refused = [order for order, spot in zip(asked, spots, strict=True) if spot is None]
    why = iter(reasons(board, crew, refused) if refused else ())
    return [
        next(why) if spot is None else _fit(order, spot, lines[spot.vehicle])
        for order, spot in zip(orders, spots, strict=True)
    ]


def _visits(order: Order, at: datetime) -> tuple[Visit, ...]:
    """The order's visits without their places; its drop gives up what its pickups took on."""
    *pickups, drop = order
    total = tuple(map(sum, zip(*(stop.load for stop in pickups), strict=True)))
    return tuple(
        timed_visit(Visit(0, ((0, 0),), stop.service_s, load, setup_s=stop.setup_s), stop, at)
        for stop, load in [*((stop, stop.load) for stop in pickups), (drop, total)]
    )


def _fit(order: Order, spot: Spot, line: OpenLine) -> Fit:
    tour, done, at = line.seen.tour, line.seen.done, line.span[0]
    ahead = list(line.seen.ahead)
    own = sorted(zip(spot.positions, order, spot.begins_s, strict=True), key=lambda one: one[0])
    for position, stop, begin_s in own:
        ahead.insert(position, replace(stop, eta_at=at + timedelta(seconds=begin_s)))
    witness = Witness(
        tour_id=tour.tour_id,
        courier_id=tour.courier_id,
        after_stop=len(done) + spot.positions[-1],
        added_s=max(0, spot.added_s),  # rounded up legs: a detour may cost -1 s
        slack_s=spot.slack_s,
        tour_version=tour.version,
    )
    return Fit(witness, replace(tour, stops=(*done, *ahead)))
