"""What was said of promises survives a file, and what is no study is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from dispatch.core.errors import Invalid
from dispatch.operations.statements import Outcome
from dispatch.orders.quotes import Chance
from dispatch.replay.chances import SoldDays, learnt_from, read_sold, sold_json
from dispatch.tracking.reliability import Statement

SOLD = (Statement(0.9, kept=True, spare_s=-60), Statement(0.4, kept=False))


def test_chances_are_read_back_as_the_tours_stood(tmp_path: Path) -> None:
    ended = [Outcome(Chance(0.9, 0.8, -60), kept=True), Outcome(Chance(0.4, 0.7), kept=False)]
    runs = [{"policy": "waves", "set": ["waves.seed=1"], "days": [{"sold": sold_json(ended)}] * 2}]
    file = tmp_path / "study.json"
    file.write_text(
        json.dumps({"town": "ville", "origin": "generated", "couriers": 3, "runs": runs})
    )
    assert read_sold(file) == SoldDays("ville", "generated", 3, "waves waves.seed=1", 2, SOLD * 2)


@pytest.mark.parametrize("text", ["", "[]", '{"runs": []}', '{"runs": [{"days": [{}]}]}'])
def test_what_is_no_study_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "day.json"
    file.write_text(text)
    with pytest.raises(Invalid, match=r"day\.json is no study"):
        read_sold(file)
    with pytest.raises(Invalid, match=r"none\.json"):
        read_sold(tmp_path / "none.json")


def test_what_was_learnt_says_from_what_and_when() -> None:
    one = SoldDays("ville", "generated", 3, "waves", 7, SOLD * 40)
    other = SoldDays("ville", "recorded", 2, "waves", 3, SOLD * 10)
    found = learnt_from([one, other], date(2026, 11, 23))
    assert found.source == (
        "10 generated days of ville with 3 couriers, waves and recorded days of ville with 2 "
        "couriers, waves, 2026-11-23"
    )
    assert found.promises == 100
    with pytest.raises(Invalid, match="20 promises teach nothing: 100 at least"):
        learnt_from([other], date(2026, 11, 23))
