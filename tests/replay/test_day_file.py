"""A day that is written is the day that is read, and a damaged line is named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.replay.day import Day, DayLine, DayOrder, Mishap, MishapKind, Origin
from dispatch.replay.day_file import day_of, day_text, read_day
from dispatch.slots.service_levels import Mode

MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)

lines = st.builds(
    DayLine,
    merchant_id=st.sampled_from(["m_one", "m_two", "m_çedille"]),
    items_value_cents=st.integers(0, 10**6),
    weight_g=st.integers(0, 10**6),
    volume_cm3=st.integers(0, 10**6),
    cold=st.booleans(),
    late_s=st.integers(-600, 7200),
    told=st.booleans(),
)
mishaps = st.builds(
    lambda courier_id, minute, lasts: Mishap(
        MishapKind.BREAKDOWN if lasts is None else MishapKind.OFFLINE,
        courier_id,
        MORNING + timedelta(minutes=minute),
        None if lasts is None else MORNING + timedelta(minutes=minute + lasts),
    ),
    st.sampled_from(["c_one", "c_two"]),
    st.integers(0, 600),
    st.none() | st.integers(1, 90),
)
degrees = st.integers(-4_500_000, 4_500_000).map(lambda n: n / 100_000)


@st.composite
def days(draw: st.DrawFn) -> Day:
    seconds = sorted(draw(st.lists(st.integers(0, 40_000), max_size=5)))
    orders = tuple(
        DayOrder(
            number=n,
            asked_at=MORNING + timedelta(seconds=at_s),
            place=Place(draw(degrees), draw(degrees)),
            lines=tuple(
                draw(st.lists(lines, min_size=1, max_size=2, unique_by=lambda one: one.merchant_id))
            ),
            flat=draw(st.booleans()),
            wants_at=draw(st.none() | st.just(MORNING + timedelta(hours=9))),
            otherwise=draw(st.sampled_from([None, Mode.COLLECT, Mode.STANDARD])),
            absent=draw(st.booleans()),
            cancels_at=draw(st.none() | st.just(MORNING + timedelta(hours=5))),
        )
        for n, at_s in enumerate(seconds, start=1)
    )
    return Day(
        date(2026, 11, 24),
        "val_de_garonne",
        orders,
        draw(st.sampled_from(Origin)),
        draw(st.booleans()),
        draw(st.integers(0, 10**6)),
        tuple(draw(st.lists(mishaps, max_size=2, unique_by=lambda one: one.courier_id))),
    )


@given(days())
def test_a_day_comes_back_from_its_file_as_it_was(day: Day) -> None:
    assert day_of(day_text(day)) == day


ONE = Day(
    date(2026, 11, 24),
    "town",
    (DayOrder(1, MORNING, Place(44.5, 0.16), (DayLine("m_one", 1, 1, 1),)),),
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": 7}, "line 1: orders are numbered"),
        ({"lat": 444.5}, "line 2: not a point on Earth"),
        ({"asked_at": "2026-11-24T08:00"}, "line 2: .* has no UTC offset"),
        ({"lines": [{"merchant": "m_one"}]}, "line 2: "),
        ({"cancels_at": "noon"}, "line 2: Invalid isoformat"),
        ({"otherwise": "drone"}, "line 2: 'drone' is not a valid Mode"),
    ],
)
def test_a_line_that_cannot_be_is_named(change: dict[str, object], said: str) -> None:
    head, order = day_text(ONE).splitlines()
    with pytest.raises(Invalid, match=said):
        day_of(f"{head}\n{json.dumps(json.loads(order) | change)}\n")


def test_what_did_not_go_wrong_is_not_written() -> None:
    head, order = (json.loads(row) for row in day_text(ONE).splitlines())
    assert "mishaps" not in head and "cancels_at" not in order
    assert "told" not in order["lines"][0]


def test_a_field_left_out_is_named() -> None:
    head, order = day_text(ONE).splitlines()
    row = json.loads(order)
    del row["absent"]
    with pytest.raises(Invalid, match="line 2: absent is missing"):
        day_of(f"{head}\n{json.dumps(row)}\n")


def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text(day_text(ONE).replace("tournees-day/1", "tournees-day/9"))
    with pytest.raises(Invalid, match=r"day\.jsonl, line 1: format is not 'tournees-day/1'"):
        read_day(path)
    path.write_text("")
    with pytest.raises(Invalid, match="empty"):
        read_day(path)
    with pytest.raises(Invalid, match="cannot read the day"):
        read_day(tmp_path / "none.jsonl")


def test_a_written_day_says_nothing_of_who_it_was() -> None:
    labelled = replace(ONE.orders[0], place=Place(44.1234567, 0.1234567))
    (_, order) = day_text(replace(ONE, orders=(labelled,))).splitlines()
    assert set(json.loads(order)) == {
        *("number", "asked_at", "lat", "lon", "flat", "wants_at", "otherwise", "absent", "lines")
    }
    # A metre: no finer than a door.
    assert json.loads(order)["lat"] == 44.12346
