"""Does a quote say yes where solving the day again would, and at what share of the CPU?

    python benchmarks/quote_agreement.py [--windows N] [--days N]

In process, on days that are nearly full.  Each window of each quote is also put to VROOM,
which solves the day again; where it says no, once more and thoroughly, and at last from the
tours as they stand: its own beginnings often miss what moving a few orders finds.  The checker
looks at every yes of either.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.full_days import DAYS, FullDay, enquiry, open_day
from benchmarks.common.record import keep
from benchmarks.common.resolve import Question, ask_vroom, holds_in, questions, request_of
from dispatch.core.reasons import Refusal
from dispatch.operations.express import try_windows
from dispatch.operations.fit import Fit
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.second_chance import try_windows_twice
from dispatch.operations.spare_time import InSpareTime
from dispatch.routing import compiled
from dispatch.routing.solvers.rearrange import rearranged, warm_up
from tests.fakes.house import SHOP

QUICK, THOROUGH = 0, 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """One window of one quote.

    inserted : the tours as they stand have room;  ours: they do, or others move for it
    kept     : the checker's word about our yes; None where we said no
    quick    : VROOM's answer at its quickest;  thorough: at its best, None: not asked
    begun    : at its best, from the tours as they stand;  None: not asked
    """

    day: int
    inserted: bool
    ours: bool
    kept: bool | None
    quick: bool
    thorough: bool | None
    begun: bool | None
    quick_cpu_s: float

    @property
    def vroom(self) -> bool:
        return self.quick or bool(self.thorough) or bool(self.begun)


@dataclass(frozen=True, slots=True)
class Asked:
    """One quote of all its windows: our CPU seconds, with a second chance and without."""

    day: int
    orders: int
    windows: int
    cpu_s: float
    plain_cpu_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=32, help="compared on each day, at least")
    parser.add_argument("--days", type=int, default=len(DAYS), help="only the first so many")
    said = parser.parse_args()
    compiled.load()
    warm_up()
    verdicts: list[Verdict] = []
    quotes: list[Asked] = []
    print("day  couriers  orders  windows  yes  moved   VROOM: quick  best   same %")
    for number, day in enumerate(DAYS[: said.days]):
        some, asked = _one_day(number, day, said.windows)
        verdicts += some
        quotes += asked
        _print(f"{number:>3}{day.couriers:>10}{asked[0].orders:>8}", some)
        # After each day: a run that is cut short is not lost.
        path = keep("quote-agreement", _figures(verdicts, quotes))
    _print("  all                ", verdicts)
    _tell(_figures(verdicts, quotes))
    print(path)


def _one_day(number: int, day: FullDay, windows: int) -> tuple[list[Verdict], list[Asked]]:
    dice = random.Random(number)
    ports, orders = open_day(day, InSpareTime(rearranged, time.perf_counter, share=1), dice)
    verdicts: list[Verdict] = []
    quotes: list[Asked] = []
    while len(verdicts) < windows:
        body = enquiry(ports, dice)
        some = _verdicts(number, body, ports)
        verdicts += some
        took = [_cpu_s(body, p) for p in (ports, _plain(ports))]
        quotes.append(Asked(number, orders, len(some), *took))
    return verdicts, quotes


def _verdicts(number: int, body: dict[str, object], ports: Ports) -> list[Verdict]:
    asked = questions(body, ports)
    if not asked:
        return []
    order, table = asked[0].order, asked[0].table
    windows = [question.window for question in asked]
    found: list[Verdict] = []
    for question, alone, twice in zip(
        asked,
        try_windows(order, windows, table, ports),
        try_windows_twice(order, windows, table, ports),
        strict=True,
    ):
        ours = isinstance(twice, Fit)
        kept = holds_in(question, twice) if isinstance(twice, Fit) else None
        quick, cpu_s = ask_vroom(question.problem, QUICK)
        thorough = None if quick else ask_vroom(question.problem, THOROUGH)[0]
        asked_twice = quick or bool(thorough)
        begun = None if asked_twice else _from_the_tours(question)
        inserted = not isinstance(alone, Refusal)
        found.append(Verdict(number, inserted, ours, kept, quick, thorough, begun, cpu_s))
    return found


def _from_the_tours(question: Question) -> bool:
    return ask_vroom(question.problem, THOROUGH, question.day.sequences)[0]


def _plain(ports: Ports) -> Ports:
    return replace(ports, rearranger=None)


def _cpu_s(body: dict[str, object], ports: Ports) -> float:
    began_s = time.process_time()
    quote(request_of(body), SHOP, ports, hold=False)
    return time.process_time() - began_s


def _print(what: str, some: Sequence[Verdict]) -> None:
    yes, moved = sum(v.ours for v in some), sum(v.ours and not v.inserted for v in some)
    quick, best = sum(v.quick for v in some), sum(v.vroom for v in some)
    print(
        f"{what}{len(some):>9}{yes:>5}{moved:>7}{quick:>15}{best:>6}{100 * _same(some):>9.1f}",
        flush=True,
    )


def _same(some: Sequence[Verdict]) -> float:
    return sum(v.ours == v.vroom for v in some) / len(some)


def _tell(figures: dict[str, Any]) -> None:
    matrix = figures["matrix"]
    print(
        f"the checker refused {figures['yes_the_checker_refused']} of our yes; we miss "
        f"{matrix['door 0, vroom 1']}, VROOM misses {matrix['door 1, vroom 0']}, so in "
        f"{100 * figures['no_worse_answer']:.1f} % ours is the same or a better one; by insertion "
        f"alone {100 * figures['same_answer_by_insertion_alone']:.1f} % are the same"
    )
    print(
        f"a quote of all its windows: ours {figures['door_cpu_ms_a_quote']:.1f} ms CPU "
        f"({figures['door_cpu_ms_without_moving']:.1f} without moving), VROOM "
        f"{figures['vroom_cpu_ms_a_quote']:.0f} ms: {figures['vroom_over_door_cpu']:.1f} x"
    )


def _figures(verdicts: Sequence[Verdict], quotes: Sequence[Asked]) -> dict[str, Any]:
    matrix = Counter((v.ours, v.vroom) for v in verdicts)
    vroom_ms = 1000 * sum(v.quick_cpu_s for v in verdicts) / len(quotes)
    ours_ms = 1000 * sum(q.cpu_s for q in quotes) / len(quotes)
    plain_ms = 1000 * sum(q.plain_cpu_s for q in quotes) / len(quotes)
    refused = sum(v.kept is False for v in verdicts)
    inserted = sum(v.inserted == v.vroom for v in verdicts) / len(verdicts)
    return {
        "windows": len(verdicts),
        "quotes": len(quotes),
        "matrix": {
            f"door {a:d}, vroom {b:d}": matrix[a, b] for a in (True, False) for b in (True, False)
        },
        "same_answer": round(_same(verdicts), 4),
        "no_worse_answer": round(1 - matrix[False, True] / len(verdicts), 4),
        "same_answer_as_quick_vroom": round(
            sum(v.ours == v.quick for v in verdicts) / len(verdicts), 4
        ),
        "same_answer_as_vroom_from_nothing": round(
            sum(v.ours == (v.quick or bool(v.thorough)) for v in verdicts) / len(verdicts), 4
        ),
        "same_answer_by_insertion_alone": round(inserted, 4),
        "yes_the_checker_refused": refused,
        "moved": sum(v.ours and not v.inserted for v in verdicts),
        "door_cpu_ms_a_quote": round(ours_ms, 2),
        "door_cpu_ms_without_moving": round(plain_ms, 2),
        "vroom_cpu_ms_a_quote": round(vroom_ms, 1),
        "vroom_over_door_cpu": round(vroom_ms / ours_ms, 1),
        "days": [asdict(day) for day in DAYS],
        "asked": [asdict(q) for q in quotes],
        "verdicts": [asdict(v) for v in verdicts],
    }


if __name__ == "__main__":
    main()
