"""What quotes have compiled: loaded before anybody waits for one."""

from __future__ import annotations

from dispatch.routing import drives, one_more


def load() -> None:
    """Load the search for places and the drives, or compile them where this machine has not yet.

    Under a second to load, half a minute to compile.  Without it quotes answer the same, slower.
    """
    one_more.load()
    drives.load()
