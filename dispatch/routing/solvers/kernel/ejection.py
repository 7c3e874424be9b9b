"""Put a job in by taking one or two easier ones out.

Nagata & Kobayashi, "Guided ejection search for the pickup and delivery problem with time
windows" (PPSN XI, 2010): a counter says how often a job found no place; where none is free,
those leave whose counters have the least sum, less than its own, and the last to leave is
the next to go in.
Decides one such exchange; what is tried between two of them is ``search``'s.
"""

from __future__ import annotations

from typing import Final

from dispatch.routing.solvers.kernel.arrays import Desk, Facts, Tours
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_within, number
from dispatch.routing.solvers.kernel.dice import below
from dispatch.routing.solvers.kernel.insert import place_in, put_found
from dispatch.routing.solvers.kernel.places import NOWHERE
from dispatch.routing.solvers.kernel.tours import copy_tour, retimed, take_out_marked

#: Sets tried at most for one job: with long tours there are too many pairs for one breath.
MOST_TRIALS: Final = 2000


@compiled_within
def squeeze_in(facts: Facts, desk: Desk, tours: Tours, kept: Tours) -> bool:
    """Put the last job that left in, others out for it; False when no tour takes it.

    False too when nobody is left out.  Before, *tours* equals *kept*.
    """
    job = last_out(desk, tours)
    if job < 0:
        return False
    desk.failures[job] += 1
    v, a, b = easiest(facts, desk, tours, kept, job)
    if v < 0:
        desk.since[job] = 0  # another one's turn
        return False
    desk.marked[a] = desk.marked[b] = True
    take_out_marked(facts, desk, tours, v)
    desk.marked[a] = desk.marked[b] = False
    desk.touched[v] = True
    desk.stamps[0] += 1
    desk.since[a] = desk.since[b] = desk.stamps[0]
    retimed(facts, desk, tours, v)
    _, i, j = place_there(facts, desk, tours, v, job)
    if i != NOWHERE:  # as in the trial, but for a blink
        put_found(facts, desk, tours, v, job, i, j)
    return True


@compiled_within
def last_out(desk: Desk, tours: Tours) -> int:
    """Return the job left out that was put out last; -1: nobody is left out."""
    last = number(-1)
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0 and (last < 0 or desk.since[job] > desk.since[last]):
            last = job
    return last


@compiled_within
def easiest(facts: Facts, desk: Desk, tours: Tours, kept: Tours, job: int) -> tuple[int, int, int]:
    """Return the vehicle, and the one (twice) or two of its jobs without which *job* fits.

    Their counters have the least sum of those tried, less than the job's own: without this
    the pile left out grows (on 3 instances 20 s of CPU to the fewest vehicles became 11);
    vehicle -1: there are none.
    """
    vehicles = len(tours.size)
    least, found_v = desk.failures[job], number(-1)
    found_a, found_b = number(-1), number(-1)
    turn, first = desk.trials[0], below(desk.dice, vehicles)
    desk.marked[:] = False
    for pairs in range(2):
        for nth in range(vehicles):
            v = (first + nth) % vehicles
            if not (desk.open[v] and facts.allowed[job, v]):
                continue
            for g in range(tours.size[v]):
                a = movable(facts, tours, v, g)
                if a < 0 or desk.failures[a] >= least:
                    continue
                for h in range(g + pairs, tours.size[v] if pairs else g + 1):
                    b = movable(facts, tours, v, h)
                    if b < 0:
                        continue
                    both = desk.failures[a] + (desk.failures[b] if pairs else 0)
                    if both >= least or desk.trials[0] - turn > MOST_TRIALS:
                        continue
                    if fits_without(facts, desk, tours, kept, v, job, a, b):
                        least, found_v, found_a, found_b = both, v, a, b
    return found_v, found_a, found_b


@compiled_within
def movable(facts: Facts, tours: Tours, v: int, g: int) -> int:
    """Return the job whose drop is stop *g* of *v*; -1: a pickup, or a drop on board already."""
    node = tours.stops[v, g]
    job = facts.job_of[node]
    if facts.fetch[node] or facts.nodes_at[job + 1] - facts.nodes_at[job] == 1:
        return -1
    return int(job)


@compiled_within
def fits_without(
    facts: Facts, desk: Desk, tours: Tours, kept: Tours, v: int, job: int, a: int, b: int
) -> bool:
    """True when the tour of *v*, which is *kept*'s, takes *job* once *a* and *b* are out."""
    desk.trials[0] += 1
    desk.marked[a] = desk.marked[b] = True
    take_out_marked(facts, desk, tours, v)
    i = NOWHERE
    if retimed(facts, desk, tours, v):
        _, i, _ = place_there(facts, desk, tours, v, job)
    desk.marked[a] = desk.marked[b] = False
    tours.carrier[a] = tours.carrier[b] = v
    copy_tour(kept, tours, v)
    return bool(i != NOWHERE)


@compiled
def place_there(facts: Facts, desk: Desk, tours: Tours, v: int, job: int) -> tuple[int, int, int]:
    """Return what ``place_in`` does for less than leaving *job* out, in one copy of its code."""
    return place_in(facts, desk, tours, v, job, facts.price_out[job])
