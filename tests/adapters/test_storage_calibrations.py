"""Calibrations in the database: what comes out is what went in; the last not undone is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dispatch.adapters.storage.store import SqlStore
from dispatch.operations.calibration import Calibration, Lesson, Subject
from tests.adapters import storage_samples as sample

FIRST = Calibration(
    "cal_1",
    date(2026, 11, 1),
    date(2026, 11, 23),
    21,
    (
        Lesson(Subject.WAYS, "bike", 30, 1.125, 20.0, 8.5),
        Lesson(Subject.DOOR, "flat", 2, 1.25),
        Lesson(Subject.READY, "m_1", 3, 1.0, spread=240.5, late_s=-90.0),
    ),
    sample.NOON,
)
SECOND = replace(FIRST, calibration_id="cal_2", applied_at=sample.NOON + timedelta(hours=1))


def test_a_calibration_comes_back_as_it_went_in(store: SqlStore) -> None:
    with store.writing() as tx:
        assert tx.add_calibration(FIRST)

    with store.reading() as tx:
        assert tx.calibration_in_force() == FIRST


def test_the_last_one_that_is_not_undone_is_in_force(store: SqlStore) -> None:
    with store.writing() as tx:
        assert tx.calibration_in_force() is None
        tx.add_calibration(FIRST)
        tx.add_calibration(SECOND)
        assert tx.calibration_in_force() == SECOND

        undone = replace(SECOND, undone_at=sample.NOON + timedelta(hours=2))
        tx.put_calibration(undone)

        assert tx.calibration_in_force() == FIRST
        assert tuple(tx.calibrations(limit=5)) == (undone, FIRST)
        assert tuple(tx.calibrations(limit=1)) == (undone,)


def test_the_same_calibration_is_not_written_twice(store: SqlStore) -> None:
    with store.writing() as tx:
        assert tx.add_calibration(FIRST)
        assert not tx.add_calibration(FIRST)
        assert len(tx.calibrations(limit=5)) == 1
