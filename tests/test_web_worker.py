"""What is loaded before the fork is left alone by every search for garbage after it."""

from __future__ import annotations

import subprocess
import sys

_LOOK = """
import gc
from dispatch.web_worker import search_less
search_less()
print(gc.get_freeze_count() > 0, gc.get_threshold()[0] >= 10_000)
"""


def test_what_is_loaded_is_not_searched_for_garbage_again() -> None:
    command = [sys.executable, "-c", _LOOK]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["True", "True"]
