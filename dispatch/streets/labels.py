"""Ways between a few places and any number of others, from labels that are kept.

Decides which tables are read off labels, and when a label is made.  A quote asks for the ways
between one new doorstep and a day's stops: each of these is labelled once, and then only the
doorstep is work.  Does not know places or streets: it speaks of numbers that have ends.

A label has some 65 nodes in a small town, 120 in a city of 30,000 crossings, and takes 12 bytes
for each; see ``kernel.labels``.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

import numpy as np

from dispatch.streets.arrays import Ints
from dispatch.streets.grown import Grown
from dispatch.streets.hierarchy import Ends, Hierarchy, Ints64
from dispatch.streets.kernel.labels import Entries, Touching

#: Rows or columns, whichever are fewer, up to which labels are faster than a sweep.
FEW: Final = 16
#: Labels made for one question, at most: until all it asks about have theirs, it is swept.
_MADE: Final = 32
_NONE: Final = -1


class KnownLabels:
    """Labels of places by number, made when first asked for.  Safe to share between threads.

    ends    : of the places with these numbers
    reached : they are ends that trips finish with
    """

    def __init__(
        self, hierarchy: Hierarchy, ends: Callable[[Ints], Ends], *, reached: bool
    ) -> None:
        self.hierarchy, self._ends, self._reached = hierarchy, ends, reached
        self._first, self._count = np.empty(0, np.int64), np.empty(0, np.int64)
        self._entries = Grown()
        self._lock = Lock()

    def of(self, numbers: Ints) -> Entries | None:
        """Return labels, among them those of *numbers*; None if that is too much to make now."""
        with self._lock:
            if len(short := numbers[numbers >= len(self._count)]):
                more = int(short.max()) + 1
                self._first = np.append(self._first, np.zeros(more, np.int64))
                self._count = np.append(self._count, np.full(more, _NONE))
            if len(unknown := numbers[self._count[numbers] == _NONE]):
                new = np.unique(unknown)
                self._make(new[:_MADE])
                if len(new) > _MADE:
                    return None
            node, cost = (self._entries.all(name) for name in ("node", "cost"))
            return self._first, self._count, node, cost

    def _make(self, numbers: Ints) -> None:
        made = self.hierarchy.labels(self._ends(numbers), reached=self._reached)
        count = np.array([len(node) for node, _ in made])
        self._first[numbers] = self._entries.used + np.cumsum(count) - count
        node, cost = (np.concatenate(some) for some in zip(*made, strict=True))
        self._entries.add({"node": node, "cost": cost})
        self._count[numbers] = count


def costs_by_labels(
    starts: KnownLabels, rows: Ints, finishes: KnownLabels, columns: Ints
) -> Ints64 | None:
    """Return (rows, columns) what ``Hierarchy.costs`` returns; None where a sweep is faster."""
    if len(rows) > len(columns):
        turned = costs_by_labels(finishes, columns, starts, rows)
        return None if turned is None else turned.T
    if (known := _few_by_many(starts, rows, finishes, columns)) is None:
        return None
    return starts.hierarchy.compared(rows, known[0], columns, known[1])


def seconds_by_labels(
    starts: KnownLabels, rows: Ints, finishes: KnownLabels, columns: Ints, places: Touching
) -> Ints64 | None:
    """Return (rows, columns) whole seconds from door to door; None where a sweep is faster."""
    if leave := len(rows) <= len(columns):
        few, many = (starts, rows), (finishes, columns)
    else:
        few, many = (finishes, columns), (starts, rows)
    if (known := _few_by_many(*few, *many)) is None:
        return None
    ask = starts.hierarchy.seconds
    told = ask(few[1], known[0], many[1], known[1], places, leave=leave)
    return told if leave else told.T


def _few_by_many(
    few: KnownLabels, numbers: Ints, many: KnownLabels, others: Ints
) -> tuple[Entries, Entries] | None:
    """Return both labels; None where a sweep is faster."""
    if not 0 < len(numbers) <= FEW or (theirs := many.of(others)) is None:
        return None
    return None if (mine := few.of(numbers)) is None else (mine, theirs)
