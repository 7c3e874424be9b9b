"""Pictures on disk: whole or not at all, and nowhere but in their folder."""

from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.adapters.proofs.disk import DiskProofs
from dispatch.core.errors import Broken, StorageError
from dispatch.operations.ports import Picture

KEY = "ab" * 32 + ".jpg"
PHOTO = Picture(b"\xff\xd8 a door", "image/jpeg")


@pytest.fixture
def shelf(tmp_path: Path) -> DiskProofs:
    return DiskProofs(tmp_path / "proofs")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_got_until_it_is_deleted(shelf: DiskProofs) -> None:
    assert shelf.get(KEY) is None
    shelf.put(KEY, PHOTO)
    assert shelf.get(KEY) == PHOTO
    for _ in range(2):
        shelf.delete(KEY)
        assert shelf.get(KEY) is None


def test_only_its_owner_may_look_at_a_picture(shelf: DiskProofs, tmp_path: Path) -> None:
    shelf.put(KEY, PHOTO)
    (path,) = files(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["../../secret.key", "ab.jpg", "ab" * 32 + ".svg", ""])
def test_a_key_is_never_a_path(shelf: DiskProofs, key: str) -> None:
    for act in (shelf.get, shelf.delete, lambda key: shelf.put(key, PHOTO)):
        with pytest.raises(Broken, match="is not what a picture is called"):
            act(key)


def test_on_a_full_disk_there_is_the_old_picture_or_none_and_no_litter(
    shelf: DiskProofs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    shelf.put(KEY, PHOTO)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        shelf.put(KEY, Picture(b"another", "image/jpeg"))
    assert len(files(tmp_path)) == 1
    assert shelf.get(KEY) == PHOTO


def test_a_folder_that_is_none_is_told_as_storage(tmp_path: Path) -> None:
    (tmp_path / "proofs").write_text("a file where the folder should be")
    shelf = DiskProofs(tmp_path / "proofs")
    for act in (shelf.get, shelf.delete, lambda key: shelf.put(key, PHOTO)):
        with pytest.raises(StorageError, match=r"cannot (keep|read|delete) a picture"):
            act(KEY)


def test_only_pictures_of_a_certain_age_are_found_and_nothing_that_is_no_picture(
    tmp_path: Path,
) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    shelf = DiskProofs(tmp_path / "proofs", lambda: now)
    assert list(shelf.older_than(timedelta(hours=1))) == []
    for hours, key in ((3, KEY), (1, "cd" * 32 + ".png")):
        shelf.put(key, PHOTO)
        written = (now - timedelta(hours=hours)).timestamp()
        os.utime(tmp_path / "proofs" / key[:2] / key, (written, written))
    draft = tmp_path / "proofs" / "ab" / f".{KEY}.17"
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    assert list(shelf.older_than(timedelta(hours=2))) == [KEY]
