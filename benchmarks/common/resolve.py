"""The other way to answer a customer: solve the whole day again with the new order in it.

Decides what VROOM is asked for one window of one quote, and when its answer is a yes: it
serves everybody, and the independent checker finds nothing.  A promise is a hard end for
it, as it is for a quote of ours.  Also shows the checker our own yes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module

from benchmarks.common import peers_vroom
from benchmarks.common.words import Sequences
from dispatch.core.ids import MerchantId, QuoteId
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.express import Desk, desk, stops_of, with_window
from dispatch.operations.fit import Fit
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, repromised, standing
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Visit
from dispatch.routing.schedule import cost_of, schedule
from dispatch.slots.promises import express_slots, promise_for
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop

_NEW = QuoteId("qte_new")
#: VROOM is not hurried: it stops by itself.
_PATIENCE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Question:
    """One window of one quote.

    day   : the couriers' day at the next hand-out, the new order its only job in no tour
    order : the new order's stops, promised for the widest window
    table : what a quote is answered from
    """

    window: TimeWindow
    day: Standing
    order: tuple[Stop, ...]
    table: Desk

    @property
    def problem(self) -> Problem:
        return hard(self.day.problem)


def hard(problem: Problem) -> Problem:
    """Return *problem* with every promise as the end of its window: no price buys lateness."""
    jobs = tuple(
        replace(job, pickups=tuple(_hard(visit) for visit in job.pickups), drop=_hard(job.drop))
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def _hard(visit: Visit) -> Visit:
    if visit.due_s is None:
        return visit
    cut = [(first, min(last, visit.due_s)) for first, last in visit.windows]
    windows = tuple((first, last) for first, last in cut if first <= last)
    # A promise that is over is kept as a window that nobody can meet.
    return replace(visit, windows=windows or ((0, 0),), due_s=None)


def questions(body: dict[str, object], ports: Ports) -> list[Question]:
    """Return what a quote for *body* has to decide now: "as soon as possible", then each hour.

    [] when no promise can be made at all, whoever drives.
    """
    ports, now = as_learnt(ports), ports.clock.now()
    request = request_of(body)
    shops = [ports.territory.merchant(line.merchant_id).shop for line in request.lines]
    levels = ports.parameters.levels
    envelope = promise_for(Mode.EXPRESS, shops, now, levels, ports.parameters.calendar)
    if isinstance(envelope, Refusal):
        return []
    promises = [envelope, *express_slots(envelope, levels[Mode.EXPRESS])]
    order = stops_of(_NEW, request, envelope, ports, held_until=None)
    until = now + timedelta(minutes=ports.parameters.quote_life_min)
    with ports.store.reading() as tx:
        table = desk(tx, ports, booked_by=until)
    if table.release_at is None:
        return []
    day = standing(table.tours, table.release_at, ports, extra=[order])
    return [
        Question(
            promise.window,
            repromised(day, with_window(order, promise.window, table.release_at)),
            order,
            table,
        )
        for promise in promises
    ]


def request_of(body: dict[str, object]) -> OrderRequest:
    """Return what the body of a quote asks, its doorstep being a point."""
    lines, door = body["merchants"], body["deliver_to"]
    assert isinstance(lines, list)
    assert isinstance(door, dict)
    place = Place(door["location"]["lat"], door["location"]["lon"])
    return OrderRequest(
        lines=tuple(
            Line(
                MerchantId(line["merchant_id"]),
                items_value_cents=line["items_value"],
                weight_g=line["weight_g"],
                volume_cm3=line["volume_cm3"],
            )
            for line in lines
        ),
        deliver_to=Doorstep(place, "", ""),
    )


def holds_in(question: Question, fit: Fit) -> bool:
    """Does the checker allow the day with the tours of *fit* as they would be written?"""
    day = question.day
    node_of = {stop.stop_id: node for node, stop in enumerate(day.stops)}
    written = {tour.tour_id: tour for tour in (fit.tour, *fit.others)}
    sequences = tuple(
        tuple(node_of[s.stop_id] for s in written[tour.tour_id].stops if s.stop_id in node_of)
        if tour.tour_id in written
        else nodes
        for tour, nodes in zip(day.tours, day.sequences, strict=True)
    )
    return _allowed(question.problem, sequences)


def ask_vroom(problem: Problem, exploration: int, standing: Sequences = ()) -> tuple[bool, float]:
    """Solve *problem* again and return whether everybody is served, with VROOM's CPU seconds.

    exploration : 0, quick, to 5, thorough; one thread
    standing    : the tours it sets out from; none: from nothing, as a planner does in the morning
    """
    import_module("vroom")
    began_s = time.process_time()
    question = peers_vroom.said(problem, standing)
    answer = question.solve(exploration_level=exploration, nb_threads=1, timeout=_PATIENCE)
    tours = peers_vroom.heard(problem, answer)
    cpu_s = time.process_time() - began_s
    return _allowed(problem, tours), cpu_s


def _allowed(problem: Problem, sequences: Sequences) -> bool:
    """Does the checker allow these tours, and is everybody in one?"""
    if sum(map(len, sequences)) != len(problem.visits):
        return False
    timed = [schedule(problem, v, nodes) for v, nodes in enumerate(sequences) if nodes]
    tours = tuple(tour for tour in timed if tour is not None)
    plan = Plan(tours, (), cost_of(problem, tours), "other")
    return len(tours) == len(timed) and not violations(problem, plan)


def kept_by(question: Question, tour_id: str) -> bool:
    """Can the tour that a witness names take the order, all other promises kept?

    Every place for the shop and every later one for the door is tried, and the checker
    looks at the whole day; neither knows how the quote found its answer.
    """
    problem, day = question.problem, question.day
    v = next(v for v, tour in enumerate(day.tours) if tour.tour_id == tour_id)
    job = day.job_named(_NEW)
    assert job is not None
    for nodes in _everywhere(day.sequences[v], problem.nodes_of[job]):
        if schedule(problem, v, nodes) is None:
            continue
        sequences = (*day.sequences[:v], nodes, *day.sequences[v + 1 :])
        if _allowed(problem, sequences):
            return True
    return False


def _everywhere(nodes: Sequence[int], order: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to put a pickup and its drop into a tour."""
    pickup, drop = order
    for i in range(len(nodes) + 1):
        with_pickup = (*nodes[:i], pickup, *nodes[i:])
        for j in range(i + 1, len(with_pickup) + 1):
            yield (*with_pickup[:j], drop, *with_pickup[j:])
