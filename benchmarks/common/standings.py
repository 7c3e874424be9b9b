"""From single runs to a table: who needs more vehicles, whose tours are longer, by how much.

Decides what an answer is compared with: the literature's best known where there is one,
else the best that any engine met at any budget, in this run or in an earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.common.cases import Score

#: Two costs that differ by less than this share are equal: whole ticks round differently.
ALIKE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """One engine's answer to one case at one budget; ``score`` is None with a ``reason``."""

    case: str
    group: str
    fingerprint: str
    unit: float
    engine: str
    budget_s: float
    seed: int
    score: Score | None
    reason: str
    seconds: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Line:
    """One engine at one budget over one group.

    answered  : runs with an allowed answer, of ``asked``
    extra     : vehicles (orders left out, in waves) beyond the reference, summed
    gap_pct   : mean cost gap to the reference where that number is equal, over ``equal`` runs;
                ``most_pct`` is the largest of them
    worse     : answers beaten by another engine's at the same budget and seed
    mean_s, most_s : of thinking by the clock; ``cpu`` is the share of it on the processor
    peak_mb   : of any of its processes
    """

    group: str
    budget_s: float
    engine: str
    asked: int
    answered: int
    extra: float
    equal: int
    gap_pct: float | None
    most_pct: float | None
    worse: int
    mean_s: float
    most_s: float
    cpu: float
    peak_mb: float


def better(a: Score, b: Score) -> bool:
    """True when *a* is better than *b* by more than rounding."""
    if a.missed != b.missed:
        return a.missed < b.missed
    return a.cost < b.cost * (1 - ALIKE)


def best_met(rows: Iterable[Row], results: Path) -> dict[str, Score]:
    """Return the best score by fingerprint, in *rows* and in every earlier result's."""
    best: dict[str, Score] = {}
    for path in sorted(results.glob("*-solver-quality*.json")):
        known = json.loads(path.read_text(encoding="utf-8")).get("best_met", {})
        met = ((mark, Score(*score)) for mark, score in known.items())
        _keep_better(best, met)
    _keep_better(best, ((row.fingerprint, row.score) for row in rows if row.score is not None))
    return best


def _keep_better(best: dict[str, Score], met: Iterable[tuple[str, Score]]) -> None:
    for fingerprint, score in met:
        if fingerprint not in best or score < best[fingerprint]:
            best[fingerprint] = score


def lines(rows: Sequence[Row], reference: Mapping[str, Score]) -> list[Line]:
    """Return one line per group, budget and engine, in the order in which they were run.

    reference : by fingerprint
    """
    keys = sorted(
        {(row.group, row.budget_s, row.engine) for row in rows},
        key=lambda key: (_first(rows, key[0], "group"), key[1], _first(rows, key[2], "engine")),
    )
    return [_line(*key, rows, reference) for key in keys]


def _first(rows: Sequence[Row], value: str, name: str) -> int:
    return next(n for n, row in enumerate(rows) if getattr(row, name) == value)


def _line(
    group: str, budget_s: float, engine: str, rows: Sequence[Row], reference: Mapping[str, Score]
) -> Line:
    here = [row for row in rows if (row.group, row.budget_s) == (group, budget_s)]
    mine = [row for row in here if row.engine == engine]
    extra, gaps, worse = 0.0, [], 0
    for row in mine:
        if row.score is None:
            continue
        known = reference[row.fingerprint]
        extra += (row.score.missed - known.missed) / row.unit
        if row.score.missed == known.missed and known.cost:
            gaps.append(100 * (row.score.cost / known.cost - 1))
        worse += any(
            other.score is not None and better(other.score, row.score)
            for other in here
            if (other.case, other.seed) == (row.case, row.seed)
        )
    answered = [row for row in mine if row.score is not None]
    seconds = [row.seconds for row in answered] or [0.0]
    return Line(
        group=group,
        budget_s=budget_s,
        engine=engine,
        asked=len(mine),
        answered=len(answered),
        extra=extra,
        equal=len(gaps),
        gap_pct=sum(gaps) / len(gaps) if gaps else None,
        most_pct=max(gaps, default=None),
        worse=worse,
        mean_s=sum(seconds) / len(seconds),
        most_s=max(seconds),
        cpu=sum(row.cpu_s for row in answered) / max(sum(seconds), 1e-9),
        peak_mb=max((row.peak_mb for row in mine), default=0.0),
    )


def table(found: Sequence[Line]) -> str:
    """Return *found* as text, one block per group."""
    head = (
        f"{'budget':>7}  {'engine':<14}{'answered':>9}{'extra':>7}{'gap %':>8}"
        f"{'most %':>8}{'over':>5}{'worse':>7}{'mean s':>8}{'most s':>8}{'cpu':>6}{'MB':>6}"
    )
    text, group = [], None
    for line in found:
        if line.group != group:
            text += ["", line.group, head]
            group = line.group
        if not line.answered:
            text.append(f"{line.budget_s:>5g} s  {line.engine:<14}{'none':>9}")
            continue
        gap, most = (
            "" if share is None else f"{share:.2f}" for share in (line.gap_pct, line.most_pct)
        )
        text.append(
            f"{line.budget_s:>5g} s  {line.engine:<14}{f'{line.answered}/{line.asked}':>9}"
            f"{line.extra:>7g}{gap:>8}{most:>8}{line.equal:>5}{line.worse:>7}"
            f"{line.mean_s:>8.2f}{line.most_s:>8.2f}{line.cpu:>6.0%}{line.peak_mb:>6.0f}"
        )
    return "\n".join(text)


def record(rows: Sequence[Row], found: Sequence[Line], best: Mapping[str, Score]) -> dict[str, Any]:
    """Return all of it as what JSON can say."""
    return {
        "lines": [asdict(line) for line in found],
        "best_met": dict(sorted(best.items())),
        "rows": [asdict(row) for row in rows],
    }
