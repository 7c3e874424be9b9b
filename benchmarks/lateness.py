"""How late are orders on replayed town days?  The whole distribution, not its mean.

``python benchmarks/lateness.py STUDY... [--plot FILE]`` reads what ``dispatch replay --json``
wrote, and sets its ways beside each other.  See ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.common.picture import draw_lateness

#: Minutes beyond the promise from which on a share is told.
BEYOND_MIN: Final = (0, 5, 15, 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path, metavar="STUDY")
    parser.add_argument("--plot", type=Path, help="a PNG of the distributions")
    args = parser.parse_args()
    ways = ways_of([json.loads(path.read_text(encoding="utf-8")) for path in args.studies])
    for title, minutes in ways.items():
        print(title_line(title, minutes))
    if args.plot:
        drawn = draw_lateness(ways, args.plot)
        print(drawn or "no picture: pip install 'tournees[bench]'", file=sys.stderr)


def ways_of(studies: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return minutes after the promise by way, of all days of all *studies* that lived it."""
    ways: dict[str, list[float]] = {}
    for study in studies:
        for run in study["runs"]:
            title = " ".join([run["policy"], *run["set"]])
            for day in run["days"]:
                ways.setdefault(title, []).extend(day["late_min"])
    return ways


def title_line(title: str, minutes: Sequence[float]) -> str:
    """Return what a way gave in one line; nobody was brought anything: the number alone."""
    if not minutes:
        return f"{title}: 0 orders"
    late = np.asarray(minutes)
    beyond = ", ".join(f"{100 * float((late > n).mean()):.1f} % > {n} min" for n in BEYOND_MIN)
    p50, p90, p99 = np.percentile(late, [50, 90, 99])
    return (
        f"{title}: {len(late)} orders, minutes after the promise p50 {p50:.0f}, p90 {p90:.0f}, "
        f"p99 {p99:.0f}, most {late.max():.0f}; late: {beyond}"
    )


if __name__ == "__main__":
    main()
