"""A made-up post for the day, in a process of its own.

Decides that no parcel of a demonstration is ever told to the real one, whatever the folder's
settings say: this house, and the processes it starts, ask the made-up post instead.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from dispatch.adapters.clock import load_clock
from dispatch.adapters.parcels.fake import FakePost, fake_carrier
from dispatch.adapters.parcels.settings import LABELS_KEY, STAND_IN, TRACKING_KEY
from dispatch.app import CLOCK_FILE
from dispatch.demo.surroundings import surrounded

_ENDS_WITHIN_S: Final = 5.0


class _Quiet(WSGIRequestHandler):
    """Its requests are nobody's business on the demonstration's screen."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


@contextmanager
def made_up_post(data_dir: Path) -> Iterator[str]:
    """Run a made-up post that lives by the clock of *data_dir*; give its address.

    Call it before any thread is started, and open the house inside: it finds the post by
    environment variables, as the processes that it starts do.
    """
    post = FakePost(lambda: load_clock(data_dir / CLOCK_FILE).now())
    server = make_server("127.0.0.1", 0, fake_carrier(post), request_handler=_Quiet)
    address = f"http://127.0.0.1:{server.port}"
    process = get_context("fork").Process(target=_serve, args=(server,), daemon=True)
    process.start()
    server.server_close()  # the process has its own
    told = {STAND_IN: address, LABELS_KEY: "made-up", TRACKING_KEY: "made-up"}
    try:
        with surrounded(told):
            yield address
    finally:
        process.terminate()
        process.join(_ENDS_WITHIN_S)


def _serve(server: BaseWSGIServer) -> None:
    # Ctrl-C is the demonstration's: it ends this when it has said goodbye.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    server.serve_forever()
