"""All windows of one order tried in today's tours at once, by compiled code.

Answers what trying them one by one in the standing problem does (``express``), only sooner;
where it cannot, it says so and leaves it to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core.reasons import Refusal
from dispatch.core.remembered import remembered
from dispatch.operations.fit import NO_ROOMY_TOUR, Fit
from dispatch.operations.known_ways import Span
from dispatch.operations.lines import OpenLine, line_at, span_from
from dispatch.operations.open_orders import plus, visit_of
from dispatch.operations.ports import Ports
from dispatch.operations.refused_at_once import reasons
from dispatch.operations.ways import open_tours
from dispatch.orders.quotes import Witness
from dispatch.routing.one_more import DEAREST_S, Board, OpenTour, Spot, Try, is_loaded
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
    found = _searched(orders, tours, at, ports)
    if found is None:
        return None
    laid = found.laid
    if found.board is None:
        return [NO_ROOMY_TOUR for _ in orders]
    refused = [one for one, spot in zip(laid.asked, found.spots, strict=True) if spot is None]
    why = iter(reasons(found.board, laid.crew, refused) if refused else ())
    return [
        next(why) if spot is None else _fit(order, spot, laid.lines[spot.vehicle])
        for order, spot in zip(orders, found.spots, strict=True)
    ]


def which_fit(
    orders: Sequence[Order],
    tours: Sequence[Tour],
    at: datetime,
    ports: Ports,
    *,
    freed_at: datetime | None = None,
) -> list[bool] | None:
    """Tell for each of *orders* whether ``all_at_once`` finds a place, wherever that is.

    freed_at : without what is held until then, or less
    """
    found = _searched(orders, tours, at, ports, anywhere=True, freed_at=freed_at)
    return None if found is None else [spot is not None for spot in found.spots]


def which_take(
    order: Order,
    some: Sequence[Tour],
    tours: Sequence[Tour],
    at: datetime,
    ports: Ports,
    *,
    freed_at: datetime | None = None,
) -> list[bool] | None:
    """Tell for each of *some* of the day's *tours* whether it takes *order*, if no other does.

    freed_at : without what is held until then, or less
    """
    laid = _laid([order], some, span_from(at, tours), ports, freed_at)
    if laid is None:
        return None
    (one,) = laid.tries(anywhere=True)
    board = laid.board(laid.crew, ports)
    spots = board.ask([replace(one, only=v) for v in range(len(some))])
    return [spot is not None and stands for spot, stands in zip(spots, board.stands, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """One order, *asked* with several windows, and the tours it may go into, as arrays."""

    asked: list[tuple[Visit, ...]]
    lines: list[OpenLine]
    crew: list[OpenTour]

    def board(self, crew: Sequence[OpenTour], ports: Ports) -> Board:
        order = self.asked[0]
        return Board(crew, order[:-1], order[-1], ports.parameters.weights)

    def tries(self, *, anywhere: bool) -> list[Try]:
        return [Try(one[-1].windows[0], one[-1].due_s, any=anywhere) for one in self.asked]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What compiled code answers about the windows of one order, and what it was asked in.

    board : None: no tour takes anything
    """

    laid: _Laid
    board: Board | None
    spots: list[Spot | None]


def _searched(
    orders: Sequence[Order],
    tours: Sequence[Tour],
    at: datetime,
    ports: Ports,
    *,
    anywhere: bool = False,
    freed_at: datetime | None = None,
) -> _Found | None:
    laid = _laid(orders, tours, span_from(at, tours), ports, freed_at)
    if laid is None:
        return None
    if not laid.crew:
        return _Found(laid, None, [None for _ in orders])
    board = laid.board(laid.crew, ports)
    spots = board.ask(laid.tries(anywhere=anywhere))
    if all(board.stands):
        return _Found(laid, board, spots)
    # ``one_by_one`` says why the others take nothing.
    left = [tour for tour, stands in zip(tours, board.stands, strict=True) if stands]
    return _searched(orders, left, at, ports, anywhere=anywhere, freed_at=freed_at)


def _laid(
    orders: Sequence[Order],
    tours: Sequence[Tour],
    span: Span,
    ports: Ports,
    freed_at: datetime | None,
) -> _Laid | None:
    if not is_loaded():
        return None
    now = ports.clock.now()
    if freed_at is not None:
        tours = [_as_freed(tour, span[0], freed_at) for tour in tours]
    lines = [line_at(tour, now, span, ports) for tour in tours]
    asked = _visits(orders, span[0])
    crew = open_tours(lines, [stop.place for stop in orders[0]], asked[0], span, ports)
    if freed_at is not None:
        crew = [_freed(line, tour, freed_at) for line, tour in zip(lines, crew, strict=True)]
    weights = ports.parameters.weights
    if max(weights.late_per_s, weights.paid_per_s, *(one.per_s for one in crew)) > DEAREST_S:
        return None
    return _Laid(asked, lines, crew)


def _as_freed(tour: Tour, at: datetime, freed_at: datetime) -> Tour:
    """The tour without its holds where these tell from where its courier goes on at *at*.

    Elsewhere they are cut out of what is laid out already, which costs a tenth.
    """
    leans = any(release_at is None or release_at < at for release_at in _holds_count_on(tour))
    return tour.without_expired_holds(freed_at) if leans else tour


@remembered
def _holds_count_on(tour: Tour) -> frozenset[datetime | None]:
    """Return the hand-outs that what *tour* holds was found for."""
    return frozenset(stop.release_at for stop in tour.stops if stop.held_until is not None)


def _freed(line: OpenLine, tour: OpenTour, at: datetime) -> OpenTour:
    kept = line.firm_at(at)
    return tour if kept.all() else tour.fewer(kept, line.legs_s(kept))


def _visits(orders: Sequence[Order], at: datetime) -> list[tuple[Visit, ...]]:
    """The visits of one order, once for each promise, without their places.

    Its drop gives up what its pickups took on.
    """
    *pickups, _ = orders[0]
    total = (0, 0, 0)
    for stop in pickups:
        total = plus(total, stop.load)
    fetched = [visit_of(0, stop, stop.load, at) for stop in pickups]
    return [(*fetched, visit_of(0, order[-1], total, at)) for order in orders]


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
