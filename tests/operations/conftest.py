from __future__ import annotations

import pytest

from dispatch.adapters.storage.store import SqlStore
from dispatch.operations.ports import Ports
from tests.fakes.house import house


@pytest.fixture
def ports(store: SqlStore) -> Ports:
    """Tuesday, ten o'clock, nothing booked yet, on either database."""
    return house(store=store)
