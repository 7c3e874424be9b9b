"""How good is live dispatch, beside published results of meal delivery?

``python benchmarks/live_dispatch.py [--mdrp DIR]`` (the folder with ``mdrp_eval.py``,
``mdrp_policies.py``, ``README.md`` and ``instances/``; none of it is ours to keep here) replays
each instance minute by minute.  See ``benchmarks/README.md`` for what the columns say.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any, Final
from warnings import catch_warnings, simplefilter

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.common.mdrp import RULES, Dispatcher, Thinking, loaded, warm_up
from benchmarks.common.mdrp_published import Published, published
from benchmarks.common.picture import draw_waits
from benchmarks.common.record import keep
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.dispatching import DEFAULT_POLICY, POLICIES
from dispatch.routing.rides.question import RidePrices

#: The evaluator beside the project, if somebody put it there.
FOLDER: Final = Path(
    os.environ.get("DISPATCH_MDRP_DIR", Path(__file__).parents[2] / "shared" / "bench" / "mdrp")
)
QUICK: Final = ("0r50t100s1p125", "1o50t100s1p100")
#: Decides every minute; the baseline every two, with the settings that did best for it.
EVERY_MIN: Final = 1
BASELINE_EVERY_MIN: Final = 2
BASELINE: Final = {"du": 20, "d1": 20, "d2": 20, "groups": 1}
#: Of the evaluator's measures, those told; times in minutes.
MEASURES: Final = (
    "orders",
    "delivered",
    "undelivered_pct",
    "ctd_mean",
    "ctd_p90",
    "rtp_mean",
    "rtp_p90",
    "over_mean",
    "over_max",
    "util_mean",
    "bundle_mean",
    "drive_min",
)


@dataclass(frozen=True, slots=True)
class Bench:
    """The evaluator and its two policies, as they lie in a folder."""

    folder: Path
    evaluator: ModuleType
    baselines: ModuleType

    def names(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "instances").iterdir() if path.is_dir())

    def instance(self, name: str) -> Any:
        with catch_warnings():
            simplefilter("ignore", ResourceWarning)  # it leaves closing its files to Python
            return self.evaluator.Instance.load(str(self.folder / "instances" / name))


def bench_in(folder: Path) -> Bench:
    """Raises ``FileNotFoundError`` saying what is missing."""
    evaluator = loaded(folder, "mdrp_eval")
    return Bench(folder, evaluator, loaded(folder, "mdrp_policies"))


def main() -> None:
    args = _arguments()
    try:
        bench = bench_in(args.mdrp)
    except FileNotFoundError as why:
        print(f"left out: {why} (--mdrp, DISPATCH_MDRP_DIR)", file=sys.stderr)
        raise SystemExit(0 if args.quick else 2) from None
    rules, thinking = _settings(args.set)
    warm_up()
    known = published(args.mdrp / "README.md")
    rows, waits = [], {}
    for name in args.instances or bench.names():
        print(f"{name} …", file=sys.stderr, flush=True)
        instance = bench.instance(name)
        row, waits[name] = answered(bench, instance, args.policy, rules, thinking)
        if args.json:
            print(json.dumps(row), flush=True)
        else:
            row |= _beside(bench, instance, known.get(name))
        rows.append(row)
    if not args.json:
        _print_table(rows)
    if args.keep:
        told = {"policy": args.policy, "set": args.set, "rows": rows}
        print(keep("live-dispatch-mdrp", told), file=sys.stderr)
    if args.plot:
        drawn = draw_waits(waits, args.plot)
        print(drawn or "no picture: pip install 'tournees[bench]'", file=sys.stderr)


def answered(
    bench: Bench, instance: Any, name: str, rules: DispatchRules, thinking: Thinking
) -> tuple[dict[str, Any], list[float]]:
    """Replay *instance* by policy *name*: its measures, and minutes from click to door."""
    dispatcher = Dispatcher(bench.evaluator.Instruction, name, rules, thinking)
    ticks: list[float] = []

    def decides(state: Any) -> list[Any]:
        began_s = process_time()
        told = dispatcher(state)
        ticks.append(process_time() - began_s)
        return told

    began_s = process_time()
    result = bench.evaluator.simulate(instance, decides, f=EVERY_MIN)
    row = {"instance": instance.name, "policy": name}
    row |= _told(result.measures())
    row |= {
        "seconds": round(process_time() - began_s, 2),
        "tick_p99_s": round(float(np.percentile(ticks, 99)), 4),
        "tick_max_s": round(max(ticks), 4),
    }
    return row, [result.drop[o] - instance.placed[o] for o in result.drop]


def _told(measures: dict[str, Any]) -> dict[str, Any]:
    return {name: round(measures[name], 3) for name in MEASURES}


def _beside(bench: Bench, instance: Any, known: Published | None) -> dict[str, Any]:
    """What the two baselines make of *instance* here and now, and what was published."""
    beside: dict[str, Any] = {"published": known.row() if known else None}
    for name, every_min, options in (
        ("greedy", BASELINE_EVERY_MIN, {}),
        ("rolling", BASELINE_EVERY_MIN, BASELINE),
    ):
        decides = bench.baselines.make(name, **options)
        measures = bench.evaluator.simulate(instance, decides, f=every_min).measures()
        beside[f"baseline_{name}"] = _told(measures)
    return beside


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mdrp", type=Path, default=FOLDER, help="the evaluator's folder")
    parser.add_argument("--policy", choices=sorted(POLICIES), default=DEFAULT_POLICY)
    parser.add_argument("--instances", nargs="*", help="default: all in the folder")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", action="store_true", help="one object a line, ours alone")
    parser.add_argument("--keep", action="store_true", help="write a dated result")
    parser.add_argument("--plot", type=Path, help="waits of all instances as a PNG")
    parser.add_argument("--quick", action="store_true", help="two small instances")
    args = parser.parse_args()
    args.instances = QUICK if args.quick else args.instances
    return args


def _settings(told: Sequence[str]) -> tuple[DispatchRules, Thinking]:
    """Read ``key=value`` into the rules and what the search is told; lists the known ones."""
    rules, thinking, prices = RULES, Thinking(), RidePrices()
    known = {field.name: field for kind in (rules, thinking, prices) for field in fields(kind)}
    del known["prices"]
    for text in told:
        key, _, value = text.partition("=")
        if key not in known:
            raise SystemExit(f"unknown setting {key!r}; known: {', '.join(sorted(known))}")
        try:
            one: dict[str, Any] = {key: float(value) if known[key].type == "float" else int(value)}
            if hasattr(rules, key):
                rules = replace(rules, **one)
            elif hasattr(prices, key):
                prices = replace(prices, **one)
            else:
                thinking = replace(thinking, **one)
        except ValueError as why:
            raise SystemExit(f"{text}: {why}") from None
    return rules, replace(thinking, prices=prices)


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Each cell: undelivered % / click to door / ready to pickup."""
    print(f"{'instance':<16}{'published RH':>22}{'optimum':>9}{'greedy':>22}", end="")
    print(f"{'rolling baseline':>22}{'ours':>22}{'vs RH':>8}{'vs opt':>8}{'vs base':>9}{'s':>6}")
    better = []
    for row in rows:
        known, base = row["published"] or {}, row["baseline_rolling"]
        better.append(100 * (row["ctd_mean"] / base["ctd_mean"] - 1))
        optimum = known.get("optimum_ctd_min")
        print(
            f"{row['instance']:<16}{_cell(known):>22}{optimum or '–':>9}"
            f"{_cell(row['baseline_greedy']):>22}{_cell(base):>22}{_cell(row):>22}"
            f"{_more(row, known.get('ctd_mean')):>8}{_more(row, optimum):>8}"
            f"{better[-1]:>+8.1f}%{row['seconds']:>6.1f}"
        )
    print(f"mean click to door beside the rolling baseline: {np.mean(better):+.2f} %")


def _cell(told: dict[str, Any]) -> str:
    if told.get("ctd_mean") is None:
        return "–"
    return f"{told['undelivered_pct']:.2f} / {told['ctd_mean']:.2f} / {told['rtp_mean']:.2f}"


def _more(row: dict[str, Any], reference: float | None) -> str:
    return "–" if reference is None else f"{100 * (row['ctd_mean'] / reference - 1):+.1f}%"


if __name__ == "__main__":
    main()
