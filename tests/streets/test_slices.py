from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.core.errors import Invalid
from dispatch.streets.network import StreetNetwork
from dispatch.streets.slices import FREE_FLOW, Slice, slice_at, slices_in, slices_of
from tests.streets.drawing import Street, at, draw

MORNING = Slice("morning", 7 * 60 + 30, 9 * 60, {"primary": 2.0})
MARKET = Slice("market", 8 * 60, 13 * 60, {"residential": 3.0}, frozenset({5}))
BOTH = (MORNING, MARKET)


@pytest.mark.parametrize(
    ("utc", "name"),
    [
        (datetime(2026, 11, 24, 6, 29, tzinfo=UTC), FREE_FLOW),  # Tuesday, 7:29 in Paris
        (datetime(2026, 11, 24, 6, 30, tzinfo=UTC), "morning"),
        (datetime(2026, 11, 24, 7, 59, tzinfo=UTC), "morning"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), FREE_FLOW),
        (datetime(2026, 7, 21, 5, 30, tzinfo=UTC), "morning"),  # summer time
        (datetime(2026, 11, 28, 7, 30, tzinfo=UTC), "market"),  # Saturday
        ("market", "market"),
        (FREE_FLOW, FREE_FLOW),
        (None, FREE_FLOW),
    ],
)
def test_a_slice_is_found_by_the_clock_on_the_wall_and_by_its_name(
    utc: datetime | str | None, name: str
) -> None:
    assert slice_at(BOTH, utc) == name


@pytest.mark.parametrize(
    ("begins", "ends", "names"),
    [
        ("2026-11-24T05:00", "2026-11-24T06:29", [FREE_FLOW]),  # until 7:29 in Paris
        ("2026-11-24T05:00", "2026-11-24T06:30", [FREE_FLOW, "morning"]),
        ("2026-11-24T07:59", "2026-11-24T16:00", [FREE_FLOW, "morning"]),
        ("2026-11-24T08:00", "2026-11-24T16:00", [FREE_FLOW]),
        ("2026-11-27T20:00", "2026-11-28T08:00", [FREE_FLOW, "market"]),  # over midnight
        ("2026-11-26T20:00", "2026-11-30T08:00", [FREE_FLOW, "morning", "market"]),
    ],
)
def test_a_span_has_all_the_slices_it_touches(begins: str, ends: str, names: list[str]) -> None:
    span = (datetime.fromisoformat(begins + "Z"), datetime.fromisoformat(ends + "Z"))
    assert list(slices_in(BOTH, *span)) == names


def test_over_a_span_every_trip_takes_what_its_slowest_hour_takes() -> None:
    town = draw([(0, 0), (1000, 0)], [Street(0, 1, road="primary")])
    network = StreetNetwork(town, slices=BOTH, smallest_part=1)
    places = [at(100, 5), at(900, 5)]
    free, slow = (network.durations_s(places, "car", at=name)[0, 1] for name in ("", "morning"))
    span = datetime(2026, 11, 24, 5, tzinfo=UTC), datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert free < slow == network.durations_s(places, "car", at=span)[0, 1]
    with pytest.raises(Invalid, match="before it begins"):
        network.durations_s(places, "car", at=(span[1], span[0]))


def test_spans_and_instants_of_the_same_slices_are_of_the_same_hours() -> None:
    network = StreetNetwork(draw([(0, 0), (1000, 0)], [Street(0, 1)]), slices=BOTH, smallest_part=1)
    five, eight, noon = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (5, 8, 12))
    assert network.hours((five, noon)) == network.hours((five, eight))
    assert network.hours((five, noon)) != network.hours((eight, noon))
    assert network.hours(eight) == network.hours(noon)
    # An instant has one slice; a span is told the slowest of its own, free flow among them.
    assert network.hours(noon) != network.hours((eight, noon))


