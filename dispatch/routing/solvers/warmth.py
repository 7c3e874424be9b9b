"""Is everything compiled that waves need?  Once per machine, and only loaded ever after.

Decides nothing about tours.  Whether it was done is told by a mark beside the compiled
files, so that asking costs nothing and imports no compiler.
"""

from __future__ import annotations

import os
import sys
import zlib
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Final

from dispatch.routing.solvers import ENGINES

_ROUTING: Final = Path(__file__).parents[1]

#: Where compiled code comes from.
_SOURCES: Final = (_ROUTING / "solvers" / "kernel", _ROUTING / "bounds")


def is_compiled() -> bool:
    """True when ``warm_up`` has only to load what these sources were compiled to."""
    return _mark().exists()


def warm_up(engine: str, *, proofs: bool = True) -> float:
    """Load, or compile where this machine has not yet, what *engine* and proofs need.

    Returns the seconds it took: under two to load, a minute or two to compile.
    Called before the first wave, never within a quote.
    """
    started_s = monotonic()
    module = import_module(ENGINES[engine])
    if hasattr(module, "warm_up"):
        module.warm_up()
    if proofs:
        import_module("dispatch.routing.bound").warm_up()
    if hasattr(module, "warm_up") and proofs:
        with suppress(OSError):  # where nothing can be written it is asked again next time
            _mark().parent.mkdir(parents=True, exist_ok=True)
            _mark().touch()
    return monotonic() - started_s


def _mark() -> Path:
    sources = [path for folder in _SOURCES for path in sorted(folder.glob("*.py"))]
    digest = zlib.crc32(b"".join(path.read_bytes() for path in sources))
    kept = os.environ.get("NUMBA_CACHE_DIR") or str(_SOURCES[0] / "__pycache__")
    python = f"{sys.version_info.major}{sys.version_info.minor}"
    return Path(kept) / f"compiled-{digest:08x}-{version('numba')}-{python}"
