from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.adapters.geocoder.answers import UNKNOWN_FOR, Answers
from dispatch.core.places import Place
from dispatch.operations.ports import Candidate

MONTH = timedelta(days=30)
DOOR = Candidate(
    Place(44.5, 0.16, "12 Rue Basse"), "12 Rue Basse", 0.9, "housenumber", True, "47157"
)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "geocoder.sqlite3"


@pytest.fixture
def answers(path: Path, clock: Clock) -> Iterator[Answers]:
    with closing(Answers(path, clock, keep_for=MONTH, keep_most=3)) as kept:
        yield kept


def test_an_answer_survives_a_restart_whole(answers: Answers, path: Path, clock: Clock) -> None:
    answers.put("12 rue basse", [DOOR])
    answers.close()
    with closing(Answers(path, clock, keep_for=MONTH)) as again:
        assert again.get("12 rue basse") == [DOOR]
        assert again.get("13 rue basse") is None


def test_an_answer_is_believed_for_its_days_and_not_found_for_one(
    answers: Answers, clock: Clock
) -> None:
    answers.put("known", [DOOR])
    answers.put("unknown", [])
    clock.now += UNKNOWN_FOR
    assert (answers.get("known"), answers.get("unknown")) == ([DOOR], [])
    clock.now += timedelta(seconds=1)
    assert (answers.get("known"), answers.get("unknown")) == ([DOOR], None)
    clock.now += MONTH
    assert answers.get("known") is None


def test_an_answer_from_the_future_is_asked_again(answers: Answers, clock: Clock) -> None:
    """The town's clock was moved back."""
    answers.put("known", [DOOR])
    clock.now -= timedelta(days=1)
    assert answers.get("known") is None


def test_the_old_and_the_oldest_beyond_the_most_are_purged(answers: Answers, clock: Clock) -> None:
    for day in range(5):
        answers.put(f"door {day}", [DOOR])
        clock.now += timedelta(days=1)
    answers.purge()
    assert answers.count() == 3
    assert (answers.get("door 1"), answers.get("door 2")) == (None, [DOOR])
    clock.now += MONTH
    answers.purge()
    assert answers.count() == 0


def test_the_file_holds_nothing_that_was_typed(answers: Answers, path: Path) -> None:
    answers.put("12 rue basse chez madame lamy", [])
    answers.close()
    assert b"lamy" not in path.read_bytes()


def test_a_damaged_file_is_made_anew(path: Path, clock: Clock) -> None:
    path.write_bytes(b"this is no database" * 100)
    with closing(Answers(path, clock, keep_for=MONTH)) as answers:
        answers.put("known", [DOOR])
        assert answers.get("known") == [DOOR]


def test_without_a_place_to_write_answers_are_kept_in_memory(tmp_path: Path, clock: Clock) -> None:
    with closing(Answers(tmp_path / "no" / "such" / "x", clock, keep_for=MONTH)) as answers:
        answers.put("known", [DOOR])
        assert answers.get("known") == [DOOR]


def test_two_processes_share_the_file(answers: Answers, path: Path, clock: Clock) -> None:
    with closing(Answers(path, clock, keep_for=MONTH)) as other:
        other.put("known", [DOOR])
        assert answers.get("known") == [DOOR]
