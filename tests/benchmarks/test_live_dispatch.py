"""Live dispatch on the meal delivery instances: nothing illegal, nothing foreseen, repeatable."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.common.mdrp import RULES, Dispatcher, Thinking
from benchmarks.common.mdrp_published import published
from benchmarks.live_dispatch import FOLDER, Bench, answered, bench_in

SMALLEST = "0r50t100s1p125"
QUICK = Thinking(steps=50)


@pytest.fixture(scope="module")
def bench() -> Bench:
    if not (FOLDER / "mdrp_eval.py").is_file():
        pytest.skip(f"no meal delivery instances in {FOLDER} (DISPATCH_MDRP_DIR)")
    return bench_in(FOLDER)


def test_the_smallest_instance_is_better_than_published(bench: Bench) -> None:
    """Everybody is served, 3 % sooner than published, within 3 % of knowing all orders."""
    row, waits = answered(bench, bench.instance(SMALLEST), "rolling", RULES, QUICK)

    assert row["undelivered_pct"] == 0
    assert row["ctd_mean"] < 0.97 * 36.75
    assert row["ctd_mean"] < 1.03 * 34.66
    assert len(waits) == row["delivered"] == row["orders"] == 242


def test_the_published_figures_are_read_with_their_gaps(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(
        "| instance | orders, couriers | published RH: und / CtD / RtP | OPT CtD |\n"
        "|---|---|---|---|\n"
        "| 1o50t100s1p100 | 269, 53 | 3.35 / 38.24 / 8.44 | – |\n"
        "| 2o50t100s1p125 | 354, 104 | – | – |\n",
        encoding="utf-8",
    )

    known = published(readme)

    assert known["1o50t100s1p100"].row() == {
        "undelivered_pct": 3.35,
        "ctd_mean": 38.24,
        "rtp_mean": 8.44,
        "optimum_ctd_min": None,
    }
    assert known["2o50t100s1p125"].ctd_mean is None
    assert published(tmp_path / "nowhere") == {}


@dataclass(frozen=True)
class Town:
    """A drawn instance: minutes and houses on one street, a house a minute."""

    shops: tuple[int, ...]
    orders: tuple[tuple[int, int, int, int], ...]  # shop, door, placed, minutes until ready
    couriers: tuple[tuple[int, int, int], ...]  # house, on, minutes of shift

    def instance(self, bench: Bench) -> Any:
        names = [f"o{k}" for k in range(len(self.orders))]
        pos = {f"r{k}": (100.0 * house, 0.0) for k, house in enumerate(self.shops)}
        pos |= {o: (100.0 * one[1], 0.0) for o, one in zip(names, self.orders, strict=True)}
        crew = {f"c{k}": one for k, one in enumerate(self.couriers)}
        pos |= {c: (100.0 * one[0], 0.0) for c, one in crew.items()}
        placed = {o: float(one[2]) for o, one in zip(names, self.orders, strict=True)}
        return bench.evaluator.Instance(
            "drawn",
            100.0,
            4.0,
            4.0,
            40.0,
            90.0,
            10.0,
            15.0,
            pos,
            placed,
            {o: placed[o] + one[3] for o, one in zip(names, self.orders, strict=True)},
            {o: f"r{one[0]}" for o, one in zip(names, self.orders, strict=True)},
            {c: float(one[1]) for c, one in crew.items()},
            {c: float(one[1] + one[2]) for c, one in crew.items()},
        )


house = st.integers(0, 15)
towns = st.builds(
    Town,
    st.tuples(house, house),
    st.lists(
        st.tuples(st.integers(0, 1), house, st.integers(0, 90), st.integers(0, 30)),
        min_size=1,
        max_size=10,
    ).map(tuple),
    st.lists(
        st.tuples(house, st.integers(0, 60), st.integers(20, 120)), min_size=1, max_size=4
    ).map(tuple),
)
drawn = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def days(bench: Bench, instance: Any, name: str) -> tuple[list[tuple[float, Any]], Any]:
    """Every minute's instructions, and the evaluator's result; it raises for an illegal one."""
    dispatcher = Dispatcher(bench.evaluator.Instruction, name, RULES, QUICK)
    told: list[tuple[float, Any]] = []

    def decides(state: Any) -> list[Any]:
        answer = dispatcher(state)
        told.append((state.now, answer))
        return answer

    return told, bench.evaluator.simulate(instance, decides, f=1)


@drawn
@given(towns, st.sampled_from(["waves", "rolling", "anticipating"]))
def test_no_town_brings_an_illegal_instruction_and_every_day_repeats(
    bench: Bench, drawn_town: Town, name: str
) -> None:
    instance = drawn_town.instance(bench)

    told, result = days(bench, instance, name)

    assert set(result.drop) <= set(instance.placed)
    assert days(bench, instance, name)[0] == told


@drawn
@given(towns, st.integers(0, 90), st.sampled_from(["rolling", "anticipating"]))
def test_what_happens_later_changes_nothing_before(
    bench: Bench, drawn_town: Town, minute: int, name: str
) -> None:
    """The same day with every later order somewhere else is told the same until then."""
    other = replace(
        drawn_town,
        orders=tuple(
            one if one[2] <= minute else (1 - one[0], 15 - one[1], one[2], 30 - one[3])
            for one in drawn_town.orders
        ),
    )

    told, _ = days(bench, drawn_town.instance(bench), name)
    otherwise, _ = days(bench, other.instance(bench), name)

    assert [t for t in told if t[0] <= minute] == [t for t in otherwise if t[0] <= minute]


@drawn
@given(towns)
def test_nobody_starves_while_a_courier_has_all_day(bench: Bench, drawn_town: Town) -> None:
    all_day = replace(drawn_town, couriers=tuple((h, 0, 1400) for h, _, _ in drawn_town.couriers))
    instance = all_day.instance(bench)

    _, result = days(bench, instance, "rolling")

    assert set(result.drop) == set(instance.placed)


def test_an_instance_is_not_changed_by_being_answered(bench: Bench) -> None:
    town = Town((3, 9), ((0, 5, 0, 5), (1, 2, 3, 9)), ((0, 0, 120),))
    instance = town.instance(bench)
    before = deepcopy(vars(instance))

    answered(bench, instance, "rolling", RULES, QUICK)

    assert vars(instance) == before
