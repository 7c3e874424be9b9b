"""OR-Tools' routing library behind the house's signature.

Decides how the library searches and for how long: by its iterated local search, one
thread, ruining strings of neighbouring stops (SISR: Christiaens and Vanden Berghe, 2020)
and putting jobs back in random order, each where it is cheapest.  ``ortools_model`` says
the problem in the library's words; times, prices and reasons are ``complete``'s.

Why these settings, and what others measured, is in ``docs/decisions/0009-ortools-engine.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, Final

from ortools.constraint_solver import (
    pywrapcp,
    routing_enums_pb2,
    routing_heuristic_parameters_pb2,
    routing_ils_pb2,
)

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.rules import lived
from dispatch.routing.solvers.complete import (
    completed,
    first_broken,
    improved_one_by_one,
    known_start,
    plan_of,
    timed,
    total_cost,
)
from dispatch.routing.solvers.ortools_model import LibraryModel
from dispatch.routing.solvers.spares import without_spares
from dispatch.routing.work import Visit

#: Below this the library cannot even read its start: the warm start is the answer.
LEAST_SEARCH_S: Final = 0.02

#: How much longer than its limit the library was seen to search.
OVERRUN_S: Final = 0.03

#: Jobs of several pickups move from tour to tour only between two searches.
ROUNDS_WITH_SEVERAL_PICKUPS: Final = 4

#: How much of a search may be spent on the descent before the iterations.
DESCENT_SHARE: Final = 0.2

#: Stops taken out at a time, on average and at most from one tour, and how seldom the
#: string is split: the values of the paper.
REMOVED_ON_AVERAGE: Final = 10
LONGEST_STRING: Final = 10
SPLIT_FACTOR: Final = 0.01

#: Warmth of the annealing at first and at last, in mean legs.
FIRST_WARMTH: Final = 0.3
LAST_WARMTH: Final = 0.01


def solve(
    problem: Problem,
    *,
    budget_s: float,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """Answer *problem* in about *budget_s*, never dearer than *start* or greedy completed.

    Another *seed* is another search.  Raises ``Invalid`` when *start* breaks a rule.
    """
    started_s = monotonic()
    empty: Sequences = tuple(() for _ in problem.vehicles)
    answers = [completed(problem, empty)]
    if start is not None:
        answers.insert(0, completed(problem, known_start(problem, start)))
    best = min(answers, key=lambda one: total_cost(problem, one))
    # What completing and explaining the answer will take is what it takes for this one.
    finishing_s = monotonic()
    fallback = plan_of(problem, completed(problem, best), "ortools")
    finishing_s = monotonic() - finishing_s
    deadline_s = started_s + budget_s - finishing_s - OVERRUN_S
    if not problem.jobs or not problem.vehicles or monotonic() + LEAST_SEARCH_S > deadline_s:
        return fallback
    several = any(len(job.pickups) > 1 for job in problem.jobs)
    rounds = ROUNDS_WITH_SEVERAL_PICKUPS if several else 1
    for n in range(rounds):
        share_s = (deadline_s - monotonic()) / (rounds - n)
        if share_s < LEAST_SEARCH_S:
            break
        found = _allowed_part(problem, _searched(problem, best, share_s, rounds * seed + n))
        if first_broken(problem, found) is not None:
            continue
        found = improved_one_by_one(problem, completed(problem, found), deadline_s)
        best = min(best, found, key=lambda one: total_cost(problem, one))
    return plan_of(problem, completed(problem, best), "ortools")


def _searched(problem: Problem, start: Sequences, budget_s: float, seed: int) -> Sequences:
    """Search once from *start*, which is allowed; what comes back may break a rule."""
    deadline_s = monotonic() + budget_s
    few, kept = without_spares(nobody_later(problem, start), start)
    lower = descended(
        LibraryModel(few, seed), tuple(start[v] for v in kept), DESCENT_SHARE * budget_s
    )
    # Another model: what one has searched does not reach the iterations of the next search.
    found = searched(LibraryModel(few, seed), few, lower, deadline_s - monotonic())
    tours: list[tuple[int, ...]] = [()] * len(problem.vehicles)
    for v, nodes in zip(kept, found, strict=True):
        tours[v] = nodes
    return tuple(tours)


def nobody_later(problem: Problem, start: Sequences) -> Problem:
    """Return *problem* where no visit that *start* makes may begin late, or later than there.

    The library puts jobs back where the way is shortest and sees lateness only when the
    whole is priced, which is too late to look for a better place.  A closed window it sees.
    """
    begins_s = {stop.node: stop.begin_s for tour in timed(problem, start) for stop in tour.stops}

    def closed(node: int) -> Visit:
        visit = problem.visits[node]
        if visit.due_s is None or node not in begins_s:
            return visit
        last_s = max(visit.due_s, begins_s[node])
        windows = tuple((a, min(b, last_s)) for a, b in visit.windows if a <= last_s)
        return replace(visit, windows=windows)

    jobs = []
    for job, (*pickups, drop) in zip(problem.jobs, problem.nodes_of, strict=True):
        jobs.append(replace(job, pickups=tuple(map(closed, pickups)), drop=closed(drop)))
    return replace(problem, jobs=tuple(jobs))


def _allowed_part(problem: Problem, found: Sequences) -> Sequences:
    """Take out jobs of which only some visits were placed, then tours that break a rule."""
    there = {node for nodes in found for node in nodes}
    whole = {j for j, own in enumerate(problem.nodes_of) if there.issuperset(own)}
    tours = [tuple(node for node in nodes if problem.job_of[node] in whole) for nodes in found]
    return tuple(
        nodes if lived(problem, v, nodes) is not None else () for v, nodes in enumerate(tours)
    )


def descended(model: LibraryModel, start: Sequences, budget_s: float) -> Sequences:
    """Return the library's first local optimum below *start*; *start* when it cannot read it."""
    parameters = _descent(budget_s)
    model.routing.CloseModelWithParameters(parameters)
    known = model.solution(start)
    if known is None:
        return start
    answer = model.routing.SolveFromAssignmentWithParameters(known, parameters)
    return start if answer is None else model.sequences(answer)


