"""Is everything compiled that travel times need?  Once per machine, and only loaded after.

Decides nothing about streets.  Whether it was done is told by a mark beside the compiled
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

_KERNEL: Final = Path(__file__).parent / "kernel"


def is_compiled() -> bool:
    """True when ``warm_up`` has only to load what these sources were compiled to."""
    return _mark().exists()


def warm_up() -> float:
    """Load the kernel, or compile it where this machine has not yet; return the seconds.

    Half a second to load, about ten to compile.  Called before the first quote.
    """
    started_s = monotonic()
    import_module("dispatch.streets.rehearsal").rehearse()
    with suppress(OSError):  # where nothing can be written it is asked again next time
        _mark().parent.mkdir(parents=True, exist_ok=True)
        _mark().touch()
    return monotonic() - started_s


def _mark() -> Path:
    sources = b"".join(path.read_bytes() for path in sorted(_KERNEL.glob("*.py")))
    kept = os.environ.get("NUMBA_CACHE_DIR") or str(_KERNEL / "__pycache__")
    python = f"{sys.version_info.major}{sys.version_info.minor}"
    return Path(kept) / f"streets-{zlib.crc32(sources):08x}-{version('numba')}-{python}"
