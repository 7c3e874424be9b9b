"""Pages told at once: server-sent events, few at a time, and polling for everybody else.

Decides how many pages listen and when one is told to look again.  What is worth telling is
``operations.pulse``'s.  One thread of a process looks at the day once a second for all of
its listeners, and only while there are any; a page that finds no room goes on asking by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition, Thread
from typing import Final, cast

import structlog
from flask import Blueprint, Flask, Response, current_app

from dispatch.core.errors import DispatchError
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.operations.pulse import Pulse, take_pulse
from dispatch.web.doors import link, reader

#: Each listener keeps a thread of its process: at most so many, half of what a process has.
#: ``LIVE_LISTENERS`` in the application's configuration says otherwise.
LISTENERS: Final = 4
#: Real seconds between two looks, and between two words to one page: a rush is told once.
_LOOK_EVERY_S: Final = 1.0
#: A line nobody speaks on is cut by somebody in between.
_STILL_THERE_EVERY_S: Final = 15.0
#: Then the page comes anew, by its own device's key as it is then.
_LONGEST_S: Final = 600.0
#: What a browser waits before it comes again, milliseconds.
_AGAIN_MS: Final = 5_000
_NAME: Final = "dispatch.live"


class Watch:
    """Looks at the day for all listeners of this process, and wakes them.

    goes_on : False once the process is to end: every listener is let go
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._changed = Condition()
        self._listeners = 0
        self._looking = False
        self._pulse = Pulse()
        self.goes_on: Callable[[], bool] = lambda: True

    def come_in(self, most: int) -> bool:
        """Take a listener's place; False when *most* are taken.  ``go`` gives it back."""
        with self._changed:
            if self._listeners >= most:
                return False
            self._listeners += 1
            if not self._looking:
                self._looking = True
                self._pulse = take_pulse(self._ports)
                Thread(target=self._look, name="live", daemon=True).start()
        return True

    def go(self) -> None:
        """Give a listener's place back."""
        with self._changed:
            self._listeners -= 1

    def told(self, kind: PageKind, subject: str) -> Iterator[str]:
        """Yield what to send to one reader's page, from now on and for ten minutes at most."""
        stopwatch_s = self._ports.clock.stopwatch_s
        began_s = spoken_s = stopwatch_s()
        mark = self._pulse.of(kind, subject)
        yield f"retry: {_AGAIN_MS}\n\n"
        while self.goes_on() and (now_s := stopwatch_s()) - began_s < _LONGEST_S:
            with self._changed:
                self._changed.wait(_LOOK_EVERY_S)
                is_now = self._pulse.of(kind, subject)
            if is_now != mark:
                mark, spoken_s = is_now, now_s
                yield "event: changed\ndata:\n\n"
            elif now_s - spoken_s >= _STILL_THERE_EVERY_S:
                spoken_s = now_s
                yield ": still there\n\n"

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(_LOOK_EVERY_S)
                if not self._listeners or not self.goes_on():
                    self._looking = False
                    return
            try:
                pulse = take_pulse(self._ports)
            except DispatchError as why:
                structlog.get_logger().warning("live_blind", error=why.code)
                continue
            with self._changed:
                self._pulse = pulse
                self._changed.notify_all()


def hang(app: Flask, ports: Ports) -> None:
    """Let the pages of *app* be told."""
    app.extensions[_NAME] = Watch(ports)


def watch_of(app: Flask) -> Watch:
    """Return who looks for the listeners of *app*."""
    return cast(Watch, app.extensions[_NAME])


def stream(pages: Blueprint, kind: PageKind) -> None:
    """Put ``direct`` on *pages*: told when there is something new for the reader."""

    @pages.get("/direct")
    @reader(kind)
    def told() -> Response:
        watch = watch_of(current_app)
        if not watch.come_in(int(current_app.config.get("LIVE_LISTENERS", LISTENERS))):
            # The page goes on asking by itself, and tries this door again later.
            return Response(status=503, headers={"Retry-After": "60"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        pieces = watch.told(kind, str(link().subject))
        answer = Response(pieces, mimetype="text/event-stream", headers=headers)
        answer.call_on_close(watch.go)
        return answer

    del told
