"""OSRM's own table, in process: run by an interpreter that has ``osrm-bindings`` and numpy.

``python peer_osrm.py FOLDER`` reads ``streets.osm`` and ``ask.json`` (points, sizes, how often)
there and prints one JSON object.  Knows nothing of the house: that interpreter has none of it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import osrm  # type: ignore[import-not-found,unused-ignore]


def main() -> None:
    folder = Path(sys.argv[1])
    ask = json.loads((folder / "ask.json").read_text())
    home = Path(osrm.__file__).parent
    base = folder / "streets.osrm"
    build_cpu_s = _run(
        str(home / "bin" / "osrm-extract"),
        "--threads=1",
        "-p",
        str(home / "share" / "profiles" / "car.lua"),
        str(folder / "streets.osm"),
    ) + _run(str(home / "bin" / "osrm-contract"), "--threads=1", str(base))
    started_s = time.process_time()
    engine = osrm.OSRM(
        storage_config=str(base),
        algorithm="CH",
        use_shared_memory=False,
        max_locations_distance_table=100_000,
    )
    told: dict[str, Any] = {
        "build_cpu_s": build_cpu_s,
        "load_ms": (time.process_time() - started_s) * 1000,
        "tables": {},
    }
    points = [tuple(point) for point in ask["points"]]  # longitude first
    for size in ask["sizes"]:
        told["tables"][size] = _table(engine, points[:size], ask["times"])
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps(told))


def _run(*command: str) -> float:
    """Run a tool; return the processor's seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stdout[-500:]}{done.stderr[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _table(engine: Any, points: list[tuple[float, float]], times: int) -> dict[str, Any]:
    best_ms, read_ms, first = float("inf"), float("inf"), []
    for _ in range(times):
        parameters = osrm.TableParameters(coordinates=points, annotations=["duration"])
        started_s = time.process_time()
        answer = engine.Table(parameters)
        answered_s = time.process_time()
        matrix = np.array([list(row) for row in answer["durations"]], dtype=float)
        read_s = time.process_time()
        best_ms = min(best_ms, (answered_s - started_s) * 1000)
        read_ms = min(read_ms, (read_s - answered_s) * 1000)
        first = matrix[0].tolist()
    return {"ms": best_ms, "read_ms": read_ms, "first_row_s": first}


if __name__ == "__main__":
    main()
