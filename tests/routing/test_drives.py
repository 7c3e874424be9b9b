"""Stops driven many times over by compiled code: the same instants as one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.routing.drives import READY, Luck, Stay, driven, halts_of
from dispatch.tracking.arrival import EARLY_S, MOST, SURELY, Halt, arrivals
from dispatch.tracking.draws import DRAWS, LUCK
from dispatch.tracking.error_model import WAYS, Delay, Noise

SCORES = [np.ascontiguousarray(LUCK[1 + n :: 3][:MOST]) for n in range(3)]
USUAL = Luck(
    np.exp(WAYS.own * SCORES[0] + WAYS.shared * LUCK[0]), SCORES[1], SCORES[2], EARLY_S, SURELY
)

hours = st.integers(-3600, 6 * 3600)


@st.composite
def windows(draw: st.DrawFn) -> list[tuple[float, float]]:
    """None to three of them, one after the other."""
    marks = sorted(draw(st.lists(hours, max_size=6, unique=True)))
    return [(float(a), float(b)) for a, b in zip(marks[::2], marks[1::2], strict=False)]


@st.composite
def stops(draw: st.DrawFn) -> tuple[Stay, int, bool]:
    """A stay, the seconds of the way there, and whether that leads elsewhere."""
    moves = draw(st.booleans())
    stay = Stay(
        setup_s=draw(st.integers(0, 300)),
        service_s=draw(st.integers(0, 600)),
        strays=draw(st.floats(0, 1)),
        windows=draw(windows()),
        late_s=draw(st.floats(-600, 1800)),
        spread_s=draw(st.just(READY) | st.floats(0, 900)),
    )
    return stay, draw(st.integers(1, 1800)) if moves else 0, moves


def as_halt(stay: Stay, way_s: int, moves: bool) -> Halt:
    packed = None if stay.spread_s == READY else Delay(stay.late_s, stay.spread_s)
    setup_s = stay.setup_s if moves else 0
    return Halt(way_s, setup_s, stay.service_s, Noise(stay.strays), stay.windows, packed)


@settings(max_examples=60, deadline=None)
@given(st.lists(stops(), min_size=1, max_size=8), st.integers(0, 3600), st.integers(0, 8))
def test_every_drive_is_over_when_it_is_one_by_one(
    tour: list[tuple[Stay, int, bool]], free_s: int, cut: int
) -> None:
    """Also when it is driven in two parts, the second one from where the first was over."""
    halts = halts_of([stay for stay, _, _ in tour])
    ways = np.array([s for _, s, _ in tour]), np.array([int(moves) for _, _, moves in tour])
    order, cut = np.arange(len(tour)), min(cut, len(tour))

    over = np.full((1, DRAWS), float(free_s))
    for some in (order[:cut], order[cut:]):
        if len(some):
            part = ways[0][some], ways[1][some]
            more = driven(over[-1], halts, some, part, USUAL, made=len(over) - 1)
            over = np.concatenate([over, more])

    expected = arrivals([as_halt(*one) for one in tour], free_s, WAYS)
    for found, arrival in zip(over[1:], expected, strict=True):
        np.testing.assert_allclose(found, arrival.end.draws, atol=1e-6)


def test_luck_repeats_itself_after_the_last_kind() -> None:
    """Two kinds of luck: the third halt of all has that of the first."""
    luck = Luck(np.array([[2.0], [3.0]]), np.zeros((2, 1)), np.zeros((2, 1)), EARLY_S, SURELY)
    halts = halts_of([Stay(0, 0, 0.0, ())])
    first = np.zeros(1, dtype=np.int64)
    way = np.array([100]), np.array([1])
    ends = [driven(np.zeros(1), halts, first, way, luck, made=made)[0, 0] for made in range(4)]
    assert ends == [200, 300, 200, 300]
