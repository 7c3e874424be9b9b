"""When a visit can begin, and which visit can follow which, in a plan below a known price.

Decides what needs only clocks and pairs of jobs to be ruled out: arcs that leave no time for
the pickups before and the drops after them (Dumas, Desrosiers and Soumis, *EJOR* 54, 1991),
and lateness that alone costs as much as the known plan.  Everything is a necessary condition
of plans cheaper than ``upper``; it knows neither loads nor breaks, which only take more time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dispatch.routing.problem import Problem
from dispatch.routing.spans import first_allowed, last_allowed
from dispatch.routing.work import Windows

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """What clocks allow the vehicles of one crew; n nodes.

    windows  : per node, when service can begin; as they were where it never can
    possible : (n + 1, n + 1) arcs that a tour can have; row and column n are start and end
    """

    windows: tuple[Windows, ...]
    possible: Flags


def times_of(
    problem: Problem, v: int, legs_s: Ints, soonest_s: Ints, upper: int | None = None
) -> Times:
    """Return what is left of windows and arcs for vehicle *v* in plans cheaper than *upper*.

    legs_s, soonest_s : (n + 1, n + 1) as in ``facts.Facts``
    upper             : a price; None: any plan counts
    """
    n = len(problem.visits)
    windows = [_in_price(problem, node, upper) for node in range(n)]
    service_s = np.array([visit.service_s for visit in problem.visits], dtype=np.int64).reshape(n)
    first_s, last_s = _spans(problem, v, windows, service_s, soonest_s)
    can = first_s <= last_s
    possible = np.ones((n + 1, n + 1), dtype=np.bool_)
    possible[:n, :n] = (first_s + service_s)[:, None] + legs_s[:n, :n] <= last_s[None, :]
    np.fill_diagonal(possible, False)
    possible[:n] &= can[:, None]
    possible[:, :n] &= can[None, :]
    _rule_out_pairs(problem, possible, first_s, last_s, service_s, soonest_s)
    cut = tuple(
        _between(windows[k], int(first_s[k]), int(last_s[k])) if can[k] else windows[k]
        for k in range(n)
    )
    return Times(cut, possible)


def _in_price(problem: Problem, node: int, upper: int | None) -> Windows:
    """The windows of *node* without instants so late that lateness alone costs *upper*."""
    visit, late_per_s = problem.visits[node], problem.weights.late_per_s
    if upper is None or visit.due_s is None or late_per_s == 0:
        return visit.windows
    last_s = visit.due_s + max(0, upper - 1) // late_per_s
    return _between(visit.windows, visit.windows[0][0], last_s) or visit.windows


def _between(windows: Windows, first_s: int, last_s: int) -> Windows:
    return tuple(
        (max(opens_s, first_s), min(closes_s, last_s))
        for opens_s, closes_s in windows
        if opens_s <= last_s and first_s <= closes_s
    )


def _spans(
    problem: Problem, v: int, windows: list[Windows], service_s: Ints, soonest_s: Ints
) -> tuple[Ints, Ints]:
    """(n,) first and last instant at which service can begin; first > last where it cannot."""
    n, courier = len(windows), problem.vehicles[v]
    first_s, last_s = np.ones(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for nodes in problem.nodes_of:
        for k in nodes:  # the drop comes last
            rides = () if k != nodes[-1] else nodes[:-1]
            at_s = max(
                courier.from_s + int(soonest_s[n, k]),
                *(int(first_s[q] + service_s[q] + soonest_s[q, k]) for q in rides),
                courier.from_s,
            )
            first = first_allowed(windows[k], at_s)
            first_s[k] = courier.until_s + 1 if first is None else first
        drop = nodes[-1]
        for k in reversed(nodes):
            by_s = courier.until_s - int(service_s[k] + soonest_s[k, n])
            if k != drop:
                by_s = min(by_s, int(last_s[drop] - service_s[k] - soonest_s[k, drop]))
            last = last_allowed(windows[k], by_s)
            last_s[k] = first_s[k] - 1 if last is None else last
        if (first_s[list(nodes)] > last_s[list(nodes)]).any():
            last_s[list(nodes)] = first_s[list(nodes)] - 1  # a job is done whole or not at all
    return first_s, last_s


def _rule_out_pairs(
    problem: Problem,
    possible: Flags,
    first_s: Ints,
    last_s: Ints,
    service_s: Ints,
    soonest_s: Ints,
) -> None:
    """Clear arcs between two jobs that leave no order of a pickup and the drop of each."""
    rides = [(q, nodes[-1]) for nodes in problem.nodes_of for q in nodes[:-1]]
    fetch = np.array([q for q, _ in rides], dtype=np.int64)
    drop = np.array([d for _, d in rides], dtype=np.int64)
    p, d = fetch[:, None], drop[:, None]  # of the job that the arc leaves
    q, e = fetch[None, :], drop[None, :]  # of the job that it enters

    def in_turn(*stops: Ints) -> Flags:
        at_s = first_s[stops[0]]
        fits = at_s <= last_s[stops[0]]
        for here, there in pairwise(stops):
            at_s = np.maximum(first_s[there], at_s + service_s[here] + soonest_s[here, there])
            fits = fits & (at_s <= last_s[there])
        return fits

    same = d == e
    for tail, head, fits in (
        (p, q, in_turn(p, q, d, e) | in_turn(p, q, e, d)),
        (p, e, in_turn(q, p, e, d)),
        (d, q, in_turn(p, d, q, e)),
        (d, e, in_turn(p, q, d, e) | in_turn(q, p, d, e)),
    ):
        tails, heads = np.broadcast_arrays(tail, head)
        no = ~fits & ~same
        possible[tails[no], heads[no]] = False
    for nodes in problem.nodes_of:
        possible[nodes[-1], list(nodes)] = False
        if len(nodes) > 1:
            possible[-1, nodes[-1]] = False
            possible[list(nodes[:-1]), -1] = False
