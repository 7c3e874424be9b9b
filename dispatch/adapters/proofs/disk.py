"""Pictures as files in a folder of the data directory.

Decides how: written beside, flushed, then renamed, and the folder flushed too; a machine that
dies leaves the whole picture or none.  Readable by its owner only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dispatch.adapters.clock import WallClock
from dispatch.adapters.proofs.names import checked, is_key
from dispatch.core.errors import StorageError
from dispatch.operations.ports import Picture

#: In the data directory.
FOLDER = "proofs"
_WALL: Final = WallClock()


class DiskProofs:
    """The ``Proofs`` port on *folder*, made when the first picture comes.

    now : the real time, which files are dated by
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = _WALL.now) -> None:
        self._folder, self._now = folder, now

    def put(self, key: str, picture: Picture) -> None:
        """As ``Proofs.put``."""
        path = self._path(key)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(picture.data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _flush(path.parent)
        except OSError as why:
            with suppress(OSError):
                draft.unlink()
            raise StorageError(f"cannot keep a picture: {why.strerror}") from why

    def get(self, key: str) -> Picture | None:
        """As ``Proofs.get``."""
        path = self._path(key)
        try:
            return Picture(path.read_bytes(), checked(key))
        except FileNotFoundError:
            return None
        except OSError as why:
            raise StorageError(f"cannot read a picture: {why.strerror}") from why

    def delete(self, key: str) -> None:
        """As ``Proofs.delete``."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as why:
            raise StorageError(f"cannot delete a picture: {why.strerror}") from why

    def older_than(self, age: timedelta) -> Iterator[str]:
        """As ``Proofs.older_than``, by when the file was written."""
        before = (self._now() - age).timestamp()
        try:
            for path in sorted(self._folder.glob("??/*")):
                if is_key(path.name) and path.stat().st_mtime < before:
                    yield path.name
        except OSError as why:
            raise StorageError(f"cannot look for pictures: {why.strerror}") from why

    def _path(self, key: str) -> Path:
        checked(key)
        # A year of a busy town is some ten thousand files: 256 folders hold them easily.
        return self._folder / key[:2] / key


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
