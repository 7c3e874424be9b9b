"""Two ways on the same days, and one answer that says what is made up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dispatch.core.errors import Invalid
from dispatch.replay.day import Origin
from dispatch.replay.study import Study, Way, study
from tests.fakes.house import embedded_town
from tests.replay.small_days import PLAIN, small_day


@pytest.fixture(scope="module")
def found() -> Study:
    days = [small_day(seed, 4) for seed in (1, 2)]
    ways = [Way("waves", PLAIN), Way("one-by-one", PLAIN, ("waves.seed=0",))]
    return study(days, ways, embedded_town(), look_back=500)


def test_both_ways_live_the_same_days(found: Study) -> None:
    ours, theirs = found.results
    assert [one.day for one in ours] == [one.day for one in theirs]
    assert [one.day.seed for one in ours] == [1, 2]
    assert ours[0].digest != theirs[0].digest


def test_the_answer_is_one_json_object(found: Study) -> None:
    told = json.loads(json.dumps(found.as_json()))
    assert [run["policy"] for run in told["runs"]] == ["waves", "one-by-one"]
    assert told["runs"][1]["set"] == ["waves.seed=0"]
    assert told["runs"][0]["mean"]["asked"]["mean"] == 4
    days = [run["days"] for run in told["runs"]]
    by_hand = sum(b["km_per_drop"] - a["km_per_drop"] for a, b in zip(*days, strict=True)) / 2
    assert told["difference"]["km_per_drop"]["mean"] == pytest.approx(by_hand, abs=0.001)
    assert "possible" in days[0][0]


def test_what_is_made_up_is_said(found: Study) -> None:
    assert "demand" in found.as_json()["synthetic"]  # type: ignore[operator]
    day = replace(small_day(orders=0), origin=Origin.RECORDED)
    recorded = study([day], [Way("waves", PLAIN)], embedded_town()).as_json()
    assert recorded["synthetic"] == ["ways", "stays"]
    assert "difference" not in recorded


def test_another_towns_day_is_refused() -> None:
    elsewhere = replace(small_day(orders=1), town="ailleurs")
    with pytest.raises(Invalid, match="is one of ailleurs, the town is val_de_garonne"):
        study([elsewhere], [Way("waves", PLAIN)], embedded_town())
