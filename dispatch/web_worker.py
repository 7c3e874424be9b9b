"""What a web worker does otherwise than gunicorn and Python would by themselves.

Decides when a connection is not used again, and how often memory is searched for garbage.
That the client is told, and may finish what it was sending before the line is cut, is
gunicorn's.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_TOO_LARGE: Final = "413"
#: New objects before the youngest are searched, and how many searches before the older are.
_SEARCHED_AFTER: Final = (10_000, 20, 20)


def search_less() -> None:
    """Leave what is loaded by now out of every search for garbage; call it before the fork.

    A search through everything that was ever imported keeps whoever asks then waiting for a
    tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SEARCHED_AFTER)


def closing_after_a_flood(app: WSGIApplication) -> WSGIApplication:
    """Return *app* with ``Connection: close`` on its every 413; gunicorn's workers only."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, *said: Any) -> Any:
            if status.startswith(_TOO_LARGE):
                # gunicorn writes this header itself, and drops what an application says of it.
                cast(Any, start_response).__self__.force_close()
            return start_response(status, *said)

        return app(environ, start)

    return answer