def test_an_unknown_slice_lists_the_known_ones() -> None:
    with pytest.raises(Invalid, match="'night'; known: morning, market"):
        slice_at(BOTH, "night")
    with pytest.raises(Invalid, match="'night'; known: none"):
        slice_at((), "night")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "a slice needs a name"),
        ({"name": "../jam"}, "a name is of a-z, 0-9, _ and -"),
        ({"from_min": 600, "until_min": 600}, "minutes 600 to 600 are no part of a day"),
        ({"until_min": 1441}, "450 to 1441"),
        ({"factor": {"canal": 1.0}}, "no road class 'canal'; known: motorway"),
        ({"factor": {"primary": 0.1}}, "primary takes 0.1 times as long; 0.5 to 5"),
        ({"weekdays": frozenset({7})}, r"weekdays are 0 to 6, not \[7\]"),
        ({"weekdays": frozenset()}, "weekdays are 0 to 6"),
    ],
)
def test_a_nonsense_slice_is_refused(wrong: dict[str, Any], message: str) -> None:
    right = {"name": "x", "from_min": 450, "until_min": 540, "factor": {"primary": 2.0}}
    with pytest.raises(Invalid, match=message):
        Slice(**{**right, **wrong})


def test_the_way_of_the_rush_hour_is_another_one() -> None:
    # 600 m of main road against 700 m of side streets: 33.75 s against 100.8 s by car.
    town = StreetNetwork(
        draw(
            [(0, 0), (600, 0), (-100, 0), (700, 0)],
            [
                Street(0, 1, "primary", length_m=600),
                Street(0, 1, "residential", length_m=700, bends=((300, 200),)),
                Street(2, 0),
                Street(1, 3),
            ],
        ),
        slices=[Slice("jam", 17 * 60, 18 * 60, {"primary": 4.0})],
    )
    a, b = at(-50, 0), at(650, 0)
    jam = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert town.distances_m([a, b], "car")[0, 1] == 700
    for when in (jam, "jam"):
        assert town.distances_m([a, b], "car", at=when)[0, 1] == 800
        assert len(town.path(a, b, "car", at=when)) == 5
        slow_s = int(town.durations_s([a, b], "car", at=when)[0, 1])
        assert slow_s > int(town.durations_s([a, b], "car")[0, 1])
    assert len(town.path(a, b, "car")) == 4
    assert town.durations_s([a, b], "bike", at=jam)[0, 1] == town.durations_s([a, b], "bike")[0, 1]


def test_slices_are_read_from_the_settings_in_their_order() -> None:
    written = {
        "market": {"from": "08:00", "until": "13:00", "days": ["sat"], "factor": {"service": 2}},
        "morning": {"from": "07:30", "until": "09:00", "factor": {"primary": 1.3, "trunk": 1.5}},
    }
    assert slices_of(written) == (
        Slice("market", 480, 780, {"service": 2}, frozenset({5})),
        Slice("morning", 450, 540, {"primary": 1.3, "trunk": 1.5}, frozenset(range(5))),
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3, "streets.slices.jam is a table"),
        ({"factor": 2}, "streets.slices.jam is a table with from, until and a table factor"),
        ({"speed": 3}, r"\[streets.slices.jam\] has no 'speed' \(known: from, until"),
        ({"days": ["lundi"]}, "days are of mon, tue"),
        ({"days": "mon"}, "days are of mon, tue"),
        ({"factor": {"primary": "2"}}, "a factor is a number"),
        ({"factor": {"primary": True}}, "a factor is a number"),
        ({"until": "nine"}, "streets.slices.jam: "),
        ({"until": "07:00"}, "no part of a day"),
    ],
)
def test_a_slice_written_wrongly_is_told_by_its_key(wrong: Any, message: str) -> None:
    right = {"from": "07:30", "until": "09:00", "factor": {"primary": 2.0}}
    table = {**right, **wrong} if isinstance(wrong, dict) else wrong
    with pytest.raises(Invalid, match=message):
        slices_of({"jam": table})
