"""What the demonstration's processes find in their environment, and for how long.

Decides nothing: who stands in for whom is ``post``'s and ``run``'s.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def surrounded(told: Mapping[str, str]) -> Iterator[None]:
    """Inside, the environment says what is *told*; processes started there inherit it."""
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
