"""So many requests a second, whatever the answers do: a second process that loads a server.

Decides when each request is due, and counts its latency from then, not from when it was
sent: a server that keeps everybody waiting is not asked less, as it would not be by real
customers (Gil Tene's "coordinated omission").  Run as ``python -m
benchmarks.common.open_loop FILE`` by ``load``.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

#: How many may be under way at once; one more waits, and its wait is counted.
SENDERS: Final = 64
PATIENCE_S: Final = 60.0

_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.  Seconds count from the first one's due time; ``status`` 0: no answer."""

    due_s: float
    sent_s: float
    done_s: float
    status: int
    express: int = 0
    windows: int = 0

    @property
    def latency_ms(self) -> float:
        return 1000 * (self.done_s - self.due_s)


def load(
    url: str, path: str, bodies: Sequence[object], key: str, per_s: float
) -> tuple[list[Asked], float]:
    """POST *bodies* to *path* at *per_s* a second from a process of its own.

    Returns what became of each, and the loading process's CPU seconds.
    """
    with TemporaryDirectory() as scratch:
        task = Path(scratch) / "task.json"
        what = {"url": url, "path": path, "key": key, "per_s": per_s}
        task.write_text(json.dumps({**what, "bodies": list(bodies)}))
        subprocess.run(
            [sys.executable, "-m", "benchmarks.common.open_loop", str(task)], cwd=_ROOT, check=True
        )
        told = json.loads(task.with_suffix(".done").read_text())
    return [Asked(**row) for row in told["asked"]], told["cpu_s"]


class Sender:
    """One connection, kept open as a storefront's would be."""

    def __init__(self, url: str, path: str) -> None:
        where = urlsplit(url)
        self._line = http.client.HTTPConnection(
            where.hostname or "", where.port, timeout=PATIENCE_S
        )
        self._path = path

    def ask(
        self, body: bytes, key: str, idempotency_key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """POST *body* and return the status with what was answered; 0 when nothing was."""
        head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        if idempotency_key is not None:
            head["Idempotency-Key"] = idempotency_key
        for attempt in (1, 2):  # a line that lay idle may have been hung up
            try:
                self._line.request("POST", self._path, body, head)
                answer = self._line.getresponse()
                return answer.status, json.loads(answer.read())
            except (http.client.HTTPException, ConnectionError, TimeoutError):
                self._line.close()
                if attempt == 2:
                    break
        return 0, {}


def _run(task: dict[str, Any]) -> list[Asked]:
    bodies = [json.dumps(body).encode() for body in task["bodies"]]
    turns, asked = count(), dict[int, Asked]()
    zero_s = time.monotonic() + 0.5

    def send() -> None:
        sender = Sender(task["url"], task["path"])
        while (n := next(turns)) < len(bodies):
            due_s = n / task["per_s"]
            time.sleep(max(0.0, zero_s + due_s - time.monotonic()))
            sent_s = time.monotonic() - zero_s
            status, told = sender.ask(bodies[n], task["key"])
            express = [o for o in told.get("options", ()) if o["mode"] == "express"]
            asked[n] = Asked(
                *(due_s, sent_s, time.monotonic() - zero_s, status),
                express=sum(o["offered"] for o in express),
                windows=len(express),
            )

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return [asked[n] for n in sorted(asked)]


if __name__ == "__main__":
    file = Path(sys.argv[1])
    before_s = time.process_time()
    done = [asdict(one) for one in _run(json.loads(file.read_text()))]
    cpu_s = time.process_time() - before_s
    file.with_suffix(".done").write_text(json.dumps({"asked": done, "cpu_s": cpu_s}))
