"""What happened, in words for whoever watches: one line per thing worth knowing.

Decides nothing; keeps the last lines for a screen and passes each on at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dispatch.core.civil import clock_text

_KEPT: Final = 12


class Tone(StrEnum):
    """How a line should be read."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Note:
    """One line: what happened at the town's instant ``at``."""

    at: datetime
    text: str
    tone: Tone = Tone.PLAIN

    def __str__(self) -> str:
        return f"{clock_text(self.at)}  {self.text}"


class Diary:
    """The day's notes.  ``listener`` hears each one as it is made."""

    def __init__(self, listener: Callable[[Note], None] = lambda note: None) -> None:
        self.last: deque[Note] = deque(maxlen=_KEPT)
        self._listener = listener

    def note(self, at: datetime, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Write one line."""
        note = Note(at, text, tone)
        self.last.append(note)
        self._listener(note)
