"""The entries of this room's compiled code, kept on disk between processes.

Decides when what is kept is stale: Numba notices a change only in the file of the function
it was asked for, so the digest of every source of this room is part of the key.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dispatch.routing.bounds import labels, memory, mindful, partition, table, walks
from dispatch.routing.bounds.facts import Facts, Ints
from dispatch.routing.bounds.memory import Memory
from dispatch.routing.bounds.mindful import Cells
from dispatch.routing.bounds.partition import Choices, Desk
from dispatch.routing.bounds.shelf import Ask, Hints, Shelf
from dispatch.routing.bounds.table import Table
from dispatch.routing.bounds.walks import Grid
from dispatch.routing.solvers.kernel.compiled import DIGEST as KERNEL_DIGEST
from dispatch.routing.solvers.kernel.compiled import compiled_and_kept

_SOURCES: Final = [
    Path(__file__).with_name(f"{name}.py")
    for name in ("facts", "labels", "memory", "mindful", "partition", "shelf", "table", "walks")
]
DIGEST: Final = zlib.crc32(b"".join(path.read_bytes() for path in _SOURCES), KERNEL_DIGEST)


def _search(digest: int) -> Callable[[Facts, Ask, Hints, Shelf, int], bool]:
    @compiled_and_kept
    def entry(facts: Facts, ask: Ask, hints: Hints, shelf: Shelf, count: int) -> bool:
        _ = digest
        return labels.go_on(facts, ask, hints, shelf, count)

    return entry


def _choose(digest: int) -> Callable[[Choices, Desk, int], bool]:
    @compiled_and_kept
    def entry(choices: Choices, desk: Desk, steps: int) -> bool:
        _ = digest
        return partition.choose(choices, desk, steps)

    return entry


def _fill(digest: int) -> Callable[[Facts, Ints, Table, bool], None]:
    @compiled_and_kept
    def entry(facts: Facts, brings: Ints, cells: Table, whole: bool) -> None:
        _ = digest
        table.fill(facts, brings, cells, whole)

    return entry


def _walk(digest: int) -> Callable[[Facts, Ints, Grid], int]:
    @compiled_and_kept
    def entry(facts: Facts, brings: Ints, grid: Grid) -> int:
        _ = digest
        return walks.walk(facts, brings, grid)

    return entry


def _mind(digest: int) -> Callable[[Facts, Ints, Memory, Grid, Cells], int]:
    @compiled_and_kept
    def entry(facts: Facts, brings: Ints, remembered: Memory, grid: Grid, cells: Cells) -> int:
        _ = digest
        return mindful.mind(facts, brings, remembered, grid, cells)

    return entry


def _relate(digest: int) -> Callable[[Facts, Memory], None]:
    @compiled_and_kept
    def entry(facts: Facts, remembered: Memory) -> None:
        _ = digest
        memory.relate(facts, remembered)

    return entry


#: ``labels.go_on``, ``partition.choose``, ``table.fill``, ``walks.walk``, ``mindful.mind`` and
#: ``memory.relate``.
go_on: Final = _search(DIGEST)
choose: Final = _choose(DIGEST)
fill: Final = _fill(DIGEST)
walk: Final = _walk(DIGEST)
mind: Final = _mind(DIGEST)
relate: Final = _relate(DIGEST)
