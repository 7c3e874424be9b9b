"""Several windows a day: the first and the last instant they allow.

Windows are ``(first_s, last_s)``, both included, in order and disjoint.
"""

from __future__ import annotations

from dispatch.routing.work import Windows


def first_allowed(windows: Windows, at_s: int) -> int | None:
    """Return the earliest instant not before *at_s* inside one of *windows*, or None."""
    for first_s, last_s in windows:
        if at_s <= last_s:
            return max(first_s, at_s)
    return None


def last_allowed(windows: Windows, at_s: int) -> int | None:
    """Return the latest instant not after *at_s* inside one of *windows*, or None."""
    for first_s, last_s in reversed(windows):
        if first_s <= at_s:
            return min(last_s, at_s)
    return None
