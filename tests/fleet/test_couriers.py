"""A courier rides when the shift says so, on the wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dispatch.core.civil import clock_text
from dispatch.core.errors import Invalid
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.fleet.couriers import Courier, shifts_on
from dispatch.fleet.vehicles import TYPICAL, VehicleKind

TUESDAY, ARMISTICE = date(2026, 11, 24), date(2026, 11, 11)
LEA = Courier(
    CourierId("c1"),
    "Léa",
    "+33612345678",
    TYPICAL[VehicleKind.BIKE],
    "Mo-Sa 09:00-13:00,15:00-19:00",
    start=Place(44.5, 0.165),
)


def walls(courier: Courier, day: date) -> list[str]:
    return [f"{clock_text(w.opens_at)}-{clock_text(w.closes_at)}" for w in shifts_on(courier, day)]


@pytest.mark.parametrize("day", [TUESDAY, date(2026, 3, 30), date(2026, 10, 26)])
def test_a_split_shift_is_two_windows_on_the_wall_clock(day: date) -> None:
    assert walls(LEA, day) == ["09:00-13:00", "15:00-19:00"]


def test_nobody_rides_on_sunday_on_a_holiday_or_on_a_day_off() -> None:
    assert walls(LEA, date(2026, 11, 29)) == []
    assert walls(LEA, ARMISTICE) == []
    assert walls(replace(LEA, away_on=frozenset({TUESDAY})), TUESDAY) == []


def test_a_courier_who_agreed_to_holidays_rides_on_them() -> None:
    assert walls(replace(LEA, shift="Mo-Sa,PH 09:00-12:00"), ARMISTICE) == ["09:00-12:00"]


def test_a_night_shift_across_the_clock_change_is_as_long_as_it_is() -> None:
    night = replace(LEA, shift="Mo-Su 22:00-04:00")
    (shift,) = shifts_on(night, date(2026, 3, 28))
    assert shift.closes_at - shift.opens_at == timedelta(hours=5)


@pytest.mark.parametrize("shift", ["", "  ", "off", "Mo-Su off", "Mo 09:00-12:00; Mo off"])
def test_a_courier_without_a_shift_is_refused_by_name(shift: str) -> None:
    with pytest.raises(Invalid, match=r"courier 'Léa' \(c1\) has no shift") as refused:
        replace(LEA, shift=shift)
    assert refused.value.field == "shift"


def test_a_shift_that_cannot_be_read_is_refused_by_name_and_place() -> None:
    with pytest.raises(Invalid, match=r"'Léa'.*character 7") as refused:
        replace(LEA, shift="Mo-Sa 9h-12h")
    assert (refused.value.field, refused.value.facts) == ("shift", {"column": 7})


def test_a_wrong_phone_number_is_refused_without_repeating_it() -> None:
    with pytest.raises(Invalid, match=r"write the phone number as \+33") as refused:
        replace(LEA, phone="06 12 34 56 79")
    assert "56 79" not in str(refused.value)


def test_a_courier_has_a_name() -> None:
    with pytest.raises(Invalid, match="courier c1 has no name"):
        replace(LEA, name=" ")
