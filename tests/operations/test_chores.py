from __future__ import annotations

import pytest

from dispatch.operations.chores import CHORES, Chore
from dispatch.operations.waves import Wave
from tests.fakes.house import house


def test_each_chore_has_a_name_of_its_own() -> None:
    names = [chore.name for chore in CHORES]
    assert len(set(names)) == len(names)


def test_a_second_look_at_any_chore_finds_nothing_left_to_do() -> None:
    ports = house("2026-11-24T09:30:01+01:00")
    first = [chore.act(ports) for chore in CHORES]
    assert any(isinstance(done, Wave) for done in first)
    assert not any(isinstance(chore.act(ports), Wave) for chore in CHORES)


@pytest.mark.parametrize(
    ("name", "every_s", "why"),
    [("the purge", 1, "one word"), ("purge", 0, "out of 0"), ("purge", 86_401, "86401")],
)
def test_a_chore_has_one_word_and_a_rhythm(name: str, every_s: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Chore(name, every_s, lambda ports: None)
