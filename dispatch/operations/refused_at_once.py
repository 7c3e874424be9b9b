"""Why windows are refused, by relaxing one constraint at a time in compiled code.

Says what ``routing.why_not`` says, in tours that all stand as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import le
from typing import Final

import numpy as np

from dispatch.core.places import UNREACHABLE_S
from dispatch.core.reasons import Refusal
from dispatch.operations.standing import DIMENSIONS
from dispatch.routing.one_more import Board, OpenTour, Try
from dispatch.routing.problem import Job, Problem, Vehicle, Visit
from dispatch.routing.why_not import bound_by, never

#: What may keep an order out of tours that stay as they are, in ``why_not``'s order and words.
_BINDING: Final = (
    "promise.end",
    "pickup.window",
    *(f"capacity.{name}" for name in DIMENSIONS),
    "shift",
    "other_promises",
)
#: The same as ``one_more`` has it: a capacity by its number.
_RELAXED: Final = dict(zip(_BINDING, _BINDING, strict=True)) | {
    f"capacity.{name}": f"capacity.{number}" for number, name in enumerate(DIMENSIONS)
}


def reasons(
    board: Board, tours: Sequence[OpenTour], orders: Sequence[tuple[Visit, ...]]
) -> list[Refusal]:
    """Return why each of *orders*, one order promised for other windows, fits into no tour."""
    answer = [None if _may(board, tours, one) else _never(board, tours, one) for one in orders]
    unsure = [order for order, said in zip(orders, answer, strict=True) if said is None]
    # All of these are needed, so they are asked for together; what follows is rarely needed.
    idle = _idle(tours, orders[0]) if unsure else ()
    alone = {_without(order, (name,)): False for order in unsure for name in idle}
    tries = [_without(order, (name,)) for order in unsure for name in _BINDING if name not in idle]
    alone |= {one: spot is not None for one, spot in zip(tries, board.ask(tries), strict=True)}

    def bound(order: tuple[Visit, ...]) -> Refusal:
        def fits_without(relaxed: Sequence[str]) -> bool:
            one = _without(order, relaxed)
            if one not in alone:
                alone[one] = board.ask([one])[0] is not None
            return alone[one]

        return bound_by(_BINDING, fits_without)

    return [said or bound(order) for order, said in zip(orders, answer, strict=True)]


def _idle(tours: Sequence[OpenTour], order: tuple[Visit, ...]) -> tuple[str, ...]:
    """Return the capacities that keep nothing out: everywhere in every tour there is room."""
    room = np.concatenate([tour.line.spare for tour in tours]).min(axis=0) >= order[-1].load
    return tuple(f"capacity.{name}" for name, ok in zip(DIMENSIONS, room, strict=True) if ok)


def _without(order: tuple[Visit, ...], relaxed: Sequence[str]) -> Try:
    drop, names = order[-1], tuple(_RELAXED[name] for name in relaxed)
    return Try(drop.windows[0], drop.due_s, names, any=True)


def _may(board: Board, tours: Sequence[OpenTour], order: tuple[Visit, ...]) -> bool:
    """True when one of *tours* is enough for ``never`` to say nothing, as nearly always."""
    return any(
        all(map(le, order[-1].load, tour.line.capacity))
        and max(tour.to_s[0].max(), tour.among_s.max(), tour.back_s[-1].max()) < UNREACHABLE_S
        and all(
            any(first <= until_s and tour.from_s <= last for first, last in visit.windows)
            for visit in order
        )
        for tour, until_s in zip(tours, board.until_s, strict=True)
    )


def _never(board: Board, tours: Sequence[OpenTour], order: tuple[Visit, ...]) -> Refusal | None:
    """Ask ``never`` of a problem that has every vehicle, and no order but this one.

    Each vehicle has ways of its own: from its start (place 0) to the order's doors (1 … m),
    between them, and home (m + 1).
    """
    m = len(order)
    ways_s, crew = [], []
    for v, (tour, until_s) in enumerate(zip(tours, board.until_s, strict=True)):
        matrix = np.zeros((m + 2, m + 2), dtype=np.int64)
        matrix[0, 1:-1], matrix[1:-1, -1] = tour.to_s[0], tour.back_s[-1]
        matrix[1:-1, 1:-1] = tour.among_s
        ways_s.append(matrix)
        capacity = tour.line.capacity
        crew.append(Vehicle(str(v), 0, m + 1, tour.from_s, until_s, capacity, profile=v))
    visits = tuple(
        Visit(place, visit.windows, visit.service_s, visit.load)
        for place, visit in enumerate(order, start=1)
    )
    job = Job("", visits[:-1], visits[-1])
    return never(Problem(tuple(ways_s), tuple(crew), (job,), dimensions=DIMENSIONS), 0)
