"""One order more where none fits in between: others move for it, and every promise is kept.

Decides how a plan is changed for one job in a breath, not how good it is: waves see to
that.  Counts steps, not seconds, so that the same question gets the same answer.

What searches is a phase of ``phases`` that prefers jobs which were left out most often
(Christiaens & Vanden Berghe 2020, section 5.4: absence counters).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.solvers.kernel.arrays import Facts, facts_of, sequences_of
from dispatch.routing.solvers.pace import ByCount
from dispatch.routing.solvers.phases import Search
from dispatch.routing.solvers.ruin_recreate import warm_up

__all__ = ["rearranged", "warm_up"]

#: First and last instant, in seconds of the problem.
Span = tuple[int, int]


def rearranged(
    problem: Problem,
    sequences: Sequences,
    job: int,
    spans: Sequence[Span],
    *,
    steps: int,
    go_on: Callable[[], bool] = lambda: True,
    seed: int = 0,
) -> list[Sequences | None]:
    """For each of *spans*, return a plan that serves *job* too, its drop begun in it, or None.

    problem   : no visit has a ``due_s``: a promise is the end of a window, and nobody is late
    sequences : allowed, with every job but *job*
    steps     : of the search, all spans together; a span left with none is not tried
    go_on     : asked before each span but the first, and every hundred steps: False: what was
                found by then is the answer

    A span within one that was searched in vain is not searched, nor one that a plan found for
    another serves as well.
    None does not prove that there is no such plan.  ``warm_up`` comes first.
    """
    if any(visit.due_s is not None for visit in problem.visits):
        raise ValueError("a promise is the end of a window here, not a due_s")
    facts = facts_of(problem)
    search: Search | None = None
    in_vain: list[Span] = []
    plans: list[Sequences] = []
    answer: list[Sequences | None] = []
    for number, span in enumerate(spans):
        hopeless = span[0] > span[1] or any(_within(span, wider) for wider in in_vain)
        if hopeless or (number and not go_on()):
            answer.append(None)
            continue
        _promise(facts, problem.nodes_of[job][-1], span)
        found = next((plan for plan in plans if search is not None and search.begin(plan)), None)
        # Those within this one are not searched if it is in vain: they are left nothing.
        share = steps // (1 + sum(not _within(other, span) for other in spans[number + 1 :]))
        if found is None and share > 0:
            pace = _ByLeave(share, go_on)
            search = search or Search(problem, sequences, pace, seed, facts)
            if not search.begin(sequences):
                return [None] * len(spans)  # beyond what the kernel counts with
            before, search.pace = search.steps_taken, pace
            if search.serve_one_more(sequences):
                found = sequences_of(search.best)
                plans.append(found)
            else:
                in_vain.append(span)
            steps -= search.steps_taken - before
        answer.append(found)
    return answer


class _ByLeave(ByCount):
    """For so many steps, or until nobody may go on: looked at after the first of them."""

    def __init__(self, total: int, go_on: Callable[[], bool]) -> None:
        super().__init__(total)
        self._go_on, self._begun = go_on, False

    def share(self) -> float:
        return super().share() if not self._begun or self._go_on() else 1.0

    def steps(self) -> int:
        self._begun = True
        return super().steps()


def _within(span: Span, wider: Span) -> bool:
    return wider[0] <= span[0] and span[1] <= wider[1]


def _promise(facts: Facts, drop: int, span: Span) -> None:
    """Give the visit *drop*, which has one window, another one."""
    facts.window_s[facts.visits[drop]["first_window"]] = span
    facts.visits["first_s"][drop], facts.visits["last_s"][drop] = span
