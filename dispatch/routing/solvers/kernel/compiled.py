"""How this room is compiled: one decorator, one digest.

Numba keeps what it compiled on disk, but notices a change only in the file of the
function it was asked for, not in the functions called from there.  So only the entry
of the kernel is kept, and the digest of every source of the kernel is part of its key.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

#: Checksum of the kernel's sources and of Numba's version, whatever its word size.
DIGEST: Final = zlib.crc32(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    + numba.__version__.encode()
)


#: Without ``_nrt`` no reference to an array is counted, which is most of the time where a
#: call takes forty of them (7,000 steps a second with, 44,000 without, on 100 visits); in
#: return nothing compiled here may make an array.
_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "_nrt": False}


def compiled(function: AnyFunction) -> AnyFunction:
    """Compile *function* on its first call; other threads may run meanwhile."""
    return cast(AnyFunction, numba.njit(**_OPTIONS)(function))


def compiled_inline(function: AnyFunction) -> AnyFunction:
    """Like ``compiled``, but without a call: for what runs for every job, tour and gap.

    A call hands over every array one by one: with the search for one place inlined four
    times as many steps are taken (20,000 a second became 78,000 on 100 visits).
    """
    return cast(AnyFunction, numba.njit(forceinline=True, **_OPTIONS)(function))


def compiled_within(function: AnyFunction) -> AnyFunction:
    """Like ``compiled_inline``, but as part of its caller, never compiled by itself.

    Whatever is compiled by itself has all that it calls optimised once more, all the way up
    to the entry; where there is one caller, this keeps compiling short.  Not for what runs
    for every job, tour and gap: there it takes a quarter of the steps away, since every
    argument is copied.
    """
    return cast(AnyFunction, numba.njit(inline="always", **_OPTIONS)(function))


def compiled_and_kept(function: AnyFunction) -> AnyFunction:
    """Like ``compiled``, and keep the result on disk for the next process.

    *function* must hold ``DIGEST`` in its closure: Numba's key is the function's own
    code, the types of its arguments and what its closure holds.
    """
    return cast(AnyFunction, numba.njit(cache=True, **_OPTIONS)(function))


@compiled
def number(literal: int) -> int:
    """Return *literal* as a number like any other.

    Numba compiles a function once more for every literal that it is handed, be it only the
    first value of a variable: four versions of the search for a place were made that way.
    """
    return literal + 0
