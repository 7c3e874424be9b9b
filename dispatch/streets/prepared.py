"""The streets made ready for one vehicle in one slice of time, and kept on disk.

Decides when what is on disk may be used: only if streets, constants and code are those it
was made from.  Does not know where the caller keeps it, nor what is asked of it later.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.arrays import StreetArrays
from dispatch.streets.contraction import build
from dispatch.streets.hierarchy import ARRAYS, Hierarchy
from dispatch.streets.profiles import Profile
from dispatch.streets.slices import FREE_FLOW, Slice
from dispatch.streets.speeds import edge_times
from dispatch.streets.turns import TurnGraph, turn_graph

_log = logging.getLogger(__name__)

#: What a hierarchy depends on besides its town: whoever edits one of these makes it anew.
_SOURCES: Final = (
    *("speeds.py", "turns.py", "chains.py", "parts.py", "contraction.py", "hierarchy.py"),
    *("kernel/contract.py", "kernel/core.py", "kernel/heap.py"),
)

#: Of a digest, enough that no two streets of one town share a folder.
_DIGITS: Final = 16
#: Streets that nobody opened for so long were replaced, and need no room any more.
_KEPT_S: Final = 30 * 86_400.0

#: Told while a hierarchy is built: profile, slice, states done, of how many.
Progress = Callable[[str, str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One vehicle's turns, and the hierarchy over them."""

    graph: TurnGraph
    hierarchy: Hierarchy


class Workshop:
    """Makes a town's streets ready, or finds them ready in *folder* (None: nothing is kept).

    Streets have a folder in it of their own, by what they are: two towns of one name, or one
    before and after a correction, do not take each other's place.
    """

    def __init__(
        self, streets: StreetArrays, *, smallest_part: int, folder: Path | None = None
    ) -> None:
        self._streets, self._smallest_part = streets, smallest_part
        self._streets_key = _digest(streets, smallest_part) if folder is not None else ""
        self._folder = None if folder is None else folder / self._streets_key[:_DIGITS]

    def prepare(
        self, profile: Profile, during: Slice | None = None, progress: Progress | None = None
    ) -> Prepared:
        """Return *profile* in the hours of *during*, built or loaded."""
        key, path = self._kept_at(profile, during)
        if path is not None and (kept := _loaded(path, key)) is not None:
            return kept
        graph = self.graph(profile, during)
        name = FREE_FLOW if during is None else during.name
        told = None
        if progress is not None:
            tell = progress

            def told(done: int, states: int) -> None:
                tell(profile.name, name, done, states)

        made = Prepared(graph, build(graph, told))
        if path is not None:
            _keep(path, key, made)
            _forget_old(path.parent)
        return made

    def graph(self, profile: Profile, during: Slice | None = None) -> TurnGraph:
        """Return the turns of *profile* in the hours of *during*, without a hierarchy."""
        times = edge_times(self._streets, profile, during)
        return turn_graph(self._streets, times, profile, smallest_part=self._smallest_part)

    def is_kept(self, profile: Profile, during: Slice | None = None) -> bool:
        """True when ``prepare`` would only have to load it."""
        key, path = self._kept_at(profile, during)
        return path is not None and path.exists() and _key_of(path) == key

    def _kept_at(self, profile: Profile, during: Slice | None) -> tuple[str, Path | None]:
        if self._folder is None:
            return "", None
        facts = f"{self._streets_key} {_profile_text(profile)} {_slice_text(during)}"
        key = hashlib.sha256(facts.encode()).hexdigest()
        name = profile.name if during is None else f"{profile.name}-{during.name}"
        return key, self._folder / f"{name}.npz"


def _digest(streets: StreetArrays, smallest_part: int) -> str:
    told = hashlib.sha256(str(smallest_part).encode())
    for source in _SOURCES:
        told.update((Path(__file__).parent / source).read_bytes())
    for field in fields(streets):
        value = getattr(streets, field.name)
        if field.name in ("name", "names", "commune"):
            continue  # what a street is called makes nobody faster
        if isinstance(value, tuple):
            told.update("\0".join(value).encode())
        else:
            told.update(f"{field.name} {value.dtype} {value.shape}".encode())
            told.update(value.tobytes())
    return told.hexdigest()


def _profile_text(profile: Profile) -> str:
    return " ".join(
        f"{field.name}={_sorted(getattr(profile, field.name))}" for field in fields(profile)
    )


def _slice_text(during: Slice | None) -> str:
    return "" if during is None else f"{_sorted(during.factor)} {during.motor_only}"


def _sorted(value: Any) -> str:
    return repr(sorted(value.items())) if hasattr(value, "items") else repr(value)


def _key_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return str(kept["key"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _loaded(path: Path, key: str) -> Prepared | None:
    """Return what *path* holds; None when there is nothing, something else, or it is damaged."""
    if not path.exists():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                return None
            arrays: dict[str, npt.NDArray[Any]] = {name: kept[name] for name in kept.files}
        with suppress(OSError):
            os.utime(path.parent)  # these streets are in use
        graph = TurnGraph(**{field.name: arrays[field.name] for field in fields(TurnGraph)})
        return Prepared(graph, Hierarchy({name: arrays[name] for name in ARRAYS}))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as damaged:
        _log.warning("hierarchy_damaged path=%s why=%s; built again", path, damaged)
        return None


def _keep(path: Path, key: str, made: Prepared) -> None:
    """Write a new file and put it in place at once: a reader sees the old one or the new one."""
    arrays: dict[str, Any] = {
        field.name: getattr(made.graph, field.name) for field in fields(made.graph)
    }
    arrays |= made.hierarchy.arrays
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, key=np.array(key), **arrays)
        Path(part).chmod(0o644)  # whoever installs need not be who serves
        Path(part).replace(path)
    except OSError as why:  # it only costs time: it is built again next time
        _log.warning("hierarchy_not_kept path=%s why=%s", path, why)
        if part is not None:
            with suppress(OSError):
                Path(part).unlink()


def _forget_old(folder: Path) -> None:
    """Delete what was kept of streets that nobody has opened for a month."""
    with suppress(OSError):  # it only costs room
        now_s = folder.stat().st_mtime  # it was written in a moment ago
        for other in folder.parent.iterdir():
            if other.is_dir() and other.stat().st_mtime < now_s - _KEPT_S:
                shutil.rmtree(other, ignore_errors=True)
