"""Notices written to a file instead of being sent: for tests, and for a demonstration's page.

Each is one line of JSON, in the order of sending; several processes may write at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from dispatch.adapters.notify.written import Letter, Text
from dispatch.core.civil import parse_instant
from dispatch.operations.notices import Channel, Outcome, Sent


@dataclass(frozen=True, slots=True)
class Written:
    """What would have been sent.  ``subject``: "" of a text."""

    at: datetime
    channel: Channel
    notice_id: str
    to: str
    subject: str
    text: str


class OutgoingFile:
    """Appends to *path*, stamped by *now*; both services of a ``TownNotifier``."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path, self._now = path, now

    def send_letter(self, letter: Letter) -> Sent:
        return self._keep(Channel.EMAIL, letter.message_id, letter.to, letter.subject, letter.text)

    def send_text(self, text: Text) -> Sent:
        return self._keep(Channel.SMS, text.message_id, text.to, "", text.text)

    def _keep(self, channel: Channel, notice_id: str, to: str, subject: str, text: str) -> Sent:
        row = asdict(Written(self._now(), channel, notice_id, to, subject, text))
        line = json.dumps(row | {"at": row["at"].isoformat()}, ensure_ascii=False) + "\n"
        # Names and numbers are inside: for nobody else on the machine.
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
        return Sent(Outcome.SENT)


def written_to(path: Path, most: int) -> list[Written]:
    """Return the last *most* that were written to *path*, the latest first; none: no file yet."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()[-most:]
    return [_read(json.loads(line)) for line in reversed(lines)]


def _read(row: dict[str, str]) -> Written:
    return Written(
        **{**row, "at": parse_instant(row["at"]), "channel": Channel(row["channel"])}  # type: ignore[arg-type]
    )
