"""The processes of an installation at work: the web server, and the jobs process beside it.

Decides how they start, watch over each other and end.  Does not know what they
serve: the application is made in ``dispatch.app``, what is due in ``dispatch.jobs``.

::

    dispatch serve (gunicorn's master: holds the port, watches)
    ├── web workers   forks, as many as ``workers``; each answers with ``threads`` threads
    └── dispatch jobs a process of its own; restarted when it dies

Whichever way the master ends, its children end: it stops them, and when it is
killed they notice that it is gone.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http import wsgi

from dispatch.adapters.clock import WallClock, save_clock, starting_now
from dispatch.adapters.storage.store import SqlStore
from dispatch.app import CLOCK_FILE, SETTINGS_FILE, House, check_streets, create_app, open_house
from dispatch.core.civil import local_text
from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.jobs.ending import Ending
from dispatch.jobs.lease import held
from dispatch.jobs.scheduler import run_jobs
from dispatch.operations.audit import note_parameters
from dispatch.routing.solvers.warmth import is_compiled, warm_up
from dispatch.settings import written
from dispatch.web.home import HomeLinks, no_links
from dispatch.web.live import watch_of
from dispatch.web.settings import LOOPBACK
from dispatch.web_worker import closing_after_a_flood, search_less

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS: Final = 8
#: How long a request in hand, or the jobs process, may take to finish once we are told to stop.
GRACE_S: Final = 2
#: Held by the `serve` that sets the clock, as long as it lives.
SERVE_LOCK: Final = "serve.lock"
#: Pause before the jobs process is started again; doubled each time, back to the first
#: once it has lived for STEADY_S.
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 60.0


def listen(host: str, port: int) -> socket.socket:
    """Take *port* (0: any free one) and return its listening socket.

    Raises ``Invalid`` naming host or port when it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as why:
        if why.errno == errno.EADDRINUSE:
            raise Invalid(
                f"port {port} on {host} is in use; choose another one with --port (0: any)",
                field="port",
            ) from None
        field = "port" if why.errno == errno.EACCES else "host"
        raise Invalid(f"cannot listen on {host} port {port}: {why.strerror}", field=field) from None


