"""Files become a town in one instant: the old town stays until the new one is whole.

``towns/NAME`` is a symbolic link to the folder of one import.  A new import is written beside
it, read back as a check, and the link is moved: a rename is one step to the operating system,
so a power cut, a full disk or ``kill -9`` leaves the old town or the new one, nothing between.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from geodata import load
from geodata.recipes.openstreetmap.notes import ImportRefused


def install(files: Mapping[str, bytes], towns: Path, name: str) -> Path:
    """Make *files* the town *name* of *towns* and return its folder.

    Whoever calls holds *towns* (``recipes.holding``).
    Raises ``ImportRefused`` when they do not make a sound town, ``OSError`` when they cannot
    be written; the old town is then untouched.
    """
    stage = Path(mkdtemp(prefix=f".{name}.", dir=towns))
    try:
        for file, content in files.items():
            _write(stage / file, content)
        _sync(stage)
        try:
            load.read(stage, name)
        except ValueError as why:
            raise ImportRefused(f"town {name}: {why}") from None
        _point(towns, name, stage)
    except BaseException:
        if (towns / name).resolve() != stage.resolve():  # else it is the town already
            shutil.rmtree(stage, ignore_errors=True)
        raise
    for old in towns.glob(f".{name}.*"):
        if old.is_dir() and not old.is_symlink() and old.name != stage.name:
            shutil.rmtree(old, ignore_errors=True)
    return towns / name


def _point(towns: Path, name: str, stage: Path) -> None:
    """Let ``towns/NAME`` mean *stage*, in one step."""
    home = towns / name
    if home.is_dir() and not home.is_symlink():  # put there by hand: nothing to swap a link with
        home.rename(towns / f".{name}.before")
    link = towns / f".{name}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(stage.name)
    link.replace(home)
    _sync(towns)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the names in *folder* last as long as the files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
