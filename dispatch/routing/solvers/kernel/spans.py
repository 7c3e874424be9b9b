"""The windows of a visit or of a break: the first and the last instant they allow.

``routing.spans`` in compiled words; NEVER_S stands for "none".
"""

from __future__ import annotations

from dispatch.routing.solvers.kernel.compiled import compiled_inline
from dispatch.routing.solvers.kernel.limits import NEVER_S, Ints
from dispatch.routing.solvers.kernel.records import Records

# They are handed the two arrays they need: every array handed over takes time to compile.


@compiled_inline
def begin_at(visits: Records, window_s: Ints, node: int, at_s: int) -> int:
    """Return the first instant from *at_s* on inside a window of *node*, or NEVER_S."""
    visit = visits[node]
    if at_s > visit["last_s"]:
        return NEVER_S
    if at_s <= visit["first_s"]:
        return int(visit["first_s"])
    if visit["first_window"] < visit["last_window"]:
        for w in range(visit["first_window"], visit["last_window"] + 1):
            if at_s <= window_s[w, 1]:
                return max(at_s, int(window_s[w, 0]))
    return at_s


@compiled_inline
def latest_at(visits: Records, window_s: Ints, node: int, by_s: int) -> int:
    """Return the last instant until *by_s* inside a window of *node*, or -NEVER_S."""
    visit = visits[node]
    if by_s < visit["first_s"]:
        return -NEVER_S
    if by_s >= visit["last_s"]:
        return int(visit["last_s"])
    if visit["first_window"] < visit["last_window"]:
        for w in range(visit["last_window"], visit["first_window"] - 1, -1):
            if by_s >= window_s[w, 0]:
                return min(by_s, int(window_s[w, 1]))
    return by_s


@compiled_inline
def late_s(visits: Records, node: int, begin_s: int) -> int:
    return max(0, begin_s - int(visits[node]["due_s"]))


@compiled_inline
def pause_at(pauses: Records, window_s: Ints, pause: int, at_s: int) -> int:
    """Return the first instant from *at_s* on when break *pause* may begin, or NEVER_S."""
    for w in range(pauses[pause]["first_window"], pauses[pause]["last_window"] + 1):
        if at_s <= window_s[w, 1]:
            return max(at_s, int(window_s[w, 0]))
    return NEVER_S
