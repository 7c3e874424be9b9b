"""Who is compared: the house's engines and the peers, by name, behind one signature.

Decides what of an engine is not counted as thinking: importing it and compiling it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from benchmarks.common.words import Sequences
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import ENGINES, engine

#: Peer -> our module with ``solve``, their package, and what it is called where it is sold.
PEERS: Final = {
    "pyvrp": ("benchmarks.common.peers_pyvrp", "pyvrp", "pyvrp"),
    "vroom": ("benchmarks.common.peers_vroom", "vroom", "pyvroom"),
}

#: What the house's engines stand on.
_UNDER: Final = {"ortools": "ortools", "ruin_recreate": "numba"}

Ask = Callable[[Problem, float, int, bool], Sequences]


def known() -> list[str]:
    """Every name that can be asked for."""
    return [*ENGINES, *PEERS]


def version_of(name: str) -> str | None:
    """Return what stands behind *name* with its version; None: a peer that is not installed."""
    package = PEERS[name][2] if name in PEERS else _UNDER.get(name)
    if package is None:
        return "no library"
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None


def ready(name: str) -> Ask:
    """Import and warm *name* and return it as ``(problem, budget_s, seed, must_serve)``.

    Raises ``KeyError`` for an unknown name and ``ImportError`` for a peer not installed.
    """
    if name in PEERS:
        module, package, _ = PEERS[name]
        import_module(package)
        peer = import_module(module).solve
        return lambda problem, budget_s, seed, must_serve: peer(
            problem, budget_s=budget_s, seed=seed, must_serve=must_serve
        )
    if name == "ruin_recreate":
        import_module(ENGINES[name]).warm_up()
    solve = engine(name)

    def ours(problem: Problem, budget_s: float, seed: int, must_serve: bool) -> Sequences:
        del must_serve
        plan = solve(problem, budget_s=budget_s, seed=seed)
        tours: list[tuple[int, ...]] = [() for _ in problem.vehicles]
        for tour in plan.tours:
            tours[tour.vehicle] = tour.nodes
        return tuple(tours)

    return ours