def address_of(listener: socket.socket) -> str:
    """Return the address to type into a browser on this machine: ``http://127.0.0.1:8000``."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    house: House,
    listener: socket.socket,
    *,
    threads: int = THREADS,
    workers: int = 1,
    with_jobs: bool = True,
    home_links: HomeLinks = no_links,
    when_ready: Callable[[], None] = lambda: None,
) -> int:
    """Serve *house* on *listener* until SIGTERM or Ctrl-C; return the exit code.

    house      : freshly opened (so the tables are up to date before anything forks)
    workers    : web processes; each counts the API's limits for itself
    home_links : doors to show on the home page, for a demonstration
    when_ready : called once, in this process, when requests are answered

    Call it in the main thread, with no other thread running: the web workers are forks.
    """
    _check_streets(house)
    _warn_of_made_up_hosts(house, listener)
    note_parameters(written(house.data_dir / SETTINGS_FILE), house.ports)
    # Whoever asks learns neither which server answers nor its version.
    wsgi.SERVER = "dispatch"
    app = create_app(house, home_links)
    app.config["LIVE_LISTENERS"] = threads // 2
    _let_go(house)
    search_less()
    options = {
        "bind": f"fd://{listener.detach()}",
        "worker_class": "gthread",
        "workers": workers,
        "threads": threads,
        "graceful_timeout": GRACE_S,
        "preload_app": True,
        "loglevel": "warning",
        "control_socket_disable": True,
        # Who listens is let go as soon as the worker is told to end.
        "post_worker_init": lambda worker: _let_listen_while(app, worker),
    }
    stopwatch_s = house.ports.clock.stopwatch_s
    jobs = JobsProcess(jobs_command(house.data_dir), stopwatch_s) if with_jobs else None
    try:
        _Master(_Web(app, options), jobs, when_ready).run()
    except SystemExit as end:
        return 1 if end.code else 0
    return 0


def _let_listen_while(app: Flask, worker: Any) -> None:
    watch_of(app).goes_on = lambda: bool(worker.alive)


@contextmanager
def with_its_clock(data_dir: Path, wanted: tuple[datetime, float] | None) -> Iterator[House]:
    """Open the installation in *data_dir* on the clock it is to live by, and save that clock.

    wanted : instant and pace of ``--clock``; None: the real time, or the clock of another
             `serve` that is at work there

    Raises ``Invalid`` when two would set the clock of one town, or when time would turn
    back behind what has happened already.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(data_dir / SERVE_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        alone = _locked(handle)
        if not alone and wanted is not None:
            raise Invalid(
                f"another `dispatch serve` is at work on {data_dir} and sets its clock; "
                "leave out --clock to share it",
                field="clock",
            )
        clock = starting_now(*wanted) if wanted else None
        house = open_house(data_dir, (clock or WallClock()) if alone else None)
        with house.ports.store.reading() as tx:
            last_at = tx.latest_event_at()
        if last_at is not None and house.ports.clock.now() < last_at:
            raise Invalid(
                f"time would turn back: something happened here at {local_text(last_at)}; "
                "start the clock later than that with --clock, or use another --data-dir",
                field="clock",
            )
        if alone:
            save_clock(clock, data_dir / CLOCK_FILE)
        yield house
    finally:
        os.close(handle)  # lets go of the lock as well


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def run_jobs_process(data_dir: Path, parent_pid: int | None = None) -> None:
    """Be the jobs process of *data_dir*, or its stand-by, until told to end.

    parent_pid : end as well when this process, which started us, is gone
    """
    log = structlog.get_logger()
    ending = Ending(parent_pid)
    ending.listen()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(data_dir, ending.wait) as ours:
        if not ours:
            return
        # Opened only now: while standing by, the clock may have been set anew.
        house = open_house(data_dir)
        waves = house.settings.parameters.waves
        if not is_compiled():
            log.info("engine_compiling", note="once on this machine, a minute or two")
        warm_s = warm_up(waves.engine, proofs=waves.proof_s > 0)  # not within a wave
        log.info(
            "jobs_started",
            pid=os.getpid(),
            engine=waves.engine,
            warm_up_s=round(warm_s, 1),
            town=house.settings.town,
        )
        run_jobs(house.ports, ending.wait)
        log.info("jobs_ended", pid=os.getpid())


def log_to(stream: TextIO | None = None) -> None:
    """One fact per line on *stream*, as ``key=value``; None: what is standard error then."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Journal(stream))),
        cache_logger_on_first_use=True,
    )


class _Journal:
    """A stream where a line that cannot be written is lost and nothing else.

    Often it is a file on the disk that has just filled up: the customer still gets an answer.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            (self._stream or sys.stderr).write(text)

    def flush(self) -> None:
        with suppress(OSError):
            (self._stream or sys.stderr).flush()


def jobs_command(data_dir: Path) -> tuple[str, ...]:
    """Return the command line of the jobs process watched over by this process."""
    return (
        *(sys.executable, "-m", "dispatch", "jobs"),
        *("--data-dir", str(data_dir), "--parent", str(os.getpid())),
    )


class JobsProcess:
    """A child that is started again when it dies, a little later each time."""

    def __init__(self, command: Sequence[str], stopwatch_s: Callable[[], float]) -> None:
        self._command = tuple(command)
        self._stopwatch_s = stopwatch_s
        self._child: Popen[bytes] | None = None
        self._started_s = 0.0
        self._pause_s = 0.0
        self._start_from_s = stopwatch_s()

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def tend(self) -> None:
        """See that it lives.  Quick; to be called about once a second."""
        now_s = self._stopwatch_s()
        if self._child is not None and self._child.poll() is not None:
            steady = now_s - self._started_s >= STEADY_S
            again_s = FIRST_PAUSE_S if steady or not self._pause_s else 2 * self._pause_s
            self._pause_s = min(again_s, LONGEST_PAUSE_S)
            self._start_from_s = now_s + self._pause_s
            structlog.get_logger().error("jobs_died", pid=self._child.pid, again_in_s=self._pause_s)
            self._child = None
        if self._child is None and now_s >= self._start_from_s:
            # In a group of its own: Ctrl-C in a terminal comes to us, and we end it.
            self._child = Popen(self._command, stdin=DEVNULL, process_group=0)
            self._started_s = now_s

    def ask_to_end(self) -> None:
        """Tell it to end, without waiting."""
        if self._child is not None:
            self._child.terminate()

    def end(self, patience_s: float) -> None:
        """See it gone: killed, if it is still there after *patience_s*.

        A wave that is killed with it is taken over when its lease runs out.
        """
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(patience_s)
        except TimeoutExpired:
            structlog.get_logger().warning("jobs_killed", pid=self._child.pid)
            self._child.kill()
            self._child.wait()
        self._child = None


class _Web(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Our Flask application, as gunicorn wants it."""

    def __init__(self, app: Flask, options: dict[str, object]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> WSGIApplication:
        return closing_after_a_flood(self._app)


class _Master(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's master, which also looks after the jobs process."""

    def __init__(self, web: _Web, jobs: JobsProcess | None, when_ready: Callable[[], None]) -> None:
        super().__init__(web)
        self._jobs, self._when_ready = jobs, when_ready

    def manage_workers(self) -> None:
        """Called by gunicorn about once a second, and whenever a child has died."""
        first = not self.WORKERS
        super().manage_workers()
        if self._jobs is not None:
            self._jobs.tend()
        if first:
            ready, self._when_ready = self._when_ready, lambda: None
            ready()

    def spawn_worker(self) -> Any:
        try:
            return super().spawn_worker()
        except SystemExit as end:
            if os.getpid() == self.pid:
                raise
            # The worker is a fork of this process: what our callers mean to do after
            # serving is the master's to do, once.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code if isinstance(end.code, int) else 1)

    def stop(self, graceful: bool = True) -> None:
        """End the children, web and jobs at the same time."""
        if self._jobs is not None:
            self._jobs.ask_to_end()
        super().stop(graceful)
        if self._jobs is not None:
            self._jobs.end(patience_s=0.5)

    def handle_hup(self) -> None:
        """A closed terminal ends us; there is no configuration to read again."""
        self.handle_term()


def _check_streets(house: House) -> None:
    """Refuse to serve with a routing server that does not suit; one that is late may still come."""
    try:
        check_streets(house.ports.streets, house.ports.territory)
    except StreetsUnavailable as why:
        structlog.get_logger().error("routing_server_silent", why=str(why))


def _warn_of_made_up_hosts(house: House, listener: socket.socket) -> None:
    """Say so when strangers could choose what links in messages begin with."""
    if listener.getsockname()[0] not in LOOPBACK and not house.settings.server.public_url:
        structlog.get_logger().warning(
            "public_url_missing", note="set [server] public_url: links repeat what a request says"
        )


def _let_go(house: House) -> None:
    """Close the database's connections before the fork; the next use opens new ones."""
    if isinstance(house.ports.store, SqlStore):
        house.ports.store.close()
