"""What the national service answered, kept for a while in a small file.

Decides how long and how many.  An answer that cannot be kept or read back is
asked again: this file may be deleted at any moment, and is when it is damaged.

Of the customer's text only a hash is kept; an answer is a public address and its
point.  No name, floor or code enters it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final

from dispatch.core.places import Place
from dispatch.operations.ports import Candidate

FILE_NAME: Final = "geocoder.sqlite3"
#: The service follows the national base week by week: what was not there may come soon.
UNKNOWN_FOR: Final = timedelta(days=1)
#: Some 10 MB.
MOST_KEPT: Final = 20_000
_PURGE_EVERY: Final = 200
#: A quote does not wait for another process's write.
_WAIT_S: Final = 0.1

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS answers"
    " (key TEXT PRIMARY KEY, at TEXT NOT NULL, found TEXT NOT NULL) WITHOUT ROWID"
)


class Answers:
    """Answers by address.  Safe to share between threads, and the file between processes.

    keep_for  : older answers are asked again, and purged
    keep_most : beyond, the oldest go first
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        *,
        keep_for: timedelta,
        keep_most: int = MOST_KEPT,
    ) -> None:
        self._now, self._keep_for, self._keep_most = now, keep_for, keep_most
        self._lock = Lock()
        self._written = 0
        self._file = _opened(path)
        self.purge()

    def get(self, key: str) -> list[Candidate] | None:
        """Return what was answered for *key*; None when it must be asked."""
        rows: list[Any] = []
        with self._lock, suppress(sqlite3.Error):
            sql = "SELECT at, found FROM answers WHERE key = ?"
            rows = self._file.execute(sql, (_hash(key),)).fetchall()
        if not rows:
            return None
        age = self._now() - datetime.fromisoformat(rows[0][0])
        found = [_candidate(one) for one in json.loads(rows[0][1])]
        fresh = timedelta() <= age <= (self._keep_for if found else UNKNOWN_FOR)
        return found if fresh else None

    def put(self, key: str, found: Sequence[Candidate]) -> None:
        """Keep what was answered; silently not, when the file cannot be written."""
        row = _hash(key), self._now().isoformat(), json.dumps([asdict(one) for one in found])
        with self._lock, suppress(sqlite3.Error):
            self._file.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", row)
            self._written += 1
        if self._written % _PURGE_EVERY == 0:
            self.purge()

    def purge(self) -> None:
        """Delete what is too old, and the oldest of what is too many."""
        oldest = (self._now() - self._keep_for).isoformat()
        with self._lock, suppress(sqlite3.Error):
            self._file.execute("DELETE FROM answers WHERE at < ?", (oldest,))
            self._file.execute(
                "DELETE FROM answers WHERE key IN"
                " (SELECT key FROM answers ORDER BY at DESC LIMIT -1 OFFSET ?)",
                (self._keep_most,),
            )

    def count(self) -> int:
        with self._lock, suppress(sqlite3.Error):
            return int(self._file.execute("SELECT count(*) FROM answers").fetchone()[0])
        return 0

    def close(self) -> None:
        self._file.close()


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.DatabaseError:
        # Damaged, or not ours: it holds nothing that cannot be asked again.
        with suppress(OSError):
            path.unlink()
    try:
        return _connected(path)
    except sqlite3.Error:
        return _connected(Path(":memory:"))


def _connected(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        file.execute(_TABLE)
    except sqlite3.Error:
        file.close()
        raise
    return file


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _candidate(row: dict[str, Any]) -> Candidate:
    return Candidate(**{**row, "place": Place(**row["place"])})
