"""What chances of promises come to: a curve that never falls, shifted by the time to spare."""

from __future__ import annotations

from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.made_up import BUILT_IN, NOTHING, Curve

#: Even odds in the middle of two, and a factor of three in the odds to either side of it.
SHIFTED = Curve("here", 300, (0.5, 0.9), (0.5, 0.8), (0.0, 1200.0), (-log(3), log(3)))


def test_between_two_points_one_goes_along_the_log_odds() -> None:
    """1 : 1 and 9 : 1 have 3 : 1 in their middle."""
    even = Curve("here", 200, (0.5, 0.9), (0.6, 0.8))
    assert even.of(0.75) == pytest.approx(0.7)


def test_what_nobody_ever_saw_falls_to_nothing() -> None:
    """From 1 : 999 to 1 : 1 is as far as from 1 : 1 to 999 : 1."""
    found = Curve("here", 100, (0.5,), (0.8,))
    assert found.of(0.0) == found.of(0.001) == 0
    assert found.of(1 / 32.6) == pytest.approx(0.4, abs=0.001), "31.6 is the root of 999"


def test_what_couriers_have_to_spare_shifts_the_log_odds() -> None:
    """1 : 1 becomes 1 : 3 with nothing to spare, 3 : 1 with twenty minutes, and 1 : 1 with ten."""
    found = [SHIFTED.of(0.5, spare_s) for spare_s in (-600, 0, 600, 1200, 3600)]
    assert found == pytest.approx([0.25, 0.25, 0.5, 0.75, 0.75])
    assert SHIFTED.of(0.5) == 0.5, "nobody knows: as usual"


def test_nothing_learnt_leaves_chances_as_they_are() -> None:
    assert NOTHING.of(0.37) == NOTHING.of(0.37, -600) == 0.37


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kept": (0.5,)}, "as_it_stands has 2 chances, kept 1"),
        ({"kept": (0.8, 0.6)}, "kept becomes less"),
        ({"as_it_stands": (0.9, 0.9)}, "as_it_stands does not grow"),
        ({"as_it_stands": (0.5, 1.0)}, "as_it_stands: a chance is out of 0 to 1"),
        ({"source": ""}, "what was this learnt from"),
        ({"shifts": (0.1,)}, "spares_s has 2 times, shifts 1"),
        ({"shifts": (0.4, -0.4)}, "shifts become less"),
        ({"spares_s": (600.0, 600.0)}, "spares_s does not grow"),
        ({"as_it_stands": (), "kept": ()}, "shifts are of a curve, and there is none"),
    ],
)
def test_a_curve_that_makes_no_sense_is_refused(wrong: dict[str, Any], why: str) -> None:
    right: dict[str, Any] = {"source": "here", "promises": 200}
    right |= {"as_it_stands": (0.5, 0.9), "kept": (0.6, 0.8)}
    right |= {"spares_s": (0.0, 600.0), "shifts": (-0.4, 0.4)}
    assert Curve(**right).of(0.5) == 0.6
    with pytest.raises(ValueError, match=why):
        Curve(**(right | wrong))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-7200, 7200), st.floats(-7200, 7200))
def test_a_higher_chance_and_more_to_spare_never_make_a_promise_less_likely(
    one: float, other: float, this_s: float, that_s: float
) -> None:
    (low, high), (little_s, much_s) = sorted((one, other)), sorted((this_s, that_s))
    for found in (SHIFTED, *BUILT_IN.values()):
        assert 0 <= found.of(low, little_s) <= found.of(high, much_s) + 1e-12 < 1
        assert 0 <= found.of(low) <= found.of(high) + 1e-12 < 1
