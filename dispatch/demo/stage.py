"""The house the day is played in: its folder, its clock, its server in a process of its own.

Decides which folders may be used, and that no process outlives the demonstration.
The server is the one of ``dispatch serve``, jobs process included.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, TextIO

import httpx

from dispatch import server
from dispatch.adapters.clock import save_clock, starting_now
from dispatch.adapters.storage.chosen import VARIABLE
from dispatch.adapters.storage.store import SqlStore
from dispatch.app import CLOCK_FILE, SETTINGS_FILE, House, open_house
from dispatch.core.errors import Broken, Invalid
from dispatch.jobs.lease import LOCK_FILE, held
from dispatch.web.home import HomeLinks

MARKER_FILE: Final = "demonstration.txt"
LOG_FILE: Final = "server.log"
HOST: Final = "127.0.0.1"
FIRST_PORT: Final = 8000
_PORTS_TRIED: Final = 50
_READY_WITHIN_S: Final = 30.0
_ENDS_WITHIN_S: Final = 5.0

_MARK: Final = (
    "This folder belongs to `dispatch run`, the demonstration.\n"
    "The next demonstration in it starts by deleting everything but parameters.toml.\n"
)


def listen(port: int | None) -> socket.socket:
    """Take *port*; None: the first free one from 8000 on.

    Raises ``Invalid`` when *port*, or every port tried, is taken.
    """
    if port is not None:
        return server.listen(HOST, port)
    for candidate in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        with suppress(Invalid):
            return server.listen(HOST, candidate)
    raise Invalid(
        f"no free port from {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1}; name one with --port",
        field="port",
    )


def claim_folder(data_dir: Path) -> None:
    """Make *data_dir* an empty demonstration's; what an earlier demonstration left is deleted.

    ``parameters.toml`` is kept.  Raises ``Invalid`` for a folder with anything else in
    it, and for one in which a demonstration is running.
    """
    if data_dir.exists() and not data_dir.is_dir():
        raise Invalid(f"data_dir {data_dir} is not a directory", field="data_dir")
    data_dir.mkdir(parents=True, exist_ok=True)
    inside = {path.name for path in data_dir.iterdir()} - {SETTINGS_FILE}
    if inside and MARKER_FILE not in inside:
        raise Invalid(
            f"data_dir {data_dir} is not empty and not a demonstration's: it is left alone",
            field="data_dir",
        )
    with held(data_dir, lambda _: True) as free:
        if not free:
            raise Invalid(f"a demonstration is running in data_dir {data_dir}", field="data_dir")
        for name in inside - {LOCK_FILE}:
            path = data_dir / name
            if path.is_file():
                path.unlink()
    (data_dir / MARKER_FILE).write_text(_MARK, encoding="utf-8")


def open_stage(data_dir: Path, starts_at: datetime, pace: float) -> House:
    """Open a house in *data_dir* whose clock shows *starts_at* now and runs *pace* times as fast.

    What it logs from now on goes to ``server.log`` there.  Whatever database this machine's
    installations use, a demonstration's is a file there.
    """
    os.environ.pop(VARIABLE, None)
    server.log_to(_log(data_dir))
    save_clock(starting_now(starts_at, pace), data_dir / CLOCK_FILE)
    return open_house(data_dir)


@contextmanager
def serving(
    house: House,
    listener: socket.socket,
    home_links: HomeLinks,
    wait: Callable[[float], bool],
) -> Iterator[Callable[[], None]]:
    """Serve *house* in a process of its own, until the end of the ``with``.

    Gives a function to call now and then: it raises ``Broken`` when that process is gone.

    wait : waits that many real seconds, and returns True when it is time to end

    Call it before any thread is started: the server is a fork.  Raises ``Broken`` when
    it does not answer.
    """
    if isinstance(house.ports.store, SqlStore):
        house.ports.store.close()  # a connection does not survive a fork
    address = server.address_of(listener)
    sys.stdout.flush()
    sys.stderr.flush()
    process = get_context("fork").Process(
        target=_serve, args=(house, listener, home_links, os.getpid()), name="dispatch serve"
    )
    process.start()

    def check() -> None:
        if not process.is_alive():
            raise Broken(f"the server has ended; see {house.data_dir / LOG_FILE}")

    try:
        listener.close()  # the server has its own
        _await_answer(address, process, house, wait)
        yield check
    finally:
        process.terminate()
        process.join(_ENDS_WITHIN_S)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(house: House, listener: socket.socket, home_links: HomeLinks, parent_pid: int) -> None:
    # Ctrl-C is the demonstration's: it ends the server when it has said goodbye.
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    log = _log(house.data_dir)
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    _end_with(parent_pid)
    sys.exit(server.serve(house, listener, home_links=home_links))


def _end_with(parent_pid: int) -> None:
    """End when the demonstration was killed: nobody is left to say so."""

    def look(*_: object) -> None:
        if os.getppid() != parent_pid:
            os.kill(os.getpid(), signal.SIGTERM)

    # A timer, because no thread may run in a process that forks its workers; they and
    # the jobs process do not inherit it.
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)


def _await_answer(
    address: str, process: BaseProcess, house: House, wait: Callable[[float], bool]
) -> None:
    stopwatch_s = house.ports.clock.stopwatch_s
    until_s = stopwatch_s() + _READY_WITHIN_S
    while process.is_alive() and stopwatch_s() < until_s:
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/v1/health", timeout=2).status_code == httpx.codes.OK:
                return
        if wait(0.05):
            return
    raise Broken(f"the server does not answer; see {house.data_dir / LOG_FILE}")


def _log(data_dir: Path) -> TextIO:
    return (data_dir / LOG_FILE).open("a", encoding="utf-8", buffering=1)
