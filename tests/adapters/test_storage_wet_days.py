"""Wet days in the database: what comes out is what went in; what was taken back counts no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.ids import WetDayId
from dispatch.streets.wet_days import WetDay
from tests.adapters import storage_samples as sample

TUESDAY = WetDay(WetDayId("wet_1"), date(2026, 11, 24), sample.NOON)
MONDAY = WetDay(WetDayId("wet_2"), date(2026, 11, 23), sample.NOON)


def test_wet_days_come_back_as_they_went_in_in_order(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_wet_day(TUESDAY)
        tx.add_wet_day(MONDAY)
    with store.reading() as tx:
        assert tuple(tx.wet_days(MONDAY.day)) == (MONDAY, TUESDAY)
        assert tuple(tx.wet_days(TUESDAY.day)) == (TUESDAY,)
        assert tuple(tx.wet_days(TUESDAY.day + timedelta(days=1))) == ()


def test_what_was_taken_back_counts_no_more_and_can_be_said_again(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_wet_day(TUESDAY)
        tx.put_wet_day(replace(TUESDAY, taken_back_at=sample.NOON))
        assert tuple(tx.wet_days(TUESDAY.day)) == ()
        again = replace(TUESDAY, wet_day_id=WetDayId("wet_3"))
        tx.add_wet_day(again)
        assert tuple(tx.wet_days(TUESDAY.day)) == (again,)
