"""How the demonstration day went: the figures, as a table for people and as data.

Decides when a day was good: every booked order is delivered or explained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.demo.storefront import Tally
from dispatch.operations.report import DayReport
from dispatch.operations.waves import Wave, WaveState
from dispatch.slots.service_levels import Mode

_OUTCOMES: Final = ("delivered", "late", "failed", "open", "cancelled")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One day's result.

    seconds : real seconds it took
    """

    report: DayReport
    tally: Tally
    waves: Sequence[Wave]
    seconds: float

    @property
    def good(self) -> bool:
        """True when nobody was let down without a word."""
        return not self.report.unexplained

    def as_json(self) -> dict[str, object]:
        """Return the day as one JSON object.

        ``bookings`` counts orders; everything else counts shipments, one per shop of an
        order.  ``refused_by_code``: orders whose wish was not offered, by first reason.
        """
        report = self.report
        return {
            "bookings": report.bookings,
            "by_mode": {str(mode): _counts(report, mode) for mode in Mode if _booked(report, mode)},
            "late": report.count("late"),
            "failed": report.count("failed"),
            "failed_by_reason": dict(reasons(report, "failed")),
            "open_by_reason": dict(reasons(report, "open")),
            "unexplained": len(report.unexplained),
            "quotes": self.tally.quotes,
            "refused_by_code": dict(self.tally.refused_by_code),
            "waves": published(self.waves),
            "seconds": round(self.seconds, 1),
        }

    def as_text(self) -> str:
        """Return the day as a table and a sentence or two for people."""
        report = self.report
        head = f"{'':10}{'booked':>9}" + "".join(f"{name:>11}" for name in _OUTCOMES)
        lines = [f"{self.tally.quotes} quotes, {report.bookings} bookings", "", head]
        for mode in Mode:
            if _booked(report, mode):
                counts = _counts(report, mode)
                cells = "".join(f"{counts[name]:>11}" for name in _OUTCOMES)
                lines.append(f"{mode:10}{counts['booked']:>9}{cells}")
        lines.append("")
        for outcome in ("failed", "open"):
            told = ", ".join(f"{n} {why}" for why, n in reasons(report, outcome).most_common())
            if told:
                lines.append(f"{outcome}: {told}")
        if self.good:
            lines.append("Every booked order is delivered or explained.")
        else:
            refs = ", ".join(line.order_ref for line in report.unexplained)
            lines.append(f"NOT EXPLAINED: {refs}")
        return "\n".join(lines)


def reasons(report: DayReport, outcome: str) -> Counter[str]:
    """Count the lines of one *outcome* by reason."""
    return Counter(line.why or "unexplained" for line in report.lines if line.outcome == outcome)


def published(waves: Sequence[Wave]) -> int:
    """Return how many waves were handed out."""
    return sum(1 for wave in waves if wave.state is WaveState.PUBLISHED)


def _booked(report: DayReport, mode: Mode) -> int:
    return sum(1 for line in report.lines if line.mode is mode)


def _counts(report: DayReport, mode: Mode) -> dict[str, int]:
    by_outcome = {name: report.count(name, mode) for name in _OUTCOMES}
    return {"booked": _booked(report, mode), **by_outcome}
