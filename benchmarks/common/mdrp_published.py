"""What others published for the meal delivery instances, read from the table beside them.

Decides nothing: the figures stay where their source is said.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Published:
    """Rolling horizon as published, and the optimum with all orders known; minutes, percent.

    None where nobody published it.
    """

    undelivered_pct: float | None
    ctd_mean: float | None
    rtp_mean: float | None
    optimum_ctd_min: float | None

    def row(self) -> dict[str, Any]:
        return asdict(self)


def published(readme: Path) -> dict[str, Published]:
    """Read the rows ``| instance | orders | RH: und / CtD / RtP | OPT CtD | …`` of *readme*.

    Nothing where there is no such file: then the columns stay empty.
    """
    if not readme.is_file():
        return {}
    found = {}
    for line in readme.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) < 4 or not re.fullmatch(r"\d[or]\d+t\d+s\d+p\d+", cells[0]):
            continue
        parts = [_number(part) for part in cells[2].split("/")]
        und, ctd, rtp = parts if len(parts) == 3 else (None, None, None)
        found[cells[0]] = Published(und, ctd, rtp, _number(cells[3]))
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
