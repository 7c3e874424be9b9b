"""A courier is late by seconds, and the shop closes: what is booked is still handed over.

Decides how far a shop's last closing gives way in a tour as it stands: to when the courier
gets there, at most so many seconds late, and no farther.  So nobody's new order is fetched
after closing, and none makes a late pickup later.

A lunch break gives way to nobody: the shop opens again, so nothing falls for want of it.  Whoever
comes a minute into it is planned for when it opens, late if that is late, with the remedies of any
promise at risk; that the shop handed it over all the same is a fact like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.operations.open_orders import timed_visit
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import schedule
from dispatch.tracking.tours import Stop, StopKind


def with_grace(
    problem: Problem, vehicle: int, stops: Mapping[int, Stop], at: datetime, grace_s: int
) -> Problem:
    """Return *problem* with the doors open that *vehicle* needs, if that makes its tour possible.

    stops   : the tour: node → the stop it stands for, in order
    at      : second 0 of the problem
    grace_s : how long after its last closing a shop still hands over what is booked

    A tour that stands without it changes nothing.  One that does not stand even so is
    returned with the whole grace: what falls out of it, then, does not fall for want of it.
    """
    nodes = tuple(stops)
    late = {node: stop for node, stop in stops.items() if _booked_pickup(stop)}
    if not grace_s or not late or schedule(problem, vehicle, nodes) is not None:
        return problem
    grace = timedelta(seconds=grace_s)
    last = {node: stop.windows[-1].closes_at for node, stop in late.items()}
    opened = _open_until({n: closes_at + grace for n, closes_at in last.items()}, late, problem, at)
    planned = schedule(opened, vehicle, nodes)
    if planned is None:
        return opened
    # One second more than the beginning: a window's end is not in it.
    begun = {stop.node: at + timedelta(seconds=stop.begin_s + 1) for stop in planned.stops}
    needed = {node: max(closes_at, begun[node]) for node, closes_at in last.items()}
    return _open_until(needed, late, problem, at)


def _booked_pickup(stop: Stop) -> bool:
    return stop.kind is StopKind.PICKUP and stop.held_until is None


def _open_until(
    closes_at: Mapping[int, datetime], stops: Mapping[int, Stop], problem: Problem, at: datetime
) -> Problem:
    """Return *problem* with the last window of each of *stops* ending at ``closes_at[node]``."""

    def visited(node: int) -> Stop:
        stop = stops[node]
        last = replace(stop.windows[-1], closes_at=closes_at[node])
        return replace(stop, windows=(*stop.windows[:-1], last))

    jobs = [
        replace(
            job,
            pickups=tuple(
                timed_visit(visit, visited(node), at) if node in closes_at else visit
                for node, visit in zip(nodes, job.pickups, strict=False)
            ),
        )
        for job, nodes in zip(problem.jobs, problem.nodes_of, strict=True)
    ]
    return replace(problem, jobs=tuple(jobs))
