"""How this room is compiled: two decorators, one digest.

Numba keeps what it compiled on disk, but notices a change only in the file of the function
it was asked for, not in the functions called from there.  So only entries are kept, and the
digest of every source of the kernel is part of their keys.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

#: Checksum of the kernel's sources and of Numba's version.
DIGEST: Final = zlib.crc32(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    + numba.__version__.encode()
)

#: Without ``_nrt`` no reference to an array is counted, and nothing compiled here may make
#: an array: all of them come from outside.
_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "_nrt": False}


def compiled(function: AnyFunction) -> AnyFunction:
    """Compile *function* with whoever calls it."""
    return cast(AnyFunction, numba.njit(**_OPTIONS)(function))


def compiled_and_kept(function: AnyFunction) -> AnyFunction:
    """Compile *function* on its first call and keep the result on disk for the next process.

    *function* must hold ``DIGEST`` in its closure: Numba's key is the function's own code,
    the types of its arguments and what its closure holds.
    """
    return cast(AnyFunction, numba.njit(cache=True, **_OPTIONS)(function))
