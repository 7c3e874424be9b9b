"""How long does it take to import a town, and how much memory?  At 3 MB of OpenStreetMap.

``python benchmarks/town_import.py [--osm FILE.osm.pbf] [--mb 3] [--json]``

Runs ``dispatch town import`` in a process of its own, with a boundary around everything and
nothing kept from earlier runs but the compiled kernel.  Tells, step by step, seconds by the
clock and by the processor, and in the end the most memory the process ever held.

Where no extract is that large, a smaller one is written several times over, side by side
(``common/many_towns.py``): the streets are real, their arrangement is not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.many_towns import write_boundary, write_copies
from benchmarks.common.record import keep
from dispatch.streets.warmth import is_compiled, warm_up

#: Extracts beside the project, if somebody put some there.
FOLDER: Final = Path(__file__).parents[2] / "shared" / "data"

#: The command, which then tells its peak: what ``wait4`` tells counts the parent's memory too.
_CHILD: Final = """
import atexit, sys
from dispatch.cli import main
def peak():
    with open("/proc/self/status") as status:
        sys.stderr.writelines(line for line in status if line.startswith("VmHWM:"))
atexit.register(peak)
main(sys.argv[1:])
"""


def main() -> None:
    args = _arguments()
    extract = args.osm or _extract()
    if extract is None or not extract.is_file() or not Path("/proc/self/status").exists():
        print("skipped: needs Linux and an extract: --osm FILE.osm.pbf", file=sys.stderr)
        return
    if not is_compiled():
        warm_up()
    with TemporaryDirectory() as scratch:
        figures = _figures(extract, args.mb, Path(scratch))
    print(json.dumps(figures, indent=2) if args.json else _lines(figures))
    print(keep("town-import", figures), file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=Path, help="an extract  [default: the largest at hand]")
    parser.add_argument("--mb", type=float, default=3.0, help="repeat it until it is so large")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--quick", action="store_true", help="the extract once")
    args = parser.parse_args()
    args.mb = 0.001 if args.quick else args.mb
    return args


def _extract() -> Path | None:
    folder = Path(os.environ.get("DISPATCH_SHARED_DATA", FOLDER)) / "osm"
    found = [path for path in folder.glob("*.osm.pbf") if path.is_file()]
    return max(found, key=lambda path: path.stat().st_size, default=None)


def _figures(extract: Path, mb: float, folder: Path) -> dict[str, Any]:
    large, boundary = folder / "large.osm.pbf", folder / "boundary.geojson"
    copies, box = write_copies(extract, large, mb)
    write_boundary(box, boundary)
    asked = ["--osm", str(large), "--boundary", str(boundary), "--dir", str(folder)]
    return {
        "extract": extract.name,
        "copies": copies,
        "mb": round(large.stat().st_size / 1e6, 2),
        **_import([*asked, "--name", "large", "--json"], folder),
    }


def _import(asked: list[str], folder: Path) -> dict[str, Any]:
    """Run the command; each line on its standard error begins a step."""
    began_s = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, "town", "import", *asked],
        env={**os.environ, "DISPATCH_CACHE_DIR": str(folder / "cache")},
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    told = [("starting", 0.0, 0.0)]
    for line in child.stderr:
        words = line.strip().removesuffix(" ...")
        told.append((words, time.monotonic() - began_s, _cpu_s(child.pid)))
    if child.wait() or not words.startswith("VmHWM:"):
        raise SystemExit(f"the import failed: {words}")
    steps = [
        {"step": step, "seconds": round(till - since, 2), "cpu_s": round(cpu_till - cpu, 2)}
        for (step, since, cpu), (_, till, cpu_till) in pairwise(told)
    ]
    return {
        "steps": steps,
        "seconds": round(told[-1][1], 1),
        "cpu_s": round(told[-1][2], 1),
        "cpu_s_until_a_car_is_ready": round(_until_car(steps), 1),
        "peak_mb": round(int(words.split()[1]) / 1024),
    }


def _cpu_s(pid: int) -> float:
    """Seconds of processor that process *pid* has used (proc(5): utime and stime)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_name[11:13]) / os.sysconf("SC_CLK_TCK")


def _until_car(steps: list[dict[str, Any]]) -> float:
    car = next(k for k, step in enumerate(steps) if step["step"].endswith(": car"))
    return float(sum(step["cpu_s"] for step in steps[: car + 1]))


def _lines(figures: dict[str, Any]) -> str:
    lines = [f"{figures['extract']}, {figures['copies']} times: {figures['mb']} MB"]
    lines += [
        f"  {one['step']:<44}{one['seconds']:>7.2f} s{one['cpu_s']:>7.2f} s of processor"
        for one in figures["steps"]
    ]
    return "\n".join(
        [
            *lines,
            f"{figures['seconds']} s, {figures['cpu_s']} s of processor; until a car's travel "
            f"times are ready {figures['cpu_s_until_a_car_is_ready']} s of processor; "
            f"{figures['peak_mb']} MB",
        ]
    )


if __name__ == "__main__":
    main()
