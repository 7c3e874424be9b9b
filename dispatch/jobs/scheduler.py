"""The jobs process's timetable: it looks at every chore as often as it asks, and knows no more.

What is due, and what is then done, is each chore's own business (``operations.chores``):
its timetable follows the installation's own clock, which may run sixty times as fast.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from dispatch.adapters.clock import WallClock
from dispatch.core.errors import DispatchError
from dispatch.operations.chores import CHORES, Chore
from dispatch.operations.mailroom import Told
from dispatch.operations.notices import Notice
from dispatch.operations.ports import Ports
from dispatch.operations.waves import Wave

#: Real seconds between two questions whether it is time to end.
_ASK_S: Final = 0.5


class Looker:
    """One look at a chore; whatever goes wrong is logged, and the next look comes."""

    def __init__(self, chore: Chore, ports: Ports) -> None:
        self._chore = chore
        self._ports = ports
        self._trouble = ""

    def __call__(self) -> None:
        log = structlog.get_logger()
        try:
            done = self._chore.act(self._ports)
        except Exception as why:  # the process outlives any wave
            trouble = f"{type(why).__name__} {_where(why)}"
            # A database out of reach fails twice a second: that is one fact, not 7200 an hour.
            if trouble != self._trouble:
                log.error(
                    "chore_failed", chore=self._chore.name, error=_code(why), where=_where(why)
                )
            self._trouble = trouble
            return
        if self._trouble:
            log.info("chore_works_again", chore=self._chore.name)
        self._trouble = ""
        if isinstance(done, Wave):
            self._tell(done)
        for one in done if isinstance(done, tuple) else ():
            if isinstance(one, Told):
                log.warning(
                    "webhook_given_up",
                    endpoint=one.endpoint_id,
                    message=one.message_id,
                    answer=one.answer.words,
                )
            if isinstance(one, Notice):
                log.warning("notice_failed", notice=one.notice_id, why=one.why)

    @staticmethod
    def _tell(wave: Wave) -> None:
        log = structlog.get_logger()
        if wave.error is not None:
            # The code only: what follows it may quote an order.
            log.error("wave_search_failed", wave=wave.wave_id, error=wave.error_code)
        if wave.result is not None:
            log.info(
                "wave_published",
                wave=wave.wave_id,
                orders=wave.result.orders,
                tours=wave.result.tours,
                unserved=wave.result.unserved,
                solve_s=wave.result.solve_s,
                engine=wave.result.engine,
            )


def run_jobs(ports: Ports, wait: Callable[[float], bool], chores: Sequence[Chore] = CHORES) -> None:
    """Look at every chore until it is time to end, then let the work in hand finish.

    Each has a thread of its own: a slow one delays no other, and never meets itself.

    wait : waits that many real seconds, and returns True when it is time to end
    """
    # While a wave is solved the looks in between are dropped, as they should be: no warning.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # The zone is said, or APScheduler asks the machine for its own.
    scheduler = BackgroundScheduler(
        timezone=UTC, executors={"default": ThreadPoolExecutor(len(chores))}
    )
    # Left to itself the first look comes after the first interval: for some, tomorrow.
    first = WallClock().now()
    for chore in chores:
        scheduler.add_job(
            Looker(chore, ports),
            "interval",
            seconds=chore.every_s,
            next_run_time=first,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # however late, one look is worth having
        )
    scheduler.start()
    try:
        while not wait(_ASK_S):
            pass
    finally:
        scheduler.shutdown(wait=True)


def _code(why: Exception) -> str:
    return why.code if isinstance(why, DispatchError) else type(why).__name__


def _where(why: Exception) -> str:
    """The last three lines of code on the way; never the message, which may name a person."""
    frames = traceback.extract_tb(why.__traceback__)[-3:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
