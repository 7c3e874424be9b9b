"""One engine, one problem, one process: nobody's memory, threads or crash is another's.

Decides what is measured: seconds of thinking by the clock and by the processor, and the
process's peak memory.  Run as ``python -m benchmarks.common.alone FOLDER`` by ``alone``.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.common.engines import ready
from benchmarks.common.words import CannotSay, Sequences
from dispatch.routing.problem import Problem

#: How long after its budget an engine is stopped: starting and compiling come on top of it.
PATIENCE_S: Final = 240.0

_ROOT: Final = Path(__file__).parents[2]
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back.

    sequences : one per vehicle; None where there is a *reason* instead
    seconds, cpu_s : of thinking, imports and compiling not counted
    peak_mb   : the whole process, interpreter and libraries included
    """

    sequences: Sequences | None
    reason: str
    seconds: float
    cpu_s: float
    peak_mb: float


def alone(
    name: str, problem: Problem, *, budget_s: float, seed: int, must_serve: bool = False
) -> Heard:
    """Ask engine *name* in a process of its own; whatever goes wrong there is a reason."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        parts = {f.name: getattr(problem, f.name) for f in fields(Problem) if f.init}
        ask = {"name": name, "problem": parts, "budget_s": budget_s, "seed": seed}
        (folder / "ask").write_bytes(pickle.dumps({**ask, "must_serve": must_serve}))
        command = [sys.executable, "-m", "benchmarks.common.alone", scratch]
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                timeout=budget_s + PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Heard(None, f"not done {PATIENCE_S:.0f} s after its budget", budget_s, 0.0, 0.0)
        if (folder / "answer").exists():
            heard = pickle.loads((folder / "answer").read_bytes())
            assert isinstance(heard, Heard)
            return heard
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return Heard(None, f"ended with {done.returncode}: {last}", 0.0, 0.0, 0.0)


def _answer(ask: dict[str, Any]) -> Heard:
    problem = Problem(**ask["problem"])
    engine = ready(ask["name"])
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    sequences, reason = None, ""
    try:
        sequences = engine(problem, ask["budget_s"], ask["seed"], ask["must_serve"])
    except CannotSay as why:
        reason = f"cannot be said: {why}"
    except Exception as error:  # a peer may raise anything: it is that run's result
        reason = f"{type(error).__name__}: {error}"
    seconds, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    return Heard(sequences, reason, seconds, cpu_s, _peak_mb())


def _peak_mb() -> float:
    """Peak resident memory.  ``ru_maxrss`` would count what the parent held when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    # The module run as a script is ``__main__``; the answer must be read back as ours.
    from benchmarks.common import alone as ours

    answer = ours._answer(pickle.loads((folder / "ask").read_bytes()))
    (folder / "answer").write_bytes(pickle.dumps(answer))
