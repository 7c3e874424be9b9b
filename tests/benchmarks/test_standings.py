"""The table says who is behind whom, and behind what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.common.alone import alone
from benchmarks.common.cases import Asked, Case, Score
from benchmarks.common.standings import Line, Row, best_met, better, lines, record, table
from dispatch.core.errors import Broken
from dispatch.routing.problem import Problem, Weights
from tests.routing.towns import courier, errand, halt, town

DAY = town(errand("one", halt(3), halt(7)), vehicles=(courier(end=0),))


def row(
    engine: str, score: Score | None, case: str = "a", budget_s: float = 1, unit: float = 1
) -> Row:
    reason = "" if score else "fell asleep"
    return Row(case, "town", f"mark {case}", unit, engine, budget_s, 1, score, reason, 1.0, 0.5, 40)


def only(found: list[Line], engine: str) -> Line:
    (line,) = (line for line in found if line.engine == engine)
    return line


def test_vehicles_count_before_costs() -> None:
    assert better(Score(3, 900), Score(4, 100))
    assert better(Score(3, 100), Score(3, 900))
    assert not better(Score(3, 100), Score(3, 100.00001))  # the same, rounded otherwise


def test_the_reference_is_the_best_that_anybody_met() -> None:
    rows = [row("x", Score(3, 110)), row("y", Score(3, 100)), row("y", Score(2, 500), "b")]

    assert best_met(rows, Path("nowhere")) == {"mark a": (3, 100), "mark b": (2, 500)}


def test_an_earlier_result_may_know_better(tmp_path: Path) -> None:
    earlier = {"best_met": {"mark a": [2, 150]}}
    (tmp_path / "2026-01-01-solver-quality-all.json").write_text(json.dumps(earlier))

    assert best_met([row("x", Score(3, 100))], tmp_path) == {"mark a": (2, 150)}


def test_a_gap_is_counted_only_where_the_vehicles_are_equal() -> None:
    rows = [row("x", Score(3, 110)), row("x", Score(4, 90), "b"), row("x", Score(3, 104), "c")]
    known = {f"mark {case}": Score(3, 100) for case in "abc"}

    (line,) = lines(rows, known)
    assert (line.extra, line.equal) == (1, 2)
    assert (line.gap_pct, line.most_pct) == pytest.approx((7, 10))


def test_orders_left_out_are_counted_by_their_price() -> None:
    (line,) = lines([row("x", Score(2e6, 5), unit=1e6)], {"mark a": Score(0, 9)})

    assert (line.extra, line.gap_pct) == (2, None)


def test_worse_is_beaten_by_another_engine_at_the_same_budget() -> None:
    rows = [
        row("x", Score(3, 110)),
        row("y", Score(3, 100)),
        row("y", Score(3, 90), budget_s=5),
        row("x", Score(3, 90), budget_s=5),
    ]
    found = lines(rows, {"mark a": Score(3, 90)})

    worse = {(line.engine, line.budget_s): line.worse for line in found}
    assert worse == {("x", 1): 1, ("y", 1): 0, ("x", 5): 0, ("y", 5): 0}


def test_no_answer_is_a_row_with_a_reason_and_no_share_of_the_means() -> None:
    rows = [row("x", None), row("x", Score(3, 100), "b"), row("y", None)]
    found = lines(rows, {"mark b": Score(3, 100)})

    assert (only(found, "x").asked, only(found, "x").answered, only(found, "x").extra) == (2, 1, 0)
    assert only(found, "y").answered == 0
    assert "none" in table(found) and "1/2" in table(found)
    assert json.loads(json.dumps(record(rows, found, {})))["rows"][0]["reason"] == "fell asleep"


def question(day: Problem) -> Asked:
    return Asked(Case("street", "towns", lambda: day), day, None)


def test_a_score_is_the_house_s_price_of_the_sequences() -> None:
    assert question(DAY).score(((0, 1),), "x") == Score(0, 14)  # out to house 7 and back
    assert question(DAY).score(((),), "x") == Score(DAY.weights.unserved, 0)


def test_an_answer_that_breaks_a_rule_is_no_answer() -> None:
    with pytest.raises(Broken, match="dropped_before_pickup"):
        question(DAY).score(((1, 0),), "x")


def test_another_instance_has_another_fingerprint() -> None:
    other = town(*DAY.jobs, vehicles=DAY.vehicles, weights=Weights(vehicle_used=1))

    assert question(DAY).fingerprint == question(DAY).fingerprint
    assert question(DAY).fingerprint != question(other).fingerprint


def test_an_engine_answers_in_a_process_of_its_own() -> None:
    heard = alone("greedy", DAY, budget_s=1, seed=1)

    assert (heard.sequences, heard.reason) == (((0, 1),), "")
    assert 10 < heard.peak_mb < 1000
    assert heard.seconds < 1


def test_an_engine_that_cannot_start_is_a_reason_not_a_crash() -> None:
    heard = alone("nobody", DAY, budget_s=1, seed=1)

    assert heard.sequences is None
    assert "nobody" in heard.reason
