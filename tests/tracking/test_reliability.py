"""A chance of 80 % is one that comes true eight times in ten."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.arrival import Halt, arrivals
from dispatch.tracking.error_model import (
    DOOR,
    SHOP,
    Delay,
    Noise,
    pace_noise,
    packing_delay,
    stay_noise,
)
from dispatch.tracking.reliability import (
    AS_IT_IS,
    Correction,
    Statement,
    correction,
    reliability,
    wilson,
)


def test_statements_are_told_tenth_by_tenth() -> None:
    said = [Statement(0.95, kept=True)] * 9 + [
        Statement(1.0, kept=False),
        Statement(0.25, kept=True),
    ]
    low, high = reliability(said)

    assert (low.least, low.most, low.count, low.kept) == (0.2, 0.3, 1, 1.0)
    assert (high.count, high.kept) == (10, 0.9)
    assert high.stated == pytest.approx(0.955)
    assert high.off_points == pytest.approx(5.5)
    assert high.agrees


def test_of_nothing_stated_nothing_is_told() -> None:
    assert reliability([]) == ()


def test_the_interval_is_wilson_s() -> None:
    """Nine in ten: 60 to 98 %, as any table of Wilson's interval has it."""
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=0.0001)
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=0.0001)
    with pytest.raises(ValueError, match="no share"):
        wilson(1, 0)


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_interval_holds_what_was_seen(count: int, share: float) -> None:
    kept = round(share * count)
    low, high = wilson(kept, count)
    assert 0 <= low <= kept / count + 1e-12
    assert kept / count - 1e-12 <= high <= 1


def test_a_chance_is_one() -> None:
    with pytest.raises(ValueError, match="out of 0 to 1"):
        Statement(1.01, kept=True)


class _Town:
    """A made-up town whose errors nobody was told: driven, learnt from, and then forecast."""

    pace, shop, door, packing = Noise(0.28, 0.16), Noise(0.3), Noise(0.6), Delay(150, 420)

    def __init__(self, seed: int) -> None:
        self.dice = np.random.default_rng(seed)
        self.legs: list[list[float]] = []
        self.stays: dict[str, list[float]] = {"shop": [], "door": []}
        self.late_s: list[float] = []

    def tour(self) -> list[Halt]:
        """Four orders as they are expected: a shop that is ready about then, a door."""
        halts, clock_s = [], 0.0
        for way_s in self.dice.uniform(120, 600, 4):
            clock_s += way_s + 60
            ready_s = clock_s + self.dice.uniform(-600, 200)
            opens = ((ready_s, 1e9),)
            halts.append(Halt(way_s, 60, 120, self.shop, opens, self.packing))
            clock_s = max(clock_s, ready_s) + 120
            halts.append(Halt(way_s, 60, 180, self.door))
            clock_s += way_s + 60 + 180
        return halts

    def drive(self, halts: list[Halt]) -> list[float]:
        """Drive them once; return when each was over, and keep what could be measured."""
        normal = self.dice.standard_normal
        now, ends, legs = 0.0, [], []
        day = np.exp(self.pace.shared * normal())
        for halt in halts:
            leg = float(day * np.exp(self.pace.own * normal()))
            legs.append(leg)
            stay, kind = float(np.exp(halt.stay.own * normal())), "door"
            ready_s = late_s = 0.0
            if halt.packed is not None:
                ready_s, kind = halt.windows[0][0], "shop"
                late_s = float(self.packing.late_s + self.packing.spread_s * normal())
                self.late_s.append(late_s)
            now = max(now, ready_s - 300 - halt.way_s - halt.setup_s)
            now = max(now + halt.setup_s + halt.way_s * leg, ready_s, ready_s + late_s)
            self.stays[kind].append(stay)
            now += halt.stay_s * stay
            ends.append(now)
        self.legs.append(legs)
        return ends


def a_month_later(town: _Town, tours: int) -> list[Statement]:
    """Let three couriers drive, twice a day for four weeks; then state chances."""
    for _ in range(3 * 2 * 28):
        town.drive(town.tour())
    pace = pace_noise(town.legs, 1.0)
    shop = stay_noise(town.stays["shop"], 1.0, SHOP)
    door = stay_noise(town.stays["door"], 1.0, DOOR)
    packing = packing_delay(town.late_s)
    said: list[Statement] = []
    for _ in range(tours):
        halts = town.tour()
        believed = [
            replace(h, stay=shop, packed=packing) if h.packed else replace(h, stay=door)
            for h in halts
        ]
        ends = town.drive(halts)
        for found, end_s in zip(arrivals(believed, 0, pace), ends, strict=True):
            promise_s = found.end.quantile_s(town.dice.uniform(0.02, 0.98))
            said.append(Statement(found.end.by(promise_s), kept=end_s <= promise_s))
    return said


def test_after_a_month_what_is_stated_is_within_three_points_in_every_tenth() -> None:
    told = reliability([one for seed in range(6) for one in a_month_later(_Town(seed), tours=500)])

    assert len(told) == 10
    assert min(band.count for band in told) > 1000
    assert max(abs(band.off_points) for band in told) < 3
    assert abs(told[-1].off_points) < 2


def sold(count: int, *, shift: float, slope: float, seed: int) -> list[Statement]:
    """Chances as they were said, in a world where they become something else."""
    dice = Random(seed)
    said = [dice.choice([0.998, 0.98, dice.random()]) for _ in range(count)]
    true = Correction(shift, slope)
    return [Statement(p, kept=dice.random() < true.of(p)) for p in said]


def test_chances_that_others_upset_are_corrected_by_what_happened() -> None:
    """Waves save what looked lost, and later orders delay what looked sure."""
    learnt = correction(sold(600, shift=1.2, slope=0.35, seed=1))
    later = sold(20_000, shift=1.2, slope=0.35, seed=2)

    before = reliability(later)
    after = reliability(Statement(learnt.of(one.p), one.kept) for one in later)
    assert max(abs(band.off_points) for band in before) > 30
    assert max(abs(band.off_points) for band in after if band.count > 300) < 3


def test_a_few_outcomes_correct_little_and_none_nothing() -> None:
    assert correction([]) == AS_IT_IS
    assert AS_IT_IS.of(0.37) == 0.37
    assert correction([Statement(0.9, kept=True)]).of(0.9) == pytest.approx(0.9, abs=0.01)
    assert correction([Statement(0.99, kept=False)]).of(0.99) > 0.9


def test_chances_that_were_true_stay_as_they_are() -> None:
    learnt = correction(sold(3000, shift=0, slope=1, seed=3))
    for p in (0.1, 0.5, 0.9, 0.99):
        assert learnt.of(p) == pytest.approx(p, abs=0.03)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_higher_chance_is_never_stated_lower(
    seen: list[tuple[float, bool]], one: float, other: float
) -> None:
    learnt = correction(Statement(p, kept) for p, kept in seen)
    low, high = sorted((one, other))
    assert 0 <= learnt.of(low) <= learnt.of(high) <= 1
