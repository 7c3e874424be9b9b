"""What happened, in order of time, and one number for all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.core.errors import Broken
from dispatch.replay.journal import Journal, digest

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_line_is_an_instant_a_word_and_facts() -> None:
    journal = Journal()
    journal.note(NINE, "done", courier="c_lea", stop="qte_1:0")
    assert journal.lines == ("2026-11-24T10:00:00+01:00 done courier=c_lea stop=qte_1:0",)


def test_time_does_not_go_back() -> None:
    journal = Journal()
    journal.note(NINE, "asks")
    journal.note(NINE, "takes")
    with pytest.raises(Broken, match="told after"):
        journal.note(NINE - timedelta(seconds=1), "arrived")


def test_the_digest_is_of_every_line_and_of_where_it_ends() -> None:
    assert digest(["a", "b"]) == digest(["a", "b"])
    assert len({digest(lines) for lines in (["a", "b"], ["b", "a"], ["ab"], ["a"])}) == 4
