"""A town's doors as arrays, and the file they are kept in.

Decides the format of ``addresses.npz`` and refuses a file that contradicts
itself.  Does not read the national address base's own files
(``geodata.recipes.ban``) and does not search (``dispatch.adapters.geocoder``).
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FILE_NAME: Final = "addresses.npz"
FORMAT: Final = 1
LICENCE: Final = "Licence Ouverte 2.0"
#: What a page that shows such addresses must say.
ATTRIBUTION: Final = "Adresses : Base Adresse Nationale (Licence Ouverte 2.0)"

#: What ``Addresses.position`` indexes, the best place to ring a bell first.  Source: the
#: order in which the base's own export chooses among several positions of one number.
POSITIONS: Final = (
    "entrée",
    "bâtiment",
    "cage d’escalier",
    "logement",
    "parcelle",
    "segment",
    "service technique",
    "délivrance postale",
    "",
)


class DamagedAddresses(ValueError):
    """The file is cut, is not ours, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class AddressSource:
    """Where the doors come from.

    file    : name of the file read; ``sha256``: of its bytes, as they were downloaded
    date    : day on which that file was last written, ISO 8601
    dropped : rows left out, by reason; ``kept``: rows that became doors
    """

    file: str
    sha256: str
    date: str
    kept: int
    dropped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    licence: str = LICENCE


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """Streets and hamlets (s of them) of c communes, with their n doors.

    insee, commune_names : c codes and names
    names, postcodes     : s each; ``former``: s names of the commune a street lay in before
                           two were merged, else ""
    commune              : (s,) int16 into the communes
    first                : (s + 1,) int32; the doors of street k are first[k] to first[k + 1]
    number               : (n,) int32, growing along a street; 0: the place itself, no number
    suffix               : (n,) int16 into ``suffixes``: "", "bis", "a"…
    position             : (n,) uint8 into ``POSITIONS``
    lat_e6, lon_e6       : (n,) int32, WGS 84 micro-degrees
    """

    insee: tuple[str, ...]
    commune_names: tuple[str, ...]
    names: tuple[str, ...]
    postcodes: tuple[str, ...]
    former: tuple[str, ...]
    commune: NDArray[np.int16]
    first: NDArray[np.int32]
    number: NDArray[np.int32]
    suffix: NDArray[np.int16]
    suffixes: tuple[str, ...]
    position: NDArray[np.uint8]
    lat_e6: NDArray[np.int32]
    lon_e6: NDArray[np.int32]
    sources: tuple[AddressSource, ...] = ()

    @property
    def attribution(self) -> str:
        """What pages must say of where the doors come from, as the licence asks."""
        dates = {source.date for source in self.sources}
        return ", ".join([ATTRIBUTION, *sorted(dates)[-1:]])

    def __post_init__(self) -> None:
        s, n = len(self.names), len(self.number)
        for name, size in (
            ("postcodes", s),
            ("former", s),
            ("commune", s),
            ("first", s + 1),
            ("suffix", n),
            ("position", n),
            ("lat_e6", n),
            ("lon_e6", n),
            ("commune_names", len(self.insee)),
        ):
            if len(getattr(self, name)) != size:
                raise ValueError(f"{name} has {len(getattr(self, name))} values, {size} needed")
        if self.first[0] != 0 or self.first[-1] != n or (np.diff(self.first) < 1).any():
            raise ValueError(f"the {s} streets do not share out the {n} doors")
        for name, size in (
            ("commune", len(self.insee)),
            ("suffix", len(self.suffixes)),
            ("position", len(POSITIONS)),
        ):
            values = getattr(self, name)
            if len(values) and not (values.min() >= 0 and values.max() < size):
                raise ValueError(f"{name} points outside 0 to {size - 1}")
        if n and (self.number.min() < 0 or not self._on_earth()):
            raise ValueError("a number is negative, or a point is not on Earth")
        for one in fields(self):
            if isinstance(array := getattr(self, one.name), np.ndarray):
                array.setflags(write=False)

    def _on_earth(self) -> bool:
        lat, lon = np.abs(self.lat_e6.astype(np.int64)), np.abs(self.lon_e6.astype(np.int64))
        return bool(lat.max() <= 90_000_000 and lon.max() <= 180_000_000)


def write_addresses(path: Path, addresses: Addresses) -> None:
    """Write *addresses* to *path*, whole or not at all: until then the old file stays in use."""
    about = {"format": FORMAT, "sources": [_plain(source) for source in addresses.sources]}
    arrays: dict[str, Any] = {
        one.name: getattr(addresses, one.name) for one in fields(addresses) if one.name != "sources"
    }
    header = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                header=header,
                **{
                    name: np.array(value, dtype=np.str_) if isinstance(value, tuple) else value
                    for name, value in arrays.items()
                },
            )
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_addresses(path: Path) -> Addresses:
    """Return what ``write_addresses`` wrote.

    Raises ``DamagedAddresses`` with one sentence that names the file, ``OSError``
    when it cannot be opened.
    """
    try:
        # Opened here: NumPy leaves a file that is no archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
        about = json.loads(arrays.pop("header").tobytes())
        if about["format"] != FORMAT:
            raise ValueError(f"its format is {about['format']}, {FORMAT} is read")
        texts: dict[str, Any] = {
            name: tuple(array.tolist()) if array.dtype.kind == "U" else array
            for name, array in arrays.items()
        }
        sources = tuple(AddressSource(**source) for source in about["sources"])
        return Addresses(**texts, sources=sources)
    except KeyError as missing:
        raise DamagedAddresses(f"{path} cannot be read: it has no {missing}") from None
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile, IndexError) as why:
        raise DamagedAddresses(f"{path} cannot be read: {why}") from None


def _plain(source: AddressSource) -> dict[str, Any]:
    # ``asdict`` copies mappings by calling their type, which a read-only one does not allow.
    return {
        **{f.name: getattr(source, f.name) for f in fields(source)},
        "dropped": {**source.dropped},
    }
