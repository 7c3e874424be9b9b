"""Ways between places that were asked about once are not asked for again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.places import Place
from dispatch.operations.known_ways import MOST_PLACES, KnownWays, known_ways
from dispatch.operations.ports import When
from dispatch.routing.problem import IntMatrix
from tests.fakes.plugs import DrawnTown
from tests.operations.drawn import TEN, TOWN

SPAN = TEN, TEN + timedelta(hours=8)


class Asked(DrawnTown):
    """The drawn town, and how many ways it was asked for, call by call."""

    def __init__(self) -> None:
        self.ways: list[int] = []

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> IntMatrix:
        table = super().durations_s(places, profile, to=to, at=at)
        self.ways.append(table.size)
        return table


def letters(some: str) -> list[Place]:
    return [TOWN[letter] for letter in some]


def both(ways: KnownWays, places: str, doors: str) -> list[list[list[int]]]:
    """The ways from *places* to *doors*, and back."""
    mine, theirs = ways.numbers(letters(places)), ways.numbers(letters(doors))
    return [table.tolist() for table in ways.there_and_back(mine, theirs)]


def legs(ways: KnownWays, places: str) -> list[int]:
    answer: list[int] = ways.legs(ways.numbers(letters(places))).tolist()
    return answer


def test_a_new_door_is_asked_about_and_nothing_that_is_known() -> None:
    streets = Asked()
    ways = KnownWays(streets, "bike", SPAN)
    both(ways, "DB", "x")
    assert streets.ways == [2, 2]
    to_s, back_s = both(ways, "DB", "xy")
    assert streets.ways == [2, 2, 2, 2]  # to y and back from it
    assert to_s == [[420, 480], [300, 360]]  # D to x: 7 cells of a minute
    assert back_s == to_s
    both(ways, "BD", "yx")
    assert len(streets.ways) == 4


def test_a_tour_that_gained_the_order_asked_about_knows_its_ways() -> None:
    streets = Asked()
    ways = KnownWays(streets, "bike", SPAN)
    both(ways, "DB", "Fx")
    both(ways, "F", "x")
    calls = len(streets.ways)
    assert legs(ways, "DBFxD") == [120, 120, 180, 420]
    assert len(streets.ways) == calls + 1  # D to B: between two that were no doors
    assert legs(ways, "DBFxD") == [120, 120, 180, 420]
    assert len(streets.ways) == calls + 1
    assert legs(ways, "D") == []


class Sliced(Asked):
    """Streets with other times from the evening on."""

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        return at[1] > SPAN[1] if isinstance(at, tuple) else at


def test_another_vehicle_other_hours_and_other_streets_have_ways_of_their_own() -> None:
    streets, later = Sliced(), (TEN, TEN + timedelta(hours=9))
    mine = known_ways(streets, "bike", SPAN)
    others = [
        known_ways(streets, "car", SPAN),
        known_ways(streets, "bike", later),
        known_ways(Sliced(), "bike", SPAN),
    ]
    assert mine not in others
    assert known_ways(streets, "bike", SPAN) is mine


def test_the_next_wave_of_the_same_hours_asks_for_nothing_again() -> None:
    streets, next_wave = Sliced(), (TEN + timedelta(hours=1), SPAN[1])
    assert known_ways(streets, "bike", next_wave) is known_ways(streets, "bike", SPAN)


def test_instants_of_one_hour_share_their_ways() -> None:
    class Hourly(Asked):
        def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
            return at if isinstance(at, tuple) else at.hour

    streets = Hourly()
    mine = known_ways(streets, "bike", TEN)
    assert known_ways(streets, "bike", TEN + timedelta(minutes=59)) is mine
    assert known_ways(streets, "bike", TEN + timedelta(minutes=60)) is not mine


def test_with_too_many_places_those_asked_about_last_stay_known() -> None:
    streets = Asked()
    ways = known_ways(streets, "bike", SPAN)
    crowd = [Place(44.5 + n / 1e6, 0.16) for n in range(MOST_PLACES + 1)]
    ways.numbers(crowd)
    assert both(ways, "DB", "x") == [[[420], [300]]] * 2
    fewer, calls = known_ways(streets, "bike", SPAN), len(streets.ways)
    assert fewer is not ways
    assert not fewer.is_full
    assert both(fewer, "BD", "x") == [[[300], [420]]] * 2
    assert len(streets.ways) == calls
    assert legs(fewer, "DB") == [120]


places = st.lists(st.sampled_from("DBFxy"), min_size=1, max_size=6).map("".join)


@given(st.lists(st.tuples(places, places), min_size=1, max_size=6))
def test_whatever_was_asked_before_the_streets_own_answers_are_told(
    asked: list[tuple[str, str]],
) -> None:
    ways = KnownWays(TOWN, "bike", SPAN)
    for some, doors in asked:
        there = TOWN.durations_s(letters(some), "bike", to=letters(doors))
        back = TOWN.durations_s(letters(doors), "bike", to=letters(some))
        assert both(ways, some, doors) == [there.tolist(), back.T.tolist()]
        own = TOWN.durations_s(letters(some), "bike")
        assert legs(ways, some) == np.diagonal(own, 1).tolist()
