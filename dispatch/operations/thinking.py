"""Whose turn it is to look for a place in the tours, and whether others wait for theirs.

Decides nothing: who takes the turn is ``think_first``'s, what is left undone for those who wait
``second_chance``'s.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol


class Thinking(Protocol):
    """Inside, no other thread of this process thinks about the tours.  May raise ``Busy``."""

    @property
    def is_waited_for(self) -> bool:
        """True while another thread waits for its turn."""
        ...

    @property
    def is_in_demand(self) -> bool:
        """True while another thread waits, or had to a moment ago."""
        ...

    def __enter__(self) -> None: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class NobodyWaits:
    """Everybody at once: the threads of this process do not wait for each other."""

    is_waited_for = is_in_demand = False

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None
