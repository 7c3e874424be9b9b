"""An order that fits nowhere as the tours stand: others move for it, if all are kept.

Decides who may be moved: an order that no courier has been given yet.  What was given
stays with its courier, in the order given, so no phone changes for a customer who only asks.
Finding the moves is the plug's (``routing.solvers.rearrange``); an answer of it counts when
the checker accepts it, and nobody loses by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dispatch.core.ids import QuoteId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.express import Desk, try_windows, with_window
from dispatch.operations.fit import Fit
from dispatch.operations.footprint import grams_of
from dispatch.operations.lateness import begins_s
from dispatch.operations.nobody_loses import nobody_loses
from dispatch.operations.open_orders import timed_visit
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, adopt, repromised, standing
from dispatch.operations.wave_problem import published_nodes
from dispatch.orders.quotes import Witness
from dispatch.routing.accepted import is_accepted
from dispatch.routing.gaps import timed
from dispatch.routing.problem import Job, Problem, Sequences, Visit
from dispatch.routing.schedule import travel_s
from dispatch.tracking.tours import Stop, Tour

#: What was offered is looked for so many times as long: by now the tours are not those it was
#: offered in, if its own quote holds another window.
_OWED_STEPS: Final = 10
#: The one reason that others may undo by moving.
_NO_PLACE = "no_feasible_insertion"


def try_windows_twice(
    order: tuple[Stop, ...],
    windows: Sequence[TimeWindow],
    table: Desk,
    ports: Ports,
    *,
    owed: bool = False,
) -> list[Fit | Refusal]:
    """Do as ``express.try_windows``; where no tour has room, try again with others moving.

    owed : the order was offered before, so it is tried however busy this process is

    Else nobody is moved in a rush, when others wait for their turn or just did; and what was begun
    is broken off for who comes meanwhile.
    """
    found = try_windows(order, windows, table, ports)
    refused = [
        n for n, one in enumerate(found) if isinstance(one, Refusal) and one.code == _NO_PLACE
    ]
    if not refused or ports.rearranger is None or not ports.parameters.second_chance.steps:
        return found
    if not owed and ports.thinking.is_in_demand:
        return found
    with ports.rearranger.turn(owed=owed) as mine:
        if mine:
            some = [windows[n] for n in refused]
            steps = ports.parameters.second_chance.steps * (_OWED_STEPS if owed else 1)
            moved = _moved(order, some, steps, table, ports, owed=owed)
            for n, fit in zip(refused, moved, strict=True):
                found[n] = fit or found[n]
    return found


def _moved(
    order: tuple[Stop, ...],
    windows: Sequence[TimeWindow],
    steps: int,
    table: Desk,
    ports: Ports,
    *,
    owed: bool,
) -> list[Fit | None]:
    """Try each of *windows* with others moving, *steps* of the search in all."""

    def go_on() -> bool:
        return owed or not ports.thinking.is_waited_for

    case = _case(order, table, ports)
    if case is None or ports.rearranger is None or not go_on():
        return [None for _ in windows]
    promised = [with_window(order, window, table.release_at) for window in windows]
    spans = [case.span(one) for one in promised]
    plans = ports.rearranger.rearrange(
        case.problem, case.day.sequences, case.job, spans, steps=steps, go_on=go_on
    )
    # Seeing that nobody pays for a plan takes as long as finding it.
    return [
        _kept(case, one, span, plan, ports) if plan is not None and go_on() else None
        for one, span, plan in zip(promised, spans, plans, strict=True)
    ]


def _kept(
    case: _Case, order: tuple[Stop, ...], span: tuple[int, int], plan: Sequences, ports: Ports
) -> Fit | None:
    """Return the place of *order* in *plan*; None when somebody would pay for it."""
    fit = _fit(case, order, span, plan)
    if fit is None or not nobody_loses(*case.changed(fit), ports):
        return None
    (grams,) = grams_of(order[0].quote_id, [fit.tour], ports)
    return replace(fit, ghg_g=grams)


@dataclass(frozen=True, slots=True)
class _Case:
    """The day at the hand-out, with *job* in no tour; ``problem``: the same, nobody ever late."""

    day: Standing
    job: int
    problem: Problem

    def span(self, order: tuple[Stop, ...]) -> tuple[int, int]:
        """Return the first and the last second when the drop of *order* may begin."""
        drop = timed_visit(self.problem.visits[self.drop], order[-1], self.day.at)
        ((opens_s, closes_s),) = _no_later(drop, {}, self.drop).windows
        return opens_s, closes_s

    @property
    def drop(self) -> int:
        return self.problem.nodes_of[self.job][-1]

    def changed(self, fit: Fit) -> tuple[list[Tour], list[Tour]]:
        """Return the tours that change for *fit*, before and after."""
        after = {tour.tour_id: tour for tour in (fit.tour, *fit.others)}
        return [tour for tour in self.day.tours if tour.tour_id in after], list(after.values())


def _case(order: tuple[Stop, ...], table: Desk, ports: Ports) -> _Case | None:
    """Lay out the tours of *table* in which nobody would fall; None: there is none.

    Who would fall is booked, and may leave with an earlier wave: their tours stay as they are.
    """
    if table.release_at is None or not table.tours:
        return None
    day = standing(table.tours, table.release_at, ports, extra=[order])
    if any(day.waiting):
        pairs = zip(table.tours, day.waiting, strict=True)
        roomy = tuple(tour for tour, waits in pairs if not waits)
        return _case(order, replace(table, tours=roomy), ports)
    job = day.job_named(order[0].quote_id)
    return None if job is None else _Case(day, job, _never_late(day))


def _never_late(day: Standing) -> Problem:
    """Return the day's problem with every promise as the end of a window.

    Who is late as the tours stand may be as late again, and no later.
    """
    begin_s = begins_s(day, day.sequences)
    jobs: list[Job] = []
    for job, nodes in zip(day.problem.jobs, day.problem.nodes_of, strict=True):
        *pickups, drop = (_no_later(day.problem.visits[node], begin_s, node) for node in nodes)
        jobs.append(replace(job, pickups=tuple(pickups), drop=drop))
    return replace(day.problem, jobs=tuple(jobs), pinned=published_nodes(day))


def _no_later(visit: Visit, begin_s: Mapping[int, int], node: int) -> Visit:
    if visit.due_s is None:
        return visit
    last_s = max(visit.due_s, begin_s.get(node, visit.due_s))
    cut = tuple((a, min(b, last_s)) for a, b in visit.windows if a <= last_s)
    # A promise that is over before its window opens is kept as one that nobody can meet.
    return replace(visit, windows=cut or ((0, 0),), due_s=None)


def _fit(
    case: _Case, order: tuple[Stop, ...], span: tuple[int, int], plan: Sequences
) -> Fit | None:
    """Return where *order* stands in *plan*; None when the checker does not accept that."""
    day, drop = repromised(case.day, order), case.drop
    problem = _with_span(case, span)
    if sum(map(len, plan)) < len(problem.visits) or not is_accepted(problem, plan):
        return None
    changed = [v for v, nodes in enumerate(plan) if nodes != day.sequences[v]]
    home = next(v for v in changed if drop in plan[v])
    where = {problem.job_of[node]: v for v, nodes in enumerate(day.sequences) for node in nodes}
    moved = {
        QuoteId(problem.jobs[problem.job_of[node]].job_id)
        for v in changed
        for node in plan[v]
        if where.get(problem.job_of[node]) != v
    }
    tours = adopt(day, plan, retimed=moved)
    others = tuple(tours[v] for v in changed if v != home)
    before_s = sum(travel_s(problem, v, day.sequences[v]) for v in changed)
    after_s = sum(travel_s(problem, v, plan[v]) for v in changed)
    position = plan[home].index(drop)
    witness = Witness(
        tour_id=tours[home].tour_id,
        courier_id=tours[home].courier_id,
        after_stop=len(day.done[home]) + position,
        added_s=max(0, after_s - before_s),
        slack_s=_slack_s(problem, home, plan[home], position),
        tour_version=tours[home].version,
        also_changed=tuple(tour.tour_id for tour in others),
    )
    return Fit(witness, tours[home], others=others)


def _with_span(case: _Case, span: tuple[int, int]) -> Problem:
    jobs = list(case.problem.jobs)
    drop = replace(jobs[case.job].drop, windows=(span,))
    jobs[case.job] = replace(jobs[case.job], drop=drop)
    return replace(case.problem, jobs=tuple(jobs))


def _slack_s(problem: Problem, vehicle: int, nodes: Sequence[int], position: int) -> int:
    limits = {node: problem.visits[node].windows[-1][1] for node in nodes}
    tour = timed(problem, vehicle, nodes, (), limits)
    return 0 if tour is None else tour.latest_s[position] - tour.begin_s[position]
