"""How much can be proven about a wave?  Random town waves, planned and certified.

Each wave is planned by ruin and recreate in SECONDS (default 2), then certified within ten:
``python benchmarks/certificates.py [SECONDS [plain]]``; plain waves have hard promises and one
shop an order, as in ``common.waves``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.record import keep
from benchmarks.common.waves import town_wave
from dispatch.routing.bound import certificate, warm_up
from dispatch.routing.solvers import engine

#: Orders, couriers, minutes during which the orders come in.
WAVES = (
    (10, 2, 480),
    (10, 4, 480),
    (10, 6, 480),
    (10, 2, 120),
    (10, 4, 120),
    (15, 3, 480),
    (20, 3, 480),
    (20, 5, 480),
    (40, 4, 480),
    (40, 6, 480),
    (80, 6, 480),
)
SEEDS = range(3)
BUDGET_S = 10.0


def main() -> None:
    plan_s = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    plain = sys.argv[2:] == ["plain"]
    warm_up()
    rows: list[dict[str, Any]] = []
    print(
        f"{'orders':>6}{'couriers':>9}{'minutes':>8}{'proven':>8}{'gap %':>16}"
        f"{'seconds':>9}{'CPU s':>7}  methods"
    )
    for orders, couriers, minutes in WAVES:
        here = [_row((orders, couriers, minutes), seed, plan_s, plain) for seed in SEEDS]
        rows += here
        gaps = sorted(100 * row["gap"] for row in here)
        print(
            f"{orders:>6}{couriers:>9}{minutes:>8}"
            f"{sum(row['optimal'] for row in here):>5}/{len(here)}"
            f"{gaps[0]:>7.2f} -{gaps[-1]:>6.2f}"
            f"{max(row['seconds'] for row in here):>9.1f}{max(row['cpu_s'] for row in here):>7.1f}"
            f"  {', '.join(sorted({row['method'] for row in here}))}",
            flush=True,
        )
    print(
        keep("certificates", {"plan_s": plan_s, "budget_s": BUDGET_S, "plain": plain, "rows": rows})
    )


def _row(wave: tuple[int, int, int], seed: int, plan_s: float, plain: bool) -> dict[str, Any]:
    orders, couriers, minutes = wave
    problem = town_wave(orders, couriers, seed, plain=plain, over_min=minutes)
    plan = engine("ruin_recreate")(problem, budget_s=plan_s, seed=seed)
    began_s = time.process_time()
    said = certificate(problem, plan, budget_s=BUDGET_S)
    return {
        "orders": orders,
        "couriers": couriers,
        "minutes": minutes,
        "seed": seed,
        "cost": plan.cost.total,
        "bound": said.bound,
        "gap": said.relative_gap or 0.0,
        "optimal": said.optimal,
        "method": said.method,
        "seconds": said.seconds,
        "cpu_s": time.process_time() - began_s,
    }


if __name__ == "__main__":
    main()
