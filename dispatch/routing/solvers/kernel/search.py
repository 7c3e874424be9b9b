"""Slack induction by string removals, for pickup and delivery.

Christiaens & Vanden Berghe, "Slack induction by string removals for vehicle routing
problems", Transportation Science 54(2), 2020; numbers of equations and sections are theirs.
A job leaves when one of its visits does.  Decides which solution comes next; how long
and how warm is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Final

from dispatch.routing.solvers.kernel.arrays import Desk, Facts, Tours
from dispatch.routing.solvers.kernel.compiled import (
    DIGEST,
    compiled,
    compiled_and_kept,
    compiled_within,
)
from dispatch.routing.solvers.kernel.dice import below, chance
from dispatch.routing.solvers.kernel.ejection import squeeze_in
from dispatch.routing.solvers.kernel.insert import put_where_cheapest, waiting_in_order
from dispatch.routing.solvers.kernel.memory import remember
from dispatch.routing.solvers.kernel.tours import (
    copy_row,
    copy_tour,
    position,
    retimed,
    take_out_marked,
)

#: Mean number of visits taken out, and longest string.  Section 6 has 10 and 10, for runs of
#: minutes; in seconds more and smaller steps go further.
MEAN_OUT: Final = 6.0
LONGEST_STRING: Final = 10.0
#: A string is split half the time (section 5.2), and its gap grows until this chance.
SPLIT: Final = 0.5
GAP_ENDS: Final = 0.01
#: While vehicles are saved, this often the strings are taken out around a job left out.
NEAR_THE_ABSENT: Final = 0.2
#: Leaving out who was left out as often as jobs are on average is worth so many times the
#: warmth: twice found the fewest vehicles of six tight instances in half the time that
#: preferring the fewest absences at any price took; once and four times were slower.
ABSENCE_WEIGHS: Final = 2.0
#: While they are saved by ejection, so many steps are one; the others shake the tours.
SQUEEZE: Final = 0.5
#: Mean number of visits the others take out: a shake, after which most is where it was.
MEAN_SHAKEN: Final = 5.0
#: An ejection tries sets by the hundred: as many of them as this take as long as a step.
TRIALS_A_STEP: Final = 8

#: What a step does: puts in whoever is left out; anneals; saves vehicles in either way.
AS_IT_IS: Final = 0
ANNEALING: Final = 1
BY_ABSENCE: Final = 2
BY_EJECTION: Final = 3


# --- ruin: adjacent string removal (section 5.2) ---------------------------------------


@compiled
def mark_string(facts: Facts, desk: Desk, tours: Tours, v: int, node: int, longest: float) -> None:
    """Mark the jobs of a string, whole or split, of the tour of *v* around *node*."""
    size, at = tours.size[v], position(tours, v, node)
    out = 1 + int(chance(desk.dice) * min(float(size), longest))
    kept = 0
    if out < size and chance(desk.dice) < SPLIT:
        kept = 1
        while out + kept < size and chance(desk.dice) > GAP_ENDS:
            kept += 1
    span = out + kept
    first = max(0, at - span + 1)
    last = min(at, size - span)
    begin = first + below(desk.dice, last - first + 1)
    gap = begin + below(desk.dice, out + 1)  # where what is kept begins
    for g in range(begin, begin + span):
        if not gap <= g < gap + kept:
            desk.marked[facts.job_of[tours.stops[v, g]]] = True


@compiled
def mean_stops(tours: Tours) -> float:
    """Return the stops per tour that moves; 0 when none does."""
    stops, moving = 0, 0
    for v in range(len(tours.size)):
        stops += tours.size[v]
        moving += tours.size[v] > 0
    return stops / max(1, moving)


@compiled
def some_absent(facts: Facts, desk: Desk, tours: Tours, node: int) -> int:
    """Return a node, drawn, of a job left out; *node* when nobody is."""
    seen = 0
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0:
            seen += 1
            if below(desk.dice, seen) == 0:
                first = facts.nodes_at[job]
                node = first + below(desk.dice, facts.nodes_at[job + 1] - first)
    return node


@compiled
def ruin(facts: Facts, desk: Desk, tours: Tours, kept: Tours, way: int) -> None:
    """Take strings out of neighbouring tours; a tour that breaks a rule without them keeps them."""
    mean_out = MEAN_SHAKEN if way == BY_EJECTION else MEAN_OUT
    longest = min(LONGEST_STRING, mean_out, mean_stops(tours))  # equation 5
    most = 4.0 * mean_out / (1.0 + longest) - 1.0  # equation 6
    strings = int(chance(desk.dice) * most + 1.0)  # equation 7
    desk.marked[:] = False
    centre = below(desk.dice, len(facts.job_of))
    if way == BY_ABSENCE and chance(desk.dice) < NEAR_THE_ABSENT:
        centre = some_absent(facts, desk, tours, centre)
    for nth in range(len(facts.job_of)):
        node = facts.near[centre, nth]
        v = tours.carrier[facts.job_of[node]]
        if v < 0 or desk.touched[v]:
            continue
        mark_string(facts, desk, tours, v, node, longest)
        desk.touched[v] = True
        strings -= 1
        if strings <= 0:
            break
    for v in range(len(tours.size)):
        if desk.touched[v]:
            take_out_marked(facts, desk, tours, v)
            if not retimed(facts, desk, tours, v):
                copy_tour(kept, tours, v)
                for g in range(tours.size[v]):
                    tours.carrier[facts.job_of[tours.stops[v, g]]] = v


# --- simulated annealing and fleet reduction (sections 5.1 and 5.4) -----------------------


@compiled
def set_total(facts: Facts, desk: Desk, tours: Tours) -> int:
    """Add up the price and the absences; return how many jobs are left out."""
    price, absences, out = 0, 0, 0
    for v in range(len(tours.size)):
        price += tours.price[v]
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0:
            out += 1
            price += facts.price_out[job]
            absences += desk.absences[job]
    tours.total[0], tours.total[1] = price, absences
    return out


@compiled
def more_absent(desk: Desk, tours: Tours, kept: Tours) -> float:
    """Return the absences of those *tours* leaves out, less *kept*'s, in means of all jobs."""
    absences = 0
    for job in range(len(tours.carrier)):
        absences += desk.absences[job]
    mean = 1.0 + absences / len(tours.carrier)
    return float(tours.total[1] - kept.total[1]) / mean


