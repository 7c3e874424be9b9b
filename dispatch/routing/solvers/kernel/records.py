"""What a search knows of one visit, one vehicle, one break beyond its most asked numbers.

Decides the layout of the records.  Records, because a call of compiled code hands over
every array one by one, and most of this is looked at for few vehicles: the rules that
windows, loads and shifts do not say are ``lived``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.problem import Problem
from dispatch.routing.rules import is_plain
from dispatch.routing.solvers.kernel.limits import HUGE, NEVER_S, whole
from dispatch.routing.work import Break

Records = npt.NDArray[np.void]

#: first_s, last_s     : start of the first window, end of the last
#: due_s               : begin later and it is lateness; NEVER_S: never late
#: first_window, last_window : its rows of ``Facts.window_s``
#: pinned_to, shown_to : vehicle that it is pinned to, or published for; -1: none
#: pin, shown          : its rank there
#: aboard_s            : longest time from leaving this pickup to *drop*; NEVER_S: no limit
#: drop                : node where its job ends
#: lies_below          : it is the drop of a parcel on board, below all fetched since
VISIT: Final = np.dtype(
    [
        ("first_s", np.int64),
        ("last_s", np.int64),
        ("due_s", np.int64),
        ("first_window", np.int64),
        ("last_window", np.int64),
        ("pinned_to", np.int64),
        ("pin", np.int64),
        ("shown_to", np.int64),
        ("shown", np.int64),
        ("aboard_s", np.int64),
        ("drop", np.int64),
        ("lies_below", np.bool_),
    ],
    align=True,
)

#: end                  : point where it must be back
#: fair_s, unfair_per_s : the share of work, and the price of a second beyond it
#: first_break, breaks  : its rows of ``Facts.pauses``
#: special              : False where windows, loads and the shift are all the rules
VEHICLE: Final = np.dtype(
    [
        ("end", np.int64),
        ("from_s", np.int64),
        ("until_s", np.int64),
        ("fair_s", np.int64),
        ("unfair_per_s", np.int64),
        ("churn_per_stop", np.int64),
        ("first_break", np.int64),
        ("breaks", np.int64),
        ("lifo", np.bool_),
        ("special", np.bool_),
    ],
    align=True,
)

#: first_window, last_window : its rows of ``Facts.window_s``, after those of all visits
PAUSE: Final = np.dtype(
    [("duration_s", np.int64), ("first_window", np.int64), ("last_window", np.int64)]
)


def visits_of(problem: Problem) -> Records:
    """Return one ``VISIT`` per node."""
    records = np.zeros(len(problem.visits), dtype=VISIT)
    records["first_s"] = whole([visit.windows[0][0] for visit in problem.visits])
    records["last_s"] = whole([visit.windows[-1][1] for visit in problem.visits])
    records["due_s"] = whole([NEVER_S if v.due_s is None else v.due_s for v in problem.visits])
    records["last_window"] = np.cumsum([len(visit.windows) for visit in problem.visits]) - 1
    records["first_window"][1:] = records["last_window"][:-1] + 1
    records["pinned_to"] = records["shown_to"] = -1
    for v, nodes in enumerate(problem.pinned):
        for pin, node in enumerate(nodes):
            records["pinned_to"][node], records["pin"][node] = v, pin
    for node, (v, shown) in problem.published_at.items():
        records["shown_to"][node], records["shown"][node] = v, shown
    for node, visit in enumerate(problem.visits):
        job, drop = problem.jobs[problem.job_of[node]], problem.nodes_of[problem.job_of[node]][-1]
        most_s = None if node == drop else job.max_aboard_s
        records["aboard_s"][node] = NEVER_S if most_s is None else min(most_s, NEVER_S)
        records["drop"][node] = drop
        records["lies_below"][node] = not job.pickups and any(visit.load)
    return records


def vehicles_of(problem: Problem, ends: Sequence[int]) -> Records:
    """Return one ``VEHICLE`` per vehicle; *ends*: the point where each must be back."""
    weights, first = problem.weights, 0
    records = np.zeros(len(problem.vehicles), dtype=VEHICLE)
    for v, vehicle in enumerate(problem.vehicles):
        records[v] = (
            ends[v],
            vehicle.from_s,
            vehicle.until_s,
            min(vehicle.fair_s or 0, HUGE),
            0 if vehicle.fair_s is None else weights.unfair_per_s,
            weights.churn_per_stop,
            first,
            len(vehicle.breaks),
            vehicle.lifo,
            not is_plain(problem, v),
        )
        first += len(vehicle.breaks)
    return records


def breaks_of(problem: Problem) -> list[Break]:
    """Return the breaks of all vehicles, the first vehicle's first."""
    return [pause for vehicle in problem.vehicles for pause in vehicle.breaks]


def pauses_of(problem: Problem) -> Records:
    """Return one ``PAUSE`` per break."""
    records = np.zeros(len(breaks_of(problem)), dtype=PAUSE)
    first_window = sum(len(visit.windows) for visit in problem.visits)
    for number, pause in enumerate(breaks_of(problem)):
        after = first_window + len(pause.windows)
        records[number] = (min(pause.duration_s, NEVER_S), first_window, after - 1)
        first_window = after
    return records
