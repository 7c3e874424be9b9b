"""What is asked of one object again is worked out once, and never told of another."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.core.remembered import MOST, remembered


@dataclass(frozen=True)
class _Stops:
    """Equal to any other of the same many."""

    many: int


def test_the_very_same_object_is_worked_out_once_and_its_equal_again() -> None:
    asked: list[_Stops] = []

    @remembered
    def twice(one: _Stops) -> int:
        asked.append(one)
        return 2 * one.many

    first, equal = _Stops(3), _Stops(3)
    assert [twice(first), twice(first), twice(equal), twice(first)] == [6, 6, 6, 6]
    assert [id(one) for one in asked] == [id(first), id(equal)]


def test_nobody_is_told_what_was_said_of_one_who_is_gone() -> None:
    """An id is given again once its object is gone, and here objects come and go by thousands."""

    @remembered
    def many(one: _Stops) -> int:
        return one.many

    assert all(many(_Stops(n)) == n for n in range(20 * MOST))


def test_nothing_is_remembered_for_ever() -> None:
    asked: list[int] = []

    @remembered
    def many(one: _Stops) -> int:
        asked.append(one.many)
        return one.many

    kept = [_Stops(n) for n in range(2 * MOST)]
    for one in kept:
        many(one)
    many(kept[0])
    assert asked[-1] == 0
