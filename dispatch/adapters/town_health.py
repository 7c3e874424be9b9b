"""The report on a town's streets, as it was left beside the town.

Decides where it is looked for, and whether it still speaks of the streets that are served.
Nothing is measured while serving: ``dispatch town import`` leaves a report with the town,
``dispatch town health NAME --keep`` measures again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from dispatch.operations.territory import KeptHealth
from dispatch.streets.health import health_of
from geodata import load
from geodata.overrides import FILE as OVERRIDES
from geodata.town import Town

FILE: Final = "health.json"
#: An import writes the report and the corrections it applied one after the other.
_WRITTEN_TOGETHER_S: Final = 60.0

_log = structlog.get_logger("dispatch.town")


def health_file(name: str, towns: Path) -> Path:
    """Return where the report on town *name* is kept, also on an embedded town."""
    return towns / name / FILE


def kept_health(town: Town, towns: Path = load.TOWNS) -> KeptHealth | None:
    """Return the report on *town*; None when there is none, or it cannot be read (logged)."""
    path = health_file(town.name, towns)
    if not path.is_file():
        return None
    try:
        report = health_of(json.loads(path.read_text("utf-8")))
        measured_s = path.stat().st_mtime
    except (OSError, ValueError, AttributeError) as why:
        _log.warning("health_report_damaged", town=town.name, why=str(why))
        return None
    network, corrections = town.network, path.with_name(OVERRIDES)
    same = (report.nodes, report.edges) == (len(network.lat_deg), len(network.u))
    if corrections.is_file() and corrections.stat().st_mtime > measured_s + _WRITTEN_TOGETHER_S:
        same = False
    return KeptHealth(report, datetime.fromtimestamp(measured_s, UTC), same)
