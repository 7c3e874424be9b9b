"""Pictures as files in a folder of the data directory.

Decides how: written beside, flushed, then renamed, and the folder flushed too; a machine that
dies leaves the whole picture or none.  Readable by its owner only.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from dispatch.adapters.proofs.names import checked
from dispatch.core.errors import StorageError
from dispatch.operations.ports import Picture

#: In the data directory.
FOLDER = "proofs"


class DiskProofs:
    """The ``Proofs`` port on *folder*, made when the first picture comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

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
