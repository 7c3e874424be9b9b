from __future__ import annotations

import pytest

from dispatch.operations.ports import Ports
from tests.fakes.house import house


@pytest.fixture
def ports() -> Ports:
    """Tuesday, ten o'clock, nothing booked yet."""
    return house()
