"""What the checker finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule.

    rule    : stable name, one of the table in ``check.violations``
    subject : the job's or vehicle's id (``node 7``, ``vehicle 7`` for an unknown one)
    by      : by how much, in seconds, load units or price units; 0 where it cannot be measured
    """

    rule: str
    subject: str
    by: int = 0
