"""``dispatch run``: a whole day in a simulated town, watched live, judged at the end.

Decides the order of things from the first line printed to the exit code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Final, TextIO

from rich.console import Console

from dispatch import server
from dispatch.adapters.notify.settings import STAND_IN as NOTICES_FILE
from dispatch.app import TOWNS_FOLDER, House
from dispatch.core.civil import instant_at
from dispatch.demo.cast import Cast
from dispatch.demo.diary import Diary
from dispatch.demo.orders import DAY, orders_of_day
from dispatch.demo.outcome import Outcome
from dispatch.demo.post import made_up_post
from dispatch.demo.screen import Dashboard, Lines, Screen
from dispatch.demo.stage import claim_folder, listen, open_stage, serving
from dispatch.demo.storefront import Answer
from dispatch.demo.surroundings import surrounded
from dispatch.jobs.ending import Ending
from dispatch.operations.access import PageKind
from dispatch.operations.notify import note_events
from dispatch.operations.report import DayReport, day_report
from dispatch.operations.waves import Wave
from dispatch.web.doors import ADDRESSES
from geodata import load

#: Minute of the day when the town wakes up: five minutes before the first wave.
OPENS_MIN: Final = 8 * 60 + 55
#: Real seconds until the jobs process has loaded its solver: it would miss the first
#: waves of a fast day, so the clock starts by as much earlier.
WARM_UP_S: Final = 3.0


def run_demo(
    port: int | None,
    data_dir: Path | None,
    speed: float,
    seed: int,
    orders: int,
    until_end: bool,
    as_json: bool,
) -> int:
    """Play the day and return the exit code: 0 when every booked order is delivered or explained.

    port      : None: 8000 or the next free one
    data_dir  : None: a temporary folder, deleted afterwards unless the day was bad
    speed     : how many times as fast as a real day
    until_end : stop when the day is over; otherwise go on serving until Ctrl-C
    as_json   : the result as one JSON object on standard output, all else on standard error

    Raises ``Invalid`` for a port or folder that cannot be used, ``Broken`` when the
    server does not start.
    """
    listener = listen(port)
    out = sys.stderr if as_json else sys.stdout
    ending = Ending()
    with (
        _folder(data_dir) as folder,
        made_up_post(folder.path),
        # Nobody is written to, whatever the folder's settings say.
        surrounded({NOTICES_FILE: str(folder.path / "notices.jsonl")}),
    ):
        warm_up = timedelta(seconds=WARM_UP_S * speed)
        house = open_stage(folder.path, instant_at(DAY, OPENS_MIN) - warm_up, speed)
        note_events(house.ports)  # from the very first order on
        town = load.town(house.settings.town, house.data_dir / TOWNS_FOLDER)
        cast = Cast(house, orders_of_day(town, seed=seed, count=orders), seed)
        first = cast.serve_first()
        address = server.address_of(listener)
        with serving(house, listener, cast.home_links, ending.wait) as check:
            ending.listen()
            print(cast.heading(address, first), file=out, flush=True)
            outcome, whole = _play(cast, first, address, ending, check, out)
            _say(outcome, whole, as_json, out)
            if whole and not until_end:
                print(closing_lines(address), file=out, flush=True)
                while not ending.wait(60):
                    check()
        folder.keep = not outcome.good
        return 0 if outcome.good else 1


def closing_lines(address: str) -> str:
    """What is said when the day is over and its pages stay.

    The town's clock runs on, so the planner's page shows an empty next day unless it is
    asked for this one.
    """
    pages = f"{address}{ADDRESSES[PageKind.PLANNER]}"
    planner = f"{pages}?jour={DAY}"
    return (
        f"\nIts pages stay at {address}/ until Ctrl-C.  What the couriers' day taught (it was\n"
        f"made up: no ride was real) is at {pages}/temps.\n"
        f"What customers were told (it went to a file, and to nobody) is at {pages}/messages.\n"
        "The town's clock runs on into the next day; this day's plan, once you came in by the\n"
        f"planner's link:\n  {planner}"
    )


def _play(
    cast: Cast,
    first: Answer,
    address: str,
    ending: Ending,
    check: Callable[[], None],
    out: TextIO,
) -> tuple[Outcome, bool]:
    """Live the day; return how it went, and whether it came to its end."""
    ports = cast.house.ports
    began_s = ports.clock.stopwatch_s()
    screen = _screen(out, cast.house, address)

    def look(report: DayReport, waves: Sequence[Wave]) -> None:
        check()
        screen.show(report, waves, cast.tally)

    with ExitStack() as connections, screen:
        day = cast.day(address, Diary(screen.hear), ending, connections)
        day.take_first(cast.orders[0], first)
        whole = day.live(look)
    seconds = ports.clock.stopwatch_s() - began_s
    return Outcome(day_report(DAY, ports), cast.tally, day.waves(), seconds), whole


@dataclass(slots=True)
class _Folder:
    """Where the day is kept.  ``keep``: do not delete it at the end."""

    path: Path
    keep: bool = False


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[_Folder]:
    """*data_dir*, made ready; or a temporary folder that is deleted unless it is to be kept."""
    if data_dir is not None:
        claim_folder(data_dir)
        yield _Folder(data_dir, keep=True)
        return
    folder = _Folder(Path(mkdtemp(prefix="dispatch-demo-")), keep=True)
    claim_folder(folder.path)
    try:
        yield folder
    finally:
        if folder.keep:
            print(f"What happened is in {folder.path}", file=sys.stderr)
        else:
            rmtree(folder.path)


def _screen(out: TextIO, house: House, address: str) -> Screen:
    console = Console(file=out)
    if console.is_terminal:
        return Dashboard(console, house.ports.clock, address)
    return Lines(out)


def _say(outcome: Outcome, whole: bool, as_json: bool, out: TextIO) -> None:
    print("\nThe day is over." if whole else "\nInterrupted; the day so far:", file=out)
    print(outcome.as_text(), file=out, flush=True)
    if as_json:
        print(json.dumps(outcome.as_json(), ensure_ascii=False), flush=True)
