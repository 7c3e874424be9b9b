"""Close a wave: gather what is booked, ask the solver, check the answer, hand out the tours.

Nothing holds the store while it thinks: quotes and bookings go on being answered while
the solver searches, and while its plan is carried into the day as it is by then.  What
came in meanwhile is put into the solved tours; where that cannot be done the standing
plan, which keeps every promise, is handed out instead.  When the couriers have their
tours, ways out are looked for: for the orders that found no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dispatch.core.civil import local_day
from dispatch.core.errors import Broken, Conflict
from dispatch.core.ids import WaveId
from dispatch.operations.after_wave import after_wave, error_text
from dispatch.operations.audit import Change, note
from dispatch.operations.consensus import Agreed, agreed
from dispatch.operations.falling_behind import is_behind
from dispatch.operations.futures import is_more_likely
from dispatch.operations.hand_out import Solved, hand_out, refuse_if_taken_over
from dispatch.operations.learnt import as_learnt
from dispatch.operations.looks import is_look, look_taken, nothing_new
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, standing, tours_of
from dispatch.operations.steady import on_one_engine
from dispatch.operations.timetable import lease, room_s
from dispatch.operations.waiting import is_idle
from dispatch.operations.wave_problem import wave_problem
from dispatch.operations.waves import LooseOrder, Wave, WaveState
from dispatch.routing.check import violations


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
    if _is_in_order(wave, ports):
        return _noted(wave, ports)
    day, was_loose = _snapshot(wave, ports)
    error = None
    try:
        solved = _solve(day, was_loose, wave, ports)
    except Exception as why:
        # Whatever is wrong with the search, couriers have to leave: the standing plan
        # keeps every promise, and the planner reads what happened.
        solved, error = None, error_text(why)
    done = hand_out(wave, solved, was_loose, error, ports)
    if done.state is not WaveState.PUBLISHED:
        return done
    answered = None if solved is None else (solved.problem, solved.plan)
    return after_wave(done, answered, ports)


def _is_in_order(wave: Wave, ports: Ports) -> bool:
    """True for a look that finds nothing to give out, nobody to send, and nobody behind."""
    if not is_look(wave, ports):
        return False
    now = ports.clock.now()
    with ports.store.reading() as tx:
        if not nothing_new(tx, wave):
            return False
        tours = tours_of(tx, wave.day, ports)
    if any(is_idle(tour, now) for tour in tours) and is_more_likely(now, ports):
        return False
    return not is_behind(tours, ports)


def _noted(wave: Wave, ports: Ports) -> Wave:
    """Write down that everything was looked at, and leave it as it is."""
    with ports.store.writing() as tx:
        refuse_if_taken_over(wave, tx)
        look = look_taken(tx, wave, ports)
        at = look.next_at or wave.cut_off_at
        seen = replace(wave, state=WaveState.OPEN, leased_until=None, look=look, cut_off_at=at)
        tx.put_wave(seen)
    return seen


def wave_by_hand(ports: Ports) -> Wave:
    """Run a wave now, outside the timetable, and return it.

    A person asked for it: it also tries the orders that wait for a person's word.
    """
    return run_wave(request_wave(ports).wave_id, ports)


def give_out_standing(ports: Ports) -> Wave:
    """Hand out everything booked in the tours as they stand, here and now; return the wave.

    For when nobody else hands out: nothing is searched, so no quote waits for it.  Raises as
    ``run_wave``.
    """
    wave = _claim(request_wave(ports).wave_id, ports)

    def out(held: Ports) -> Wave:
        _, loose = _snapshot(wave, held)
        return hand_out(wave, None, loose, None, held)

    return on_one_engine(lambda held: out(as_learnt(held)), ports)


def request_wave(ports: Ports) -> Wave:
    """Write a wave that is due now, for the jobs process to run, and return it.

    A page asks so: a search in the web process would keep every quote waiting.
    """
    now = ports.clock.now()
    wave = Wave(WaveId(ports.ids.new("w")), local_day(now), now, by_hand=True)
    with ports.store.writing() as tx:
        tx.ensure_wave(wave)
        note(Change.WAVE_ASKED, wave.wave_id, tx, ports)
    return wave


def _claim(wave_id: WaveId, ports: Ports) -> Wave:
    now = ports.clock.now()
    with ports.store.writing() as tx:
        if not tx.claim_wave(wave_id, now, now + lease(ports)):
            raise Conflict(f"wave {wave_id} is taken or finished", wave_id=wave_id)
        return tx.wave(wave_id)


def _snapshot(wave: Wave, ports: Ports) -> tuple[Standing | None, tuple[LooseOrder, ...]]:
    with ports.store.reading() as tx:
        tours = tours_of(tx, wave.day, ports)
        loose = tuple(
            order
            for order in tx.loose_orders(wave.day)
            if (order.is_tried(ports.clock.now()) or wave.by_hand) and order.can_be_sent(tours)
        )
    if not tours:
        return None, loose
    extra = [order.stops for order in loose]
    return standing(tours, ports.clock.now(), ports, extra=extra), loose


def _solve(
    day: Standing | None, loose: Sequence[LooseOrder], wave: Wave, ports: Ports
) -> Solved | None:
    if day is None or not day.problem.jobs:
        return None
    settings, rules = ports.parameters.waves, ports.parameters.dispatching
    own_s = rules.budget_s if rules.is_rolling and not wave.by_hand else settings.budget_s
    # On a fast clock the solver may not think beyond the promised publication.
    budget_s = min(own_s, max(0.1, room_s(ports)))
    problem = wave_problem(day, buffer_s=rules.buffer_s if rules.is_rolling else 0)
    started_s = ports.clock.stopwatch_s()
    if rules.policy == "anticipating" and not wave.by_hand:
        found = agreed(day, problem, loose, ports, budget_s=budget_s)
    else:
        found = Agreed(
            ports.solver(problem, budget_s=budget_s, seed=settings.seed, start=day.sequences)
        )
    plan, solve_s = found.plan, ports.clock.stopwatch_s() - started_s
    if broken := violations(problem, plan):
        raise Broken(f"solver broke {len(broken)} rules, first: {broken[0]}")
    sequences: list[tuple[str, ...]] = [()] * len(day.tours)
    for tour in plan.tours:
        sequences[tour.vehicle] = tuple(day.stops[n].stop_id for n in tour.nodes)
    return Solved(problem, plan, tuple(sequences), solve_s, found.foreseen)
