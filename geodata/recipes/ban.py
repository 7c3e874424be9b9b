"""The national address base's CSV becomes a town's doors.

Decides which rows are doors of the town, which position of a door is kept, and
when a file is too broken to be believed.  Reads it as a stream: a whole
department passes through, only the town's rows stay.

Source: the files ``adresses-<department>.csv`` and ``lieux-dits-<department>-beta.csv``
of the Base Adresse Nationale (Licence Ouverte 2.0), compressed or not.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from geodata.addresses import POSITIONS, Addresses, AddressSource

#: What a row must say, in the file of doors and in that of named places.
DOORS: Final = ("numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune")
PLACES: Final = ("nom_lieu_dit", "code_postal", "code_insee", "nom_commune")
POINT: Final = ("lon", "lat")

#: More of our rows than this unreadable: the file is not what it says it is.
MOST_BAD: Final = 0.01
#: Numbers from here on were handed out to hamlets that have none, where a street has no other.
#: Source: the base's own converter.
NO_REAL_NUMBER: Final = 5_000
#: "No number" in the format communes publish in.
NO_NUMBER: Final = 99_999

Progress = Callable[[int], None]


class BadAddressFile(ValueError):
    """The file cannot become addresses; one sentence says why."""


@dataclass(slots=True)
class _Door:
    position: int
    lat_e6: int
    lon_e6: int


@dataclass(slots=True)
class _Street:
    doors: dict[tuple[int, str], _Door] = field(default_factory=dict)


#: insee, name, postcode, former commune
_Key = tuple[str, str, str, str]


class _Hashed(io.RawIOBase):
    """A file that counts and hashes its bytes as they pass."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._file, self._progress = file, progress
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._file.read(len(buffer))
        buffer[: len(got)] = got
        self.sha256.update(got)
        self._progress(len(got))
        return len(got)


class _Collector:
    """The town's streets while the files pass."""

    def __init__(self, insee: Collection[str]) -> None:
        self.insee = frozenset(insee)
        self.commune_names: dict[str, str] = {}
        self.streets: dict[_Key, _Street] = {}
        self.dropped: Counter[str] = Counter()
        self.bad_lines: list[int] = []
        self.departments: Counter[str] = Counter()
        self.hamlets: dict[_Key, list[_Door]] = {}
        self.ours = 0

    def take(self, row: dict[str, str]) -> None:
        """Keep *row* if it is a door of ours.  Raises ``ValueError`` when it cannot be read."""
        insee = row["code_insee"]
        self.departments[insee[:2]] += 1
        if insee not in self.insee:
            self.dropped["in another commune"] += 1
            return
        self.ours += 1
        name = " ".join(row.get("nom_voie", row.get("nom_lieu_dit", "")).split())
        if not name or "\ufffd" in "".join(row.values()):
            raise ValueError("no street, or text that is not UTF-8")
        number = int(row.get("numero") or 0)
        lat_e6, lon_e6 = round(float(row["lat"]) * 1e6), round(float(row["lon"]) * 1e6)
        # Unknown positions are written as (0, 0), which is in the Atlantic.
        if number < 0 or not (0 < abs(lat_e6) <= 90_000_000 and abs(lon_e6) <= 180_000_000):
            raise ValueError("not a door on Earth")
        former = row.get("nom_ancienne_commune", "").strip()
        commune = row["nom_commune"].strip()
        self.commune_names.setdefault(insee, commune)
        key = (insee, name, row["code_postal"].strip(), "" if former == commune else former)
        suffix = row.get("rep", "").strip().lower()
        door = _Door(_position(row.get("type_position", "")), lat_e6, lon_e6)
        self._keep(key, (0 if number == NO_NUMBER else number, suffix), door)
        if hamlet := " ".join(row.get("nom_ld", "").split()):
            self.hamlets.setdefault((insee, hamlet, key[2], key[3]), []).append(door)

    def _keep(self, key: _Key, what: tuple[int, str], door: _Door) -> None:
        doors = self.streets.setdefault(key, _Street()).doors
        known = doors.get(what)
        if known is not None:
            self.dropped["another position of the same door"] += 1
        if known is None or door.position < known.position:
            doors[what] = door


def read_ban(
    paths: Sequence[Path],
    insee: Collection[str],
    progress: Progress = lambda _: None,
) -> Addresses:
    """Return the doors that the files at *paths* know in the communes *insee*.

    progress : told how many more bytes of a file were read

    Raises ``BadAddressFile`` for a file that ends too early, is not of this kind, has no
    row of ours or more than 1 % of them unreadable; ``OSError`` when one cannot be opened.
    """
    found = _Collector(insee)
    sources = tuple(_read_one(path, found, progress) for path in paths)
    for street in found.streets.values():
        _forget_made_up_numbers(street)
    for key, doors in found.hamlets.items():
        if key not in found.streets:
            found.streets[key] = _hamlet(doors)
    return _packed(found, sources)