def searched(model: LibraryModel, problem: Problem, start: Sequences, budget_s: float) -> Sequences:
    """Return the library's best sequences after *budget_s*; *start* when it cannot read them."""
    deadline_s = monotonic() + budget_s
    routing = model.routing
    routing.CloseModelWithParameters(pywrapcp.DefaultRoutingSearchParameters())
    # The iterated search builds its first solution by itself and only glances at a hint:
    # locked, the start is the only one it can build.  Ruin and recreate know no locks.
    # Locks are read when parameters change, so the model was closed with others.
    if any(start) and not model.locked(start):
        return start
    answer = routing.SolveWithIteratedLocalSearch(_iterated(problem, deadline_s - monotonic()))
    return start if answer is None else model.sequences(answer)


def _descent(budget_s: float) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.time_limit.FromMilliseconds(max(1, int(budget_s * 1000)))
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    )
    return parameters


def _iterated(problem: Problem, budget_s: float) -> Any:
    """Return parameters of the iterated local search with annealing.

    Its first step is a search of its own, which must end at the first local optimum: a
    guided one never ends and would leave nothing for the iterations.
    """
    parameters = _descent(budget_s)
    parameters.use_iterated_local_search = True
    iterated = parameters.iterated_local_search_parameters
    iterated.improve_perturbed_solution = False
    ruin = iterated.ruin_recreate_parameters.ruin_strategies.add().sisr
    ruin.avg_num_removed_visits = REMOVED_ON_AVERAGE
    ruin.max_removed_sequence_size = LONGEST_STRING
    ruin.bypass_factor = SPLIT_FACTOR
    recreate = iterated.ruin_recreate_parameters.recreate_strategy
    recreate.heuristic = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    insertion = routing_heuristic_parameters_pb2.LocalCheapestInsertionParameters
    how = recreate.parameters.local_cheapest_insertion
    how.pickup_delivery_strategy = insertion.BEST_PICKUP_DELIVERY_PAIR
    how.insertion_sorting_properties.append(insertion.SORTING_PROPERTY_RANDOM)
    annealing = iterated.reference_solution_acceptance_strategy.simulated_annealing
    annealing.cooling_schedule_strategy = routing_ils_pb2.CoolingScheduleStrategy.EXPONENTIAL
    leg_price = _leg_price(problem)
    annealing.initial_temperature = FIRST_WARMTH * leg_price
    annealing.final_temperature = LAST_WARMTH * leg_price
    return parameters


def _leg_price(problem: Problem) -> float:
    """Return what a mean leg costs, in the problem's price units; at least 1."""
    means = []
    for vehicle in problem.vehicles:
        travel_s = problem.travel_s[vehicle.profile]
        driven = travel_s[(travel_s > 0) & (travel_s < UNREACHABLE_S)]
        mean_s = float(driven.mean()) if driven.size else 0.0
        means.append(mean_s * problem.weights.travel_per_s * vehicle.travel_price)
    return max(1.0, sum(means) / len(means))
