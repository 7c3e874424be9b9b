"""How often somebody nobody knows may try: wrong keys, made-up links, made-up tracking pages.

Decides when a stranger is asked to wait.  Whoever has a key or a link is never slowed by
somebody who has not: only misses count, and only a miss is answered so.  256 random bits
are not guessed at any speed; this keeps a flood of guesses cheap to answer and its log short.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from typing import Final

#: Misses that nobody minds: a mistyped link, a shop's old key in a loop for a moment.
BURST: Final = 30
#: Real seconds until one more is free.
REFILL_S: Final = 2.0
#: Addresses remembered; whoever missed longest ago is forgotten first.
MOST: Final = 10_000


class Strangers:
    """A bucket of ``BURST`` misses for each network address, in this process's memory.

    stopwatch_s : real seconds, never going back
    """

    def __init__(self, stopwatch_s: Callable[[], float]) -> None:
        self._stopwatch_s = stopwatch_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def miss(self, address: str) -> int:
        """Count one miss; return whole seconds to wait, 0 while there is room."""
        now_s = self._stopwatch_s()
        with self._lock:
            left, at_s = self._buckets.pop(address, (float(BURST), now_s))
            left = min(BURST, left + (now_s - at_s) / REFILL_S)
            waits = left < 1
            self._buckets[address] = (left if waits else left - 1, now_s)
            if len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        return ceil((1 - left) * REFILL_S) if waits else 0


def network_address(peer: str | None, forwarded: str | None) -> str:
    """Return whom a miss is counted against.

    peer      : the other end of the connection
    forwarded : ``X-Forwarded-For``; believed only from a proxy on this machine, and of it
                only the last entry, which that proxy wrote

    An IPv6 household is one stranger, whichever of its addresses it uses (/64).
    """
    said = (peer or "").strip()
    if forwarded and _is_loopback(said):
        said = forwarded.rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(said.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
