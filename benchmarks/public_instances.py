"""How good are the tours?  OR-Tools on public instances, beside the best known values.

Needs a folder of Li & Lim and Sartori & Buriol instances with ``best_known.csv``; give it as
the first argument or in DISPATCH_PDPTW_DIR:
``python benchmarks/public_instances.py DIR [SECONDS]``.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.record import keep
from dispatch.routing.instances import answer, read
from dispatch.routing.solvers import engine


def main() -> None:
    default = Path(__file__).parents[2] / "shared" / "data" / "pdptw"
    folder = Path(
        sys.argv[1] if len(sys.argv) > 1 else os.environ.get("DISPATCH_PDPTW_DIR", default)
    )
    budget_s = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    if not (folder / "best_known.csv").exists():
        print(f"no instances in {folder}: give the folder as the first argument; skipped")
        return
    best = {row["instance"]: row for row in csv.DictReader((folder / "best_known.csv").open())}
    rows = []
    print(f"{'instance':<14}{'vehicles':>9}{'best':>6}{'cost':>11}{'best':>9}{'gap %':>8}")
    for name, known in best.items():
        instance = read(folder / f"{name}.txt")
        started = time.perf_counter()
        plan = engine("ortools")(instance.problem, budget_s=budget_s)
        got = answer(instance, plan, seconds=time.perf_counter() - started, engine="ortools")
        extra = got["vehicles"] - int(known["vehicles"])
        gap = 100 * (got["cost"] / float(known["cost"]) - 1) if extra == 0 else None
        rows.append(
            {"instance": name, "extra_vehicles": extra, "gap_pct": gap, **got, "routes": []}
        )
        shown = "" if gap is None else f"{gap:8.1f}"
        print(
            f"{name:<14}{got['vehicles']:>9}{known['vehicles']:>6}"
            f"{got['cost']:>11.1f}{known['cost']:>9}{shown}"
        )
    equal = [row["gap_pct"] for row in rows if row["gap_pct"] is not None]
    extra = sum(row["extra_vehicles"] for row in rows)
    mean = sum(equal) / len(equal) if equal else float("nan")
    print(f"extra vehicles {extra}, mean gap where equal {mean:.1f} % over {len(equal)}")
    print(keep("public-instances", {"budget_s": budget_s, "extra": extra, "rows": rows}))


if __name__ == "__main__":
    main()
