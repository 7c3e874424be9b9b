"""The compiled choice of tours: every job in one tour or left out, at least price.

Decides which of the given tours are used.  Works with *excess* only: what a choice costs
beyond its share of a lower bound that is known already, so that a choice can be given up
as soon as its excess is as high as that of the best answer.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from dispatch.routing.bounds.facts import Ints
from dispatch.routing.solvers.kernel.compiled import compiled

#: Places in ``Desk.state``.
DEPTH: Final = 0
BEST: Final = 1
DONE: Final = 2
FOUND: Final = 3


class Choices(NamedTuple):
    """t tours that may be used, for m jobs and c crews.

    jobs, crew, excess : (t,) a tour's jobs as bits, its crew, its excess; all >= 0.  Tours
                are in order of their lowest job, then of their excess
    first     : (m + 1,) tours ``first[j]:first[j + 1]`` have job j as their lowest
    served, out : (m,) excess of serving and of leaving out each job
    idle      : (c,) excess of each vehicle of a crew that stays where it is
    count     : (c,) vehicles of each crew
    """

    jobs: Ints
    crew: Ints
    excess: Ints
    first: Ints
    served: Ints
    out: Ints
    idle: Ints
    size: Ints


class Desk(NamedTuple):
    """Where the search is: the choice at every depth, and what is known so far.

    option : (m + 1,) next tour to try at this depth; ``first[j + 1]``: leaving j out
    job    : (m + 1,) the job that is decided at this depth
    done   : (m + 1,) jobs decided before it, as bits
    spent  : (m + 1,) excess before it
    taken  : (m + 1,) the tour chosen at this depth, -1: none
    chosen : (m + 1,) ``taken`` of the best answer, and its end marked by -2
    left   : (c,) vehicles left
    """

    option: Ints
    job: Ints
    done: Ints
    spent: Ints
    taken: Ints
    chosen: Ints
    left: Ints
    state: Ints


def new_desk(choices: Choices, under: int) -> Desk:
    """A search for an answer whose excess is less than *under*."""
    m = len(choices.out)

    def ints() -> Ints:
        return np.zeros(m + 1, dtype=np.int64)

    desk = Desk(
        ints(), ints(), ints(), ints(), ints(), ints(), choices.size.copy(), np.zeros(4, np.int64)
    )
    desk.option[0] = choices.first[0]
    desk.state[BEST] = under
    return desk


@compiled
def choose(choices: Choices, desk: Desk, steps: int) -> bool:
    """Go on with the search for *steps* steps, depth first; True when it is over.

    The lowest undecided job is put into each tour it is the lowest job of (the others
    would decide a job twice), cheapest first, then left out.
    """
    m, state = len(choices.out), desk.state
    for _ in range(steps):
        if state[DONE] != 0:
            return True
        depth = state[DEPTH]
        j = desk.job[depth]
        if j == m:
            _weigh(choices, desk, depth)
            _back(choices, desk, depth)
            continue
        option, last = desk.option[depth], choices.first[j + 1]
        if option > last:
            _back(choices, desk, depth)
            continue
        desk.option[depth] = option + 1
        if option < last and _dear(choices, desk, option, depth):
            desk.option[depth] = last  # and so do all later ones
        elif option == last or _free(choices, desk, option, depth):
            _take(choices, desk, depth, option)
    return bool(state[DONE] != 0)


@compiled
def _take(choices: Choices, desk: Desk, depth: int, option: int) -> None:
    """Choose tour *option* for the job at *depth*, or leave the job out; go one deeper."""
    m, j = len(choices.out), desk.job[depth]
    done, spent = desk.done[depth], desk.spent[depth]
    if option < choices.first[j + 1]:
        desk.taken[depth] = option
        desk.left[choices.crew[option]] -= 1
        new = choices.jobs[option]
        spent += choices.excess[option]
        for i in range(j, m):
            if new >> i & 1:
                spent += choices.served[i]
        done |= new
    else:
        desk.taken[depth] = -1
        spent += choices.out[j]
        done |= 1 << j
    while j < m and done >> j & 1:
        j += 1
    desk.job[depth + 1] = j
    desk.done[depth + 1] = done
    desk.spent[depth + 1] = spent
    desk.option[depth + 1] = choices.first[j]
    desk.state[DEPTH] = depth + 1
    if spent >= desk.state[BEST]:
        _back(choices, desk, depth + 1)


@compiled
def _dear(choices: Choices, desk: Desk, option: int, depth: int) -> bool:
    return bool(desk.spent[depth] + choices.excess[option] >= desk.state[BEST])


@compiled
def _free(choices: Choices, desk: Desk, option: int, depth: int) -> bool:
    """True when tour *option* decides no job twice and has a vehicle left."""
    done = desk.done[depth] & choices.jobs[option]
    return bool(done == 0 and desk.left[choices.crew[option]] > 0)


@compiled
def _weigh(choices: Choices, desk: Desk, depth: int) -> None:
    """Everything is decided: note the answer when it is the best so far."""
    spent = desk.spent[depth]
    for c in range(len(choices.size)):
        spent += desk.left[c] * choices.idle[c]
    if spent < desk.state[BEST]:
        desk.state[BEST] = spent
        desk.state[FOUND] = 1
        for d in range(depth):
            desk.chosen[d] = desk.taken[d]
        desk.chosen[depth] = -2


@compiled
def _back(choices: Choices, desk: Desk, depth: int) -> None:
    """Take the last choice back, so that the next one is tried; over when there is none."""
    if depth == 0:
        desk.state[DONE] = 1
        return
    taken = desk.taken[depth - 1]
    if taken >= 0:
        desk.left[choices.crew[taken]] += 1
    desk.state[DEPTH] = depth - 1


def answer_of(desk: Desk) -> list[int] | None:
    """The tours of the best answer; None when no answer is below what was asked for."""
    if desk.state[FOUND] == 0:
        return None
    chosen = desk.chosen.tolist()
    return [tour for tour in chosen[: chosen.index(-2)] if tour >= 0]
