"""How good are the tours?  The house's engines beside PyVRP, VROOM and OR-Tools.

``python benchmarks/solver_quality.py --set public --budgets 1,5,30``.  Every answer is made
in a process of its own, on one thread, and judged by the same checker and the same prices;
the order of engines rotates from case to case, so that a machine that slows down hits all.
See ``benchmarks/README.md`` for what the columns say.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.alone import Heard, alone
from benchmarks.common.cases import Asked, Case, Score, asked, families, public, turned_round, waves
from benchmarks.common.engines import known, version_of
from benchmarks.common.picture import draw
from benchmarks.common.record import RESULTS, keep
from benchmarks.common.standings import Row, best_met, lines, record, table
from dispatch.core.errors import DispatchError

SETS = ("public", "backward", "waves", "families")
DEFAULT_FOLDER = Path(__file__).parents[2] / "shared" / "data" / "pdptw"


def main() -> None:
    args = _arguments()
    engines = [name for name in args.engines if _is_there(name)]
    cases = _cases(args)
    if not cases or not engines:
        print("nothing to compare; skipped")
        return
    print(f"{len(cases)} instances, {', '.join(engines)}, budgets {args.budgets} s", flush=True)
    rows: list[Row] = []
    published: dict[str, Score] = {}
    with ThreadPoolExecutor(args.at_once) as pool:
        for question, answers in pool.map(
            lambda turn: _one_case(turn[1], _rotated(engines, turn[0]), args), enumerate(cases)
        ):
            rows += answers
            if question.case.published is not None:
                published[question.fingerprint] = question.case.published
    _report(rows, published, args, engines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", choices=(*SETS, "all"), default="all")
    parser.add_argument("--budgets", type=_numbers, default=[1, 5, 30], help="seconds: 1,5,30")
    parser.add_argument(
        "--engines",
        type=lambda text: text.split(","),
        default=["ruin_recreate", "ortools", "pyvrp", "vroom"],
        help=f"of {', '.join(known())}",
    )
    parser.add_argument("--limit", type=int, help="at most so many instances of each group")
    parser.add_argument("--largest", type=int, default=1000, help="tasks of a held-back instance")
    parser.add_argument("--only", default="", help="only instances with this in their name")
    parser.add_argument("--seeds", type=_numbers, default=[1], help="of the engines: 1,2,3")
    parser.add_argument("--waves", type=int, default=2, help="waves of each size and kind")
    parser.add_argument("--at-once", type=int, default=1, help="instances at the same time")
    folder = os.environ.get("DISPATCH_PDPTW_DIR", DEFAULT_FOLDER)
    parser.add_argument("--folder", type=Path, default=Path(folder), help="of public instances")
    parser.add_argument("--quick", action="store_true", help="a minute or two: small and short")
    args = parser.parse_args()
    if unknown := sorted(set(args.engines) - set(known())):
        parser.error(f"unknown engine {unknown[0]}; known: {', '.join(known())}")
    if args.quick:
        args.budgets, args.limit, args.largest = [1], args.limit or 1, min(args.largest, 200)
    return args


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _is_there(name: str) -> bool:
    there = version_of(name) is not None
    if not there:
        print(f"{name} is not installed (pip install -e '.[bench]'); skipped")
    return there


def _cases(args: argparse.Namespace) -> list[Case]:
    """The cases of the sets asked for, at most ``--limit`` of a group."""
    wanted = SETS if args.set == "all" else (args.set,)
    found: list[Case] = []
    if "public" in wanted:
        found += public(args.folder)
        if not found:
            print(f"no public instances in {args.folder}: give --folder; skipped")
    if "backward" in wanted:
        found += turned_round(args.folder)
    if "waves" in wanted:
        found += waves(args.waves)
    if "families" in wanted:
        found += families(largest=args.largest)
    found = [case for case in found if args.only in case.name]
    groups = dict.fromkeys(case.group for case in found)
    return [
        case
        for group in groups
        for case in islice((one for one in found if one.group == group), args.limit)
    ]


def _rotated(engines: Sequence[str], turn: int) -> list[str]:
    first = turn % len(engines)
    return [*engines[first:], *engines[:first]]


def _one_case(
    case: Case, engines: Sequence[str], args: argparse.Namespace
) -> tuple[Asked, list[Row]]:
    """Ask every engine at every budget and seed; print a line for each answer."""
    question = asked(case)
    rows = []
    for budget_s in args.budgets:
        for seed in args.seeds:
            for name in engines:
                heard = alone(
                    name,
                    question.problem,
                    budget_s=budget_s,
                    seed=seed,
                    must_serve=question.must_serve,
                )
                rows.append(_row(question, name, budget_s, seed, heard))
                print(_said(rows[-1]), flush=True)
    return question, rows


def _row(question: Asked, engine: str, budget_s: float, seed: int, heard: Heard) -> Row:
    score, reason = None, heard.reason
    if heard.sequences is not None:
        try:
            score = question.score(heard.sequences, engine)
        except (DispatchError, ValueError) as error:
            reason = str(error)
    return Row(
        case=question.case.name,
        group=question.case.group,
        fingerprint=question.fingerprint,
        unit=question.unit,
        engine=engine,
        budget_s=budget_s,
        seed=seed,
        score=score,
        reason=reason,
        seconds=round(heard.seconds, 3),
        cpu_s=round(heard.cpu_s, 3),
        peak_mb=round(heard.peak_mb, 1),
    )


def _said(row: Row) -> str:
    head = f"{row.case:<24}{row.budget_s:>4g} s  {row.engine:<14}"
    if row.score is None:
        return f"{head}no answer: {row.reason}"
    missed = row.score.missed / row.unit
    return f"{head}{missed:>5g}{row.score.cost:>12.1f}{row.seconds:>8.2f} s"


def _report(
    rows: list[Row],
    published: dict[str, Score],
    args: argparse.Namespace,
    engines: Sequence[str],
) -> None:
    best = best_met(rows, RESULTS)
    found = lines(rows, best | published)
    print(table(found))
    print(
        "\nextra: vehicles beyond the best known of the literature (public) or the best met by"
        " any engine\nat any budget (all others; orders left out, in waves); gap: mean where"
        " that is equal, over so many;\nworse: beaten by another engine at the same budget."
    )
    name = f"solver-quality-{args.set}{'-quick' if args.quick or args.limit else ''}"
    versions = {name: version_of(name) for name in engines}
    # Where the instances lie on this machine tells nobody anything.
    options = {key: str(value) for key, value in vars(args).items() if key != "folder"}
    path = keep(name, {"engines": versions, "options": options, **record(rows, found, best)})
    print(path)
    if (picture := draw(found, path.with_suffix(".png"))) is not None:
        print(picture)
    else:
        print("no picture: matplotlib is not installed")


if __name__ == "__main__":
    main()
