"""Closings in the database: what comes out is what went in; what was taken back is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import NotFound
from dispatch.core.ids import ClosureId, MerchantId
from dispatch.slots.closures import Closure
from tests.adapters import storage_samples as sample

NOEL = Closure(
    ClosureId("cls_1"), None, date(2026, 12, 25), date(2026, 12, 26), "Noël", sample.NOON
)
STOCK = replace(
    NOEL,
    closure_id=ClosureId("cls_2"),
    merchant_id=MerchantId("m_1"),
    first_day=date(2026, 12, 1),
)


def test_closings_come_back_as_they_went_in_by_first_day(store: SqlStore) -> None:
    with store.writing() as tx:
        tx.add_closure(NOEL)
        tx.add_closure(STOCK)
    with store.reading() as tx:
        assert tuple(tx.closures(NOEL.last_day)) == (STOCK, NOEL)
        assert tuple(tx.closures(NOEL.last_day + timedelta(days=1))) == ()
        assert tx.closure("cls_2") == STOCK


def test_one_that_was_taken_back_counts_no_more_and_is_kept(store: SqlStore) -> None:
    gone = replace(NOEL, removed_at=sample.NOON)
    with store.writing() as tx:
        tx.add_closure(NOEL)
        tx.put_closure(gone)
        assert tuple(tx.closures(NOEL.first_day)) == ()
        assert tx.closure("cls_1") == gone
        with pytest.raises(NotFound, match="no closure cls_9"):
            tx.closure("cls_9")
