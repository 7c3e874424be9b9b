"""Close a wave: gather what is booked, ask the solver, check the answer, hand out the tours.

Nothing holds the store while it thinks: quotes and bookings go on being answered while
the solver searches, and while its plan is carried into the day as it is by then.  What
came in meanwhile is put into the solved tours; where that cannot be done the standing
plan, which keeps every promise, is handed out instead.  When the couriers have their
tours, ways out are looked for: for the orders that found no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from dispatch.core.civil import local_day
from dispatch.core.errors import Broken, Conflict, Stale
from dispatch.core.ids import QuoteId, WaveId
from dispatch.core.reasons import Refusal
from dispatch.operations.after_wave import after_wave, error_text
from dispatch.operations.carry_over import carried_over, with_newcomers
from dispatch.operations.depart import departed
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import Standing, adopt, standing, tours_of
from dispatch.operations.steady import on_one_engine
from dispatch.operations.steps import step
from dispatch.operations.think_first import think_first
from dispatch.operations.wave_problem import wave_problem
from dispatch.operations.waves import LooseOrder, Wave, WaveResult, WaveState
from dispatch.orders.shipments import State
from dispatch.routing.check import violations
from dispatch.routing.plan import Cost, Plan
from dispatch.routing.problem import Problem
from dispatch.routing.why_not import why_not
from dispatch.tracking.tours import Stop, StopKind, Tour

#: States of a parcel that still waits for a courier, or again.
_UNASSIGNED = frozenset({State.BOOKED, State.PREPARING, State.READY, State.PICKUP_FAILED})

#: Real seconds after which a wave whose process died may be taken over.
_LEASE_S = 60


@dataclass(frozen=True, slots=True)
class _Solved:
    """The solver's answer, by order of the stops' ids, so that it outlives a changed day."""

    problem: Problem
    plan: Plan
    sequences: tuple[tuple[str, ...], ...]
    solve_s: float


def run_wave(wave_id: WaveId, ports: Ports) -> Wave:
    """Solve and hand out one wave; return it with its result.

    Raises
    ------
    Conflict
        When another process has this wave, or has finished it.  Nothing is done.
        Or when its lease ran out meanwhile and somebody else took it over.
    StreetsUnavailable
        When nobody tells the travel times; the wave is tried again when its lease is over.

    A plan that breaks a rule, or a search that fails, is never handed out: the standing
    plan is, and the wave carries the error.
    """
    wave = _claim(wave_id, ports)
    return on_one_engine(lambda held: _run(wave, as_learnt(held)), ports)


def _run(wave: Wave, ports: Ports) -> Wave:
    day, was_loose = _snapshot(wave, ports)
    error = None
    try:
        solved = _solve(day, ports)
    except Exception as why:
        # Whatever is wrong with the search, couriers have to leave: the standing plan
        # keeps every promise, and the planner reads what happened.
        solved, error = None, error_text(why)
    done = _hand_out(wave, solved, was_loose, error, ports)
    answered = None if solved is None else (solved.problem, solved.plan)
    return after_wave(done, answered, ports)


def wave_by_hand(ports: Ports) -> Wave:
    """Run a wave now, outside the timetable, and return it.

    A person asked for it: it also tries the orders that wait for a person's word.
    """
    return run_wave(request_wave(ports).wave_id, ports)


def request_wave(ports: Ports) -> Wave:
    """Write a wave that is due now, for the jobs process to run, and return it.

    A page asks so: a search in the web process would keep every quote waiting.
    """
    now = ports.clock.now()
    wave = Wave(WaveId(ports.ids.new("w")), local_day(now), now, by_hand=True)
    with ports.store.writing() as tx:
        tx.ensure_wave(wave)
    return wave


def _claim(wave_id: WaveId, ports: Ports) -> Wave:
    now = ports.clock.now()
    lease_s = (_LEASE_S + ports.parameters.waves.budget_s) * ports.clock.pace
    with ports.store.writing() as tx:
        if not tx.claim_wave(wave_id, now, now + timedelta(seconds=lease_s)):
            raise Conflict(f"wave {wave_id} is taken or finished", wave_id=wave_id)
        return tx.wave(wave_id)


def _snapshot(wave: Wave, ports: Ports) -> tuple[Standing | None, tuple[LooseOrder, ...]]:
    with ports.store.reading() as tx:
        tours = tours_of(tx, wave.day, ports)
        loose = tuple(
            order
            for order in tx.loose_orders(wave.day)
            if (order.retry or wave.by_hand) and order.can_be_sent(tours)
        )
    if not tours:
        return None, loose
    extra = [order.stops for order in loose]
    return standing(tours, ports.clock.now(), ports, extra=extra), loose


def _solve(day: Standing | None, ports: Ports) -> _Solved | None:
    if day is None or not day.problem.jobs:
        return None
    settings = ports.parameters.waves
    # On a fast clock the solver may think no longer than the promised publication lag.
    budget_s = min(settings.budget_s, max(0.1, settings.publish_lag_s / ports.clock.pace))
    problem = wave_problem(day)
    started_s = ports.clock.stopwatch_s()
    plan = ports.solver(problem, budget_s=budget_s, seed=settings.seed, start=day.sequences)
    solve_s = ports.clock.stopwatch_s() - started_s
    if broken := violations(problem, plan):
        raise Broken(f"solver broke {len(broken)} rules, first: {broken[0]}")
    sequences: list[tuple[str, ...]] = [()] * len(day.tours)
    for tour in plan.tours:
        sequences[tour.vehicle] = tuple(day.stops[n].stop_id for n in tour.nodes)
    return _Solved(problem, plan, tuple(sequences), solve_s)


@dataclass(frozen=True, slots=True)
class _HandOut:
    """What is to be handed out, thought out from the tours as they were seen.

    given    : every tour of the day, in its new order
    loose    : the orders without a tour that this wave tried; and all there were
    unserved : the orders that no tour holds now
    """

    given: tuple[Tour, ...] = ()
    loose: tuple[LooseOrder, ...] = ()
    all_loose: frozenset[QuoteId] = frozenset()
    unserved: tuple[LooseOrder, ...] = ()
    kept_standing: bool = False


def _hand_out(
    wave: Wave,
    solved: _Solved | None,
    loose: Sequence[LooseOrder],
    error: str | None,
    ports: Ports,
) -> Wave:
    def look(tx: Transaction) -> tuple[tuple[Tour, ...], frozenset[QuoteId]]:
        return tours_of(tx, wave.day, ports), _loose_now(wave, tx)

    def think(seen: tuple[tuple[Tour, ...], frozenset[QuoteId]]) -> _HandOut:
        tours, all_loose = seen
        still = tuple(order for order in loose if order.quote_id in all_loose)
        return replace(_carried(wave, solved, tours, still, ports), all_loose=all_loose)

    def write(out: _HandOut, tx: Transaction) -> Wave:
        return _written(wave, solved, out, error, tx, ports)

    return think_first(look, think, write, ports)


def _loose_now(wave: Wave, tx: Transaction) -> frozenset[QuoteId]:
    return frozenset(order.quote_id for order in tx.loose_orders(wave.day))


def _carried(
    wave: Wave,
    solved: _Solved | None,
    tours: tuple[Tour, ...],
    loose: tuple[LooseOrder, ...],
    ports: Ports,
) -> _HandOut:
    if not tours:
        return _HandOut(loose=loose)
    now = ports.clock.now()
    day = standing(tours, now, ports, extra=[order.stops for order in loose])
    carried = None if solved is None else carried_over(day, solved.sequences)
    sequences = with_newcomers(day) if carried is None else carried
    return _HandOut(
        given=adopt(day, sequences),
        loose=loose,
        unserved=tuple(_left_out(day, sequences, wave, ports)),
        kept_standing=carried is None,
    )


def _written(
    wave: Wave,
    solved: _Solved | None,
    out: _HandOut,
    error: str | None,
    tx: Transaction,
    ports: Ports,
) -> Wave:
    """Write the tours at the versions they were seen at.  Raises ``Stale`` when the day moved."""
    mine = tx.wave(wave.wave_id)
    if (mine.state, mine.leased_until) != (wave.state, wave.leased_until):
        raise Conflict(f"wave {wave.wave_id} was taken over", wave_id=wave.wave_id)
    if _loose_now(wave, tx) != out.all_loose:
        raise Stale("the orders without a tour changed meanwhile")
    for tour in out.given:
        _publish(tour, wave, tx, ports)
    _settle_loose(out.loose, out.unserved, tx, ports)
    done = replace(
        wave,
        state=WaveState.PUBLISHED,
        leased_until=None,
        published_at=ports.clock.now(),
        result=_result(solved, out.given, len(out.unserved), out.kept_standing),
        error=error,
    )
    tx.put_wave(done)
    return done


def _left_out(
    day: Standing,
    sequences: Sequence[tuple[int, ...]],
    wave: Wave,
    ports: Ports,
) -> list[LooseOrder]:
    """Orders in no tour: those the plan left out, and those that fell out of their tour."""
    now = ports.clock.now()
    served = {day.problem.job_of[n] for nodes in sequences for n in nodes}
    left: list[LooseOrder] = []
    for j, job in enumerate(day.problem.jobs):
        if j in served:
            continue
        stops = tuple(day.stops[n] for n in day.problem.nodes_of[j])
        if stops[0].held_until is not None:
            continue  # a hold nobody booked is not owed to anyone
        why = _why_left_out(day, sequences, j)
        left.append(LooseOrder(QuoteId(job.job_id), wave.day, stops, why, now))
    for stops, why in day.fallen:
        if stops and stops[0].held_until is None:
            left.append(LooseOrder(stops[0].quote_id, wave.day, stops, why, now, retry=False))
    return left


def _why_left_out(day: Standing, sequences: Sequence[tuple[int, ...]], job: int) -> Refusal:
    try:
        return why_not(day.problem, sequences, job)
    except ValueError:
        # It would fit, but the search did not put it in; the next wave starts from there.
        return Refusal("solver_gave_up")


def _publish(tour: Tour, wave: Wave, tx: Transaction, ports: Ports) -> None:
    now = ports.clock.now()
    stops: list[Stop] = []
    for stop in tour.stops:
        if stop.over or stop.held_until is not None:
            stops.append(stop)
            continue
        stops.append(replace(stop, published_at=stop.published_at or now, target_at=stop.eta_at))
        if stop.kind is StopKind.PICKUP and stop.published_at is None:
            for shipment_id in stop.shipment_ids:
                shipment = tx.shipment(shipment_id)
                if shipment.state in _UNASSIGNED:
                    step(shipment, State.ASSIGNED, tx, ports, actor="wave")
    given = replace(tour, stops=tuple(stops), wave_id=wave.wave_id)
    tx.put_tour(departed(given, tx, ports))


def _settle_loose(
    before: Sequence[LooseOrder], after: Sequence[LooseOrder], tx: Transaction, ports: Ports
) -> None:
    since = {order.quote_id: order.since for order in before}
    for order in before:
        tx.drop_loose(order.quote_id)
    for order in after:
        firm = replace(order, since=since.get(order.quote_id, order.since))
        tx.put_loose(replace(firm, stops=tuple(replace(s, published_at=None) for s in firm.stops)))
        for shipment_id in {i for stop in order.stops for i in stop.shipment_ids}:
            shipment = tx.shipment(shipment_id)
            if shipment.state is State.ASSIGNED:
                back = State.READY if shipment.prepared_at else State.BOOKED
                step(shipment, back, tx, ports, actor="wave", reason=order.refusal.code)


def _result(
    solved: _Solved | None, given: Sequence[Tour], unserved: int, kept_standing: bool
) -> WaveResult:
    """What was handed out: holds ride along in the solver's plan, but nobody is owed them."""
    open_orders = [
        {s.quote_id for s in tour.stops if not s.over and s.held_until is None} for tour in given
    ]
    cost = Cost() if solved is None else solved.plan.cost
    return WaveResult(
        orders=sum(len(orders) for orders in open_orders) + unserved,
        tours=sum(1 for orders in open_orders if orders),
        unserved=unserved,
        cost=tuple(cost.by_term().items()),
        engine="none" if solved is None else solved.plan.engine,
        solve_s=0.0 if solved is None else round(solved.solve_s, 3),
        kept_standing=kept_standing,
    )
