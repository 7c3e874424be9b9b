"""The jobs process's timetable: it asks what is due, twice a second, and knows nothing else.

Which wave is due, and what a wave does, is ``operations.tick``'s business: its
timetable follows the installation's own clock, which may run sixty times as fast.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Final

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from dispatch.core.errors import DispatchError
from dispatch.operations.ports import Ports
from dispatch.operations.tick import tick

#: Real seconds between two looks: half a minute of the town's time at pace 60.
TICK_S: Final = 0.5


class Ticker:
    """One look at what is due; whatever goes wrong is logged, and the next look comes."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._trouble = ""

    def __call__(self) -> None:
        log = structlog.get_logger()
        try:
            wave = tick(self._ports)
        except Exception as why:  # the process outlives any wave
            trouble = f"{type(why).__name__} {_where(why)}"
            # A database out of reach fails twice a second: that is one fact, not 7200 an hour.
            if trouble != self._trouble:
                log.error("tick_failed", error=_code(why), where=_where(why))
            self._trouble = trouble
            return
        if self._trouble:
            log.info("tick_works_again")
        self._trouble = ""
        if wave is not None and wave.error is not None:
            # The code only: what follows it may quote an order.
            log.error("wave_search_failed", wave=wave.wave_id, error=wave.error_code)
        if wave is not None and wave.result is not None:
            log.info(
                "wave_published",
                wave=wave.wave_id,
                orders=wave.result.orders,
                tours=wave.result.tours,
                unserved=wave.result.unserved,
                solve_s=wave.result.solve_s,
                engine=wave.result.engine,
            )


def run_jobs(ports: Ports, wait: Callable[[float], bool]) -> None:
    """Tick until it is time to end, then let the wave in hand finish.

    wait : waits that many real seconds, and returns True when it is time to end
    """
    # While a wave is solved the looks in between are dropped, as they should be: no warning.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # The zone is said, or APScheduler asks the machine for its own.
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        Ticker(ports),
        "interval",
        seconds=TICK_S,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,  # however late, one look is worth having
    )
    scheduler.start()
    try:
        while not wait(TICK_S):
            pass
    finally:
        scheduler.shutdown(wait=True)


def _code(why: Exception) -> str:
    return why.code if isinstance(why, DispatchError) else type(why).__name__


def _where(why: Exception) -> str:
    """The last three lines of code on the way; never the message, which may name a person."""
    frames = traceback.extract_tb(why.__traceback__)[-3:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
