"""The day as a drawing: five pixels a minute, from nine o'clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import CourierId, QuoteId, TourId, WaveId
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.core.windows import TimeWindow
from dispatch.fleet.couriers import Courier
from dispatch.fleet.vehicles import TYPICAL, VehicleKind
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.overview import Lane, LaneStop, PlannerDay
from dispatch.operations.parameters import Parameters, WaveParameters
from dispatch.operations.report import DayReport
from dispatch.operations.waves import Wave
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour
from dispatch.web.planner.timeline import PX_PER_MIN, numbered, status, timeline
from dispatch.web.planner.townmap import letter, look

DAY = date(2026, 11, 24)
NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)  # 09:00 in Paris
SHOP = Place(44.5, 0.16)
LEA = Courier(
    CourierId("c_lea"), "Léa", "+33639980001", TYPICAL[VehicleKind.BIKE], "Mo-Sa 09:00-12:00", SHOP
)


def at(minute: float) -> datetime:
    """*minute* minutes after nine."""
    return NINE + timedelta(minutes=minute)


def halt(
    begins: float,
    ends: float,
    *,
    n: int = 0,
    due: float | None = None,
    published: float | None = 0,
    state: StopState = StopState.OPEN,
) -> LaneStop:
    stop = Stop(
        f"qte_abcde:{n}",
        QuoteId("qte_abcde"),
        StopKind.PICKUP if due is None else StopKind.DROP,
        SHOP,
        (TimeWindow(at(0), at(600)),),
        180,
        (0, 0, 0),
        due_at=None if due is None else at(due),
        published_at=None if published is None else at(published),
        state=state,
    )
    late_s = 0 if due is None else max(0, round((begins - due) * 60))
    kind = "over" if stop.over else "given" if published is not None else "booked"
    return LaneStop(stop, "label", at(begins), at(ends), late_s, kind)


def day(
    *halts: LaneStop, now: float = 60, waves: tuple[Wave, ...] = (), policy: str = "waves"
) -> PlannerDay:
    """One courier, on shift from nine to twelve."""
    tour = Tour(
        TourId("t_1"),
        DAY,
        LEA.courier_id,
        TimeWindow(at(0), at(180)),
        SHOP,
        tuple(item.stop for item in halts),
    )
    return PlannerDay(
        DAY,
        at(now),
        (Lane(tour, LEA, halts, ()),),
        (),
        waves,
        Parameters(
            waves=WaveParameters(publish_lag_s=120), dispatching=DispatchRules(policy=policy)
        ),
        DayReport(DAY, 0, ()),
    )


def pieces(view: PlannerDay, *legs_s: int) -> list[tuple[str, int, int]]:
    """Kind, beginning and end of each piece, in minutes after nine."""
    (row,) = timeline(view, lambda _lane: legs_s).rows
    return [
        (piece.kind, piece.x // PX_PER_MIN, (piece.x + piece.width) // PX_PER_MIN)
        for piece in row.pieces
    ]


def test_a_courier_rides_as_soon_as_the_tour_is_given_and_waits_at_the_door() -> None:
    view = day(halt(20, 23, published=5))
    assert pieces(view, 600) == [("travel", 5, 15), ("wait", 15, 20)]


def test_between_two_stops_the_way_comes_first() -> None:
    view = day(halt(10, 13), halt(20, 24, n=1))
    assert pieces(view, 600, 300) == [("travel", 0, 10), ("travel", 13, 18), ("wait", 18, 20)]


def test_a_stop_of_the_next_wave_is_not_left_for_before_it_is_published() -> None:
    # Cut off at 10:30, published two minutes later at the latest.
    view = day(halt(100, 103, published=None), waves=(Wave(WaveId("w_1"), DAY, at(90)),))
    assert pieces(view, 300) == [("travel", 92, 97), ("wait", 97, 100)]


def test_a_stop_that_waits_is_not_left_for_before_its_own_hand_out() -> None:
    waits = halt(100, 103, published=None)
    waits = replace(waits, stop=replace(waits.stop, release_at=at(80)))
    assert pieces(day(waits, policy="rolling"), 300) == [("travel", 80, 85), ("wait", 85, 100)]


def test_a_courier_quicker_than_the_map_leaves_no_wait() -> None:
    assert pieces(day(halt(10, 13)), 3600) == [("travel", 0, 10)]


def test_a_place_without_a_road_is_still_drawn() -> None:
    assert pieces(day(halt(10, 13)), UNREACHABLE_S) == [("travel", 0, 10)]


def test_slack_runs_from_the_handover_to_the_end_of_the_promise() -> None:
    # Promised before 10:00 with 3 min at the door: the bell must ring a second before 9:57.
    (row,) = timeline(day(halt(30, 33, due=57 - 1 / 60)), lambda _lane: [0]).rows
    (mark,) = row.marks
    assert mark.promise_at == at(60)
    assert (mark.slack_x, mark.slack_width) == (33 * PX_PER_MIN, 27 * PX_PER_MIN)


def test_lateness_runs_back_to_the_promise_it_missed() -> None:
    (row,) = timeline(day(halt(70, 73, due=57 - 1 / 60)), lambda _lane: [0]).rows
    (mark,) = row.marks
    assert (mark.slack_x, mark.slack_width) == (60 * PX_PER_MIN, 13 * PX_PER_MIN)


def test_the_cursor_stands_at_now_and_only_on_a_day_under_way() -> None:
    assert timeline(day(halt(10, 13), now=60), lambda _lane: [0]).now_x == 60 * PX_PER_MIN
    assert timeline(day(halt(10, 13), now=-600), lambda _lane: [0]).now_x is None


def test_what_failed_is_told_apart_from_what_is_done() -> None:
    assert status(halt(10, 13, state=StopState.FAILED)) == "failed"
    assert status(halt(10, 13, state=StopState.DONE)) == "over"
    assert status(halt(10, 13)) == "given"


def test_numbers_in_the_drawing_are_those_of_the_table() -> None:
    untimed = LaneStop(halt(0, 1, n=1).stop, "label", None, None, 0, "booked")
    view = day(halt(10, 13), untimed, halt(20, 24, n=2))
    (row,) = timeline(view, lambda _lane: [0, 0, 0]).rows
    assert [mark.number for mark in row.marks] == [1, 3]
    assert [numbered(view)[mark.lane_stop.stop.stop_id] for mark in row.marks] == [1, 3]


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 10), st.integers(0, 3600), st.integers(0, 90)),
        min_size=1,
        max_size=12,
    )
)
def test_nothing_overlaps_whatever_the_day(rows: list[tuple[int, int, int, int]]) -> None:
    """Gap before, minutes of service, leg and slack of each stop."""
    clock, halts, legs_s = 0, [], []
    for n, (gap, service, leg_s, slack) in enumerate(rows):
        halts.append(halt(clock + gap, clock + gap + service, n=n, due=clock + gap + slack))
        legs_s.append(leg_s)
        clock += gap + service
    (row,) = timeline(day(*halts), lambda _lane: legs_s).rows
    # All whole minutes: travel and wait fill each gap exactly, and end where service begins.
    gaps = sum(gap for gap, _, _, _ in rows) * PX_PER_MIN
    assert sum(piece.width for piece in row.pieces) == gaps
    ends = [piece.x + piece.width for piece in row.pieces]
    begins = [piece.x for piece in row.pieces]
    assert all(end <= begin for end, begin in zip(ends, begins[1:], strict=False))
    # Lines on one level under the bar never touch.
    for level in {mark.level for mark in row.marks}:
        lines = [m for m in row.marks if m.level == level]
        for one, other in pairwise(lines):
            assert one.slack_x + one.slack_width < other.slack_x


def test_couriers_differ_in_colour_or_stroke_up_to_the_fortieth() -> None:
    assert len({look(n) for n in range(1, 41)}) == 40
    assert [letter(n) for n in (1, 26, 27, 53)] == ["A", "Z", "AA", "BA"]


def test_a_day_without_couriers_is_an_empty_drawing() -> None:
    empty = PlannerDay(DAY, at(60), (), (), (), Parameters(), DayReport(DAY, 0, ()))
    assert timeline(empty, lambda _lane: []).rows == ()