@compiled
def count_absences(desk: Desk, tours: Tours, kept: Tours, out: int) -> None:
    """Count one more absence for each of the *out* jobs that *tours* leaves out."""
    desk.fewest[0] = min(desk.fewest[0], out)
    for job in range(len(tours.carrier)):
        if tours.carrier[job] < 0:
            desk.absences[job] += 1
            tours.total[1] += 1
            kept.total[1] += kept.carrier[job] < 0


@compiled
def copy_touched(desk: Desk, source: Tours, target: Tours) -> None:
    for v in range(len(source.size)):
        if desk.touched[v]:
            copy_tour(source, target, v)
    copy_row(source.carrier, target.carrier, len(source.carrier))
    copy_row(source.total, target.total, len(source.total))


@compiled
def remember_touched(facts: Facts, desk: Desk, tours: Tours) -> None:
    """Keep what this step made for ``select``."""
    for v in range(len(tours.size)):
        if desk.touched[v]:
            stops, size, kind = tours.stops[v], tours.size[v], facts.twin[v]
            remember(desk.memory, stops, size, v, kind, tours.price[v], tours.total[0])


@compiled_within
def squeezed(facts: Facts, desk: Desk, tours: Tours, kept: Tours) -> int:
    """Take one step of ``ejection``; return how many jobs are left out then, -1: as before."""
    if not squeeze_in(facts, desk, tours, kept):
        return -1
    out = set_total(facts, desk, tours)
    copy_touched(desk, tours, kept)
    return out


@compiled_within
def step(
    facts: Facts, desk: Desk, tours: Tours, kept: Tours, best: Tours, warmth: float, way: int
) -> int:
    """Ruin, recreate, and keep or take back; return how many jobs *kept* leaves out, or -1."""
    desk.touched[:] = False
    if way == BY_EJECTION and chance(desk.dice) < SQUEEZE:
        return squeezed(facts, desk, tours, kept)
    if way != AS_IT_IS:
        ruin(facts, desk, tours, kept, way)
    waiting = waiting_in_order(facts, desk, tours)
    for w in range(waiting):
        put_where_cheapest(facts, desk, tours, desk.waiting[w])
    out = set_total(facts, desk, tours)
    worse = float(tours.total[0] - kept.total[0])
    if way == BY_ABSENCE:
        worse += ABSENCE_WEIGHS * warmth * more_absent(desk, tours, kept)
    good = worse < -warmth * log(1.0 - chance(desk.dice))
    if way == BY_ABSENCE:
        count_absences(desk, tours, kept, out)
    if not good:
        copy_touched(desk, kept, tours)
        return -1
    remember_touched(facts, desk, tours)
    copy_touched(desk, tours, kept)
    if kept.total[0] < best.total[0]:
        desk.touched[:] = True
        copy_touched(desk, kept, best)
    return out


def _entry(digest: int) -> Callable[..., bool]:
    """Make the compiled entry; *digest* is why a changed kernel is compiled anew."""

    @compiled_and_kept
    def improve(
        facts: Facts,
        desk: Desk,
        tours: Tours,
        kept: Tours,
        best: Tours,
        steps: int,
        warmth: float,
        way: int,
    ) -> bool:
        _ = digest
        spent = 0
        while spent < steps:
            trials = desk.trials[0]
            out = step(facts, desk, tours, kept, best, warmth, way)
            if out == 0 and way >= BY_ABSENCE:
                return True
            spent += 1 + (desk.trials[0] - trials) // TRIALS_A_STEP
        return False

    return improve


#: ``improve(facts, desk, tours, kept, best, steps, warmth, way)``: run *steps* steps at
#: *warmth* (price units).  Before and after, *tours* equals *kept*; *best* is the cheapest
#: met.  While vehicles are saved it stops, returning True, as soon as nobody is left out.
improve: Callable[..., bool] = _entry(DIGEST)


def _loader(digest: int) -> Callable[..., bool]:
    @compiled_and_kept
    def settle(facts: Facts, desk: Desk, tours: Tours) -> bool:
        _ = digest
        for v in range(len(tours.size)):
            if not retimed(facts, desk, tours, v):
                return False
        set_total(facts, desk, tours)
        return True

    return settle


#: ``settle(facts, desk, tours)``: time and price sequences just written; False: not allowed.
settle: Callable[..., bool] = _loader(DIGEST)
