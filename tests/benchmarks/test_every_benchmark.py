"""Every benchmark can be started: none of them names what the house no longer has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SCRIPTS = sorted((_ROOT / "benchmarks").glob("*.py"))


def test_there_are_some() -> None:
    assert _SCRIPTS


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda script: script.stem)
def test_it_is_loaded_without_what_only_its_peers_need(script: Path) -> None:
    """In a process of its own, as a reader starts it; what it measures is not run."""
    load = f"import runpy; runpy.run_path({str(script)!r}, run_name='loaded')"
    done = subprocess.run(
        [sys.executable, "-c", load], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
