"""A tour is decoded once a version, and never remembered before it is true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.adapters.storage.remembered import RememberedTours
from dispatch.adapters.storage.store import SqlStore, memory_store, open_store
from dispatch.core.ids import TourId
from dispatch.tracking.tours import Tour
from tests.adapters.storage_samples import DAY, HOME, tour


def read(store: SqlStore) -> Tour:
    with store.reading() as tx:
        return tx.tour("t1")


def test_the_same_version_is_the_same_object() -> None:
    store = memory_store()
    with store.writing() as tx:
        tx.put_tour(tour())
    assert read(store) is read(store)
    with store.reading() as tx:
        assert tx.tours(DAY)[0] is read_one(tx.tours(DAY))


def read_one(tours: object) -> Tour:
    assert isinstance(tours, tuple) and isinstance(tours[0], Tour)
    return tours[0]


def test_what_another_process_wrote_is_read(tmp_path: Path) -> None:
    here, there = open_store(tmp_path), open_store(tmp_path)
    with here.writing() as tx:
        first = tx.put_tour(tour())
    assert read(there) == read(here) == first
    with there.writing() as tx:
        second = tx.put_tour(replace(first, seen=HOME))
    assert read(here) == second != first


def test_what_was_never_committed_is_never_remembered(tmp_path: Path) -> None:
    """Two different versions 2: the first is rolled back, the second stands."""
    store = open_store(tmp_path)
    with store.writing() as tx:
        first = tx.put_tour(tour())
    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        tx.put_tour(replace(first, stops=()))
        assert tx.tour("t1").stops == ()
        raise ZeroDivisionError
    assert read(store) == first
    with store.writing() as tx:
        second = tx.put_tour(replace(first, seen=HOME))
    assert read(store) == second


def test_of_a_tour_known_in_another_version_only_changed_stops_are_decoded(tmp_path: Path) -> None:
    here, there = open_store(tmp_path), open_store(tmp_path)
    (stop,) = tour().stops
    with here.writing() as tx:
        first = tx.put_tour(replace(tour(), stops=(replace(stop, stop_id="q0:0"), stop)))
    before = read(there)
    *others, last = first.stops
    with here.writing() as tx:
        second = tx.put_tour(replace(first, stops=(*others, replace(last, service_s=77))))
    after = read(there)
    assert after == second and after.stops[-1] != before.stops[-1]
    assert all(now is then for now, then in zip(after.stops[:-1], before.stops[:-1], strict=True))


def test_the_longest_unasked_is_forgotten() -> None:
    memory = RememberedTours(kept=2)
    one, two, three = (replace(tour(), tour_id=TourId(name), version=1) for name in "abc")
    memory.remember([one, two])
    assert set(memory.known([("a", 1), ("b", 2)])) == {"a"}
    memory.remember([three])
    assert set(memory.known([("a", 1), ("b", 1), ("c", 1)])) == {"a", "c"}
