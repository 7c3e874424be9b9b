"""The doors imported for a town, read again when a new file of them is there.

Decides when to look for a new file, and what answers while there is none.  What a book
answers is ``address_book``'s business.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.adapters.geocoder.address_book import AddressBook
from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.operations.ports import Candidate, Geocoder
from geodata.addresses import DamagedAddresses, read_addresses

#: A look costs microseconds, but nobody imports doors every minute.
LOOK_EVERY_S: Final = 60.0

Floats = npt.NDArray[np.float64]
#: When it was written, which file it is, how long it is: any import changes one of them.
_Stamp = tuple[int, int, int]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    """What answers now; ``book``: None where no doors were imported."""

    stamp: _Stamp | None
    book: AddressBook | None = None
    credit: str = ""


class KeptBook:
    """The ``Geocoder`` port on the file *path*.  Safe to share between threads.

    streets     : what answers until there is a file
    stopwatch_s : real seconds from an arbitrary start

    Raises ``Invalid`` when the file that is there first is damaged.  A later one that is
    damaged or gone is said in the log, and the doors known by then go on answering.
    """

    def __init__(self, path: Path, streets: Geocoder, stopwatch_s: Callable[[], float]) -> None:
        self._path, self._streets, self._stopwatch_s = path, streets, stopwatch_s
        self._lock = Lock()
        self._look_at_s = stopwatch_s() + LOOK_EVERY_S
        stamp = _stamp(path)
        try:
            self._held = _Held(None) if stamp is None else _read(path, stamp)
        except (DamagedAddresses, OSError) as why:
            raise Invalid(
                f"{why}. Import it again (dispatch town addresses), or take it away", field="town"
            ) from why

    @property
    def credit(self) -> str:
        """What pages must say of where the doors come from; "" without a file."""
        return self._now().credit

    def find(self, text: str) -> Sequence[Candidate]:
        return (self._now().book or self._streets).find(text)

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        return (self._now().book or self._streets).nearest(place, within_m)

    def doors(self) -> tuple[Floats, Floats] | None:
        """Return (k,) latitudes and longitudes of every known door; None without a file."""
        book = self._now().book
        return None if book is None else book.doors()

    def _now(self) -> _Held:
        now_s = self._stopwatch_s()
        # Whoever comes while another thread reads is answered from the old book.
        if now_s >= self._look_at_s and self._lock.acquire(blocking=False):
            try:
                self._look_at_s = now_s + LOOK_EVERY_S
                self._look()
            finally:
                self._lock.release()
        return self._held

    def _look(self) -> None:
        stamp = _stamp(self._path)
        # Gone for a moment while its town is imported again, or for good: then until a restart.
        if stamp is None or stamp == self._held.stamp:
            return
        try:
            self._held = _read(self._path, stamp)
        except (DamagedAddresses, OSError) as why:
            _log.warning("addresses_damaged path=%s why=%s", self._path, why)
            self._held = _Held(stamp, self._held.book, self._held.credit)  # said once
            return
        _log.info("addresses_read_again path=%s", self._path)


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(path: Path, stamp: _Stamp) -> _Held:
    addresses = read_addresses(path)
    return _Held(stamp, AddressBook(addresses), addresses.attribution)
