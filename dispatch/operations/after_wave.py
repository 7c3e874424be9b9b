"""When the couriers have their tours: what else a planner wants to know of a wave.

Decides what is looked for, never what is handed out: that has happened.  The store is
held to read and to write, not while this thinks.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.errors import DispatchError
from dispatch.operations.ports import Ports
from dispatch.operations.timetable import room_s
from dispatch.operations.waves import Wave
from dispatch.operations.ways_out import look_for_ways_out
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem


def after_wave(done: Wave, solved: tuple[Problem, Plan] | None, ports: Ports) -> Wave:
    """Return *done*, stored, with the proof of its plan; look for ways out of what is loose.

    solved : what the solver was asked and answered; None: the standing plan stands

    What fails here takes no tour back: the wave carries the error.
    """
    told = done
    for step in (_certified, _with_ways_out):
        try:
            told = step(told, solved, ports)
        except Exception as why:
            told = replace(told, error=told.error or error_text(why))
    if told != done:
        with ports.store.writing() as tx:
            tx.put_wave(told)
    return told


def error_text(why: Exception) -> str:
    """Return *why* in one line: its stable code, then its words."""
    code = why.code if isinstance(why, DispatchError) else type(why).__name__
    return f"{code}: {why}"


def _certified(done: Wave, solved: tuple[Problem, Plan] | None, ports: Ports) -> Wave:
    """Put the proven bound of the solver's plan beside its price."""
    if solved is None or ports.prover is None or done.result is None:
        return done
    # On a fast clock the proof may not keep the next wave waiting.
    budget_s = min(ports.parameters.waves.proof_s, room_s(ports))
    if budget_s <= 0:
        return done
    proof = ports.prover(*solved, budget_s=budget_s)
    result = replace(done.result, bound=proof.bound, proof=proof.method)
    return replace(done, result=result)


def _with_ways_out(done: Wave, solved: tuple[Problem, Plan] | None, ports: Ports) -> Wave:
    """Write the ways out with the loose orders; the wave is what it was."""
    del solved
    look_for_ways_out(done.day, ports)
    return done
