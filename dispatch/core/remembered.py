"""What is asked of one object again and again, and worked out once while it is that object.

For objects that never change, too large to compare: a quote asks the same of every tour of the
day as the quote before it, and nearly all of them are the very objects of then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")

#: Objects remembered of each question: two towns' tours, several times.  One laid out takes 50 kB.
MOST: Final = 128


def remembered(work_out: Callable[[Asked], Told]) -> Callable[[Asked], Told]:
    """Return *work_out* with a memory for the last objects it was asked about.

    They are told apart by identity, and kept alive meanwhile.  What it returns is shared: it must
    not be changed.  Safe to share between threads; two may work out the same.
    """
    known: dict[int, tuple[Asked, Told]] = {}

    @wraps(work_out)
    def told(one: Asked) -> Told:
        found = known.get(id(one))
        if found is not None:
            return found[1]
        answer = work_out(one)
        if len(known) >= MOST:  # starting again is simpler than choosing, and happens rarely
            known.clear()
        known[id(one)] = one, answer
        return answer

    return told
