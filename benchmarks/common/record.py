"""Where a benchmark's figures go: one dated JSON a run, with machine and commit."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"


def keep(name: str, figures: dict[str, Any]) -> Path:
    """Write *figures* to ``results/<day>-<name>.json`` and return the path."""
    python = f"Python {platform.python_version()}"
    now = datetime.now(UTC)  # noqa: TID251  a benchmark is dated by the real day
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    record = {
        "name": name,
        "at": now.isoformat(timespec="seconds"),
        "commit": commit or "unknown",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {python}",
        **figures,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%d}-{name}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return path
