"""Tours decoded before, by name and version: a version is written once and never changes.

Decides what is remembered: what was read, and what this process wrote, once that is committed.
Several processes may share a database: each asks for the versions that stand, and reads what it
does not know; of a tour it knows in another version it decodes the stops that changed.  A
database put back from a copy has versions of its own: open the store anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, Final, TypeVar

from dispatch.adapters.storage.documents import Document, Spelt, json_text
from dispatch.adapters.storage.rows import Shelf
from dispatch.adapters.storage.schema import tours
from dispatch.tracking.tours import Stop, Tour

T = TypeVar("T")

#: Two days of a dozen couriers; a tour of 200 stops is some 600 kB with its documents.
KEPT: Final = 32

_TOURS: Final = Shelf(Tour, tours)
_STOPS: Final = Document(Stop)

#: A stop and the document it is written as, which nobody changes, with its text.
_Pair = tuple[Stop, Spelt]


class RememberedTours:
    """The tours last asked for.  Safe to share between threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._tours: OrderedDict[str, Tour] = OrderedDict()
        self._stops: OrderedDict[str, Mapping[str, _Pair]] = OrderedDict()
        self._lock = Lock()

    def known(self, versions: Iterable[tuple[str, int]]) -> dict[str, Tour]:
        """Return the tours remembered in these *versions*, by name."""
        with self._lock:
            found = {
                name: tour
                for name, version in versions
                if (tour := self._tours.get(name)) is not None and tour.version == version
            }
            for name in found:
                self._tours.move_to_end(name)
        return found

    def remember(self, tours: Sequence[Tour]) -> None:
        """Keep *tours*, which are committed; forget what was not asked for longest."""
        with self._lock:
            for tour in tours:
                _keep(self._tours, tour.tour_id, tour, self._kept)

    def forget(self) -> None:
        """Forget every version: the server may have lost some that were committed."""
        with self._lock:
            self._tours.clear()

    def decoded(self, row: Mapping[str, Any]) -> Tour:
        """Return the tour of a *row*; its stops are the known ones where they are the same."""
        known = self._pairs(row["tour_id"])
        documents = row["doc"]["stops"]
        pairs = [_decoded(known.get(document["stop_id"]), document) for document in documents]
        self._remember_stops(row["tour_id"], pairs)
        bare = _TOURS.value({**row, "doc": {**row["doc"], "stops": []}})
        return replace(bare, stops=tuple(stop for stop, _ in pairs))

    def row(self, tour: Tour) -> dict[str, Any]:
        """Return the row of *tour*; only stops not written before are made into documents."""
        known = self._pairs(tour.tour_id)
        pairs = [_encoded(known.get(stop.stop_id), stop) for stop in tour.stops]
        self._remember_stops(tour.tour_id, pairs)
        row = _TOURS.row(replace(tour, stops=()))
        rest = {name: said for name, said in row["doc"].items() if name != "stops"}
        stops = [document for _, document in pairs]
        # A tour of fifty stops is 30 kB, of which a booking changes two stops.
        text = f'{{"stops":[{",".join(stop.text for stop in stops)}],{json_text(rest)[1:]}'
        return row | {"doc": Spelt({"stops": stops, **rest}, text)}

    def _pairs(self, name: str) -> Mapping[str, _Pair]:
        with self._lock:
            return self._stops.get(name, {})

    def _remember_stops(self, name: str, pairs: Sequence[_Pair]) -> None:
        # True of a stop whether or not it is ever committed: value and document, no version.
        with self._lock:
            by_id = {pair[0].stop_id: pair for pair in pairs}
            _keep(self._stops, name, by_id, self._kept)


def _decoded(known: _Pair | None, document: dict[str, Any]) -> _Pair:
    if known is not None and known[1] == document:
        return known
    return _STOPS.load(document), Spelt(document, json_text(document))


def _encoded(known: _Pair | None, stop: Stop) -> _Pair:
    if known is not None and (known[0] is stop or known[0] == stop):
        return known
    document = _STOPS.dump(stop)
    # As anybody will read it: instants in UTC itself.
    return _STOPS.load(document), Spelt(document, json_text(document))


def _keep(shelf: OrderedDict[str, T], name: str, value: T, most: int) -> None:
    shelf[name] = value
    shelf.move_to_end(name)
    while len(shelf) > most:
        shelf.popitem(last=False)
