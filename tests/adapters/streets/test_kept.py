from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.streets.kept import UNKNOWN, KeptTrips, Key, Trips, newcomers

A, B, C, D = ((44.5, lon) for lon in (0.1, 0.2, 0.3, 0.4))


def trips(*keys: Key) -> Trips:
    """Ten seconds and a hundred metres for each step in the list, twice that backwards."""
    n = np.arange(len(keys))
    steps = n[None, :] - n[:, None]
    time_s = np.where(steps >= 0, 10 * steps, -20 * steps).astype(np.int32)
    return Trips(time_s, time_s * 10)


def test_what_was_written_is_read_in_any_order() -> None:
    kept = KeptTrips(4)
    kept.write([A, B, C], trips(A, B, C))
    found = kept.read([C, A])
    assert found.time_s.tolist() == [[0, 40], [20, 0]]
    assert found.length_m.tolist() == [[0, 400], [200, 0]]


def test_a_stranger_is_unknown_but_to_itself() -> None:
    kept = KeptTrips(4)
    kept.write([A, B], trips(A, B))
    assert kept.read([A, D]).time_s.tolist() == [[0, UNKNOWN], [UNKNOWN, 0]]


def test_the_place_nobody_asked_for_longest_makes_room() -> None:
    kept = KeptTrips(3)
    kept.write([A, B], trips(A, B))
    kept.write([B, C], trips(B, C))
    kept.read([A, B])  # so C is the oldest
    kept.write([A, D], trips(A, D))
    assert UNKNOWN not in kept.read([A, B]).time_s
    assert UNKNOWN not in kept.read([A, D]).time_s
    assert UNKNOWN in kept.read([B, C]).time_s
    # D sits where C sat: nothing of C may be left there.
    assert kept.read([B, D]).time_s[0, 1] == UNKNOWN


def test_more_places_than_there_is_room_for_are_not_kept() -> None:
    kept = KeptTrips(2)
    kept.write([A, B, C], trips(A, B, C))
    assert UNKNOWN in kept.read([A, B]).time_s


def test_what_is_not_known_does_not_wipe_out_what_is() -> None:
    kept = KeptTrips(3)
    kept.write([A, B], trips(A, B))
    nothing = np.full((2, 2), UNKNOWN, np.int32)
    kept.write([A, B], Trips(nothing, nothing))
    assert kept.read([A, B]).time_s[0, 1] == 10


def test_one_new_address_among_known_stops_is_one_newcomer() -> None:
    missing = np.zeros((5, 5), np.bool_)
    missing[3, :] = missing[:, 3] = True
    assert newcomers(missing) == [3]
    assert newcomers(np.zeros((5, 5), np.bool_)) == []
    assert newcomers(np.ones((5, 5), np.bool_)) == [0, 1, 2, 3, 4]


@given(st.integers(1, 8).flatmap(lambda n: st.lists(st.booleans(), min_size=n * n, max_size=n * n)))
def test_newcomers_cover_whatever_is_missing(cells: list[bool]) -> None:
    n = int(len(cells) ** 0.5)
    missing = np.array(cells).reshape(n, n)
    chosen = newcomers(missing)
    old = [k for k in range(n) if k not in chosen]
    assert not missing[np.ix_(old, old)].any()