def _read_one(path: Path, found: _Collector, progress: Progress) -> AddressSource:
    found.dropped, found.bad_lines, found.ours = Counter(), [], 0
    found.departments = Counter()
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        raw = _Hashed(file, progress)
        plain: Any = gzip.GzipFile(fileobj=io.BufferedReader(raw)) if zipped else raw
        text = io.TextIOWrapper(
            io.BufferedReader(plain), encoding="utf-8-sig", errors="replace", newline=""
        )
        try:
            _take_rows(path.name, text, found)
        except EOFError:
            raise BadAddressFile(
                f"{path.name} ends too early: the download was cut, fetch it again"
            ) from None
        except (zlib.error, gzip.BadGzipFile) as why:
            raise BadAddressFile(f"{path.name} is damaged: {why}; fetch it again") from None
    kept = found.ours - len(found.bad_lines) - found.dropped["another position of the same door"]
    _refuse_broken(path.name, found)
    day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    return AddressSource(path.name, raw.sha256.hexdigest(), day, kept, dict(found.dropped))


def _take_rows(name: str, text: io.TextIOWrapper, found: _Collector) -> None:
    rows = csv.reader(text, delimiter=";")
    columns = _columns(name, rows)
    while True:
        try:
            row = next(rows)
            if not row:
                continue
            if len(row) != len(columns):
                found.ours += 1  # nobody can tell whose it was
                raise ValueError("wrong number of columns")
            found.take(dict(zip(columns, row, strict=True)))
        except StopIteration:
            return
        except (csv.Error, ValueError):
            found.dropped["unreadable"] += 1
            found.bad_lines.append(rows.line_num)


def _columns(name: str, rows: Iterator[list[str]]) -> list[str]:
    columns = next(rows, None)
    if not columns:
        raise BadAddressFile(f"{name} is empty")
    if len(columns) == 1:
        raise BadAddressFile(f"{name} has one column, {columns[0][:40]!r}: columns end with ';'")
    needed = (*(PLACES if "nom_lieu_dit" in columns else DOORS), *POINT)
    if missing := [column for column in needed if column not in columns]:
        raise BadAddressFile(
            f"{name} has no column {', '.join(missing)}: it is not a file of addresses "
            f"of the Base Adresse Nationale"
        )
    return columns


def _refuse_broken(name: str, found: _Collector) -> None:
    bad = len(found.bad_lines)
    if bad and bad > MOST_BAD * found.ours:
        lines = ", ".join(str(line) for line in found.bad_lines[:3])
        raise BadAddressFile(
            f"{name}: {bad} of {found.ours} lines cannot be read, first: {lines}; "
            f"more than {MOST_BAD:.0%} is not believed"
        )
    if not found.ours:
        departments = ", ".join(sorted(found.departments)[:5]) or "none"
        raise BadAddressFile(
            f"{name} has no address in the town's {len(found.insee)} communes; "
            f"its departments: {departments}"
        )


def _position(kind: str) -> int:
    plain = kind.strip().replace("'", "’")
    return POSITIONS.index(plain) if plain in POSITIONS else len(POSITIONS) - 1


def _forget_made_up_numbers(street: _Street) -> None:
    """Where no door has a real number the street is a hamlet: keep its points, not the numbers."""
    if all(number >= NO_REAL_NUMBER for number, _ in street.doors):
        street.doors = _hamlet(street.doors.values()).doors


def _hamlet(doors: Iterable[_Door]) -> _Street:
    """Return a place that people name without a number: its points, told apart by a count."""
    return _Street({(0, f"{k}" if k else ""): door for k, door in enumerate(doors)})


def _packed(found: _Collector, sources: tuple[AddressSource, ...]) -> Addresses:
    communes = sorted(found.commune_names)
    streets = sorted(found.streets)
    doors = [
        (number, suffix, door)
        for key in streets
        for (number, suffix), door in sorted(
            found.streets[key].doors.items(), key=lambda item: item[0]
        )
    ]
    # The points of a hamlet without numbers were told apart by a count, which is no suffix.
    spelt = [suffix if number else "" for number, suffix, _ in doors]
    suffixes = tuple(sorted({"", *spelt}))
    at = {suffix: k for k, suffix in enumerate(suffixes)}
    sizes = [len(found.streets[key].doors) for key in streets]
    return Addresses(
        insee=tuple(communes),
        commune_names=tuple(found.commune_names[code] for code in communes),
        names=tuple(key[1] for key in streets),
        postcodes=tuple(key[2] for key in streets),
        former=tuple(key[3] for key in streets),
        commune=np.array([communes.index(key[0]) for key in streets], dtype=np.int16),
        first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        number=np.array([number for number, _, _ in doors], dtype=np.int32),
        suffix=np.array([at[suffix] for suffix in spelt], dtype=np.int16),
        suffixes=suffixes,
        position=np.array([door.position for _, _, door in doors], dtype=np.uint8),
        lat_e6=np.array([door.lat_e6 for _, _, door in doors], dtype=np.int32),
        lon_e6=np.array([door.lon_e6 for _, _, door in doors], dtype=np.int32),
        sources=sources,
    )
