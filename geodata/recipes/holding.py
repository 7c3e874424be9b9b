"""One hand at a time in an installation's folder of towns.

Decides who waits for whom: nobody waits, the second is refused.  Does not know what either
of them writes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class TownsHeld(ValueError):
    """Another import is at work in the same folder of towns."""


@contextmanager
def alone(towns: Path, name: str) -> Iterator[None]:
    """Hold *towns* from before anything kept is read until what is new of *name* is whole.

    Two imports at once would each keep what the other is replacing.  Raises ``TownsHeld``
    when another one holds it, ``OSError`` when *towns* cannot be made.
    """
    made = [folder for folder in (towns, towns.parent) if not folder.exists()]
    towns.mkdir(parents=True, exist_ok=True)
    handle = os.open(towns, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TownsHeld(f"another import into {towns} is running") from None
        before = towns / f".{name}.before"
        # A power cut while an import swapped a folder that was put there by hand.
        if before.is_dir() and not (towns / name).exists():
            before.rename(towns / name)
        yield
    finally:
        os.close(handle)
        with suppress(OSError):  # a refused first import leaves no empty folders
            for folder in made:
                folder.rmdir()
