"""What somebody watching sees: a live board on a terminal, one line per event elsewhere.

Decides the layout.  Reads figures only; nothing here moves the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Protocol, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dispatch.core.civil import clock_text
from dispatch.demo.diary import Diary, Note, Tone
from dispatch.demo.outcome import published
from dispatch.demo.storefront import Tally
from dispatch.operations.ports import Clock
from dispatch.operations.report import DayReport
from dispatch.operations.waves import Wave

_STYLES: Final = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.BAD: "bold red"}


class Screen(AbstractContextManager["Screen"], Protocol):
    """Where the day is shown, between ``with`` and its end."""

    def hear(self, note: Note) -> None:
        """Something happened."""

    def show(self, report: DayReport, waves: Sequence[Wave], tally: Tally) -> None:
        """This is how things stand."""


class Lines:
    """One line per event, for a file or a pipe."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        return None

    def hear(self, note: Note) -> None:
        print(note, file=self._out, flush=True)

    def show(self, report: DayReport, waves: Sequence[Wave], tally: Tally) -> None:
        """Nothing: the figures come at the end."""


class Dashboard:
    """A board that is drawn again in place, for a terminal.

    address : what to open in a browser, kept in sight
    """

    def __init__(self, console: Console, clock: Clock, address: str) -> None:
        self._clock, self._address = clock, address
        self._diary = Diary()
        # Drawn when we say so: a thread that draws would not survive the server's fork.
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Dashboard:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._live.stop()

    def hear(self, note: Note) -> None:
        self._diary.last.append(note)

    def show(self, report: DayReport, waves: Sequence[Wave], tally: Tally) -> None:
        now = self._clock.now()
        title = f" {clock_text(now)}  (x{self._clock.pace:g}) "
        board = Panel(
            Group(
                Text(f"Open {self._address}/ in a browser: planner, shops, couriers, customer"),
                Text(),
                _figures(report, waves, tally),
                Text(),
                *(Text(str(note), _STYLES[note.tone]) for note in self._diary.last),
            ),
            title=title,
            subtitle=" Ctrl-C stops ",
            title_align="left",
            subtitle_align="left",
        )
        self._live.update(board, refresh=True)


def _figures(report: DayReport, waves: Sequence[Wave], tally: Tally) -> Table:
    grid = Table.grid(padding=(0, 3))
    cells = (
        ("quotes", tally.quotes, ""),
        ("bookings", report.bookings, ""),
        ("waves", published(waves), ""),
        ("open", report.count("open"), ""),
        ("delivered", report.count("delivered"), "green"),
        ("late", report.count("late"), "red" if report.count("late") else ""),
        ("failed", report.count("failed"), "red" if report.count("failed") else ""),
        ("cancelled", report.count("cancelled"), ""),
    )
    for _ in cells:
        grid.add_column(justify="center")
    grid.add_row(*(Text(str(number), f"bold {style}".strip()) for _, number, style in cells))
    grid.add_row(*(Text(name, "dim") for name, _, _ in cells))
    return grid
